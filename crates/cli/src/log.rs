//! A recorded log: one request a line. Lines that can't be read are reported on stderr, counted and skipped.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use cutover::migration::Outcome;
use cutover::{Share, Version};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::envelope::{LineCode, LineError};
use crate::failure::{self, Failure};
use crate::ndjson::{BLOCK, Block, LINE_LIMIT, Line, Lines};
use crate::summary::Grouped;
use crate::time::Stamp;

/// One request, as a service logged it. Members beside these are passed over, `data` among them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry<'a> {
    pub(crate) timestamp: Stamp,
    #[serde(borrow, rename = "suggestionId")]
    pub(crate) id: Cow<'a, str>,
    pub(crate) action: Action,
    #[serde(rename = "apiVersion")]
    pub(crate) version: Version,
    #[serde(borrow, default)]
    pub(crate) result: Option<&'a RawValue>,
    #[serde(rename = "durationMs", deserialize_with = "millis")]
    pub(crate) took: Duration,
    /// Who sent it, where that is not the id.
    #[serde(borrow, default)]
    pub(crate) principal: Option<Cow<'a, str>>,
    /// The share in force.
    #[serde(default)]
    pub(crate) share: Option<Share>,
    /// Why this version, `share` unless it says something else.
    #[serde(borrow, default)]
    pub(crate) reason: Option<Cow<'a, str>>,
}

/// What a service writes about a request's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    Submitted,
    ValidationFailed,
    DuplicateDetected,
    RateLimited,
    ServerError,
    Abandoned,
}

impl Action {
    pub(crate) const ALL: [Self; 6] = [
        Self::Submitted,
        Self::ValidationFailed,
        Self::DuplicateDetected,
        Self::RateLimited,
        Self::ServerError,
        Self::Abandoned,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::ValidationFailed => "validation_failed",
            Self::DuplicateDetected => "duplicate_detected",
            Self::RateLimited => "rate_limited",
            Self::ServerError => "server_error",
            Self::Abandoned => "abandoned",
        }
    }

    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Submitted => Outcome::Accepted,
            Self::ValidationFailed => Outcome::Rejected,
            Self::DuplicateDetected => Outcome::DuplicateDetected,
            Self::RateLimited => Outcome::RateLimited,
            Self::ServerError => Outcome::Failed,
            Self::Abandoned => Outcome::Abandoned,
        }
    }
}

fn millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let ms = f64::deserialize(deserializer)?;
    let message = "durationMs must be a number of milliseconds, 0 or more";
    Duration::try_from_secs_f64(ms / 1e3).map_err(|_| D::Error::custom(message))
}

/// How many lines a log had.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    pub(crate) lines: u64,
    bad: u64,
}

impl Count {
    /// Whether every line was read.
    pub(crate) fn is_whole(self) -> bool {
        self.bad == 0
    }

    /// 0 when every line was read, else 1.
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(u8::from(!self.is_whole()))
    }
}

/// Hands every request of the log to `take`, with the number of its line, from 1. `-` is standard input.
pub(crate) fn read(path: &Path, mut take: impl FnMut(u64, &Entry<'_>)) -> Result<Count, Failure> {
    let (source, name) = open(path)?;
    let mut lines = Lines::new(source, name.clone());
    let mut block = Block::new(BLOCK, LINE_LIMIT);
    let mut count = Count::default();
    let mut complaints = Complaints {
        log: name,
        counts: BTreeMap::new(),
    };
    while lines.next(&mut block)? {
        for line in block.lines() {
            count.lines += 1;
            let entry = match line {
                Line::Text(text) => parse(text),
                Line::TooLong => Err(LineError::too_long()),
            };
            match entry {
                Ok(entry) => take(count.lines, &entry),
                Err(error) => {
                    count.bad += 1;
                    complaints.line(count.lines, &error);
                }
            }
        }
    }
    complaints.rest();
    Ok(count)
}

/// The log's bytes, and what to call it.
fn open(path: &Path) -> Result<(Box<dyn Read>, String), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin().lock()), "standard input".to_owned()));
    }
    let name = path.display().to_string();
    let file =
        File::open(path).map_err(|error| Failure::Io(format!("cannot open {name}: {error}")))?;
    Ok((Box::new(file), name))
}

/// What is said of lines that can't be read: the first few of each code in full, of the rest how many there were.
struct Complaints {
    log: String,
    counts: BTreeMap<LineCode, u64>,
}

impl Complaints {
    /// Lines of each code that are reported in full.
    const FULL: u64 = 5;

    fn line(&mut self, number: u64, error: &LineError) {
        let count = self.counts.entry(error.code).or_default();
        *count += 1;
        if *count <= Self::FULL {
            let (log, code, message) = (&self.log, error.code.as_str(), &error.message);
            failure::say(&format!("{log}: line {number}: {message} ({code})"));
        }
    }

    fn rest(&self) {
        for (code, count) in &self.counts {
            let lines = match count.saturating_sub(Self::FULL) {
                0 => continue,
                1 => "1 more line is".to_owned(),
                more => format!("{} more lines are", Grouped(more)),
            };
            failure::say(&format!("{}: {lines} {}", self.log, code.as_str()));
        }
    }
}

fn parse(line: &[u8]) -> Result<Entry<'_>, LineError> {
    if line.iter().all(u8::is_ascii_whitespace) {
        let message = "an empty line: remove it";
        return Err(LineError::whole(LineCode::EmptyLine, message));
    }
    serde_json::from_slice(line).map_err(|error| {
        let code = match error.is_data() {
            true => LineCode::MalformedLine,
            false => LineCode::MalformedJson,
        };
        // A line is line 1 to serde_json, which would mislead in a file of many.
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or(&text);
        LineError::whole(code, format!("{what} (byte {})", error.column()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"timestamp":"1970-01-01T00:00:01.5Z","suggestionId":"s-1","action":"server_error","apiVersion":"v2","data":{"a":1},"result":null,"durationMs":12.5}"#;

    #[test]
    fn a_line_is_a_request() {
        let entry = parse(LINE.as_bytes()).unwrap();
        assert_eq!(entry.timestamp, Stamp(Duration::from_millis(1_500)));
        assert_eq!((&*entry.id, entry.version), ("s-1", Version::V2));
        assert_eq!(entry.action.outcome(), Outcome::Failed);
        assert_eq!(entry.took, Duration::from_micros(12_500));
        for action in Action::ALL {
            let line = LINE.replace("server_error", action.as_str());
            assert_eq!(parse(line.as_bytes()).unwrap().action, action);
        }
    }

    #[test]
    fn a_line_that_is_no_request_says_why() {
        for (from, to, code, says) in [
            (LINE, " \r", "empty_line", "remove it"),
            (LINE, "{", "malformed_json", "EOF"),
            (LINE, "[]", "malformed_line", "invalid"),
            ("\"v2\"", "\"2\"", "malformed_line", "v2"),
            (
                "server_error",
                "crashed",
                "malformed_line",
                "`rate_limited`",
            ),
            ("12.5", "-1", "malformed_line", "durationMs must be"),
            (
                "1970-01-01T",
                "today",
                "malformed_line",
                "milliseconds since 1970",
            ),
            (
                r#""suggestionId":"s-1","#,
                "",
                "malformed_line",
                "missing field `suggestionId`",
            ),
        ] {
            let line = LINE.replace(from, to);
            let error = parse(line.as_bytes()).unwrap_err();
            assert_eq!(error.code.as_str(), code, "{line}");
            assert!(error.message.contains(says), "{}", error.message);
            assert!(!error.message.contains("line 1"), "{}", error.message);
        }
    }
}
