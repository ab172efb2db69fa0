//! The command as people and scripts meet it: what it writes, its exit codes, streams, terminals and files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod back;
#[path = "../common/mod.rs"]
mod common;
mod exit;
mod hostile;
mod hostile_lines;
mod logs;
mod london;
mod mapping;
mod mapping_check;
mod mapping_document;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod pipes;
mod plan;
mod plan_files;
mod plan_room;
mod preflight;
mod readme;
mod simulate;
mod streams;
#[cfg(unix)]
mod terminal;
mod written;
