//! Named pipes, and outputs that fail while the input stays open.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::common::{command, file, scratch};

const GOOD: &str = "{\"id\":\"a\",\"payload\":{\"lat\":51.5,\"lng\":-0.1}}\n";

fn pipe(name: &str) -> String {
    let path = scratch(name);
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path.to_str().unwrap().to_owned()
}

/// Not a measurement: without the limit, a failure would be a test that never ends.
fn end(mut command: Command) -> ExitStatus {
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take();
    let (ended, end) = mpsc::channel();
    let id = child.id().to_string();
    thread::spawn(move || ended.send(child.wait().unwrap()).ok());
    let status = end.recv_timeout(Duration::from_secs(60));
    drop(stdin);
    status.unwrap_or_else(|_| {
        let _ = Command::new("kill").arg(&id).status();
        panic!("it never ended");
    })
}

#[test]
fn a_named_pipe_is_an_input_like_any_other() {
    let path = pipe("pipe-in");
    for _ in 0..20 {
        let writing = path.clone();
        let writer = thread::spawn(move || {
            let mut pipe = File::options().write(true).open(writing).unwrap();
            pipe.write_all(GOOD.as_bytes()).unwrap();
        });
        let command = command(&["upgrade", &path]);
        assert_eq!(end(command).code(), Some(0));
        writer.join().unwrap();
    }
}

#[test]
fn a_named_pipe_is_an_output_like_any_other() {
    let (path, input) = (pipe("pipe-out"), file("pipe-line", GOOD));
    let reading = path.clone();
    let reader = thread::spawn(move || {
        let mut read = String::new();
        File::open(reading)
            .unwrap()
            .read_to_string(&mut read)
            .unwrap();
        read
    });
    let command = command(&["upgrade", "--output", &path, &input]);
    assert_eq!(end(command).code(), Some(0));
    let read = reader.join().unwrap();
    assert!(read.starts_with("{\"id\":\"a\",\"payload\":"), "{read}");
}

/// Whoever reads the input may have to wait for it: the others don't wait with them.
#[test]
fn a_full_disk_is_noticed_while_the_input_is_open() {
    for jobs in ["1", "2", "8"] {
        let mut command = command(&["upgrade", "--jobs", jobs, "--output", "/dev/full"]);
        let mut holder = Command::new("sh");
        holder
            .args(["-c", "printf '%s' \"$0\"; exec sleep 600", GOOD])
            .stdout(Stdio::piped());
        let mut holder = holder.spawn().unwrap();
        command.stdin(holder.stdout.take().unwrap());
        let status = end(command);
        holder.kill().unwrap();
        holder.wait().unwrap();
        assert_eq!(status.code(), Some(1), "{jobs} jobs");
    }
}
