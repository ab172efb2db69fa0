//! Files that survive a crash: one is replaced as a whole, or added to at its end, and the disk has it when the call returns.
//!
//! Every step goes through [`Disk`], so that tests can stop after each and look at whatever a crash there could leave.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[cfg(test)]
pub(crate) mod crash;
pub mod file;
mod lock;

use crate::error::Error;
pub(crate) use lock::Lock;

/// The steps that a file is written in. [`System`] is the real one.
pub(crate) trait Disk: fmt::Debug + Send + Sync {
    /// An empty file at this path, whatever was there before.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Opened>>;
    /// The file at this path, made if need be, cut to `at` bytes and written from there.
    fn append(&self, path: &Path, at: u64) -> io::Result<Box<dyn Opened>>;
    /// Gives a file another name, over what is there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, folder: &Path) -> io::Result<()>;
    /// Takes a name away.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// The content of a file of at most `max` bytes; [`io::ErrorKind::NotFound`] only when there is none of this name.
    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>>;
    /// The names of the files in a folder; none on the disks of tests, where no process leaves any.
    fn names(&self, _folder: &Path) -> io::Result<Vec<OsString>> {
        Ok(Vec::new())
    }
    /// See [`lock`]. The disks of tests have one writer.
    fn lock(&self, _path: &Path, _note: Option<&str>, _wait: Duration) -> Result<Lock, Error> {
        Ok(Lock::default())
    }
}

/// A file that is being written.
pub(crate) trait Opened {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes the content durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// Takes the right to write a file, and removes what writers that were killed have left beside it.
///
/// Waits so long at most for another holder. `note` is what the next process is told about this one.
///
/// # Errors
/// [`ErrorKind::Locked`](crate::ErrorKind::Locked), naming the holder; [`ErrorKind::Io`](crate::ErrorKind::Io) when the lock
/// file can't be opened or locked.
pub(crate) fn lock(
    disk: &dyn Disk,
    path: &Path,
    note: Option<&str>,
    wait: Duration,
) -> Result<Lock, Error> {
    let lock = disk.lock(path, note, wait)?;
    let folder = folder(path);
    // Only now: without the lock it could be what another is writing. What can't be removed does no harm.
    for name in disk.names(folder).unwrap_or_default() {
        if is_temporary(&name, path) {
            let _ = disk.remove(&folder.join(name));
        }
    }
    Ok(lock)
}

/// Replaces the content of the file: after a crash at any moment it has the old content or the new one, as a whole.
///
/// The new file takes the place of the name, so a symbolic link is replaced and not followed; the new file has the
/// permissions of the one that it replaces. The folder has to exist.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = beside(path)?;
    let placed = place(disk, &temporary, path, bytes);
    if placed.is_err() {
        // It may not be there, or the disk may be gone: what is reported is what went wrong first.
        let _ = disk.remove(&temporary);
    }
    placed
}

fn place(disk: &dyn Disk, temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = disk.create(temporary)?;
    file.write(bytes)?;
    // Before the rename: a name can become durable before the content that it names.
    file.sync()?;
    drop(file);
    disk.rename(temporary, path)?;
    disk.sync_dir(folder(path))
}

/// Adds bytes to the end of a file that has `at` good ones; what a crash left after those is cut off. After a crash the
/// good ones are there, and after them anything from nothing to all of the new ones.
pub(crate) fn append(disk: &dyn Disk, path: &Path, at: u64, bytes: &[u8]) -> io::Result<()> {
    let mut file = disk.append(path, at)?;
    file.write(bytes)?;
    file.sync()?;
    disk.sync_dir(folder(path))
}

/// Reads a file of at most `max` bytes; `None` when its folder is there and the file is not.
///
/// A folder that is missing, say because its volume is not mounted, is an error: nobody knows what is in it.
pub(crate) fn find(disk: &dyn Disk, path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    file_name(path)?;
    match disk.read(path, max) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            disk.sync_dir(folder(path))?;
            Ok(None)
        }
        found => found.map(Some),
    }
}

/// Removes a file.
pub(crate) fn remove(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    disk.remove(path)?;
    disk.sync_dir(folder(path))
}

/// Gives a file another name in its folder, over what has that name.
pub(crate) fn rename(disk: &dyn Disk, from: &Path, to: &Path) -> io::Result<()> {
    disk.rename(from, to)?;
    disk.sync_dir(folder(to))
}

/// Reads a file of at most `max` bytes.
///
/// # Errors
/// Those of the disk, [`io::ErrorKind::InvalidData`] for a longer file, [`io::ErrorKind::Other`] for a folder, pipe or
/// device.
pub(crate) fn read_limited(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    // Asked before it is opened: opening a pipe waits for whoever writes to it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    // One more than allowed, and not the file's length: a pipe or a file that grows has none that can be trusted.
    File::open(path)?
        .take(max.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        let message = format!("longer than {max} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(bytes)
}

/// The file system of the machine.
#[derive(Debug)]
pub(crate) struct System;

impl Disk for System {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Opened>> {
        Ok(Box::new(File::create(path)?))
    }

    fn append(&self, path: &Path, at: u64) -> io::Result<Box<dyn Opened>> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        if file.metadata()?.len() < at {
            let message = format!("shorter than the {at} bytes that it had");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        file.set_len(at)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        // What only its owner could read must not become everyone's by being written anew.
        if let Ok(there) = fs::metadata(to) {
            fs::set_permissions(from, there.permissions())?;
        }
        fs::rename(from, to)
    }

    #[cfg(unix)]
    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    /// Elsewhere a folder can't be opened as a file, and its names are as durable as the system makes them.
    #[cfg(not(unix))]
    fn sync_dir(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        read_limited(path, max).map_err(|error| {
            // What the link leads to may be on a volume that is not mounted.
            let dangles = error.kind() == io::ErrorKind::NotFound
                && fs::symlink_metadata(path).is_ok_and(|name| name.is_symlink());
            match dangles {
                true => io::Error::other("a symbolic link to nowhere"),
                false => error,
            }
        })
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name()))
            .collect()
    }

    fn lock(&self, path: &Path, note: Option<&str>, wait: Duration) -> Result<Lock, Error> {
        Lock::take(path, note, wait)
    }
}

impl Opened for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// In the same folder, as a rename can't leave its file system; of a name that no other writer has, in this process or
/// another, so that two who replace a file at once don't write into each other's.
fn beside(path: &Path) -> io::Result<PathBuf> {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let mut temporary = OsString::from(".");
    temporary.push(file_name(path)?);
    let write = WRITES.fetch_add(1, Ordering::Relaxed);
    temporary.push(format!(".{}-{write}.tmp", std::process::id()));
    Ok(path.with_file_name(temporary))
}

/// Whether [`beside`] gives this name to a temporary file of `path`, in any process.
fn is_temporary(name: &OsStr, path: &Path) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let of = path.file_name().and_then(OsStr::to_str);
    let rest = name.to_str().zip(of).and_then(|(name, of)| {
        let rest = name.strip_prefix('.')?.strip_prefix(of)?;
        rest.strip_prefix('.')?.strip_suffix(".tmp")
    });
    rest.and_then(|rest| rest.split_once('-'))
        .is_some_and(|(pid, write)| number(pid) && number(write))
}

fn file_name(path: &Path) -> io::Result<&OsStr> {
    let nameless = || io::Error::new(io::ErrorKind::InvalidInput, "the path names no file");
    path.file_name().ok_or_else(nameless)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::crash::CrashDisk;
    use super::*;

    const PATH: &str = "folder/state.json";

    /// After a crash at any step, and whatever of the unsynced work the disk has kept, reading gives the old content or
    /// the new one; after a replacement that returned, the new one.
    #[test]
    fn a_crash_while_replacing_leaves_the_old_or_the_new_content() {
        let path = Path::new(PATH);
        for old in [None, Some(&b"the old content"[..])] {
            let mut steps = 0;
            loop {
                let disk = CrashDisk::new();
                if let Some(old) = old {
                    disk.put(path, old);
                }
                disk.crash_after(steps);
                let done = replace(&disk, path, b"the new content, longer than the old").is_ok();
                let mut kept = Vec::new();
                for left in disk.after_crash() {
                    let found = left.read(path, 100).ok();
                    let new = found.as_deref() == Some(b"the new content, longer than the old");
                    assert!(
                        new || !done && found.as_deref() == old,
                        "step {steps}: {found:?}"
                    );
                    kept.push(new);
                }
                if done {
                    break;
                }
                assert!(
                    kept.contains(&false),
                    "step {steps}: the crash came too late"
                );
                steps += 1;
            }
            assert_eq!(steps, 5, "create, write, sync, rename, sync the folder");
        }
    }

    /// After a crash at any step of an addition, the bytes that were there are still there; after one that returned, the
    /// new ones are too, and what an earlier crash had left between them is gone.
    #[test]
    fn a_crash_while_appending_keeps_what_was_there() {
        let path = Path::new(PATH);
        let mut steps = 0;
        loop {
            let disk = CrashDisk::new();
            disk.put(path, b"one\ntw");
            disk.crash_after(steps);
            let done = append(&disk, path, 4, b"three\n").is_ok();
            for left in disk.after_crash() {
                let found = left.read(path, 100).unwrap();
                assert!(found.starts_with(b"one\n"), "step {steps}: {found:?}");
                assert!(!done || found == b"one\nthree\n", "step {steps}: {found:?}");
            }
            if done {
                break;
            }
            steps += 1;
        }
        assert_eq!(steps, 4, "append, write, sync, sync the folder");
    }

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("cutover-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_system_replaces_appends_and_leaves_nothing_beside() {
        let folder = scratch("durable");
        let path = folder.join("state.json");
        replace(&System, &path, b"a long first content").unwrap();
        replace(&System, &path, b"second").unwrap();
        assert_eq!(System.read(&path, 6).unwrap(), b"second");
        append(&System, &path, 3, b"ond!").unwrap();
        assert_eq!(System.read(&path, 7).unwrap(), b"second!");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }

    /// What a killed process was writing is removed by the next writer; what only looks like it stays.
    #[test]
    fn temporary_files_of_killed_processes_are_removed() {
        let folder = scratch("durable-left");
        let path = folder.join("state.json");
        let others = [".state.json.1-x.tmp", ".other.json.1-2.tmp", "state.json"];
        for name in [".state.json.4711-0.tmp", ".state.json.1-23.tmp"]
            .iter()
            .chain(&others)
        {
            fs::write(folder.join(name), "half").unwrap();
        }
        let _lock = lock(&System, &path, None, Duration::ZERO).unwrap();
        let mut names = System.names(&folder).unwrap();
        names.retain(|name| name != "state.json.lock");
        names.sort();
        let mut expected: Vec<OsString> = others.iter().map(OsString::from).collect();
        expected.sort();
        assert_eq!(names, expected);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn too_long_too_short_and_nameless_files_are_errors() {
        let folder = scratch("durable-errors");
        let path = folder.join("state.json");
        replace(&System, &path, b"seven b").unwrap();
        let kind = |error: io::Error| error.kind();
        let too_long = read_limited(&path, 6).map_err(kind);
        assert_eq!(too_long, Err(io::ErrorKind::InvalidData));
        let too_short = append(&System, &path, 8, b"x").map_err(kind);
        assert_eq!(too_short, Err(io::ErrorKind::UnexpectedEof));
        let nameless = replace(&System, Path::new("/"), b"x").map_err(kind);
        assert_eq!(nameless, Err(io::ErrorKind::InvalidInput));
        assert!(replace(&System, &folder.join("none/state.json"), b"x").is_err());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }
}
