//! The rollout document that operators put into force, in a file where a restart finds it.

use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover::routing::source::{File, Source};

use crate::keeper::KeepError;

/// The file, and what it still has to be given.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    owed: Mutex<Owed>,
}

/// What the file should have: nobody follows the file while this is not what it has.
#[derive(Debug, Default)]
struct Owed {
    content: Option<Content>,
    /// Counts the contents that were owed.
    number: u64,
}

/// A file's content; `None` is no file.
type Content = Option<Vec<u8>>;

impl Document {
    /// The document in this file, which need not be there yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        // What a link leads to is replaced, not the link.
        let path = path.canonicalize().unwrap_or(path);
        let owed = Mutex::default();
        Self { path, owed }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file has; `None` when there is none.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read(&self) -> Result<Content, KeepError> {
        // Opening a pipe would wait for whoever writes to it.
        let content = std::fs::metadata(&self.path).and_then(|file| match file.is_file() {
            true => std::fs::read(&self.path),
            false => Err(io::Error::other("not a regular file")),
        });
        match content {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// This is in force: [`store`](Self::store) will give it to the file.
    pub fn owe(&self, content: Vec<u8>) {
        self.owed().set(Some(content));
    }

    /// Gives the file this content and then does what puts it into force, which calls what it is given at the moment when it
    /// does. Otherwise the file is owed what it had. May wait for the disk.
    ///
    /// # Errors
    /// The file can't be written, and those of `enforce`.
    pub fn replace(
        &self,
        content: &[u8],
        enforce: impl FnOnce(&dyn Fn()) -> Result<(), cutover::Error>,
    ) -> Result<(), KeepError> {
        let before = self.read()?;
        let number = {
            let mut owed = self.owed();
            // What is owed already comes from a change that is in force, and the file may not have it.
            let before = owed.content.take().unwrap_or(before);
            owed.set(before)
        };
        self.write(Some(content))?;
        Ok(enforce(&|| self.owed().settle(number))?)
    }

    /// Gives the file what it is owed. May wait for the disk.
    ///
    /// # Errors
    /// The file can't be written; it is owed the same then.
    pub fn store(&self) -> Result<(), KeepError> {
        let (content, number) = {
            let owed = self.owed();
            let Some(content) = owed.content.clone() else {
                return Ok(());
            };
            (content, owed.number)
        };
        self.write(content.as_deref())?;
        self.owed().settle(number);
        Ok(())
    }

    fn write(&self, content: Option<&[u8]>) -> Result<(), KeepError> {
        match content {
            Some(content) => cutover::durable_file::replace(&self.path, content),
            None => cutover::durable_file::remove(&self.path),
        }
        .map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> KeepError {
        let path = self.path.clone();
        KeepError::File { path, error }
    }

    fn owed(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Owed {
    fn set(&mut self, content: Content) -> u64 {
        self.content = Some(content);
        self.number += 1;
        self.number
    }

    /// The file has what was owed under this number.
    fn settle(&mut self, number: u64) {
        if self.number == number {
            self.content = None;
        }
    }
}

/// The file as a source for the router to follow: silent while the file doesn't have what is in force, or may not keep what
/// it has.
#[derive(Debug)]
pub struct Followed {
    file: File,
    document: Arc<Document>,
}

impl Followed {
    /// Follows this document.
    #[must_use]
    pub fn new(document: Arc<Document>) -> Self {
        let file = File::new(document.path());
        Self { file, document }
    }
}

impl Source for Followed {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn StdError + Send + Sync>> {
        let before = self.document.owed().number;
        let found = self.file.load();
        let owed = self.document.owed();
        if owed.content.is_some() || owed.number != before {
            return Ok(None);
        }
        found
    }

    fn name(&self) -> String {
        self.file.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: &Arc<Document>) -> Option<Vec<u8>> {
        Followed::new(Arc::clone(document)).load().unwrap()
    }

    fn document() -> (tempfile::TempDir, Arc<Document>) {
        let folder = tempfile::tempdir().unwrap();
        let document = Arc::new(Document::new(folder.path().join("rollout.json")));
        (folder, document)
    }

    /// What does not come into force leaves the file as it was, and the follower never sees it.
    #[test]
    fn what_was_refused_is_taken_back() {
        let (_folder, document) = document();
        for before in [None, Some(b"old".to_vec())] {
            if let Some(before) = &before {
                let enforced = |done: &dyn Fn()| {
                    done();
                    Ok(())
                };
                document.replace(before, enforced).unwrap();
            }
            let refused = |_: &dyn Fn()| {
                assert_eq!(document.read().unwrap().as_deref(), Some(&b"new"[..]));
                assert_eq!(found(&document), None);
                Err("x".parse::<cutover::Share>().unwrap_err())
            };
            document.replace(b"new", refused).unwrap_err();
            assert_eq!(found(&document), None);
            document.store().unwrap();
            assert_eq!(document.read().unwrap(), before);
        }
        assert_eq!(found(&document).as_deref(), Some(&b"old"[..]));
    }

    /// A step back that comes while another change waits for the disk is what the file gets in the end.
    #[test]
    fn a_step_back_meanwhile_is_what_is_stored() {
        let (_folder, document) = document();
        let enforced = |done: &dyn Fn()| {
            document.owe(b"back".to_vec());
            done();
            Ok(())
        };
        document.replace(b"raised", enforced).unwrap();
        assert_eq!(found(&document), None);
        document.store().unwrap();
        assert_eq!(found(&document).as_deref(), Some(&b"back"[..]));
    }
}
