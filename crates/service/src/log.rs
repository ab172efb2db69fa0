//! The submission log as NDJSON, beside the one in the database: what `cutover report` and `cutover replay` read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use cutover::tower::Served;
use cutover::{Decision, Share, Version};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::background::Background;
use crate::principal::PrincipalHash;
use crate::submission::Submission;

/// An append-only file of lines, written in the background: no request waits for its disk, or for the reader of a pipe. It
/// holds what people sent: only its owner can read it.
#[derive(Debug)]
pub struct SubmissionLog {
    lines: Background,
    /// The longest that a request may take: the guard's.
    timeout: Duration,
}

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
    /// Opens the file, or makes it. A request that is given up before this timeout was abandoned by its client.
    ///
    /// # Errors
    /// It can't be written to, or the system gives no thread.
    pub fn open(path: &Path, timeout: Duration) -> io::Result<Self> {
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
        Ok(Self {
            lines: Background::start("submission-log", write)?,
            timeout,
        })
    }

    /// Waits until every line is written, this long at most.
    pub fn flush(&self, limit: Duration) {
        if !self.lines.flush(limit) {
            lost(&"the file takes too long");
        }
    }

    fn write(&self, line: &Line<'_>) {
        match serde_json::to_vec(line) {
            Ok(mut bytes) => {
                bytes.push(b'\n');
                if !self.lines.send(bytes) {
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

/// One request's line: written at its end, or when it is given up before: as `server_error` after a panic or the timeout,
/// else as `abandoned`.
#[derive(Debug)]
pub struct Entry<'a> {
    log: Option<&'a SubmissionLog>,
    submission: &'a Submission,
    version: Version,
    served: Option<Served>,
}

impl<'a> Entry<'a> {
    /// Begins a request at this version: one that the router gave to it, or, without `served`, one that was sent to it
    /// directly. Without a log nothing is written.
    #[must_use]
    pub fn begin(
        log: Option<&'a SubmissionLog>,
        submission: &'a Submission,
        version: Version,
        served: Option<Served>,
    ) -> Self {
        Self {
            log,
            submission,
            version,
            served,
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
        let submission = self.submission;
        let principal = &submission.principal;
        let decision = self.served.as_ref().and_then(Served::decision);
        let line = Line {
            timestamp: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            suggestion_id: submission.id.as_str(),
            action,
            api_version: self.version,
            reason: self.served.map_or("direct", |served| served.reason()),
            share: decision.map(Decision::share),
            revision: decision.map(Decision::revision),
            principal: (!principal.is_id()).then(|| principal.hash()),
            data: data.and_then(raw),
            result: result.and_then(raw),
            duration_ms: submission.since.elapsed().as_secs_f64() * 1e3,
        };
        log.write(&line);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let Some(log) = self.log else { return };
        let is_late = self.submission.since.elapsed() >= log.timeout;
        let action = if is_late || std::thread::panicking() {
            Action::ServerError
        } else {
            Action::Abandoned
        };
        self.write(action, None, None);
    }
}

/// JSON text on one line. Valid JSON has line breaks between tokens only, where a space says the same.
fn raw(json: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(json.trim().replace(['\n', '\r'], " ")).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::body::Bytes;
    use axum::http::HeaderMap;

    use super::*;
    use crate::principal::Principals;
    use crate::submission::{ContributionId, IDEMPOTENCY_KEY};

    const PATIENCE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn submission(id: &str) -> Submission {
        let mut headers = HeaderMap::new();
        headers.insert(IDEMPOTENCY_KEY, id.parse().unwrap());
        let id = ContributionId::of(&headers).unwrap();
        Submission {
            principal: Principals::new(None, None).unwrap().of(&headers, &id),
            id,
            body: Bytes::new(),
            since: Instant::now(),
        }
    }

    /// A disk with room for so many bytes.
    struct Disk {
        bytes: Vec<u8>,
        room: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.room - self.bytes.len());
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.bytes.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Wherever the disk is full, no line is lost but the one that it cut.
    #[test]
    fn a_line_after_one_that_was_cut_begins_on_a_line_of_its_own() {
        for room in 0..12 {
            let disk = Disk {
                bytes: Vec::new(),
                room,
            };
            let mut lines = Lines {
                to: disk,
                is_cut: false,
            };
            let fits =
                ["first\n", "second\n", "third\n"].map(|line| lines.write(line.into()).is_ok());
            assert!(fits.contains(&false), "{room}");
            lines.to.room = 100;
            lines.write(b"last\n".to_vec()).unwrap();
            let text = String::from_utf8(lines.to.bytes).unwrap();
            let is_there = |line: &str| text.lines().any(|there| there == line);
            assert!(text.ends_with('\n') && is_there("last"), "{room}: {text}");
            for (line, fits) in ["first", "second", "third"].iter().zip(fits) {
                assert!(!fits || is_there(line), "{room}: {text}");
            }
        }
    }

    #[test]
    fn a_file_whose_last_line_was_cut_is_continued_on_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.ndjson");
        for (before, lines) in [("", 1), ("{}\n", 2), ("{}\n{\"times", 3)] {
            std::fs::write(&path, before).unwrap();
            let log = SubmissionLog::open(&path, HOUR).unwrap();
            drop(Entry::begin(
                Some(&log),
                &submission("a"),
                Version::V2,
                None,
            ));
            log.flush(PATIENCE);
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(text.lines().count(), lines, "{text}");
            let last = text.lines().next_back().unwrap();
            assert!(serde_json::from_str::<serde_json::Value>(last).is_ok());
        }
    }

    #[test]
    fn each_request_has_one_line_also_one_that_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.ndjson");
        let log = SubmissionLog::open(&path, HOUR).unwrap();
        let [a, b, c] = ["a", "b", "c"].map(submission);
        Entry::begin(Some(&log), &a, Version::V2, None).end(
            Action::Submitted,
            Some("{\n \"lat\": 51.50,\r\n \"name\":\"a b\"}\n"),
            "{}",
        );
        drop(Entry::begin(Some(&log), &b, Version::V2, None));
        let broken = std::panic::catch_unwind(|| {
            let _entry = Entry::begin(Some(&log), &b, Version::V2, None);
            panic!("v2 broke");
        });
        assert!(broken.is_err());
        Entry::begin(None, &c, Version::V1, None).end(Action::Submitted, None, "{}");
        log.flush(PATIENCE);

        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!(lines[0]["suggestionId"], "a");
        assert_eq!(lines[0]["data"]["name"], "a b");
        assert!(text.contains("51.50"), "numbers keep their text: {text}");
        for (line, action) in lines[1..].iter().zip(["abandoned", "server_error"]) {
            assert_eq!(
                (&line["action"], &line["apiVersion"], &line["reason"]),
                (&action.into(), &"v2".into(), &"direct".into())
            );
        }
        assert!(lines[1]["data"].is_null() && lines[1]["durationMs"].is_number());
    }
}
