//! The brake file: the brake while it is pulled, the number of the last one always; never a file of another router.

use std::io;
use std::path::{self, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::brake::Brake;
use super::control::Identity;
use crate::durable::{self, Disk, Lock};
use crate::error::{Error, ErrorKind};

#[cfg(test)]
mod tests;

/// Room for 16 reasons of 512 bytes that are all written as `\u0000`, 49,152 bytes, beside the router's name and salt.
const MOST_BYTES: usize = 64 << 10;

/// Where a router keeps its brake.
#[derive(Debug)]
pub(crate) struct BrakeState {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    name: String,
    salt: String,
    note: Option<String>,
    /// Without it nothing is written. Taken when the router is built or, where that failed, before the next write.
    lock: OnceLock<Lock>,
}

/// What the file holds. It names its router, so that a path given to two routers is noticed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    name: String,
    salt: String,
    /// The number of the last brake that was pulled; files from before there was one have only the brake.
    last: Option<u32>,
    /// Required, though it may be null: a file without it is damaged, and holds the brake.
    #[serde(deserialize_with = "Option::deserialize")]
    brake: Option<Brake>,
}

/// What a router's own file says.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) last: u32,
    pub(crate) brake: Option<Brake>,
}

enum Found {
    Nothing,
    Own(Kept),
    Foreign(Stored),
    /// There is something, and it is no brake's state; why not.
    Damaged(String),
}

impl BrakeState {
    /// # Errors
    /// [`ErrorKind::Locked`] when another router has the file. A lock file that can't be opened is no error yet: the brake
    /// may be readable all the same, and a write tries again.
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        path: PathBuf,
        note: Option<String>,
        identity: &Identity,
    ) -> Result<Self, Error> {
        let state = Self {
            disk,
            // This process may go to another folder, and the next one looks in this one. `find` refuses what stays relative.
            path: path::absolute(&path).unwrap_or(path),
            name: identity.name.clone(),
            salt: identity.salt.clone(),
            note,
            lock: OnceLock::new(),
        };
        match state.lock() {
            Err(error) if error.kind() == ErrorKind::Locked => Err(error),
            _ => Ok(state),
        }
    }

    fn lock(&self) -> Result<(), Error> {
        if self.lock.get().is_none() {
            let note = self.note.as_deref();
            // What changes the brake takes turns, so nobody else sets it meanwhile.
            let _ = self.lock.set(durable::lock(
                &*self.disk,
                &self.path,
                note,
                Duration::ZERO,
            )?);
        }
        Ok(())
    }

    /// What is stored: nothing, when there is no file.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when it can't be read, is damaged, or is another router's.
    pub(crate) fn read(&self) -> Result<Kept, Error> {
        match self.find()? {
            Found::Nothing => Ok(Kept::default()),
            Found::Own(kept) => Ok(kept),
            Found::Foreign(other) => Err(self.foreign(&other)),
            Found::Damaged(why) => Err(self.fault(
                &format!("is damaged ({why})"),
                "releasing the brake sets the file aside",
            )),
        }
    }

    /// Stores the brake.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the disk fails, and for a file that is not this router's own, which stays as it is: it pulls
    /// the brake at the next start too.
    pub(crate) fn write(&self, brake: &Brake) -> Result<(), Error> {
        self.read()?;
        self.lock()?;
        self.replace(brake.number.get(), Some(brake))
            .map_err(|error| {
                self.failed(
                    "written",
                    "pull again once it can, or a restart may lose the brake",
                    error,
                )
            })
    }

    /// Takes the brake from the disk and leaves its number there; a damaged file is renamed, not lost.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the disk fails, and for another router's file, which stays.
    pub(crate) fn remove(&self, last: u32) -> Result<(), Error> {
        let found = self.find()?;
        if let Found::Foreign(other) = found {
            return Err(self.foreign(&other));
        }
        self.lock()?;
        let mut removed = Ok(());
        if let Found::Damaged(_) = found {
            let mut aside = self.path.clone().into_os_string();
            aside.push(".unreadable");
            removed = durable::rename(&*self.disk, &self.path, aside.as_ref());
        }
        removed
            .and_then(|()| self.replace(last, None))
            .map_err(|error| {
                self.failed(
                    "written",
                    "the brake stays on, release it once it can",
                    error,
                )
            })
    }

    fn replace(&self, last: u32, brake: Option<&Brake>) -> io::Result<()> {
        let stored = Stored {
            name: self.name.clone(),
            salt: self.salt.clone(),
            last: Some(last),
            brake: brake.cloned(),
        };
        let bytes = serde_json::to_vec(&stored)?;
        durable::replace(&*self.disk, &self.path, &bytes)
    }

    fn find(&self) -> Result<Found, Error> {
        let most = MOST_BYTES + 6 * (self.name.len() + self.salt.len());
        let found = if self.path.is_absolute() {
            durable::find(&*self.disk, &self.path, most as u64)
        } else {
            Err(io::Error::other("no absolute path could be made of it"))
        };
        let bytes = match found {
            Ok(None) => return Ok(Found::Nothing),
            Ok(Some(bytes)) => bytes,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Ok(Found::Damaged(error.to_string()));
            }
            Err(error) => {
                let advice = "give this process access to it and its folder";
                return Err(self.failed("read", advice, error));
            }
        };
        Ok(match serde_json::from_slice::<Stored>(&bytes) {
            // What another router has released holds nobody: a file may be handed on to the next rollout.
            Ok(stored) if self.owns(&stored) || stored.brake.is_none() => {
                let number = stored.brake.as_ref().map_or(0, |brake| brake.number.get());
                Found::Own(Kept {
                    last: stored.last.unwrap_or(0).max(number),
                    brake: stored.brake,
                })
            }
            Ok(stored) => Found::Foreign(stored),
            Err(error) => Found::Damaged(error.to_string()),
        })
    }

    fn owns(&self, stored: &Stored) -> bool {
        stored.name == self.name && stored.salt == self.salt
    }

    fn foreign(&self, Stored { name, salt, .. }: &Stored) -> Error {
        self.fault(
            &format!("is that of the router {name:?} with the salt {salt:?}"),
            "give each router a file of its own, or move that one away if its router is gone",
        )
    }

    fn failed(&self, done: &str, advice: &str, error: io::Error) -> Error {
        self.fault(&format!("can't be {done} ({error})"), advice)
            .with_source(error)
    }

    fn fault(&self, what: &str, advice: &str) -> Error {
        let path = self.path.display();
        let message = format!("the brake's state file {path} {what}: {advice}");
        Error::new(ErrorKind::Io, "", message)
    }
}
