//! The two files of a plan: the log is written first, then the state.
//!
//! A crash between the two leaves a log that is one entry ahead, which the next reading completes: the decision was made
//! and written, only the state is late. A part of an entry is dropped: nobody was told of that decision.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::Plan;
use super::log::{self, Entry, Head, Tail};
use super::state::{self, State};
use crate::durable::{self, Disk};
use crate::error::{Error, ErrorKind};

/// Log first: a decision that is in the state and not in the log would be one that nobody made.
pub(super) fn write(
    disk: &dyn Disk,
    plan: &Plan,
    path: &Path,
    before: Option<&State>,
    entry: Entry,
) -> Result<(State, Entry), Error> {
    let head = before.map_or_else(
        || Head::of_nothing(plan.name()),
        |state| state.log().clone(),
    );
    let (line, after) = head.seal(entry)?;
    let entry: Entry = serde_json::from_slice(&line).map_err(|error| {
        Error::new(ErrorKind::Log, "", "the decision can't be read back").with_source(error)
    })?;
    let state = State::after(plan, before, &entry, after)?;
    let log = log_path(path);
    durable::append(disk, &log, head.bytes, &line).map_err(|error| cannot("write", &log, error))?;
    save(disk, path, &state)?;
    Ok((state, entry))
}

pub(super) fn save(disk: &dyn Disk, path: &Path, state: &State) -> Result<(), Error> {
    durable::replace(disk, path, &state.to_json()?).map_err(|error| cannot("write", path, error))
}

/// Reads both files, and completes a decision that a crash has kept from the state. `None` when nothing was begun.
pub(super) fn recover(
    disk: &dyn Disk,
    plan: &Plan,
    path: &Path,
) -> Result<Option<(State, Vec<Entry>)>, Error> {
    let state = match read(disk, path, state::MOST_BYTES)? {
        Some(json) => Some(State::from_json(&json, plan)?),
        None => None,
    };
    let log = read(disk, &log_path(path), log::MOST_BYTES)?.unwrap_or_default();
    let head = state.as_ref().map_or_else(
        || Head::of_nothing(plan.name()),
        |state| state.log().clone(),
    );
    let (mut entries, tail) = log::read(&log, plan.name(), &head)?;
    if let Some(state) = &state {
        state.check(&entries)?;
    }
    let Tail::Next(entry, head) = tail else {
        return Ok(state.map(|state| (state, entries)));
    };
    let state = State::after(plan, state.as_ref(), &entry, head)?;
    save(disk, path, &state)?;
    entries.push(*entry);
    Ok(Some((state, entries)))
}

fn read(disk: &dyn Disk, path: &Path, max: u64) -> Result<Option<Vec<u8>>, Error> {
    match disk.read(path, max) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot("read", path, error)),
    }
}

fn log_path(path: &Path) -> PathBuf {
    let mut log = OsString::from(path);
    log.push(".log");
    log.into()
}

#[cold]
fn cannot(what: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("can't {what} {}: {error}", path.display());
    Error::new(ErrorKind::Io, "", message).with_source(error)
}
