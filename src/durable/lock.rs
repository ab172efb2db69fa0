//! One writer at a time: a lock file beside the state, whose lock ends with the process that holds it, however that ends.
//!
//! What locks is the kernel's lock on the open file, not the file's being there: it is never deleted, and one that a killed
//! process left behind locks nobody out. Its content says who holds it, for the message that the next one gets.

use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};
use serde::{Deserialize, Serialize};

use super::{file_name, read_limited};
use crate::error::{Error, ErrorKind};

const RETRY: Duration = Duration::from_millis(20);

/// A holder that has just taken the lock has not yet written its name.
const NAMELESS: Duration = Duration::from_millis(200);

/// A pid, a host name and a note.
const MOST_BYTES: u64 = 4 << 10;

/// The right to write a state file, until it is dropped. `None` on disks that no other process sees.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    _file: Option<File>,
}

/// Who holds a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    /// How to reach it. A holder that has one is a service, which will not let go soon.
    note: Option<String>,
}

impl Lock {
    /// Takes the lock of a state file, waiting for another holder so long at most; for one with a note not at all.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`], naming the holder; [`ErrorKind::Io`] when the lock file can't be opened or locked.
    pub(super) fn take(state: &Path, note: Option<&str>, wait: Duration) -> Result<Self, Error> {
        let path = lock_path(state).map_err(|error| failed(state, error))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| failed(&path, error))?;
        let began = Instant::now();
        let mut before = None;
        // By its full name: newer versions of Rust have a method of this name.
        while let Err(error) = FileExt::try_lock(&file) {
            if let TryLockError::Error(error) = error {
                return Err(failed(&path, error));
            }
            let holder = Holder::read(&path);
            // Seen twice: the first time it may be the holder before, which the present one is about to overwrite.
            let stays = holder == before && holder.as_ref().is_some_and(|it| it.note.is_some());
            let patience = match (&holder, stays) {
                (_, true) => Duration::ZERO,
                (None, _) => wait.max(NAMELESS),
                (Some(_), _) => wait,
            };
            if began.elapsed() >= patience && holder == before {
                return Err(held(state, holder));
            }
            before = holder;
            thread::sleep(RETRY);
        }
        // The lock is held whether its holder's name can be written or not, on a full disk for one.
        let _ = Holder::new(note).write(&mut file);
        Ok(Self { _file: Some(file) })
    }
}

impl Holder {
    fn new(note: Option<&str>) -> Self {
        Self {
            pid: std::process::id(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            note: note.map(str::to_owned),
        }
    }

    fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&read_limited(path, MOST_BYTES).ok()?).ok()
    }

    fn write(&self, file: &mut File) -> io::Result<()> {
        file.set_len(0)?;
        file.write_all(&serde_json::to_vec(self)?)
    }
}

/// The file is not ours alone to write: nothing in it may drive a terminal.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = Self::new(None);
        if (self.pid, &self.host) == (own.pid, &own.host) {
            return f.write_str("this process, which has it open already");
        }
        write!(f, "process {} on {}", self.pid, self.host.escape_debug())?;
        match &self.note {
            Some(note) => write!(f, " ({})", note.escape_debug()),
            None => Ok(()),
        }
    }
}

fn lock_path(state: &Path) -> io::Result<PathBuf> {
    let mut name = OsString::from(file_name(state)?);
    name.push(".lock");
    Ok(state.with_file_name(name))
}

#[cold]
fn held(state: &Path, holder: Option<Holder>) -> Error {
    let holder = holder.map_or_else(|| "another process".to_owned(), |holder| holder.to_string());
    let message = format!(
        "{} is in use by {holder}: only one process at a time may write it; make the change there, stop it first, or use another file",
        state.display()
    );
    Error::new(ErrorKind::Locked, "", message)
}

#[cold]
fn failed(path: &Path, error: io::Error) -> Error {
    let message = format!("can't lock {}: {error}", path.display());
    Error::new(ErrorKind::Io, "", message).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_second_holder_is_told_of_the_first_and_gets_the_lock_once_it_is_free() {
        let folder = std::env::temp_dir().join(format!("cutover-lock-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let state = folder.join("state.json");
        let first = Lock::take(&state, Some("admin \u{1b}[31m1"), Duration::ZERO).unwrap();
        let began = Instant::now();
        let error = Lock::take(&state, None, Duration::from_secs(60)).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(30), "a service stays");
        assert_eq!(error.kind(), ErrorKind::Locked);
        assert!(
            error.to_string().contains("in use by this process"),
            "{error}"
        );
        drop(first);
        let second = Lock::take(&state, None, Duration::ZERO).unwrap();
        let waiting = thread::spawn({
            let state = state.clone();
            move || Lock::take(&state, None, Duration::from_secs(60)).is_ok()
        });
        thread::sleep(Duration::from_millis(50));
        drop(second);
        assert!(waiting.join().unwrap(), "a command's lock is waited for");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_holder_is_named_so_that_it_can_be_found() {
        let holder = Holder {
            pid: 42,
            host: "web-1".to_owned(),
            note: Some("admin \u{1b}[31m127.0.0.1:8081".to_owned()),
        };
        assert_eq!(
            held(Path::new("plan.json"), Some(holder)).to_string(),
            "plan.json is in use by process 42 on web-1 (admin \\u{1b}[31m127.0.0.1:8081): only one process at a \
             time may write it; make the change there, stop it first, or use another file"
        );
        let unknown = held(Path::new("plan.json"), None).to_string();
        assert!(unknown.contains("by another process"), "{unknown}");
    }
}
