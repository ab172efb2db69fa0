//! Whether the files of a SQLite database are still those that were opened: same device, same inode.
//!
//! SQLite goes on writing to a file that was deleted, and nobody will find there what was acknowledged. Once a file has
//! changed, the store refuses until it is put back or the service is restarted. It doesn't open what is there now: an empty
//! database, or yesterday's copy, would look healthy.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

/// The database, its write-ahead log, and the log's index, as they were opened.
#[derive(Debug)]
pub(super) struct Files(Vec<(PathBuf, Identity)>);

#[derive(Debug, PartialEq, Eq)]
struct Identity(u64, u64);

impl Files {
    /// The files of the database at this path, which is open.
    pub(super) fn of(database: &Path) -> Self {
        let beside = |suffix: &str| {
            let mut path = database.as_os_str().to_owned();
            path.push(suffix);
            PathBuf::from(path)
        };
        let there = ["", "-wal", "-shm"].map(beside).into_iter();
        Self(
            there
                .filter_map(|path| Some((path.clone(), identity(&fs::metadata(path).ok()?))))
                .collect(),
        )
    }

    /// The first file that isn't the one that was opened.
    pub(super) fn changed(&self) -> Option<&Path> {
        let changed = self.0.iter().find(|file| !is_same(file));
        changed.map(|(path, _)| path.as_path())
    }

    /// Whether the database itself, without what is beside it, is the one that was opened.
    pub(super) fn main_is_there(&self) -> bool {
        self.0.first().is_some_and(is_same)
    }
}

fn is_same((path, opened): &(PathBuf, Identity)) -> bool {
    fs::metadata(path).is_ok_and(|now| identity(&now) == *opened)
}

#[cfg(unix)]
fn identity(file: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Identity(file.dev(), file.ino())
}

/// Elsewhere an open file can't be deleted or replaced.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    Identity(0, 0)
}
