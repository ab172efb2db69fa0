//! What the guard must not forget over a restart, in a small file of the state folder.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cutover::migration::Guard;
use serde::{Deserialize, Serialize};

use crate::keeper::KeepError;

/// The file `guard.json`, and what it has.
#[derive(Debug)]
pub struct Remembered {
    path: PathBuf,
    stored: Mutex<Memory>,
}

/// How many epochs of evidence there have been: they never start again, or the guard's promise would.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// [`Guard::epoch`].
    pub epochs: u64,
}

impl Remembered {
    /// Reads the file in this folder, if there is one.
    ///
    /// # Errors
    /// It can't be read, or is something else.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join("guard.json");
        let stored = match std::fs::read(&path) {
            Ok(json) => serde_json::from_slice(&json).map_err(|error| {
                let message = format!(
                    "{error}: restore it from a backup, or move it away to count the guard's epochs from 0 again"
                );
                io::Error::new(io::ErrorKind::InvalidData, message)
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Memory::default(),
            Err(error) => return Err(error),
        };
        let stored = Mutex::new(stored);
        Ok(Self { path, stored })
    }

    /// What the file has.
    #[must_use]
    pub fn stored(&self) -> Memory {
        *self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores what this guard has to remember, if that isn't what the file has. May wait for the disk.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn store(&self, guard: &Guard) -> Result<(), KeepError> {
        let epochs = guard.epoch();
        let memory = Memory { epochs };
        if memory == self.stored() {
            return Ok(());
        }
        serde_json::to_vec(&memory)
            .map_err(io::Error::from)
            .and_then(|json| cutover::durable_file::replace(&self.path, &json))
            .map_err(|error| {
                let path = self.path.clone();
                KeepError::File { path, error }
            })?;
        *self.stored.lock().unwrap_or_else(PoisonError::into_inner) = memory;
        Ok(())
    }
}
