//! A folder of a test's own, and the ways in which people and their tools replace a file in it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

/// Gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let unique = format!("{name}-{}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(unique);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Puts these bytes at this name.
pub(crate) type Replace = fn(&Folder, &str, &[u8]);

pub(crate) const WAYS: [Replace; 4] = [
    rename,
    truncate_and_write,
    #[cfg(unix)]
    swap_symlink,
    #[cfg(not(unix))]
    rename,
    delete_and_create,
];

/// As editors and configuration management do it.
pub(crate) fn rename(folder: &Folder, name: &str, bytes: &[u8]) {
    fs::write(folder.path("new"), bytes).unwrap();
    fs::rename(folder.path("new"), folder.path(name)).unwrap();
}

/// As a shell's `>` does it, in two writes, so that a half-written document is there to be seen.
pub(crate) fn truncate_and_write(folder: &Folder, name: &str, bytes: &[u8]) {
    let mut file = fs::File::create(folder.path(name)).unwrap();
    let (first, second) = bytes.split_at(bytes.len() / 2);
    file.write_all(first).unwrap();
    std::thread::yield_now();
    file.write_all(second).unwrap();
}

/// As Kubernetes does it: the name is a symlink into `..data`, itself a symlink, to a new folder each time.
#[cfg(unix)]
pub(crate) fn swap_symlink(folder: &Folder, name: &str, bytes: &[u8]) {
    use std::os::unix::fs::symlink;
    let version = (0u64..)
        .map(|number| format!("..{number}"))
        .find(|version| !folder.path(version).exists())
        .unwrap();
    let old = fs::read_link(folder.path("..data")).ok();
    fs::create_dir(folder.path(&version)).unwrap();
    fs::write(folder.path(&version).join(name), bytes).unwrap();
    symlink(&version, folder.path("..data_tmp")).unwrap();
    fs::rename(folder.path("..data_tmp"), folder.path("..data")).unwrap();
    if !folder.path(name).is_symlink() {
        symlink(format!("..data/{name}"), folder.path("new")).unwrap();
        fs::rename(folder.path("new"), folder.path(name)).unwrap();
    }
    if let Some(old) = old {
        fs::remove_dir_all(folder.path(old.to_str().unwrap())).unwrap();
    }
}

pub(crate) fn delete_and_create(folder: &Folder, name: &str, bytes: &[u8]) {
    let _ = fs::remove_file(folder.path(name));
    std::thread::yield_now();
    fs::write(folder.path(name), bytes).unwrap();
}
