//! Large documents and hostile ones: a finding in each of a hundred thousand elements (a million with `CUTOVER_ALL=1`), feeds
//! of a megabyte and of ten, and the limits.

use cutover::mapping::{Call, Limits, Mapping};

use crate::kit::{Outcome, down, mapping, silently, up};

fn elements() -> usize {
    if std::env::var_os("CUTOVER_ALL").is_some() {
        1_000_000
    } else {
        100_000
    }
}

/// A document of so many equal elements.
fn of(element: &str, count: usize) -> String {
    format!(r#"{{"i":[{}]}}"#, vec![element; count].join(","))
}

fn items(rules: &str, sides: [&str; 2]) -> Mapping {
    let [from, to] = sides;
    mapping(&format!(
        r#"{{"name":"items","from":{{"version":"1"{from}}},"to":{{"version":"2"{to}}},{rules}}}"#
    ))
}

const KEEP: &str = r#","foreign":"keep""#;

/// The same finding at every element, at its own place, in document order.
#[track_caller]
fn at_each(found: &[String], code: &str, place: &str) {
    assert_eq!(found.len(), elements());
    for (nth, found) in found.iter().enumerate() {
        assert_eq!(*found, format!("{code} /i/{nth}{place}"));
    }
}

#[track_caller]
fn accepted(outcome: Outcome, code: &str, place: &str) -> String {
    let (json, found) = outcome.unwrap_or_else(|found| panic!("refused: {:?}", found.first()));
    at_each(&found, code, place);
    json
}

#[track_caller]
fn refused(outcome: Outcome, code: &str, place: &str) {
    at_each(&outcome.expect_err("must be refused"), code, place);
}

#[test]
fn a_conflict_in_each_element() {
    let rules = r#""rules":{"i/*/a":{"to":"./b"}}"#;
    let document = of(r#"{"a":1,"b":2}"#, elements());
    let call = Call::new();
    let kept = items(rules, [KEEP, KEEP]);
    let new = accepted(up(&kept, &document, &call), "shadowed", "/a");
    assert_eq!(new, of(r#"{"b":2}"#, elements()));
    refused(
        up(&items(rules, ["", ""]), &document, &call),
        "other_version",
        "/b",
    );
}

#[test]
fn a_name_of_the_other_version_in_each_element() {
    let mapping = items(r#""rules":{"i/*/a/x":{"to":"i/*/b"}}"#, ["", ""]);
    let call = Call::new();
    refused(
        up(&mapping, &of(r#"{"b":0}"#, elements()), &call),
        "other_version",
        "/b",
    );
    refused(
        down(&mapping, &of(r#"{"a":{"x":0}}"#, elements()), &call),
        "other_version",
        "/a/x",
    );
}

#[test]
fn what_is_lost_refused_or_filled_in_at_each_element() {
    let call = Call::new();
    let dropping = items(r#""rules":{"i/*/a":{"drop":"gone"}}"#, ["", ""]);
    let new = accepted(
        up(&dropping, &of(r#"{"a":1}"#, elements()), &call),
        "dropped",
        "/a",
    );
    assert_eq!(new, of("{}", elements()));

    let scaled = items(r#""rules":{"i/*/a":{"codec":"scale","by":1}}"#, ["", ""]);
    refused(
        up(&scaled, &of(r#"{"a":0.25}"#, elements()), &call),
        "out_of_domain",
        "/a",
    );

    let filled = items(r#""added":{"i/*/z":{"absent":1,"drop":"new"}}"#, ["", ""]);
    let new = accepted(up(&filled, &of("{}", elements()), &call), "assumed", "/z");
    assert_eq!(new, of(r#"{"z":1}"#, elements()));

    let schema = r#","schema":{"type":"object","properties":{"i":{"type":"array","items":{"type":"object","required":["q"]}}}}"#;
    let strict = items(r#""rules":{}"#, [schema, schema]);
    refused(up(&strict, &of("{}", elements()), &call), "required", "/q");
}

/// Moves out of an object in each element, there and back.
#[test]
fn moves_in_each_element_come_back() {
    let mapping = items(r#""rules":{"i/*/a/x":{"to":"i/*/b"}}"#, ["", ""]);
    // A million of these would be over the limit of 16 MiB.
    let count = elements() / 2;
    let old = of(r#"{"a":{"x":1},"c":null}"#, count);
    let new = silently(up(&mapping, &old, &Call::new()));
    assert_eq!(new, of(r#"{"c":null,"b":1}"#, count));
    let back = silently(down(&mapping, &new, &Call::new()));
    assert_eq!(back, of(r#"{"c":null,"a":{"x":1}}"#, count));
}

/// As many elements, members, levels and bytes as a limit allows pass; one more is refused, and nothing is written.
#[test]
fn limits_are_exact() {
    let mapping = items(r#""rules":{"i/*/a":{"to":"./b"}}"#, ["", ""]);
    let code = |document: &str, limits: Limits| -> Vec<String> {
        let call = Call::new().limits(limits);
        up(&mapping, document, &call).err().unwrap_or_default()
    };
    let few = Limits::default()
        .with_elements(10)
        .with_members(5)
        .with_depth(6)
        .with_bytes(200);
    let deep = |levels: usize| format!(r#"{{"i":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    let wide = |members: usize| {
        let members: Vec<_> = (0..members).map(|nth| format!(r#""m{nth}":0"#)).collect();
        format!(r#"{{"i":[{{{}}}]}}"#, members.join(","))
    };
    for (within, beyond, refusal) in [
        (of("0", 10), of("0", 11), "too_many_elements "),
        (wide(5), wide(6), "too_many_members "),
        (deep(5), deep(6), "too_deep "),
        (
            of(&format!("{:>192}", 7), 1),
            of(&format!("{:>193}", 7), 1),
            "too_large ",
        ),
    ] {
        assert_eq!(code(&within, few), [""; 0], "{within}");
        let found = code(&beyond, few);
        assert!(
            found.len() == 1 && found[0].starts_with(refusal),
            "{beyond}: {found:?}"
        );
    }
}

/// Elements much like a feed's stations, up to a megabyte and to ten.
#[test]
fn feeds_of_a_megabyte_and_of_ten_go_there_and_back() {
    let mapping = items(
        r#""rules":{"i/*/t":{"codec":"posix-rfc3339","lost":"fractions"},"i/*/n":{"to":"./num"},"i/*/l":{"list":"to","lost":"further"}}"#,
        ["", ""],
    );
    let old = r#"{"id":"Österreich 1","n":17,"t":1700000000,"l":"x","rest":{"a":[1.50,null,{"b":"\u00e9"}]}}"#;
    let new = r#"{"id":"Österreich 1","num":17,"t":"2023-11-14T22:13:20Z","l":["x"],"rest":{"a":[1.50,null,{"b":"\u00e9"}]}}"#;
    for bytes in [1_000_000, 10_000_000] {
        let count = bytes / old.len();
        let converted = silently(up(&mapping, &of(old, count), &Call::new()));
        assert!(converted == of(new, count), "{bytes} bytes");
        assert!(
            silently(down(&mapping, &converted, &Call::new())) == of(old, count),
            "{bytes} bytes"
        );
    }
}
