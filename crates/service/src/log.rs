//! The submission log as NDJSON, beside the one in the database: what `cutover report` and `cutover replay` read.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use cutover::Version;
use serde::Serialize;
use serde_json::value::RawValue;

/// An append-only file of lines. It holds what people sent: only its owner can read it.
#[derive(Debug)]
pub struct SubmissionLog(Mutex<File>);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Stored.
    Submitted,
    /// Refused for what is in it.
    ValidationFailed,
    /// Stored before, under the same id.
    DuplicateDetected,
    /// Turned away unread.
    RateLimited,
    /// The service failed.
    ServerError,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    timestamp: String,
    suggestion_id: &'a str,
    action: Action,
    api_version: Version,
    data: Option<Box<RawValue>>,
    result: Option<Box<RawValue>>,
    duration_ms: f64,
}

impl SubmissionLog {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// It can't be written to.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(Mutex::new(options.open(path)?)))
    }

    fn write(&self, line: &Line<'_>) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        // One write a line: readers and other writers see whole lines.
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&bytes)
    }
}

/// One request's line: written at its end, or, as `server_error`, when it is given up before (a panic, a timeout).
#[derive(Debug)]
pub struct Entry<'a> {
    log: Option<&'a SubmissionLog>,
    id: &'a str,
    version: Version,
    since: Instant,
}

impl<'a> Entry<'a> {
    /// Begins a request of this id at this version. Without a log nothing is written.
    #[must_use]
    pub fn begin(
        log: Option<&'a SubmissionLog>,
        id: &'a str,
        version: Version,
        since: Instant,
    ) -> Self {
        Self {
            log,
            id,
            version,
            since,
        }
    }

    /// Ends it: what came of it, the payload if it was stored, and what was answered.
    pub fn end(mut self, action: Action, data: Option<&str>, result: &str) {
        self.write(action, data, Some(result));
    }

    fn write(&mut self, action: Action, data: Option<&str>, result: Option<&str>) {
        let Some(log) = self.log.take() else {
            return;
        };
        let line = Line {
            timestamp: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            suggestion_id: self.id,
            action,
            api_version: self.version,
            data: data.and_then(raw),
            result: result.and_then(raw),
            duration_ms: self.since.elapsed().as_secs_f64() * 1e3,
        };
        if let Err(error) = log.write(&line) {
            tracing::error!(%error, "a line of the submission log is lost");
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.write(Action::ServerError, None, None);
    }
}

/// JSON text on one line. Valid JSON has line breaks between tokens only, where a space says the same.
fn raw(json: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(json.trim().replace(['\n', '\r'], " ")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_one_line_and_one_that_is_given_up_is_a_server_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.ndjson");
        let log = SubmissionLog::open(&path).unwrap();
        let entry = |id| Entry::begin(Some(&log), id, Version::V2, Instant::now());
        entry("a").end(
            Action::Submitted,
            Some("{\n \"lat\": 51.50,\r\n \"name\":\"a b\"}\n"),
            "{}",
        );
        drop(entry("b"));
        Entry::begin(None, "c", Version::V1, Instant::now()).end(Action::Submitted, None, "{}");

        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert_eq!(lines[0]["suggestionId"], "a");
        assert_eq!(lines[0]["data"]["name"], "a b");
        assert!(text.contains("51.50"), "numbers keep their text: {text}");
        assert_eq!(
            (&lines[1]["action"], &lines[1]["apiVersion"]),
            (&"server_error".into(), &"v2".into())
        );
        assert!(lines[1]["data"].is_null() && lines[1]["durationMs"].is_number());
    }
}
