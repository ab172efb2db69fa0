//! Each request has its line, whatever becomes of the request, the disk or the process.

use std::time::Instant;

use axum::body::Bytes;
use axum::http::HeaderMap;

use super::*;
use crate::principal::Principals;
use crate::submission::{ContributionId, IDEMPOTENCY_KEY};

const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

const CREATED: Answered<'_> = Answered {
    status: StatusCode::CREATED,
    body: "{}",
    refusal: None,
};

fn to(file: Option<&SubmissionLog>) -> Logs<'_> {
    Logs {
        file,
        database: None,
        timeout: HOUR,
    }
}

fn submission(id: &str) -> Submission {
    let mut headers = HeaderMap::new();
    headers.insert(IDEMPOTENCY_KEY, id.parse().unwrap());
    let id = ContributionId::of(&headers).unwrap();
    Submission {
        principal: Principals::new(None, None).unwrap().of(&headers, &id),
        id_hash: Principals::new(None, None).unwrap().hash_of(&id),
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
        let fits = ["first\n", "second\n", "third\n"].map(|line| lines.write(line.into()).is_ok());
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
        let log = SubmissionLog::open(&path).unwrap();
        drop(Entry::begin(
            to(Some(&log)),
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
    let log = SubmissionLog::open(&path).unwrap();
    let [a, b, c] = ["a", "b", "c"].map(submission);
    Entry::begin(to(Some(&log)), &a, Version::V2, None).end(
        Action::Submitted,
        Some("{\n \"lat\": 51.50,\r\n \"name\":\"a b\"}\n"),
        CREATED,
    );
    drop(Entry::begin(to(Some(&log)), &b, Version::V2, None));
    let broken = std::panic::catch_unwind(|| {
        let _entry = Entry::begin(to(Some(&log)), &b, Version::V2, None);
        panic!("v2 broke");
    });
    assert!(broken.is_err());
    Entry::begin(to(None), &c, Version::V1, None).end(Action::Submitted, None, CREATED);
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
