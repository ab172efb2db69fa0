//! What the service's process stands: signals, full and slow disks, limits, files that others changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod kept;
mod kill;
mod limits;
mod rollback;
mod slow_disk;
mod stop;
#[cfg(unix)]
mod stuck;
mod tampered;
