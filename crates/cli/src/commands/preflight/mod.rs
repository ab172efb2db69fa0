//! `cutover preflight`: whom replacing one rollout document by another would move, before it moves anyone.

mod tell;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use cutover::routing::{self, preflight};
use cutover::{Rollout, Share, Version};
use serde::Serialize;

use super::route;
use crate::exit;
use crate::failure::{self, Failure};
use crate::json;
use crate::ndjson::{BLOCK, LINE_LIMIT, Output};
use crate::rollout;

/// Show whom replacing one rollout document by another would move
///
/// With --json {"revision","share","force","allow_requested","raises_revision",
/// "to_v2","to_v1","pinned_to_v2","pinned_to_v1","requests_to_v2",
/// "requests_to_v1"}: the first four are {"old","new"}; to_v2 and to_v1 are
/// shares of the ids that neither document pins; then the pinned ids that would
/// move; and whether callers who ask for a version would, because
/// allow_requested changes. With --ids, a line {"id","old","new"} for each id
/// follows.
///
/// The exit status is 3 if anyone would leave v2: an id, or callers who ask for
/// v2 and would no longer get it. Environment and brake do not count.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Preflight {
    /// The document in force
    old: PathBuf,

    /// The document to replace it
    new: PathBuf,

    /// Show the versions of these ids, one a line
    #[arg(long, value_name = "FILE")]
    ids: Option<PathBuf>,

    /// Exit with 0 even if someone would leave v2
    #[arg(long)]
    allow_backward: bool,

    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl Preflight {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let (old, new) = (rollout::read(&self.old)?, rollout::read(&self.new)?);
        let moved = preflight(&old, &new).map_err(|error| rollout::refused(&self.new, &error))?;
        let cannot = |error: io::Error| Failure::Io(error.to_string());
        let (mut output, answer): (_, fn(&routing::Preflight<'_>, &str, &mut Vec<u8>) -> _) =
            match self.json {
                true => (Output::open(None)?, as_json),
                false => (Output::for_people(), tell::id),
            };
        match self.json {
            true => document(&old, &new, &moved, &mut output.buffer),
            false => tell::tell(&old, &new, &moved, &mut output.buffer),
        }
        .map_err(cannot)?;
        if let Some(path) = &self.ids {
            each_id(path, |id| {
                answer(&moved, id, &mut output.buffer).map_err(cannot)?;
                output.spill()
            })?;
        }
        output.flush()?;
        let leave = who_leaves_v2(&moved, &new);
        if leave.is_empty() || self.allow_backward {
            return Ok(ExitCode::SUCCESS);
        }
        failure::say(&format!(
            "{} would leave v2: pass --allow-backward if that is intended",
            leave.join(" and ")
        ));
        Ok(ExitCode::from(exit::NO))
    }
}

/// Those who would get v1 and didn't ask for it.
fn who_leaves_v2(moved: &routing::Preflight<'_>, new: &Rollout) -> Vec<String> {
    let mut who = Vec::new();
    if moved.to_v1() > Share::ZERO {
        who.push(format!("{} of the ids", moved.to_v1()));
    }
    match moved.pinned_to(Version::V1).len() {
        0 => {}
        1 => who.push("1 pinned id".to_owned()),
        more => who.push(format!("{more} pinned ids")),
    }
    if moved.moves_requests_to(Version::V1) && !new.allow_requested() {
        who.push("callers who ask for v2".to_owned());
    }
    who
}

#[derive(Serialize)]
struct Change<T> {
    old: T,
    new: T,
}

#[derive(Serialize)]
struct Document<'a> {
    revision: Change<u32>,
    share: Change<Share>,
    force: Change<Option<Version>>,
    allow_requested: Change<bool>,
    raises_revision: bool,
    #[serde(flatten)]
    moved: &'a routing::Preflight<'a>,
}

fn document(
    old: &Rollout,
    new: &Rollout,
    moved: &routing::Preflight<'_>,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    fn change<T>(of: fn(&Rollout) -> T, old: &Rollout, new: &Rollout) -> Change<T> {
        Change {
            old: of(old),
            new: of(new),
        }
    }
    let document = Document {
        revision: change(Rollout::revision, old, new),
        share: change(Rollout::share, old, new),
        force: change(Rollout::force, old, new),
        allow_requested: change(Rollout::allow_requested, old, new),
        raises_revision: moved.raises_revision(),
        moved,
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.push(b'\n');
    Ok(())
}

/// Hands on the ids of a file, one a line. The first line that is none ends it: as one that is too long is not read to its
/// end, a device that has no newlines ends too.
fn each_id(path: &Path, mut take: impl FnMut(&str) -> Result<(), Failure>) -> Result<(), Failure> {
    let name = path.display();
    let cannot = |error: io::Error| Failure::Io(format!("cannot read {name}: {error}"));
    let mut file = BufReader::with_capacity(BLOCK, File::open(path).map_err(cannot)?);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let mut longest = (&mut file).take(LINE_LIMIT as u64 + 1);
        if longest.read_until(b'\n', &mut line).map_err(cannot)? == 0 {
            break;
        }
        let bad = |what: &str| Failure::Io(format!("{name}: line {number}: {what}"));
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        if line.len() > LINE_LIMIT {
            return Err(bad(&format!(
                "longer than {LINE_LIMIT} bytes: give one id a line"
            )));
        }
        take(route::id(line).map_err(|error| bad(&error.message))?)?;
    }
    Ok(())
}

fn as_json(moved: &routing::Preflight<'_>, id: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let (old, new) = moved.of(id);
    json::begin(out, id)?;
    writeln!(out, r#","old":"{old}","new":"{new}"}}"#)
}
