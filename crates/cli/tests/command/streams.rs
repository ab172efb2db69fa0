//! Streams: order, memory, pipes that close, files that cannot be, exit codes.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::common::{self, command, cutover, file, finish, many, scratch};

const GOOD: &str =
    r#"{"id":"a","payload":{"lat":51.5,"lng":-0.1,"fee":0.5,"name":"Market Square"}}"#;

#[test]
fn order_is_kept_and_two_runs_are_the_same_bytes() {
    let input = many(20_000);
    let first = cutover(&["run", "--share", "50%"], &input);
    assert_eq!(first.code, Some(0), "{}", first.err);
    for (number, line) in first.lines().iter().enumerate() {
        assert!(
            line.starts_with(&format!("{{\"id\":\"id-{number}\",")),
            "{line}"
        );
    }
    assert_eq!(first.lines().len(), 20_000);
    assert_eq!(cutover(&["run", "--share", "50%"], &input).out, first.out);
    let path = file("order", &input);
    for args in [
        &["run", "--share", "50%", &path][..],
        &["run", &path, "--share=500000ppm"],
    ] {
        assert_eq!(cutover(args, "").out, first.out, "{args:?}");
    }
    assert_eq!(
        cutover(&["run", "--share", "50%", "-"], &input).out,
        first.out
    );
}

/// However many threads answer, the output is the same bytes, error lines and their numbers included, and so is the
/// summary but for the time that it took.
#[test]
fn threads_change_neither_the_output_nor_the_counts() {
    let mut input = String::new();
    for (number, line) in many(20_000).lines().enumerate() {
        input += line;
        input += "\n";
        if number % 997 == 0 {
            input += "nonsense\n";
        }
        if number == 12_345 {
            input += &"x".repeat(1_100_000);
            input += "\n{\"id\":\"bad\",\"payload\":{\"lat\":99}}\n";
        }
    }
    let counts = |ran: &common::Ran| -> Vec<String> {
        // The columns are as wide as the lines a second ask for.
        let words = |row: &str| row.split_whitespace().collect::<Vec<_>>().join(" ");
        let rows = ran.err.lines().map(words);
        rows.filter(|row| !row.starts_with("lines a second"))
            .collect()
    };
    let one = cutover(&["run", "--share", "50%"], &input);
    assert_eq!(one.code, Some(1), "{}", one.err);
    for jobs in ["1", "2", "3", "8"] {
        let ran = cutover(&["run", "--share", "50%", "--jobs", jobs], &input);
        assert_eq!((ran.code, &ran.out), (one.code, &one.out), "{jobs} jobs");
        assert_eq!(counts(&ran), counts(&one), "{jobs} jobs");
    }
}

#[test]
fn the_summary_counts_what_the_output_has() {
    let input = format!(
        "{}{{\"id\":\"x\",\"payload\":{{\"lat\":99}}}}\nnonsense\n",
        many(1_000)
    );
    let ran = cutover(&["run", "--share", "30%"], input);
    let v2 = ran
        .answers()
        .iter()
        .filter(|answer| answer["version"] == "v2")
        .count();
    let rows: Vec<Vec<_>> = ran
        .err
        .lines()
        .map(|row| row.split_whitespace().collect())
        .collect();
    let count = |label: &str| {
        let label: Vec<_> = label.split(' ').collect();
        let row = rows
            .iter()
            .find(|row| row.starts_with(&label))
            .expect(&ran.err);
        row[label.len()].replace(',', "").parse::<usize>().unwrap()
    };
    assert!((200..400).contains(&v2), "{v2}");
    assert_eq!(
        (count("lines"), count("v1"), count("v2")),
        (1_002, 1_001 - v2, v2)
    );
    assert_eq!((count("rejected"), count("out_of_range")), (1, 1));
    assert_eq!((count("line errors"), count("malformed_json")), (1, 1));
    assert!(count("lines a second") > 0);
}

#[test]
fn output_goes_to_a_file_when_asked() {
    let path = scratch("output");
    let ran = cutover(&["upgrade", "--output", path.to_str().unwrap()], GOOD);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""));
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        cutover(&["upgrade"], GOOD).out
    );
}

#[test]
fn the_input_is_not_overwritten() {
    let path = file("same", GOOD);
    let ran = cutover(&["upgrade", &path, "--output", &path], "");
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.err.lines().last(),
        Some("cutover: --output names a file that is read: write to another")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), GOOD);
}

#[test]
fn no_file_that_is_read_is_overwritten_under_another_name() {
    let input = file("named-once", GOOD);
    let other = scratch("named-twice");
    let _ = std::fs::remove_file(&other);
    std::fs::hard_link(&input, &other).unwrap();
    let rollout = file("rollout-read", r#"{"name":"n","share":"1%"}"#);
    let other = other.to_str().unwrap();
    for args in [
        ["upgrade", &input, "--output", other].as_slice(),
        &["run", &input, "--rollout", &rollout, "--output", &rollout],
    ] {
        let ran = cutover(args, "");
        assert_eq!(ran.code, Some(2), "{args:?}");
    }
    assert_eq!(std::fs::read_to_string(&input).unwrap(), GOOD);
}

#[test]
fn a_closed_pipe_ends_the_work_quietly() {
    let path = file("closed", many(100_000));
    for jobs in ["1", "3"] {
        let mut child = command(&["upgrade", "--jobs", jobs, &path])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.starts_with(r#"{"id":"id-0","#));
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let ran = cutover(&["upgrade", "--output", "/dev/full"], GOOD);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err
            .contains("cutover: cannot write /dev/full: No space left"),
        "{}",
        ran.err
    );
}

#[test]
fn answers_do_not_wait_for_the_end_of_the_input() {
    for jobs in ["1", "3"] {
        answers_at_once(jobs);
    }
}

fn answers_at_once(jobs: &str) {
    let mut child = command(&["upgrade", "--jobs", jobs]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (answers, answered) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        stdout
            .lines()
            .try_for_each(|line| answers.send(line.unwrap()))
            .ok();
    });
    for _ in 0..3 {
        writeln!(stdin, "{GOOD}").unwrap();
        // Not a measurement: without the limit, a failure would be a test that never ends.
        let line = answered
            .recv_timeout(std::time::Duration::from_secs(60))
            .expect("an answer");
        assert!(line.starts_with(r#"{"id":"a","payload":"#), "{line}");
    }
    drop(stdin);
    reader.join().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_cannot_be_opened_is_an_error() {
    for args in [
        &["run", "/nonexistent"][..],
        &["run", "--output", "/nonexistent/x"],
        &["run", "/"],
    ] {
        let ran = cutover(args, GOOD);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(ran.err.contains("cutover: cannot "), "{}", ran.err);
    }
    let ran = cutover(&["run", "--rollout", "/nonexistent"], GOOD);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.starts_with("cutover: cannot read /nonexistent: "),
        "{}",
        ran.err
    );
}

#[test]
fn wrong_usage_is_2() {
    let rollout = file("fine", r#"{"name":"n","share":"5%"}"#);
    let bad = file("bad", r#"{"name":"n","share":"5%","shar":1}"#);
    let calls: [&[&str]; 10] = [
        &[],
        &["fly"],
        &["run", "--share", "101%"],
        &["run", "--share", "ten"],
        &["run", "--policy", "none"],
        &["run", "--rollout", &rollout, "--share", "10%"],
        &["run", "--rollout", &rollout, "--name", "x"],
        &["run", "--rollout", &bad],
        &["validate"],
        &["validate", "--api", "v3"],
    ];
    for args in calls {
        let ran = cutover(args, GOOD);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{args:?}: {}",
            ran.err
        );
        assert!(!ran.err.is_empty(), "{args:?}");
    }
    for args in [&["--help"][..], &["--version"], &["run", "--help"]] {
        assert_eq!(cutover(args, "").code, Some(0), "{args:?}");
    }
}

#[test]
fn nothing_in_is_nothing_out() {
    let ran = cutover(&["run"], "");
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""));
}

#[test]
fn no_stderr_is_no_problem() {
    let mut quiet = command(&["upgrade"]);
    quiet.stderr(Stdio::null());
    assert_eq!(finish(quiet, GOOD.as_bytes()).lines().len(), 1);
}
