//! A file system in memory, small enough to be filled.

use std::path::Path;
use std::process::Command;

/// A file system in memory, of a size that can be changed. It is gone when this is dropped.
pub(crate) struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None`, after saying so, where mounting isn't permitted; a failure where `CUTOVER_REQUIRE` has `mount` in it.
    pub(crate) fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        let required = std::env::var("CUTOVER_REQUIRE").unwrap_or_default();
        assert!(
            !required.split(',').any(|what| what == "mount"),
            "CUTOVER_REQUIRE=mount, and a tmpfs can't be mounted"
        );
        eprintln!("SKIPPED: a tmpfs can't be mounted; run this as root");
        None
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn resize(&self, size: &str) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(self.path())
            .status();
        assert!(done.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.path()).status());
    }
}
