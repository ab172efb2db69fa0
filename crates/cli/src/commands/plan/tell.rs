//! Where a plan stands, as a text for people.

use std::io::{self, Write};

use cutover::migration::plan::Status;

pub(super) fn tell(status: &Status, out: &mut Vec<u8>) -> io::Result<()> {
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
