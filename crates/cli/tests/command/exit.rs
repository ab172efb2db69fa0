//! Exit codes, and the option that turns a finding into one.

use crate::common::cutover;

const FINE: &str = r#"{"id":"a","payload":{"lat":51.5,"lng":-0.1}}"#;
const REJECTED: &str = r#"{"id":"b","payload":{"lat":91,"lng":-0.1}}"#;
const SAME: &str = r#"{"id":"a","v1":{"lat":1,"lng":2},"v2":{"@id":"node/temp_a","amenity":"toilets","lat":1,"lng":2,"wheelchair":"unknown","access":"unknown","opening_hours":"unknown","fee":false}}"#;

fn different() -> String {
    SAME.replace("false", "true")
}

#[track_caller]
fn code(args: &[&str], lines: &[&str]) -> i32 {
    let ran = cutover(args, lines.join("\n"));
    assert_eq!(ran.lines().len(), lines.len(), "each line has its answer");
    ran.code.expect("an exit code")
}

#[test]
fn a_rejected_payload_is_3_for_validate_and_for_others_when_asked() {
    for lines in [&[FINE][..], &[FINE, FINE]] {
        assert_eq!(code(&["validate", "--api", "v1"], lines), 0);
    }
    let bad = [FINE, REJECTED, FINE];
    assert_eq!(code(&["validate", "--api", "v1"], &bad), 3);
    let forgiving = ["validate", "--api=v1", "--fail-on=none"];
    assert_eq!(code(&forgiving, &bad), 0);
    for command in [
        &["upgrade"][..],
        &["downgrade"],
        &["form", "--to=v1"],
        &["form", "--to=v2"],
        &["run", "--share=0%"],
        &["run", "--share=100%"],
        &["run", "--jobs=3"],
    ] {
        let strict = [command, &["--fail-on", "rejected"]].concat();
        assert_eq!(code(command, &bad), 0, "{command:?}");
        assert_eq!(code(&strict, &bad), 3, "{command:?}");
        if command != ["downgrade"] {
            assert_eq!(code(&strict, &[FINE]), 0, "{command:?}");
        }
    }
}

#[test]
fn a_different_pair_is_3() {
    let different = different();
    assert_eq!(code(&["compare"], &[SAME]), 0);
    assert_eq!(code(&["compare"], &[SAME, &different]), 3);
    let forgiving = ["compare", "--fail-on", "none"];
    assert_eq!(code(&forgiving, &[SAME, &different]), 0);
}

/// Work that was not done outranks what was found in the rest.
#[test]
fn a_line_that_could_not_be_handled_is_1_whatever_else_was_found() {
    let different = different();
    assert_eq!(code(&["validate", "--api=v1"], &[REJECTED, "nonsense"]), 1);
    assert_eq!(code(&["compare"], &["nonsense", &different]), 1);
    let forgiving = ["validate", "--api=v1", "--fail-on=none"];
    assert_eq!(code(&forgiving, &["nonsense"]), 1);
}

/// A command takes only what it can find: `compare --fail-on rejected` would never fail.
#[test]
fn what_a_command_never_finds_is_wrong_usage() {
    for args in [
        &["compare", "--fail-on", "rejected"][..],
        &["validate", "--api=v1", "--fail-on=different"],
        &["upgrade", "--fail-on=different"],
        &["route", "--fail-on=rejected"],
    ] {
        assert_eq!(cutover(args, "").code, Some(2), "{args:?}");
    }
}

/// One text for all commands, on `--help`.
#[test]
fn every_command_s_help_has_the_exit_status() {
    let help = |args: &[&str]| cutover(args, "").out;
    let all = help(&["--help"]);
    let (_, section) = all.split_once("Exit status:").expect("a section");
    for code in ["  0  ", "  1  ", "  2  ", "  3  "] {
        assert!(section.contains(code), "{section}");
    }
    for command in [
        "run",
        "route",
        "explain",
        "form",
        "upgrade",
        "downgrade",
        "validate",
        "compare",
        "mapping check",
        "mapping losses",
        "mapping schema",
        "mapping samples",
        "mapping explain",
        "preflight",
        "report",
        "schema",
        "completions",
    ] {
        let words: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let help = help(&words);
        let (_, own) = help.split_once("Exit status:").expect(command);
        assert_eq!(own.trim(), section.trim(), "{command}");
    }
    assert!(help(&["validate", "--help"]).contains("[default: rejected]"));
    assert!(help(&["compare", "--help"]).contains("[default: different]"));
    assert!(help(&["upgrade", "--help"]).contains("[default: none]"));
}
