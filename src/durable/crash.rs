//! A disk in memory that crashes on demand, and every disk that such a crash could leave.
//!
//! What was synced stays. Of the rest anything may be there: each name that was made, moved or taken away since the folder
//! was synced, or not; of each file's unsynced content none, a part, all, or zeros in place of a part.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Disk, Opened};

#[derive(Clone, Debug, Default)]
struct Content {
    synced: Vec<u8>,
    now: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Naming {
    Made(PathBuf, usize),
    Moved(PathBuf, PathBuf, usize),
    Removed(PathBuf),
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Made(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Moved(from, to, file) => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            Self::Removed(path) => {
                names.remove(path);
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Platter {
    files: Vec<Content>,
    synced_names: BTreeMap<PathBuf, usize>,
    names: BTreeMap<PathBuf, usize>,
    unsynced: Vec<Naming>,
    /// Steps until the crash.
    steps_left: Option<usize>,
}

impl Platter {
    fn step(&mut self) -> io::Result<()> {
        match &mut self.steps_left {
            Some(0) => Err(io::Error::other("crashed")),
            Some(steps) => {
                *steps -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.unsynced.push(naming);
    }

    fn file(&self, path: &Path) -> io::Result<usize> {
        let none = || io::Error::from(io::ErrorKind::NotFound);
        self.names.get(path).copied().ok_or_else(none)
    }
}

/// The disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct CrashDisk(Arc<Mutex<Platter>>);

impl CrashDisk {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Puts a file there, synced, as if it had been there for long.
    pub(crate) fn put(&self, path: &Path, content: &[u8]) {
        let mut platter = self.platter();
        let (synced, now) = (content.to_vec(), content.to_vec());
        platter.files.push(Content { synced, now });
        let file = platter.files.len() - 1;
        platter.names.insert(path.to_owned(), file);
        platter.synced_names.insert(path.to_owned(), file);
    }

    /// Does so many steps from now on, and fails at all that follow.
    pub(crate) fn crash_after(&self, steps: usize) {
        self.platter().steps_left = Some(steps);
    }

    /// Every disk that a power failure now could leave.
    pub(crate) fn after_crash(&self) -> Vec<CrashDisk> {
        let platter = self.platter();
        let contents: Vec<Vec<Vec<u8>>> = platter.files.iter().map(leftovers).collect();
        let mut disks = Vec::new();
        for kept in 0..1_usize << platter.unsynced.len() {
            let mut names = platter.synced_names.clone();
            for (bit, naming) in platter.unsynced.iter().enumerate() {
                if kept >> bit & 1 == 1 {
                    naming.apply(&mut names);
                }
            }
            for pick in 0..contents.iter().map(Vec::len).product() {
                let disk = CrashDisk::new();
                for (path, &file) in &names {
                    let before: usize = contents[..file].iter().map(Vec::len).product();
                    disk.put(path, &contents[file][pick / before % contents[file].len()]);
                }
                disks.push(disk);
            }
        }
        disks
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap()
    }
}

/// What can be left of a file: the synced content, the new one, or a mixture.
fn leftovers(Content { synced, now }: &Content) -> Vec<Vec<u8>> {
    if synced == now {
        return vec![now.clone()];
    }
    let same = now.iter().zip(synced).take_while(|(a, b)| a == b).count();
    let (kept, rest) = now.split_at(same);
    let half = rest.len() / 2;
    let zeros = vec![0; rest.len()];
    [
        &rest[..0],
        &rest[..half],
        rest,
        &zeros,
        &[&zeros[..half], &rest[half..]].concat(),
    ]
    .into_iter()
    .map(|rest| [kept, rest].concat())
    .chain([synced.clone()])
    .collect()
}

struct Handle {
    disk: CrashDisk,
    file: usize,
}

impl Disk for CrashDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Opened>> {
        let mut platter = self.platter();
        platter.step()?;
        platter.files.push(Content::default());
        let file = platter.files.len() - 1;
        platter.name(Naming::Made(path.to_owned(), file));
        let disk = self.clone();
        Ok(Box::new(Handle { disk, file }))
    }

    fn append(&self, path: &Path, at: u64) -> io::Result<Box<dyn Opened>> {
        let Ok(file) = self.platter().file(path) else {
            return self.create(path);
        };
        let mut platter = self.platter();
        platter.step()?;
        platter.files[file].now.truncate(at as usize);
        let disk = self.clone();
        Ok(Box::new(Handle { disk, file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut platter = self.platter();
        platter.step()?;
        let file = platter.file(from)?;
        platter.name(Naming::Moved(from.to_owned(), to.to_owned(), file));
        Ok(())
    }

    fn sync_dir(&self, _folder: &Path) -> io::Result<()> {
        let mut platter = self.platter();
        platter.step()?;
        platter.synced_names = platter.names.clone();
        platter.unsynced.clear();
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut platter = self.platter();
        platter.step()?;
        platter.file(path)?;
        platter.name(Naming::Removed(path.to_owned()));
        Ok(())
    }

    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        let platter = self.platter();
        let content = platter.files[platter.file(path)?].now.clone();
        if content.len() as u64 > max {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(content)
    }
}

impl Opened for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut platter = self.disk.platter();
        platter.step()?;
        platter.files[self.file].now.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut platter = self.disk.platter();
        platter.step()?;
        let content = &mut platter.files[self.file];
        content.synced = content.now.clone();
        Ok(())
    }
}
