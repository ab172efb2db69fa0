//! Runs the built command.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a run left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.out.lines().collect()
    }

    /// Each output line, parsed: what is not JSON fails here.
    pub(crate) fn answers(&self) -> Vec<serde_json::Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }
}

/// The command, with nothing in its environment that would route.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
    // A container may have no users.
    command.env("USER", "tester");
    command
        .args(args)
        .env_remove("CUTOVER_BRAKE")
        .env_remove("CUTOVER_API_VERSION");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it on this input.
pub(crate) fn cutover(args: &[&str], input: impl AsRef<[u8]>) -> Ran {
    finish(command(args), input.as_ref())
}

pub(crate) fn finish(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The command may end before it has read all, on a usage error for one: that is not this writer's to judge.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// So many lines that are fine.
pub(crate) fn many(lines: usize) -> String {
    (0..lines)
        .map(|n| format!("{{\"id\":\"id-{n}\",\"payload\":{{\"lat\":51.5,\"lng\":-0.1}}}}\n"))
        .collect()
}

/// A path of this test's own, where nothing is.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    drop(std::fs::remove_file(&path));
    path
}

/// A file with this text.
pub(crate) fn file(name: &str, text: impl AsRef<[u8]>) -> String {
    let path = scratch(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}
