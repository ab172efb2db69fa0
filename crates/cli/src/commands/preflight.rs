//! `cutover preflight`: who would move when one rollout document replaces another, before anyone does.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use cutover::Version;
use cutover::routing::{self, preflight};

use super::route;
use crate::failure::Failure;
use crate::json;
use crate::ndjson::{BLOCK, LINE_LIMIT, Output};
use crate::rollout;

/// Show who would move if one rollout document replaced another
///
/// Out: {"to_v2","to_v1","pinned_to_v2","pinned_to_v1"}: shares of the ids
///      that neither document pins, and the pinned ids that would move;
///      with --ids one line {"id","old","new"} for each id after it
///
/// The exit code is 3 when anyone would leave v2, unless that is allowed.
/// Environment and brake do not count.
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

    /// Let the exit code be 0 when ids would go back to v1
    #[arg(long)]
    allow_backward: bool,
}

impl Preflight {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let (old, new) = (rollout::read(&self.old)?, rollout::read(&self.new)?);
        let moved = preflight(&old, &new).map_err(|error| rollout::refused(&self.new, &error))?;
        let mut output = Output::open(None)?;
        let cannot = |error: io::Error| Failure::Io(error.to_string());
        serde_json::to_writer(&mut output.buffer, &moved).map_err(|error| cannot(error.into()))?;
        output.buffer.push(b'\n');
        if let Some(path) = &self.ids {
            each_id(path, |id| {
                answer(&moved, id, &mut output.buffer).map_err(cannot)?;
                output.spill()
            })?;
        }
        output.flush()?;
        if !moved.moves_anyone_to(Version::V1) || self.allow_backward {
            return Ok(ExitCode::SUCCESS);
        }
        // A closed stderr leaves nobody to tell; the exit code still says it.
        let _ = writeln!(
            io::stderr(),
            "cutover: {} of the ids and {} pinned ones would leave v2: pass --allow-backward if that is meant",
            moved.to_v1(),
            moved.pinned_to(Version::V1).len()
        );
        Ok(ExitCode::from(3))
    }
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

fn answer(moved: &routing::Preflight<'_>, id: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let (old, new) = moved.of(id);
    json::begin(out, id)?;
    writeln!(out, r#","old":"{old}","new":"{new}"}}"#)
}
