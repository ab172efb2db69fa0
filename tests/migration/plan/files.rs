//! The plan's files: damage is told and named, and the hashes are those that any tool computes.

use std::fs;
use std::path::Path;

use cutover::ErrorKind;
use cutover::migration::plan::{Plan, Progress};

use super::kit::Folder;
use super::{at, begun, reopened, signature, sound};

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_state_file_that_is_torn_foreign_or_of_the_future_is_refused_and_the_last_good_one_stays() {
    let folder = Folder::new("state");
    let mut progress = begun(&folder);
    progress
        .advance(&signature(), &sound(), None, at(100))
        .unwrap();
    let good = fs::read(folder.state()).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let cases = [
        (
            text[..text.len() / 2].to_owned(),
            ErrorKind::State,
            "not the state of a plan, or a part of one",
        ),
        (String::new(), ErrorKind::State, "not the state of a plan"),
        (
            "{\"format\":2,\"anything\":[]}".to_owned(),
            ErrorKind::State,
            "format 2, this version reads 1",
        ),
        (
            text.replace("contribution-form-v2", "another"),
            ErrorKind::State,
            "the state of another, not of",
        ),
        (
            text.replace("\"phase\": 1", "\"phase\": 2"),
            ErrorKind::State,
            "the plan has no phase staging at 2",
        ),
        (
            text.replace("\"epochs\"", "\"epoch\""),
            ErrorKind::State,
            "unknown field",
        ),
        ("x".repeat(70_000), ErrorKind::Io, "longer than 65536 bytes"),
    ];
    for (content, kind, message) in cases {
        fs::write(folder.state(), &content).unwrap();
        let error = Progress::read(Plan::contribution_form_v2(), folder.state()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(progress.reload().is_err());
        assert_eq!(
            progress.phase().name,
            "staging",
            "the last good state stays"
        );
        assert_eq!(fs::read_to_string(folder.state()).unwrap(), content);
    }
    fs::write(folder.state(), &good).unwrap();
    progress.reload().unwrap();
}

#[test]
fn a_changed_cut_or_foreign_log_is_damage_that_names_the_entry() {
    let folder = Folder::new("log");
    let mut progress = begun(&folder);
    progress
        .advance(&signature(), &sound(), None, at(100))
        .unwrap();
    progress
        .advance(&signature(), &sound(), None, at(200))
        .unwrap();
    progress.back(&signature(), &sound(), at(201)).unwrap();
    drop(progress);
    let good = fs::read_to_string(folder.log()).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let without = |n: usize| {
        let rest: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(at, _)| at + 1 != n)
            .map(|(_, line)| *line)
            .collect();
        rest.join("\n") + "\n"
    };
    let changed = |n: usize, from: &str, to: &str| {
        assert!(lines[n - 1].contains(from));
        good.replacen(lines[n - 1], &lines[n - 1].replacen(from, to, 1), 1)
    };
    let cases = [
        (changed(1, "ana", "bob"), "entry 1 "),
        (changed(2, "ana", "bob"), "entry 2 "),
        (changed(3, "20000", "20001"), "entry 3 "),
        (changed(4, "ana", "bob"), "entry 4 "),
        (changed(3, "\"prev\":\"", "\"prev\":\"0"), "entry 3 "),
        (changed(2, "{\"n\"", "{\"m\""), "entry 2 "),
        (
            without(2),
            "entry 1 was altered, or the one after it was removed",
        ),
        (without(1), "entry 1 belongs to another plan"),
        (good[..good.len() - 9].to_owned(), "the last are missing"),
        (
            without(4),
            "the log has 3 entries and the state knows 4: the last are missing",
        ),
        (String::new(), "the log has 0 entries and the state knows 4"),
        (
            good.clone() + lines[3] + "\n" + lines[3] + "\n",
            "several entries after the 4",
        ),
    ];
    for (content, message) in cases {
        fs::write(folder.log(), &content).unwrap();
        let mut progress = reopened(&folder).unwrap();
        let damage = progress.damage().unwrap().to_owned();
        assert!(damage.contains(message), "{damage} for {message}");
        let error = progress
            .advance(&signature(), &sound(), None, at(300))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Log, "{error}");
        assert!(error.to_string().contains(&damage), "{error}");
    }
    fs::write(folder.log(), &good).unwrap();
    let state = fs::read(folder.state()).unwrap();
    edit(&folder.state(), "\"sha256\": \"", "\"sha256\": \"0");
    assert!(reopened(&folder).unwrap().damage().is_some());
    fs::write(folder.state(), state).unwrap();
    assert_eq!(reopened(&folder).unwrap().damage(), None);
    fs::remove_file(folder.state()).unwrap();
    assert_eq!(
        reopened(&folder).unwrap_err().kind(),
        ErrorKind::Log,
        "a log without its state"
    );
}

/// The log is hashed by its bytes, so the hashes can be checked by any tool: each `prev` is the SHA-256 of the line before.
#[test]
fn the_first_entry_follows_from_the_plans_name() {
    let folder = Folder::new("hash");
    begun(&folder);
    let log = fs::read_to_string(folder.log()).unwrap();
    // printf 'cutover plan\ncontribution-form-v2' | sha256sum
    let expected = "f84cc6e96bf88828b08154f15c508220d8de677b3ab5cbdbd7ffb929d0425030";
    assert!(
        log.ends_with(&format!("\"prev\":\"{expected}\"}}\n")),
        "{log}"
    );
}
