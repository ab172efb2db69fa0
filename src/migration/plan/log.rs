//! The decision log: one entry a line, each with the hash of the line before, so that a change shows.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind};

/// More than ten thousand decisions.
pub(super) const MOST_BYTES: u64 = 16 << 20;

/// One decision.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Entry {
    /// Counts the decisions, from 1.
    pub n: u64,
    /// When, in milliseconds since 1970.
    pub at_unix_ms: u64,
    /// Who decided.
    pub who: String,
    /// The phase before; `None` for the beginning.
    pub from: Option<String>,
    /// The phase from then on.
    pub to: String,
    /// Why, in the words of who decided.
    pub why: String,
    /// What was known: `{"figures", "gates", "approval"}`; null for the beginning.
    pub evidence: Option<Box<RawValue>>,
    /// SHA-256 of the line before, in hexadecimal; of the plan's name for the first.
    pub prev: String,
}

/// What the state vouches for: so many entries in so many bytes, the last of this hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) entries: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Head {
    /// The head of a log without entries. The plan's name is in it, so that one plan's log is no other's.
    pub(super) fn of_nothing(plan: &str) -> Self {
        let sha256 = hash(format!("cutover plan\n{plan}").as_bytes());
        Self {
            entries: 0,
            bytes: 0,
            sha256,
        }
    }

    /// The head once this line, without its line feed, is in the log.
    fn with(&self, line: &[u8]) -> Self {
        Self {
            entries: self.entries + 1,
            bytes: self.bytes + line.len() as u64 + 1,
            sha256: hash(line),
        }
    }

    /// The entry as the line that follows this head, and the head from then on.
    pub(super) fn seal(&self, mut entry: Entry) -> Result<(Vec<u8>, Self), Error> {
        entry.n = self.entries + 1;
        entry.prev.clone_from(&self.sha256);
        let mut line = serde_json::to_vec(&entry).map_err(|error| {
            Error::new(ErrorKind::Log, "", "the decision can't be written as JSON")
                .with_source(error)
        })?;
        let head = self.with(&line);
        if head.bytes > MOST_BYTES {
            return Err(broken(
                "the log is full: move both files away and begin the plan anew",
            ));
        }
        line.push(b'\n');
        Ok((line, head))
    }
}

/// What is behind the bytes that the state vouches for.
#[derive(Debug)]
pub(super) enum Tail {
    Nothing,
    /// A decision that was on its way when the process ended, with the head from there on.
    Next(Box<Entry>, Head),
}

/// Checks a whole log against the head that the state has, and gives its entries.
///
/// # Errors
/// [`ErrorKind::Log`], naming the entry that was changed or is missing.
pub(super) fn read(log: &[u8], plan: &str, head: &Head) -> Result<(Vec<Entry>, Tail), Error> {
    // By lines and not by the bytes of the head: an edit that moves the rest is still found where it was made.
    let known = usize::try_from(head.entries).unwrap_or(usize::MAX);
    let ends = log.iter().enumerate().filter(|&(_, &byte)| byte == b'\n');
    let vouched_end = ends.take(known).last().map_or(0, |(at, _)| at + 1);
    let (vouched, tail) = log.split_at(vouched_end);
    let lines: Vec<&[u8]> = vouched
        .split_inclusive(|&byte| byte == b'\n')
        .map(|line| &line[..line.len() - 1])
        .collect();
    let entries = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_slice(line).map_err(|error| {
                let message = format!("entry {} was changed: it is no entry any more", at + 1);
                broken(message).with_source(error)
            })
        })
        .collect::<Result<Vec<Entry>, Error>>()?;
    check_links(&lines, &entries, plan, head)?;
    Ok((entries, next(tail, head)?))
}

/// Link n ties entry n to what comes after it: the `prev` of entry n + 1, or the head of the state. A changed entry breaks
/// its own link; one whose `prev` was changed also that of the entry before, which so is not the culprit.
fn check_links(lines: &[&[u8]], entries: &[Entry], plan: &str, head: &Head) -> Result<(), Error> {
    let all = entries.len() as u64 == head.entries;
    let hashes =
        std::iter::once(Head::of_nothing(plan).sha256).chain(lines.iter().map(|line| hash(line)));
    let claims = entries
        .iter()
        .map(|entry| &entry.prev)
        .chain(all.then_some(&head.sha256));
    let links: Vec<bool> = hashes
        .zip(claims)
        .map(|(hash, claim)| hash == *claim)
        .collect();
    if let Some(link) = links.iter().position(|&holds| !holds) {
        let next_too = links.get(link + 1).is_some_and(|&holds| !holds);
        return Err(broken(match link + usize::from(next_too) {
            0 => "entry 1 does not begin this plan: the log is another's, or the first entry was \
                  changed or taken out"
                .to_owned(),
            entry => format!(
                "entry {entry} was changed, or the one after it was taken out: its hash is not \
                 the one that was noted"
            ),
        }));
    }
    if !all {
        let (there, known) = (entries.len(), head.entries);
        let message =
            format!("the log has {there} entries, the state knows {known}: the last are missing");
        return Err(broken(message));
    }
    Ok(())
}

/// The log is written before the state, so there may be one entry more, or a part of one, that no state vouches for.
fn next(tail: &[u8], head: &Head) -> Result<Tail, Error> {
    let Some(line) = tail.strip_suffix(b"\n") else {
        return match tail.contains(&b'\n') {
            true => Err(broken(foreign(head))),
            false => Ok(Tail::Nothing),
        };
    };
    if line.contains(&b'\n') {
        return Err(broken(foreign(head)));
    }
    // A line whose end came to the disk before its middle is no entry, and the next one takes its place.
    Ok(match serde_json::from_slice::<Entry>(line) {
        Ok(entry) if entry.n == head.entries + 1 && entry.prev == head.sha256 => {
            Tail::Next(Box::new(entry), head.with(line))
        }
        _ => Tail::Nothing,
    })
}

fn foreign(head: &Head) -> String {
    format!(
        "the state knows {} entries and the log has several more: the state file is not the newest, or someone else writes",
        head.entries
    )
}

#[cold]
fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Log, "", message)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
