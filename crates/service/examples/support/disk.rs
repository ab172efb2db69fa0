//! A small disk that can be filled and enlarged: a tmpfs, where the system lets us mount one.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted tmpfs; it is unmounted when this is dropped.
#[derive(Debug)]
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts one of this size, such as `2m`, at this folder; `None` where that isn't allowed.
    pub(crate) fn mount(folder: &Path, size: &str) -> Option<Self> {
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder))
        .then(|| Self(folder.to_owned()))
    }

    pub(crate) fn enlarge(&self, size: &str) -> bool {
        run(Command::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(&self.0))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run(Command::new("umount").arg(&self.0));
    }
}

fn run(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
