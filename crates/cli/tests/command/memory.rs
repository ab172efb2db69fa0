//! Memory stays what it is, whatever comes in and however many threads answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};

use crate::common::{command, many};

const GOOD: &str =
    r#"{"id":"a","payload":{"lat":51.5,"lng":-0.1,"fee":0.5,"name":"Market Square"}}"#;

/// The largest resident size that the child ever had, in bytes. It must still run.
fn peak(child: &Child) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .expect("a running process");
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        * 1_024
}

/// Writes all, waits until it is answered, and only then looks: the child still runs, for its input is still open.
fn peak_of(args: &[&str], write: impl FnOnce(&mut dyn Write) + Send + 'static) -> (usize, usize) {
    let mut child = command(args).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        write(&mut stdin);
        stdin.write_all(b"the end\n").unwrap();
        stdin
    });
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let (mut lines, mut line) = (0, String::new());
    while !line.contains("malformed_json") {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "ended early");
        lines += 1;
    }
    let peak = peak(&child);
    drop(writer.join().unwrap());
    assert_eq!(stdout.read_to_string(&mut line).unwrap(), 0);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    (lines - 1, peak)
}

const MEMORY: usize = 50 << 20;

#[test]
fn memory_does_not_grow_with_the_lines() {
    let (lines, peak) = peak_of(&["run", "--share", "50%"], |input| {
        let block = many(10_000);
        for _ in 0..20 {
            input.write_all(block.as_bytes()).unwrap();
        }
    });
    assert_eq!(lines, 200_000);
    assert!(peak < MEMORY, "{peak} bytes");
}

#[test]
fn a_line_of_100_megabytes_is_not_held() {
    let (lines, peak) = peak_of(&["upgrade"], |input| {
        writeln!(input, "{GOOD}").unwrap();
        let block = vec![b'['; 1_000_000];
        for _ in 0..100 {
            input.write_all(&block).unwrap();
        }
        writeln!(input, "\n{GOOD}").unwrap();
    });
    assert_eq!(lines, 3);
    assert!(peak < MEMORY, "{peak} bytes");
}

/// Empty lines become errors a hundred times as long, and long lines need room: on eight threads neither adds up.
#[test]
fn empty_and_long_lines_do_not_add_up() {
    let (lines, peak) = peak_of(&["upgrade", "--jobs", "8"], |input| {
        let long = vec![b' '; 1_048_570];
        for _ in 0..12 {
            input.write_all(&long).unwrap();
            input.write_all(b"\n{}\n").unwrap();
        }
        input.write_all(&vec![b'\n'; 300_000]).unwrap();
    });
    assert_eq!(lines, 300_024);
    assert!(peak < MEMORY, "{peak} bytes");
}
