//! The two files of a plan: the log is written first, then the state; and what a reading of both finds.
//!
//! A crash between the two leaves a log that is one entry ahead, which the next reading completes: the decision was made
//! and written, only the state is late. A part of an entry is dropped: nobody was told of that decision.
//!
//! A log that the state doesn't vouch for is damaged. That is no error: the rollout stays where it is, or at what is lower,
//! and goes back when it is told to.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::Plan;
use super::head::{Anchor, KnownHeads};
use super::log::{self, Entry, Head, Tail};
use super::state::{self, State};
use crate::durable::{self, Disk, Lock, System};
use crate::error::{Error, ErrorKind};

/// Somebody who reads while another writes may find the log of a later moment than the state.
const READS: usize = 10;
const BETWEEN_READS: Duration = Duration::from_millis(5);

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

    pub(super) fn is_writable(&self) -> bool {
        self.lock.is_some()
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

    /// Log first: a decision that is in the state and not in the log would be one that nobody made. But after a damaged log
    /// the state: whatever a crash leaves is damaged still, and the phase is the new one.
    pub(super) fn write(&self, decision: &Sealed) -> Result<(), Error> {
        self.writable()?;
        let append = || {
            let log = self.log_path();
            durable::append(&*self.disk, &log, decision.at, &decision.bytes)
                .map_err(|error| cannot("write", &log, error))
        };
        if decision.after_damage {
            self.save(&decision.state)?;
            append()
        } else {
            append()?;
            self.save(&decision.state)
        }
    }

    pub(super) fn save(&self, state: &State) -> Result<(), Error> {
        self.writable()?;
        durable::replace(&*self.disk, &self.path, &state.to_json()?)
            .map_err(|error| cannot("write", &self.path, error))
    }

    /// Reads both files. `None` when nothing was begun.
    ///
    /// # Errors
    /// When the state file can't be read, so that nobody knows the phase; what is wrong with the log is in what was found.
    pub(super) fn look(&self, plan: &Plan, known: &mut KnownHeads) -> Result<Option<Found>, Error> {
        if self.lock.is_some() {
            if known.fault().is_some() {
                known.load();
            }
            return self.look_once(plan, known);
        }
        let mut left = READS;
        loop {
            known.load();
            let found = self.look_once(plan, known);
            left -= 1;
            let is_sound = matches!(&found, Ok(found) if found.as_ref().is_none_or(|found| found.damage.is_none()));
            if is_sound || left == 0 {
                return found;
            }
            thread::sleep(BETWEEN_READS);
        }
    }

    fn look_once(&self, plan: &Plan, known: &KnownHeads) -> Result<Option<Found>, Error> {
        let json = self.content(&self.path, state::MOST_BYTES)?;
        let state = json.map(|json| State::from_json(&json, plan)).transpose()?;
        match (state, self.content(&self.log_path(), log::MOST_BYTES)) {
            (Some(state), Ok(log)) => {
                let found = Found::read(plan, state, log.unwrap_or_default());
                Ok(Some(found.checked(plan, known)))
            }
            (Some(state), Err(error)) => Ok(Some(Found {
                stored: Some(state.clone()),
                state,
                entries: Vec::new(),
                damage: Some(error.to_string()),
                log: None,
            })),
            (None, log) => self.begun(plan, log?.unwrap_or_default(), known),
        }
    }

    /// Without a state, a log of one entry is the beginning that a crash has kept from the state.
    fn begun(&self, plan: &Plan, log: Vec<u8>, known: &KnownHeads) -> Result<Option<Found>, Error> {
        let head = Head::of_nothing(plan.name());
        let (_, tail) = log::read(&log, plan.name(), None, &head)?;
        let confirmed = known.heads().and_then(|heads| heads.confirmed.as_ref());
        match (tail, confirmed) {
            (Tail::Next(entry, head), None) => {
                let state = State::after(plan, None, &entry, head)?;
                Ok(Some(
                    Found {
                        stored: None,
                        state,
                        entries: vec![*entry],
                        damage: None,
                        log: Some(log),
                    }
                    .checked(plan, known),
                ))
            }
            (Tail::Nothing, None) => Ok(None),
            (_, Some(head)) => {
                let message = format!(
                    "the head store knows a plan in {} with {} entries, and the state file is gone: restore both files, \
                     or remove what the head store has and begin anew",
                    self.path.display(),
                    head.entries
                );
                Err(Error::new(ErrorKind::Log, "", message))
            }
        }
    }

    pub(super) fn plan_file(&self) -> Result<Option<PathBuf>, Error> {
        match self.content(&self.path, state::MOST_BYTES)? {
            Some(json) => state::plan_file(&json),
            None => Ok(None),
        }
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

/// What a reading of the files finds.
#[derive(Debug)]
pub(super) struct Found {
    /// Where the rollout stands. When there is damage, the lowest of what the files and the head store have.
    pub(super) state: State,
    /// What is in the state file; `None` when there is none yet.
    stored: Option<State>,
    pub(super) entries: Vec<Entry>,
    /// Why the log can't be relied on.
    pub(super) damage: Option<String>,
    /// The log's bytes; `None` when it can't be read.
    pub(super) log: Option<Vec<u8>>,
}

impl Found {
    /// Whether a crash has kept the last decision from the state file.
    pub(super) fn is_late(&self) -> bool {
        self.damage.is_none() && self.stored.as_ref() != Some(&self.state)
    }

    fn read(plan: &Plan, stored: State, log: Vec<u8>) -> Self {
        let mut found = Self {
            state: stored.clone(),
            stored: Some(stored.clone()),
            entries: Vec::new(),
            damage: None,
            log: None,
        };
        if let Err(error) = found.check_log(plan, &stored, &log) {
            found.damage = Some(error.to_string());
        }
        found.log = Some(log);
        found
    }

    fn check_log(&mut self, plan: &Plan, stored: &State, log: &[u8]) -> Result<(), Error> {
        let anchor = stored.anchor();
        let (entries, tail) = log::read(log, plan.name(), anchor, stored.log())
            .inspect_err(|_| self.entries = log::read_any(log))?;
        let steps = log::check_steps(&entries, plan);
        let last = stored.check(&entries);
        let taken = anchor.and_then(|anchor| log.get(..usize::try_from(anchor.bytes).ok()?));
        self.entries = log::read_any(taken.unwrap_or_default());
        self.entries.extend(entries);
        if let (Err(_), Some(last)) = (&last, self.entries.last()) {
            self.state = lower(plan, &self.state, &last.to);
        }
        last.and(steps)?;
        if let Tail::Next(entry, head) = tail {
            self.state = State::after(plan, Some(stored), &entry, head)?;
            self.entries.push(*entry);
        }
        Ok(())
    }

    /// Compares the log's end with what the head store has.
    fn checked(mut self, plan: &Plan, known: &KnownHeads) -> Self {
        let mut found = known.fault().map(str::to_owned);
        let stored = self.stored.as_ref();
        match known.heads() {
            Some(heads) => {
                if let Err(why) = heads.check(&self.state.head()) {
                    // An entry that nobody announced does not move the rollout.
                    let state = stored.unwrap_or(&self.state);
                    self.state = match &heads.confirmed {
                        Some(head) => lower(plan, state, &head.phase),
                        None => state.clone(),
                    };
                    found = Some(why);
                }
            }
            None if known.has_store()
                && found.is_none()
                && stored.is_some_and(State::head_kept) =>
            {
                found = Some("the head store is empty: what it held was removed".to_owned());
            }
            None => {}
        }
        let anchored = stored.and_then(|state| state.anchor()?.damage.clone());
        self.damage = self.damage.or(found).or(anchored);
        self
    }
}

/// The state, in the phase of this name if that has the lower share.
fn lower(plan: &Plan, state: &State, name: &str) -> State {
    let phases = plan.phases();
    let share = |phase: usize| phases.get(phase).map(|phase| phase.share);
    let named = phases.iter().position(|phase| phase.name == name);
    match named {
        Some(named) if share(named) < share(state.phase()) => state.in_phase(plan, named),
        _ => state.clone(),
    }
}

/// A decision as it is written, and the state that it leads to.
#[derive(Debug)]
pub(super) struct Sealed {
    at: u64,
    bytes: Vec<u8>,
    pub(super) state: State,
    after_damage: bool,
}

impl Sealed {
    /// The entry after the end of the log that the state knows.
    pub(super) fn new(plan: &Plan, before: Option<&State>, entry: Entry) -> Result<Self, Error> {
        let head = before.map_or_else(
            || Head::of_nothing(plan.name()),
            |state| state.log().clone(),
        );
        let (bytes, after) = head.seal(entry)?;
        let entry: Entry = serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(ErrorKind::Log, "", "the decision can't be read back").with_source(error)
        })?;
        Ok(Self {
            at: head.bytes,
            bytes,
            state: State::after(plan, before, &entry, after)?,
            after_damage: false,
        })
    }

    /// The entry after everything that the damaged log has; `noted` is what stays to be accepted of the damage.
    pub(super) fn after_damage(
        plan: &Plan,
        before: &State,
        log: &[u8],
        noted: Option<String>,
        entry: Entry,
    ) -> Result<Self, Error> {
        let anchor = Anchor::after(log, noted);
        let missing = anchor.bytes - log.len() as u64;
        let mut sealed = Self::new(plan, Some(&before.anchored(anchor)), entry)?;
        sealed.at -= missing;
        sealed
            .bytes
            .splice(..0, b"\n"[..missing as usize].iter().copied());
        sealed.after_damage = true;
        Ok(sealed)
    }
}

#[cold]
fn cannot(what: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("can't {what} {}: {error}", path.display());
    Error::new(ErrorKind::Io, "", message).with_source(error)
}
