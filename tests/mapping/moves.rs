//! Rules that get in each other's way: swaps, nests, and names that are taken.

use cutover::mapping::Call;

use crate::kit::{down, mapping, silently, up};

fn with(rules: &str) -> cutover::mapping::Mapping {
    mapping(&format!(
        r#"{{"name": "moves", "from": {{"version": "1"}}, "to": {{"version": "2"}}, "rules": {rules}}}"#
    ))
}

#[test]
fn what_is_swapped_or_nested_comes_back() {
    for (rules, from, to) in [
        (
            r#"{"a": {"to": "b"}, "b": {"to": "a"}}"#,
            r#"{"a":1,"b":2,"c":3}"#,
            r#"{"b":1,"a":2,"c":3}"#,
        ),
        (
            r#"{"a": {"to": "a/b"}}"#,
            r#"{"c":3,"a":1}"#,
            r#"{"c":3,"a":{"b":1}}"#,
        ),
        (
            r#"{"a/b": {"to": "a"}}"#,
            r#"{"c":3,"a":{"b":1}}"#,
            r#"{"c":3,"a":1}"#,
        ),
        (
            r#"{"a": {"to": "b"}, "b": {"to": "c"}}"#,
            r#"{"a":1,"b":2}"#,
            r#"{"b":1,"c":2}"#,
        ),
        (
            r#"{"x/y": {"to": "y/x"}, "y/x": {"to": "x/y"}}"#,
            r#"{"x":{"y":1},"y":{"x":2}}"#,
            r#"{"x":{"y":2},"y":{"x":1}}"#,
        ),
        (
            r#"{"a/*/*/b": {"to": "a/*/*/q"}}"#,
            r#"{"a":[[{"b":1}],[],3]}"#,
            r#"{"a":[[{"q":1}],[],3]}"#,
        ),
        (
            r#"{"a": {"to": "b"}, "b/x": {"to": "c"}}"#,
            r#"{"a":1,"b":{"x":1}}"#,
            r#"{"b":1,"c":1}"#,
        ),
    ] {
        let moves = with(rules);
        let there = silently(up(&moves, from, &Call::new()));
        assert_eq!(there, to, "{rules}");
        let back = silently(down(&moves, &there, &Call::new()));
        let same = moves.compare(back.as_bytes(), to.as_bytes(), &Call::new());
        assert!(same.unwrap().is_empty(), "{rules}: {back}");
    }
}

#[test]
fn a_name_that_is_still_taken_is_a_conflict() {
    let refused = |rules, from| up(&with(rules), from, &Call::new()).unwrap_err();
    let rules = r#"{"a": {"to": "b"}, "b/x": {"to": "c"}}"#;
    assert_eq!(
        refused(rules, r#"{"a":1,"b":{"x":1,"y":2}}"#),
        ["conflict /a"]
    );
    assert_eq!(
        refused(rules, r#"{"b":{"x":1,"y":2},"a":1}"#),
        ["conflict /a"]
    );
    let rules = r#"{"a/b": {"to": "a"}}"#;
    assert_eq!(refused(rules, r#"{"a":{"b":1,"x":2}}"#), ["conflict /a/b"]);
}
