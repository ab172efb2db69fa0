//! For the reference service, which keeps small files beside the library's own: no part of the API.

use std::io;
use std::path::Path;

use super::System;

/// Replaces the content of a file, durably: after a crash it has the old content or the new one, as a whole.
///
/// # Errors
/// The disk's.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    super::replace(&System, path, bytes)
}

/// Removes a file, durably; one that isn't there is removed already.
///
/// # Errors
/// The disk's.
pub fn remove(path: &Path) -> io::Result<()> {
    match super::remove(&System, path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
