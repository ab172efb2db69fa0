//! Payloads that a team has recorded, tried out: valid, upgraded, and the same after the way back.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use cutover::mapping::{Call, Error, Mapping, Report, Side};
use serde::Serialize;
use serde::de::IgnoredAny;

use crate::envelope::{self, LineCode};
use crate::failure::Failure;
use crate::mapped::Said;
use crate::ndjson::{BLOCK, Block, Line, Lines};

/// What became of all of them.
#[derive(Debug, Default, Serialize)]
#[serde(tag = "kind", rename = "samples")]
pub(super) struct Tried {
    pub(super) payloads: u64,
    pub(super) valid: u64,
    pub(super) upgraded: u64,
    pub(super) round_trip: u64,
    /// Upgraded with a loss or an assumption that was reported.
    pub(super) reported: u64,
}

/// One that failed, and where first.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename = "sample")]
pub(super) struct Failed {
    pub(super) code: String,
    pub(super) path: String,
    pub(super) reason: String,
    pub(super) line: u64,
    pub(super) id: Option<String>,
    pub(super) step: &'static str,
}

/// The largest payload.
const LARGEST: usize = 16 << 20;

/// Tries every payload of the file; `failed` is told of each that failed.
pub(super) fn try_all(
    path: &Path,
    mapping: &Mapping,
    said: &Said,
    mut failed: impl FnMut(&Failed) -> Result<(), Failure>,
) -> Result<Tried, Failure> {
    let name = path.display().to_string();
    let (mut source, name): (Box<dyn Read>, _) = match path == Path::new("-") {
        true => (Box::new(io::stdin()), "standard input".to_owned()),
        false => {
            let file = File::open(path);
            let file = file.map_err(|error| Failure::Io(format!("cannot open {name}: {error}")))?;
            (Box::new(file), name)
        }
    };
    let mut start = Vec::new();
    let read = source
        .by_ref()
        .take(LARGEST as u64 + 1)
        .read_to_end(&mut start);
    read.map_err(|error| Failure::Io(format!("cannot read {name}: {error}")))?;
    let mut tried = Tried::default();
    let mut one = |text: &[u8], line: u64| match try_one(text, mapping, said, &mut tried) {
        None => Ok(()),
        Some((id, failure)) => failed(&Failed {
            id,
            line,
            ..failure
        }),
    };
    // A payload written over several lines is one all the same.
    if start.len() <= LARGEST && serde_json::from_slice::<IgnoredAny>(&start).is_ok() {
        one(&start, 1)?;
        return Ok(tried);
    }
    let mut lines = Lines::new(Cursor::new(start).chain(source), name);
    let mut block = Block::new(BLOCK, LARGEST);
    let mut number = 0;
    while lines.next(&mut block)? {
        for line in block.lines() {
            number += 1;
            match line {
                Line::Text(text) => one(text, number)?,
                // As much of it as is refused for its size.
                Line::TooLong => one(&vec![b' '; LARGEST + 1], number)?,
            }
        }
    }
    Ok(tried)
}

/// Tries one payload, bare or as `{"id","payload"}`: its id and what failed. An empty line is no payload.
fn try_one(
    text: &[u8],
    mapping: &Mapping,
    said: &Said,
    tried: &mut Tried,
) -> Option<(Option<String>, Failed)> {
    let (id, payload) = match envelope::parse(text, ["payload"]) {
        Ok(parts) => (Some(parts.id.into_owned()), parts.values[0]),
        Err(error) if error.code == LineCode::EmptyLine && text.len() <= LARGEST => return None,
        Err(_) => (None, text),
    };
    tried.payloads += 1;
    let failure = steps(payload, &said.call(id.as_deref(), &[]), mapping, tried);
    Some((id, failure?))
}

/// Counts each step that succeeds; the first that does not.
fn steps(payload: &[u8], call: &Call<'_>, mapping: &Mapping, tried: &mut Tried) -> Option<Failed> {
    let validated = |side, payload: &[u8]| mapping.validate(side, payload, call);
    let report = match validated(Side::From, payload) {
        Ok(report) => report,
        Err(error) => return Some(said_wrong("validate", &error)),
    };
    if !report.is_valid() {
        return Some(found("validate", &report));
    }
    tried.valid += 1;
    let mut upgraded = Vec::new();
    let report = match mapping.upgrade(payload, call, &mut upgraded) {
        Ok(report) => report,
        Err(error) => return Some(refused("upgrade", &error)),
    };
    match validated(Side::To, &upgraded) {
        Ok(judged) if judged.is_valid() => {}
        Ok(judged) => return Some(found("upgrade", &judged)),
        Err(error) => return Some(said_wrong("upgrade", &error)),
    }
    tried.upgraded += 1;
    tried.reported += u64::from(!report.findings().is_empty());
    let mut back = Vec::new();
    let down = call.clone().assumed(report.assumed());
    if let Err(error) = mapping.downgrade(&upgraded, &down, &mut back) {
        return Some(refused("round_trip", &error));
    }
    match mapping.compare(&back, &upgraded, call) {
        Ok(differences) => {
            let Some(first) = differences.first() else {
                tried.round_trip += 1;
                return None;
            };
            let reason = "the payload that came back says something else here".to_owned();
            Some(failed("round_trip", "different", first.path(), reason))
        }
        Err(error) => Some(refused("round_trip", &error)),
    }
}

fn refused(step: &'static str, error: &Error) -> Failed {
    match error.report() {
        Some(report) => found(step, report),
        None => said_wrong(step, error),
    }
}

fn found(step: &'static str, report: &Report) -> Failed {
    match report.first_error() {
        Some(first) => failed(
            step,
            first.code().as_str(),
            first.path(),
            first.message().to_owned(),
        ),
        None => failed(step, "refused", "", report.to_string()),
    }
}

fn said_wrong(step: &'static str, error: &impl ToString) -> Failed {
    failed(step, "call", "", error.to_string())
}

fn failed(step: &'static str, code: &str, path: &str, reason: String) -> Failed {
    Failed {
        code: code.to_owned(),
        path: path.to_owned(),
        reason,
        line: 0,
        id: None,
        step,
    }
}
