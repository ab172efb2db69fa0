//! The submission log as NDJSON, beside the one in the database: what `cutover report` and `cutover replay` read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use cutover::tower::Served;
use cutover::{Decision, Share, Version};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::answer::Refusal;
use crate::background::Background;
use crate::principal::PrincipalHash;
use crate::store::{LogEntry, Store};
use crate::submission::Submission;

/// An append-only file of lines, written in the background: no request waits for its disk, or for the reader of a pipe. It
/// holds what people sent: only its owner can read it.
#[derive(Debug)]
pub struct SubmissionLog(Background);

/// Where lines are written, each whole or not at all as far as readers are concerned: after one that a full disk, or the
/// end of a process, has cut short, the next begins on a line of its own.
#[derive(Debug)]
struct Lines<W> {
    to: W,
    /// Whether the last line has no end.
    is_cut: bool,
}

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
    /// The client was gone before there was an answer.
    Abandoned,
}

impl Action {
    /// As the logs have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::ValidationFailed => "validation_failed",
            Self::DuplicateDetected => "duplicate_detected",
            Self::RateLimited => "rate_limited",
            Self::ServerError => "server_error",
            Self::Abandoned => "abandoned",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    timestamp: String,
    suggestion_id: &'a str,
    action: Action,
    api_version: Version,
    /// Why this version: the router's reason, `fallback`, or `direct`. Only `share` is evidence for the guard.
    reason: &'static str,
    /// The share and the revision that the router decided by.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<Share>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    /// Who sent it, where that isn't the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<PrincipalHash>,
    data: Option<Box<RawValue>>,
    result: Option<Box<RawValue>>,
    duration_ms: f64,
}

impl SubmissionLog {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// It can't be written to, or the system gives no thread.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut to = options.open(path)?;
        let is_cut = is_cut(&mut to)?;
        let mut lines = Lines { to, is_cut };
        let write = move |line| {
            if let Err(error) = lines.write(line) {
                lost(&error);
            }
        };
        Ok(Self(Background::start("submission-log", write)?))
    }

    /// Waits until every line is written, this long at most.
    pub fn flush(&self, limit: Duration) {
        if !self.0.flush(limit) {
            lost(&"the file takes too long");
        }
    }

    fn write(&self, line: &Line<'_>) {
        match serde_json::to_vec(line) {
            Ok(mut bytes) => {
                bytes.push(b'\n');
                if !self.0.send(bytes) {
                    lost(&"the file takes too long");
                }
            }
            Err(error) => lost(&error),
        }
    }
}

fn lost(why: &dyn std::fmt::Display) {
    tracing::error!(error = %why, "a line of the submission log is lost");
}

impl<W: Write> Lines<W> {
    /// Writes a line, which ends with a newline: at once, so that readers and other writers see whole lines.
    fn write(&mut self, mut line: Vec<u8>) -> io::Result<()> {
        if self.is_cut {
            line.insert(0, b'\n');
        }
        let mut rest = line.as_slice();
        while !rest.is_empty() {
            match self.to.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.is_cut = rest[written - 1] != b'\n';
                    rest = &rest[written..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Whether the file's last line has no end. What isn't a file, such as a pipe, has no last line.
fn is_cut(file: &mut File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Where it is noted what became of a request.
#[derive(Clone, Copy, Debug)]
pub struct Logs<'a> {
    /// The file, when there is one.
    pub file: Option<&'a SubmissionLog>,
    /// The database's log.
    pub database: Option<&'a Store>,
    /// The longest that a request may take: one that is given up before was abandoned by its client.
    pub timeout: Duration,
}

/// One request in the logs: noted at its end, or when it is given up before: as `server_error` after a panic or the timeout,
/// else as `abandoned`.
#[derive(Debug)]
pub struct Entry<'a> {
    /// None when it is noted.
    logs: Option<Logs<'a>>,
    submission: &'a Submission,
    version: Version,
    served: Option<Served>,
}

/// What was answered.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The status.
    pub status: StatusCode,
    /// The body, which is JSON.
    pub body: &'a str,
    /// Why it is no success.
    pub refusal: Option<&'a Refusal>,
}

impl<'a> Entry<'a> {
    /// Begins a request at this version: one that the router gave to it, or, without `served`, one that was sent to it
    /// directly.
    #[must_use]
    pub fn begin(
        logs: Logs<'a>,
        submission: &'a Submission,
        version: Version,
        served: Option<Served>,
    ) -> Self {
        Self {
            logs: Some(logs),
            submission,
            version,
            served,
        }
    }

    /// Ends it: what came of it, the payload if it was stored, and what was answered.
    pub fn end(mut self, action: Action, data: Option<&str>, answered: Answered<'_>) {
        self.note(action, data, Some(answered));
    }

    fn note(&mut self, action: Action, data: Option<&str>, answered: Option<Answered<'_>>) {
        let Some(logs) = self.logs.take() else {
            return;
        };
        let submission = self.submission;
        let principal = &submission.principal;
        let decision = self.served.as_ref().and_then(Served::decision);
        let reason = self.served.map_or("direct", |served| served.reason());
        let duration = submission.since.elapsed();
        if let Some(file) = logs.file {
            file.write(&Line {
                timestamp: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
                suggestion_id: submission.id.as_str(),
                action,
                api_version: self.version,
                reason,
                share: decision.map(Decision::share),
                revision: decision.map(Decision::revision),
                principal: (!principal.is_id()).then(|| principal.hash()),
                data: data.and_then(raw),
                result: answered.and_then(|answered| raw(answered.body)),
                duration_ms: duration.as_secs_f64() * 1e3,
            });
        }
        if let Some(database) = logs.database {
            let refusal = answered.and_then(|answered| answered.refusal);
            database.log(LogEntry {
                suggestion_id: submission.id_hash.to_string(),
                action: action.as_str(),
                api_version: self.version,
                status: answered.map(|answered| answered.status.as_u16()),
                errors: refusal.map(Refusal::codes).unwrap_or_default(),
                principal: principal.hash().to_string(),
                share_ppm: decision.map(|decision| decision.share().as_ppm()),
                revision: decision.map(Decision::revision),
                reason,
                duration,
            });
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let Some(logs) = self.logs else { return };
        let is_late = self.submission.since.elapsed() >= logs.timeout;
        let action = if is_late || std::thread::panicking() {
            Action::ServerError
        } else {
            Action::Abandoned
        };
        self.note(action, None, None);
    }
}

/// JSON text on one line. Valid JSON has line breaks between tokens only, where a space says the same.
fn raw(json: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(json.trim().replace(['\n', '\r'], " ")).ok()
}

#[cfg(test)]
mod tests;
