//! A preflight as a text for people.

use std::io::{self, Write};

use clap::builder::styling::Style;
use cutover::routing::Preflight;
use cutover::{Rollout, Share, Version};

use crate::style::{HEADING, WARNING};
use crate::summary::Grouped;

/// The documents side by side, then who moves which way.
pub(super) fn tell(
    old: &Rollout,
    new: &Rollout,
    moved: &Preflight<'_>,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    writeln!(
        out,
        "{HEADING}{:15}  {:>10}  {:>10}{HEADING:#}",
        "", "old", "new"
    )?;
    let mut row = |name: &str, of: fn(&Rollout) -> String| {
        let (old, new) = (of(old), of(new));
        let style = if old == new { Style::new() } else { HEADING };
        writeln!(out, "{name:15}  {old:>10}  {style}{new:>10}{style:#}")
    };
    row("revision", |rollout| rollout.revision().to_string())?;
    row("share", |rollout| rollout.share().to_string())?;
    row("force", |rollout| {
        rollout.force().map_or("-", Version::as_str).to_owned()
    })?;
    row("pins", |rollout| {
        Grouped(rollout.pins().count() as u64).to_string()
    })?;
    row("allow_requested", |rollout| {
        rollout.allow_requested().to_string()
    })?;
    writeln!(out)?;
    for (to, share) in [(Version::V2, moved.to_v2()), (Version::V1, moved.to_v1())] {
        writeln!(out, "to {to}: {}", who_moves(moved, new, to, share))?;
    }
    if let Some(force) = new.force() {
        writeln!(out, "force is {force}: share and pins have no effect")?;
    }
    if !moved.raises_revision() {
        writeln!(
            out,
            "{WARNING}revision {} is not raised{WARNING:#}: status() won't show which document is in force, and \
             releases_brake is ignored",
            new.revision()
        )?;
    }
    Ok(())
}

/// Pinned ids that are named, of each direction.
const NAMED: usize = 10;

fn who_moves(moved: &Preflight<'_>, new: &Rollout, to: Version, share: Share) -> String {
    let mut who = Vec::new();
    if share > Share::ZERO {
        who.push(format!("{share} of the ids without a pin"));
    }
    let pinned = moved.pinned_to(to);
    if !pinned.is_empty() {
        let named: Vec<_> = pinned
            .iter()
            .take(NAMED)
            .map(|id| id.escape_debug().to_string())
            .collect();
        let more = match pinned.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {} more (see --json)", Grouped(more as u64)),
        };
        who.push(format!(
            "{} pinned: {}{more}",
            Grouped(pinned.len() as u64),
            named.join(", ")
        ));
    }
    if moved.moves_requests_to(to) {
        who.push(match (new.allow_requested(), to) {
            (true, _) => format!("callers who ask for {to} (allow_requested)"),
            (false, Version::V1) => "callers who asked for v2 (no allow_requested)".to_owned(),
            (false, Version::V2) => "callers who asked for v1 (no allow_requested)".to_owned(),
        });
    }
    match who.is_empty() {
        true => "nobody".to_owned(),
        false => who.join("; "),
    }
}

/// One id, and its versions.
pub(super) fn id(moved: &Preflight<'_>, id: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let (old, new) = moved.of(id);
    let id = id.escape_debug();
    match old == new {
        true => writeln!(out, "{old}        {id}"),
        false => writeln!(out, "{HEADING}{old} -> {new}  {id}{HEADING:#}"),
    }
}
