//! A rollout document in a file, read anew at every look.

use std::error::Error as StdError;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use super::Source;
use crate::error::{Error, ErrorKind};
use crate::routing::document::too_large;
use crate::routing::pins::MOST_BYTES;

/// How often a file is read again at one look when it is written meanwhile.
const ATTEMPTS: u32 = 3;

/// A rollout document in a file.
///
/// It may be replaced by rename, written in place, deleted and made again, or be a symlink whose target is swapped, which is
/// how Kubernetes updates a mounted `ConfigMap`: each look opens the path afresh and reads what is there. A half-written
/// document isn't JSON yet: it is refused, the last good one stays, and the next look finds it whole. Replace the file by
/// rename where you can: of a file that is overwritten in place without being truncated, a look may read a mixture.
///
/// It never waits for, and never reads, a FIFO, a device or a directory, and never reads more than 256 MiB, the most that
/// a document may have, however large the file is or grows.
///
/// **Why it polls.** inotify and its like follow an inode, not a path, so that a symlink swap has to be watched on every
/// directory on the way; they say nothing on network file systems and some container mounts, and lose events when
/// their queue is full. A program that is to be right without them polls anyway. And it compares contents, not times of
/// modification, whose ticks of some milliseconds hide one of two fast edits.
///
/// **What that costs.** A document without pins: about 11 µs a look, a hundred-thousandth of a core at
/// [one look a second](Self::INTERVAL). With 1,000,000 pinned UUIDs (39 MB): about 50 ms, and that much memory for the
/// moment; look every 10 s then.
#[derive(Clone, Debug)]
pub struct File {
    path: PathBuf,
}

impl File {
    /// One look a second: soon enough for whoever edits a share, and free (see above).
    pub const INTERVAL: Duration = Duration::from_secs(1);

    /// The file at this path, whether it exists yet or not. A relative path is taken from the directory that the process
    /// is in when it looks.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The document; `None` when somebody wrote the file while it was read.
    fn read(&self) -> Result<Option<Vec<u8>>, Error> {
        // Before it is opened, for opening a FIFO waits until somebody writes to it; and after, for it may be another then.
        regular(&fs::metadata(&self.path).map_err(unreadable)?)?;
        let file = fs::File::open(&self.path).map_err(unreadable)?;
        let before = file.metadata().map_err(unreadable)?;
        regular(&before)?;
        unless_written(&file, &before, || {
            read_at_most(MOST_BYTES as u64, before.len(), &mut &file)
        })
    }
}

impl Source for File {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn StdError + Send + Sync>> {
        for _ in 0..ATTEMPTS {
            if let Some(document) = self.read()? {
                return Ok(Some(document));
            }
        }
        let message = "the file is being written without pause: write another and rename it";
        Err(Box::new(Error::new(ErrorKind::Io, "", message)))
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

fn regular(metadata: &Metadata) -> Result<(), Error> {
    if metadata.is_file() {
        return Ok(());
    }
    let message = "there is something else than a file: put the document there";
    Err(Error::new(ErrorKind::Io, "", message))
}

fn unreadable(error: io::Error) -> Error {
    let todo = match error.kind() {
        io::ErrorKind::NotFound => "put the document there",
        io::ErrorKind::PermissionDenied => "let the process read it",
        _ => "make it readable",
    };
    Error::new(
        ErrorKind::Io,
        "",
        format!("the file can't be read: {error}: {todo}"),
    )
    .with_source(error)
}

/// What `read` gives, unless the file is another `before` than after it, as far as length and time tell.
fn unless_written(
    file: &fs::File,
    before: &Metadata,
    read: impl FnOnce() -> Result<Vec<u8>, Error>,
) -> Result<Option<Vec<u8>>, Error> {
    let document = read()?;
    let after = file.metadata().map_err(unreadable)?;
    let state = |metadata: &Metadata| (metadata.len(), metadata.modified().ok());
    Ok((state(before) == state(&after)).then_some(document))
}

/// What the reader gives, if that is no more than `most` bytes. Begins to read only if that is so of the length it is
/// said to have, and stops one byte beyond if it was said wrong.
fn read_at_most(most: u64, said: u64, reader: &mut impl Read) -> Result<Vec<u8>, Error> {
    if said > most {
        return Err(too_large());
    }
    // One more, so that finding the end doesn't grow it.
    let mut document = Vec::with_capacity(usize::try_from(said).unwrap_or(0).saturating_add(1));
    reader
        .take(most + 1)
        .read_to_end(&mut document)
        .map_err(unreadable)?;
    if document.len() as u64 > most {
        return Err(too_large());
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives zeros for as long as a test may take, and counts them.
    struct Endless(u64);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(0);
            assert!(self.0 < 1 << 20, "nothing stops the reading");
            self.0 += buffer.len() as u64;
            Ok(buffer.len())
        }
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_read_to_one_byte_beyond_the_limit() {
        let mut endless = Endless(0);
        let error = read_at_most(10_000, 7, &mut endless).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Document);
        assert_eq!(endless.0, 10_001);
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read_at_all() {
        let mut endless = Endless(0);
        let error = read_at_most(10_000, 10_001, &mut endless).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Document);
        assert_eq!(endless.0, 0);
    }

    #[test]
    fn what_was_read_while_somebody_wrote_is_not_taken() {
        let name = format!("cutover-written-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, "old").unwrap();
        let (file, before) = (fs::File::open(&path).unwrap(), fs::metadata(&path).unwrap());
        let read = |write: &str| {
            unless_written(&file, &before, || {
                if !write.is_empty() {
                    fs::write(&path, write).unwrap();
                }
                Ok(b"as read".to_vec())
            })
        };
        assert_eq!(read("").unwrap().unwrap(), b"as read");
        assert_eq!(read("longer").unwrap(), None);
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_file_at_the_limit_is_read() {
        let mut bytes = &[7; 10_000][..];
        assert_eq!(
            read_at_most(10_000, 10_000, &mut bytes).unwrap(),
            [7; 10_000]
        );
    }
}
