//! The two files of a plan: the log is written first, then the state.
//!
//! A crash between the two leaves a log that is one entry ahead, which the next reading completes: the decision was made
//! and written, only the state is late. A part of an entry is dropped: nobody was told of that decision.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Plan;
use super::log::{self, Entry, Head, Tail};
use super::state::{self, State};
use crate::durable::{self, Disk, Lock, System};
use crate::error::{Error, ErrorKind};

/// Somebody who reads while another writes may find the log of a later moment than the state.
const READS: usize = 10;

/// The state file and, beside it, its log and its lock.
#[derive(Debug)]
pub(super) struct Files {
    disk: Box<dyn Disk>,
    path: PathBuf,
    /// `None`: open to read.
    lock: Option<Lock>,
}

impl Files {
    /// The files, for the only one who writes them.
    pub(super) fn locked(path: &Path, note: Option<&str>, wait: Duration) -> Result<Self, Error> {
        Self::locked_on(Box::new(System), path, note, wait)
    }

    pub(super) fn locked_on(
        disk: Box<dyn Disk>,
        path: &Path,
        note: Option<&str>,
        wait: Duration,
    ) -> Result<Self, Error> {
        let lock = durable::lock(&*disk, path, note, wait)?;
        Ok(Self {
            disk,
            path: path.to_owned(),
            lock: Some(lock),
        })
    }

    /// The files, to read.
    pub(super) fn unlocked(path: &Path) -> Self {
        Self {
            disk: Box::new(System),
            path: path.to_owned(),
            lock: None,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses a change of files that are open to read.
    pub(super) fn writable(&self) -> Result<(), Error> {
        match self.lock {
            Some(_) => Ok(()),
            None => {
                let message = format!("{} is open to read: open it to write", self.path.display());
                Err(Error::new(ErrorKind::Locked, "", message))
            }
        }
    }

    /// Log first: a decision that is in the state and not in the log would be one that nobody made.
    pub(super) fn write(
        &self,
        plan: &Plan,
        before: Option<&State>,
        entry: Entry,
    ) -> Result<(State, Entry), Error> {
        self.writable()?;
        let head = before.map_or_else(
            || Head::of_nothing(plan.name()),
            |state| state.log().clone(),
        );
        let (line, after) = head.seal(entry)?;
        let entry: Entry = serde_json::from_slice(&line).map_err(|error| {
            Error::new(ErrorKind::Log, "", "the decision can't be read back").with_source(error)
        })?;
        let state = State::after(plan, before, &entry, after)?;
        let log = self.log_path();
        durable::append(&*self.disk, &log, head.bytes, &line)
            .map_err(|error| cannot("write", &log, error))?;
        self.save(&state)?;
        Ok((state, entry))
    }

    pub(super) fn save(&self, state: &State) -> Result<(), Error> {
        self.writable()?;
        durable::replace(&*self.disk, &self.path, &state.to_json()?)
            .map_err(|error| cannot("write", &self.path, error))
    }

    /// Reads both files, and completes a decision that a crash has kept from the state. `None` when nothing was begun.
    pub(super) fn recover(&self, plan: &Plan) -> Result<Option<(State, Vec<Entry>)>, Error> {
        let mut read = self.read(plan);
        if self.lock.is_none() {
            for _ in 1..READS {
                if read.is_ok() {
                    break;
                }
                read = self.read(plan);
            }
        }
        let (state, mut entries, tail) = read?;
        let Tail::Next(entry, head) = tail else {
            return Ok(state.map(|state| (state, entries)));
        };
        let state = State::after(plan, state.as_ref(), &entry, head)?;
        if self.lock.is_some() {
            self.save(&state)?;
        }
        entries.push(*entry);
        Ok(Some((state, entries)))
    }

    fn read(&self, plan: &Plan) -> Result<(Option<State>, Vec<Entry>, Tail), Error> {
        let state = match self.content(&self.path, state::MOST_BYTES)? {
            Some(json) => Some(State::from_json(&json, plan)?),
            None => None,
        };
        let log = self
            .content(&self.log_path(), log::MOST_BYTES)?
            .unwrap_or_default();
        let head = state.as_ref().map_or_else(
            || Head::of_nothing(plan.name()),
            |state| state.log().clone(),
        );
        let (entries, tail) = log::read(&log, plan.name(), &head)?;
        if let Some(state) = &state {
            state.check(&entries)?;
        }
        Ok((state, entries, tail))
    }

    fn content(&self, path: &Path, max: u64) -> Result<Option<Vec<u8>>, Error> {
        match self.disk.read(path, max) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(cannot("read", path, error)),
        }
    }

    fn log_path(&self) -> PathBuf {
        let mut log = OsString::from(&self.path);
        log.push(".log");
        log.into()
    }
}

#[cold]
fn cannot(what: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("can't {what} {}: {error}", path.display());
    Error::new(ErrorKind::Io, "", message).with_source(error)
}
