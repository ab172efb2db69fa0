//! Where a plan stands and what brought it there, as a text for people.

use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cutover::migration::plan::{Entry, Status};

pub(super) fn status(status: &Status, out: &mut Vec<u8>) -> io::Result<()> {
    let phase = &status.in_force;
    writeln!(
        out,
        "{}: {} of the users in {}, for {} s so far",
        status.phase, phase.share, phase.environment, status.lasted_s
    )?;
    writeln!(
        out,
        "\n  {:8}{:20}{:>12}{:>12}",
        "status", "gate", "figure", "limit"
    )?;
    let number = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), tidy);
    for answer in &status.gates {
        writeln!(
            out,
            "  {:8}{:20}{:>12}{:>12}   {}",
            answer.status,
            answer.gate,
            number(answer.figure),
            number(answer.limit),
            answer.reason
        )?;
    }
    if let Some(damage) = &status.damage {
        writeln!(out, "\nthe decision log can't be relied on: {damage}")?;
    }
    match (&status.next, status.ready) {
        (None, _) => writeln!(out, "\nthe last phase"),
        (Some(next), true) => writeln!(out, "\nready for {next}"),
        (Some(next), false) => writeln!(out, "\nnot yet ready for {next}"),
    }
}

/// At most four decimals, and none that are zero.
fn tidy(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// One decision a line, and below what is wrong with them.
pub(super) fn decisions(
    entries: &[Entry],
    damage: Option<&str>,
    now: SystemTime,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let accepted = entries.iter().rev().find(|entry| is_acceptance(entry));
    for entry in entries {
        let mark = match accepted {
            Some(by) if entry.n < by.n => '*',
            _ => ' ',
        };
        let age = now.saturating_sub(Duration::from_millis(entry.at_unix_ms));
        let step = match &entry.from {
            None => format!("began at {}", entry.to),
            Some(from) if is_acceptance(entry) => format!("accepted the log at {from}"),
            Some(from) => format!("{from} -> {}", entry.to),
        };
        writeln!(
            out,
            "{:>4}{mark} {:>9} ago  {step}, by {}: {}",
            entry.n,
            short(age),
            plain(&entry.who),
            plain(&entry.why)
        )?;
    }
    if let Some(accepted) = accepted {
        writeln!(
            out,
            "\n* taken as it was found, in a damaged log: see {}",
            accepted.n
        )?;
    }
    damage.map_or(Ok(()), |damage| {
        writeln!(
            out,
            "\nthe decision log can't be relied on: {}",
            plain(damage)
        )
    })
}

/// Somebody has looked at a damaged log: the only decision that stays where it was.
fn is_acceptance(entry: &Entry) -> bool {
    entry.from.as_ref() == Some(&entry.to)
}

/// Others write to the log too: nothing in it may drive a terminal, or turn a line around.
fn plain(text: &str) -> String {
    let is_safe = |c: char| {
        !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if is_safe(c) { c } else { '\u{FFFD}' })
        .collect()
}

/// Days and hours, hours and minutes, or minutes and seconds.
fn short(age: Duration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours) {
        (1.., _) => format!("{days}d {}h", hours % 24),
        (0, 1..) => format!("{hours}h {}m", minutes % 60),
        (0, 0) => format!("{minutes}m {}s", seconds % 60),
    }
}
