//! `cutover route`: who gets which version, by id alone.

use std::process::ExitCode;

use clap::Args;
use cutover::{Request, Router};

use crate::envelope::{Fault, LineCode, LineError};
use crate::exit::FailOn;
use crate::failure::Failure;
use crate::json;
use crate::rollout::RolloutArgs;
use crate::stream::Streams;
use crate::summary::Tally;

/// Route ids, one a line
///
/// In:  bare ids, without quotes; only a carriage return at the end is trimmed
/// Out: {"id","version","reason","bucket"}
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Route {
    #[command(flatten)]
    rollout: RolloutArgs,
    #[command(flatten)]
    streams: Streams,
}

impl Route {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        self.rollout.keep_from(&self.streams)?;
        let router = self.rollout.router()?;
        self.streams.run(
            FailOn::None,
            Tally::of(&["v1", "v2"]),
            move |line, out, tally| answer(&router, line, out, tally),
        )
    }
}

fn answer(router: &Router, line: &[u8], out: &mut Vec<u8>, tally: &mut Tally) -> Result<(), Fault> {
    let id = id(line)?;
    let decision = router.decide(&Request::new(id));
    json::begin(out, id)?;
    json::decision(out, &decision)?;
    out.push(b'}');
    tally.kind(decision.version() as usize);
    tally.handled();
    Ok(())
}

/// The id that a line is.
pub(super) fn id(line: &[u8]) -> Result<&str, LineError> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let bad = |code, message| Err(LineError::whole(code, message));
    if line.is_empty() {
        return bad(LineCode::EmptyLine, "an empty line: remove it");
    }
    // UTF-16 is what a NUL almost always means; such ids would be routed, all wrongly.
    if line.contains(&0) {
        return bad(
            LineCode::MalformedLine,
            "a NUL byte: write the file as UTF-8",
        );
    }
    if line.starts_with(b"{\"") {
        return bad(
            LineCode::MalformedLine,
            "an object, not an id: give bare ids, or use `cutover run`",
        );
    }
    match std::str::from_utf8(line) {
        // Nobody sees it, and the id behind it would be another one.
        Ok(id) if id.starts_with('\u{FEFF}') => bad(
            LineCode::MalformedLine,
            "a byte order mark: write the file without",
        ),
        Ok(id) => Ok(id),
        Err(_) => bad(
            LineCode::MalformedLine,
            "not UTF-8: write the file as UTF-8",
        ),
    }
}
