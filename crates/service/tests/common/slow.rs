//! A disk that takes 15 s for every sync of one folder: `fsync` and `fdatasync`, replaced in the service's process.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Sleeps only while the switch is there, so that a service starts at its usual speed and a test need not wait at its end.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_disk(int fd) {
    const char *folder = getenv("SLOW_FOLDER"), *on = getenv("SLOW_SWITCH");
    char link[64], path[4096];
    if (!folder || !on) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder)) != 0) return;
    for (int tenth = 0; tenth < 150 && access(on, F_OK) == 0; tenth++) usleep(100 * 1000);
}

int fsync(int fd) { wait_for_disk(fd); return syscall(SYS_fsync, fd); }
int fdatasync(int fd) { wait_for_disk(fd); return syscall(SYS_fdatasync, fd); }
"#;

/// The state folder on that disk.
pub(crate) struct SlowDisk {
    folder: TempDir,
    environment: [(&'static str, String); 3],
}

impl SlowDisk {
    /// Compiles the replacement. `None`, after saying so, without a C compiler or on another system than Linux.
    pub(crate) fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let (source, shim) = (root.join("slow.c"), root.join("slow.so"));
        std::fs::write(&source, SHIM).unwrap();
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&shim, &source])
            .status();
        match compiled {
            Ok(status) if cfg!(target_os = "linux") => assert!(status.success()),
            _ => {
                let required = std::env::var("CUTOVER_REQUIRE").unwrap_or_default();
                assert!(
                    !required.split(',').any(|what| what == "cc"),
                    "CUTOVER_REQUIRE=cc, and there is no C compiler"
                );
                eprintln!("SKIPPED: needs Linux and a C compiler named cc");
                return None;
            }
        }
        let state = root.join("state");
        std::fs::create_dir(&state).unwrap();
        let text = |path: &Path| path.display().to_string();
        Some(Self {
            environment: [
                ("LD_PRELOAD", text(&shim)),
                ("SLOW_FOLDER", text(&state)),
                ("SLOW_SWITCH", text(&root.join("switch"))),
            ],
            folder,
        })
    }

    /// What the service's process needs in its environment.
    pub(crate) fn environment(&self) -> Vec<(&str, &str)> {
        let pairs = self.environment.iter();
        pairs.map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// The folder whose syncs are slow.
    pub(crate) fn state(&self) -> PathBuf {
        PathBuf::from(&self.environment[1].1)
    }

    /// A path beside it, on the disk as it is.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// From now on syncs take their time.
    pub(crate) fn slow(&self) {
        std::fs::write(&self.environment[2].1, "").unwrap();
    }

    /// The disk is well again; syncs that are under way end.
    pub(crate) fn recover(&self) {
        std::fs::remove_file(&self.environment[2].1).unwrap();
    }
}
