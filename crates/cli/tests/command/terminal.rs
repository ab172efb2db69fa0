//! What people at a terminal see: colour, and a word while the command waits for them.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::common::{command, cutover, file, finish};

/// A terminal: the end that a person sits at, and the one that a program has.
fn terminal() -> (File, File) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let name = name.to_str().unwrap();
    let program = File::options().read(true).write(true).open(name).unwrap();
    (File::from(person), program)
}

/// What the person sees until the program has ended.
fn seen(mut person: File, mut child: Child) -> String {
    let reader = std::thread::spawn(move || {
        let (mut seen, mut some) = (Vec::new(), [0; 4_096]);
        // Once the program's end is closed, reading is an error on Linux and the end elsewhere.
        while let Ok(read @ 1..) = person.read(&mut some) {
            seen.extend_from_slice(&some[..read]);
        }
        String::from_utf8(seen).unwrap().replace("\r\n", "\n")
    });
    child.wait().unwrap();
    drop(child);
    reader.join().unwrap()
}

/// Standard output of a command, shown on a terminal.
fn shown(args: &[&str], env: &[(&str, &str)]) -> String {
    let (person, program) = terminal();
    let mut command = command(args);
    command.env("TERM", "xterm").env_remove("NO_COLOR");
    command.envs(env.iter().copied());
    let child = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(program)
        .spawn()
        .unwrap();
    drop(command);
    seen(person, child)
}

/// Text without its styles.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

const LOG: &str = r#"{"timestamp":0,"suggestionId":"a","action":"validation_failed","apiVersion":"v2","result":{"errors":[{"path":"/lat","code":"required"}]},"durationMs":1}"#;

#[test]
fn tables_have_colour_on_a_terminal_alone() {
    let log = file("terminal-log", LOG);
    let old = file("terminal-old", r#"{"name":"n","share":"10%","revision":1}"#);
    let new = file("terminal-new", r#"{"name":"n","share":"20%","revision":1}"#);
    for args in [
        &["report", &log][..],
        &["explain", "user-1"],
        &["preflight", &old, &new],
    ] {
        let piped = cutover(args, "").out;
        assert!(!piped.contains('\x1b'), "{args:?}: {piped:?}");
        let colourful = shown(args, &[]);
        assert!(colourful.contains('\x1b'), "{args:?}: {colourful:?}");
        assert_eq!(plain(&colourful), piped, "{args:?}");

        assert_eq!(shown(args, &[("NO_COLOR", "1")]), piped, "{args:?}");
        let never = [args, &["--color", "never"]].concat();
        assert_eq!(shown(&never, &[]), piped, "{args:?}");
        let always = [args, &["--color=always"]].concat();
        assert_eq!(cutover(&always, "").out, colourful, "{args:?}");
        let json = [args, &["--json", "--color=always"]].concat();
        assert!(!cutover(&json, "").out.contains('\x1b'), "{args:?}");
    }
    assert_eq!(cutover(&["explain", "a", "--color=blue"], "").code, Some(2));
}

#[test]
fn the_summary_and_errors_have_colour_too() {
    let line = r#"{"id":"b","payload":{"lat":91,"lng":-0.1}}"#;
    let plain_run = cutover(&["upgrade"], line);
    let ran = cutover(&["upgrade", "--color=always"], line);
    assert_eq!(ran.out, plain_run.out, "answers never have");
    assert!(ran.err.contains('\x1b') && !plain_run.err.contains('\x1b'));
    let failed = cutover(&["upgrade", "/nonexistent", "--color=always"], "");
    assert!(failed.err.contains('\x1b'), "{}", failed.err);
    assert!(plain(&failed.err).starts_with("cutover: cannot open"));
}

/// Whether the command succeeded, and what it said on stderr, when a person at a terminal typed the end of the input.
fn typed_nothing(args: &[&str]) -> (bool, String) {
    let (mut person, program) = terminal();
    let mut command = command(args);
    let mut child = command.stdin(program).spawn().unwrap();
    drop(command);
    person.write_all(b"\x04").unwrap();
    let mut said = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code() == Some(0), said)
}

#[test]
fn a_command_that_waits_for_a_person_says_so() {
    const SAYS: &str = "reading standard input";
    for args in [&["upgrade"][..], &["route"]] {
        let (succeeded, said) = typed_nothing(args);
        assert!(succeeded, "{said}");
        assert!(said.contains(SAYS) && said.contains("Ctrl-D"), "{said}");

        let piped = finish(command(args), b"");
        assert!(!piped.err.contains(SAYS), "{}", piped.err);
    }
    let (_, said) = typed_nothing(&["upgrade", "-"]);
    assert!(!said.contains(SAYS), "a dash is meant: {said}");
}

/// A long simulation says how far it is, on a terminal alone, and leaves nothing of it behind.
#[test]
fn a_simulation_shows_its_progress() {
    let (person, program) = terminal();
    let args = ["simulate", "--runs=3", "--requests=200000", "--v2-error=0"];
    let mut command = command(&args);
    command.env("TERM", "xterm");
    let child = command
        .stdin(Stdio::null())
        .stdout(program.try_clone().unwrap())
        .stderr(program)
        .spawn()
        .unwrap();
    drop(command);
    let seen = seen(person, child);
    assert!(seen.contains(" left"), "{seen:?}");
    assert!(
        plain(&seen).ends_with("0 of 3 runs were rolled back (0.0 %)\n"),
        "{seen:?}"
    );
    assert_eq!(cutover(&args, "").err, "");
}
