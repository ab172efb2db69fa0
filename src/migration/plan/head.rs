//! The head of the decision log in a second place: how older files and a log with fresh hashes are noticed.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::log::hash;
use crate::durable::{self, System};
use crate::error::{Error, ErrorKind};

/// How a decision log ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LogHead {
    /// How many entries it has.
    pub entries: u64,
    /// SHA-256 of the last one's line, in hexadecimal.
    pub sha256: String,
    /// The phase that the last one leads to.
    pub phase: String,
}

impl LogHead {
    pub(super) fn new(entries: u64, sha256: &str, phase: &str) -> Self {
        Self {
            entries,
            sha256: sha256.to_owned(),
            phase: phase.to_owned(),
        }
    }
}

/// What a [`HeadStore`] holds.
///
/// A decision is announced as `pending` before it is added to the log, and `confirmed` once log and state are written. So
/// after a crash at any moment the log ends as one of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Heads {
    /// The last decision that is stored; `None` before the first.
    pub confirmed: Option<LogHead>,
    /// The decision that was on its way to the disk.
    pub pending: Option<LogHead>,
}

impl Heads {
    /// Whether a log may end so.
    ///
    /// # Errors
    /// What must have happened if it does.
    pub(super) fn check(&self, head: &LogHead) -> Result<(), String> {
        if [&self.confirmed, &self.pending].contains(&&Some(head.clone())) {
            return Ok(());
        }
        let known = self.confirmed.as_ref().map_or(0, |head| head.entries);
        let there = head.entries;
        Err(match there.cmp(&known) {
            std::cmp::Ordering::Less => format!(
                "the log has {there} entries and the head store knows {known}: older files were put back"
            ),
            std::cmp::Ordering::Equal => format!(
                "entry {there} of the log is not the one that the head store knows: the log was rewritten"
            ),
            std::cmp::Ordering::Greater => format!(
                "the log has {there} entries and the head store knows {known}: the last were added by another \
                 program, or without the head store"
            ),
        })
    }
}

/// A second place for the head of the decision log, which those who can write the plan's files can't write: a table of the
/// service's database, a key-value store, a [`HeadFile`] on another machine's disk.
///
/// The hashes in the log show a changed entry only to somebody who knows the last one. Who can write the log and the state
/// can write both anew, with fresh hashes, or put back older ones; the head in a second place shows that. Who can write all
/// three places can forge everything: against those, only what they can't write helps, say a log that is shipped elsewhere.
pub trait HeadStore: fmt::Debug + Send {
    /// What was stored last; `None` when nothing ever was.
    ///
    /// # Errors
    /// Whatever keeps it from telling. The plan takes no step forward then; going back works.
    fn load(&mut self) -> Result<Option<Heads>, Box<dyn StdError + Send + Sync>>;

    /// Replaces what is stored, durably, before it returns. May block; give it a timeout if it uses the network.
    ///
    /// # Errors
    /// Whatever keeps it from storing it.
    fn store(&mut self, heads: &Heads) -> Result<(), Box<dyn StdError + Send + Sync>>;
}

/// A [`HeadStore`] in a file. Keep it where those who can write the plan's files can't write.
#[derive(Debug)]
pub struct HeadFile {
    path: PathBuf,
}

impl HeadFile {
    /// Of this path; the file need not be there yet, its folder must.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl HeadStore for HeadFile {
    fn load(&mut self) -> Result<Option<Heads>, Box<dyn StdError + Send + Sync>> {
        const MOST_BYTES: u64 = 16 << 10;
        let json = durable::find(&System, &self.path, MOST_BYTES)?;
        Ok(json.map(|json| serde_json::from_slice(&json)).transpose()?)
    }

    fn store(&mut self, heads: &Heads) -> Result<(), Box<dyn StdError + Send + Sync>> {
        let json = serde_json::to_vec(heads)?;
        let stored: io::Result<()> = durable::replace(&System, &self.path, &json);
        Ok(stored?)
    }
}

/// What this process knows of the log's head, from its store and from what it wrote itself.
#[derive(Debug, Default)]
pub(super) struct KnownHeads {
    store: Option<Box<dyn HeadStore>>,
    heads: Option<Heads>,
    /// Why the store can't tell.
    fault: Option<String>,
    /// Whether the store has yet to be told of what is confirmed here.
    behind: bool,
}

impl KnownHeads {
    pub(super) fn new(store: Option<Box<dyn HeadStore>>) -> Self {
        let mut known = Self {
            store,
            ..Self::default()
        };
        known.load();
        known
    }

    /// Asks the store again.
    pub(super) fn load(&mut self) {
        let Some(store) = &mut self.store else { return };
        match store.load() {
            Ok(heads) => (self.heads, self.fault) = (heads, None),
            Err(error) => self.fault = Some(format!("the head store can't be read: {error}")),
        }
    }

    pub(super) fn has_store(&self) -> bool {
        self.store.is_some()
    }

    pub(super) fn heads(&self) -> Option<&Heads> {
        self.heads.as_ref()
    }

    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Tells the store of the decision that is about to be written.
    pub(super) fn announce(&mut self, next: &LogHead) -> Result<(), Error> {
        let confirmed = self
            .heads
            .as_ref()
            .and_then(|heads| heads.confirmed.clone());
        self.put(Heads {
            confirmed,
            pending: Some(next.clone()),
        })
    }

    /// Tells the store that the log ends so. If that fails, what was announced still vouches for it.
    pub(super) fn confirm(&mut self, head: LogHead) -> Result<(), Error> {
        let heads = Heads {
            confirmed: Some(head),
            pending: None,
        };
        match self.heads == Some(heads.clone()) && !self.behind {
            true => Ok(()),
            false => self.put(heads),
        }
    }

    fn put(&mut self, heads: Heads) -> Result<(), Error> {
        // What it holds is not known, and must not be lost before somebody has looked.
        if let Some(fault) = &self.fault {
            return Err(Error::new(ErrorKind::Io, "", fault));
        }
        let stored = match &mut self.store {
            Some(store) => store.store(&heads),
            None => Ok(()),
        };
        self.heads = Some(heads);
        self.behind = stored.is_err();
        stored.map_err(|error| {
            let message = format!("can't write the head store: {error}");
            Error::new(ErrorKind::Io, "", message).with_source(error)
        })
    }
}

/// The part of a log that was found damaged, taken as it is: entries after it follow from its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Anchor {
    pub(super) entries: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// What was wrong with it, until somebody has accepted it.
    pub(super) damage: Option<String>,
}

impl Anchor {
    /// Everything that a log file holds, with a line feed where it lacks one.
    pub(super) fn after(log: &[u8], damage: Option<String>) -> Self {
        let whole = log.is_empty() || log.ends_with(b"\n");
        let blob = [log, if whole { &b""[..] } else { b"\n" }].concat();
        Self {
            entries: blob.iter().filter(|&&byte| byte == b'\n').count() as u64,
            bytes: blob.len() as u64,
            sha256: hash(&blob),
            damage,
        }
    }
}
