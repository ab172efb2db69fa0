//! Each law finds what breaks it: here hooks, since they are the code that a mapping takes on trust.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::mapping::definition::Definition;
use crate::mapping::hook::{Hook, Hooks, Outputs, RawJson};
use crate::mapping::report::Finding;

/// A hook from what it does up and down with its one value.
struct One(
    fn(&str, &mut Outputs<'_>) -> Result<(), Finding>,
    fn(&str, &mut Outputs<'_>) -> Result<(), Finding>,
);

impl Hook for One {
    fn up(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        match values.first() {
            Some(Some(value)) => (self.0)(value.text(), out),
            _ => Ok(()),
        }
    }

    fn down(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        match values.first() {
            Some(Some(value)) => (self.1)(value.text(), out),
            _ => Ok(()),
        }
    }
}

fn same(value: &str, out: &mut Outputs<'_>) -> Result<(), Finding> {
    out.set(0, value);
    Ok(())
}

fn broken(hook: One) -> Broken {
    let definition = Definition::from_json(
        r#"{
            "name": "one",
            "from": {"version": "v1"},
            "to": {"version": "v2"},
            "rules": {"other": {"to": "else"}},
            "hook": [{"name": "one", "from": ["fee"], "to": ["charge"], "loss": "none"}]
        }"#,
    )
    .unwrap();
    let mapping = Mapping::compile(definition, &Hooks::new().with("one", hook)).unwrap();
    check(&mapping, 300).unwrap_err()
}

#[test]
fn a_faithful_hook_breaks_no_law() {
    let definition = Definition::from_json(
        r#"{"name": "one", "from": {"version": "v1"}, "to": {"version": "v2"},
            "hook": [{"name": "one", "from": ["fee"], "to": ["charge"], "loss": "none"}]}"#,
    )
    .unwrap();
    let mapping = Mapping::compile(definition, &Hooks::new().with("one", One(same, same))).unwrap();
    assert_eq!(check(&mapping, 300), Ok(()));
}

#[test]
fn what_vanishes_is_a_silent_loss() {
    let found = broken(One(|_, _| Ok(()), same));
    assert_eq!(found.law(), Law::NoSilentLoss);
    assert_eq!((found.path(), found.rule()), ("/fee", Some("fee")));
    let shown = found.to_string();
    assert!(shown.contains("every member is in the output"), "{shown}");
    assert!(found.input().len() < 20, "{shown}");
}

#[test]
fn what_does_not_come_back_breaks_the_round_trip() {
    let turned = |_: &str, out: &mut Outputs<'_>| {
        out.set(0, "\"gone\"");
        Ok(())
    };
    let found = broken(One(same, turned));
    assert_eq!(found.law(), Law::RoundTrip);
    assert!(found.output().is_some());
}

#[test]
fn what_depends_on_earlier_calls_breaks_determinism() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let counted = |_: &str, out: &mut Outputs<'_>| {
        out.set(0, &CALLS.fetch_add(1, Ordering::Relaxed).to_string());
        Ok(())
    };
    assert_eq!(broken(One(counted, same)).law(), Law::Determinism);
}

#[test]
fn a_panic_breaks_totality() {
    let panics = |value: &str, out: &mut Outputs<'_>| {
        assert_ne!(value, "null", "a panic that is meant");
        same(value, out)
    };
    let found = broken(One(panics, same));
    assert_eq!(found.law(), Law::Totality);
    // An edit of what `{}` becomes may bring the value in as well.
    assert!(found.input().len() < 20, "{found}");
}

#[test]
fn recorded_documents_are_held_to_the_laws_too() {
    let definition = Definition::from_json(
        r#"{"name": "one", "from": {"version": "v1"}, "to": {"version": "v2"},
            "rules": {"a": {"to": "b/c"}}}"#,
    )
    .unwrap();
    let mapping = Mapping::compile(definition, &Hooks::new()).unwrap();
    let documents = [r#"{"a":1.50,"x":[ 1 ]}"#, "{", r#"{"b":{}}"#];
    assert_eq!(check_samples(&mapping, Side::From, documents), Ok(()));
    assert_eq!(
        check_samples(&mapping, Side::To, [r#"{"b":{"c":2,"d":3}}"#]),
        Ok(())
    );
}

/// What is allowed breaks no law: mappings for which the laws once raised a false alarm.
#[test]
fn what_is_reported_or_allowed_breaks_no_law() {
    let closed = r#"{"type": "object", "additionalProperties": false, "properties": {"a": {"type": "boolean"}}}"#;
    let split = format!(
        r#"{{"from": {{"schema": {closed}}}, "rules": {{"a": {{"split": ["a", "b"], "join": "any", "lost": "x"}}}}}}"#
    );
    for definition in [
        // A default in an object that came empty, the document among them.
        r#"{"added": {"n": {"absent": 1, "drop": "x"}, "s/n": {"absent": 1, "drop": "x"}}}"#,
        r#"{"rules": {"l/*/a": {"absent_down": 1}}}"#,
        // One of a split's members alone.
        &split,
        // A `pick` with no rule below it.
        r#"{"context": ["w"], "from": {"schema": {"properties": {"a": {"type": "object"}}}},
            "rules": {"a": {"pick": "$w", "lost": "x", "refuse": "x"}}}"#,
        // No rule at all, so that nothing but the document is entered.
        r#"{"dialect": [{"name": "one", "added": ["late"]}]}"#,
        // What empties an object leaves it empty.
        r#"{"rules": {"p": {"to": "w/p"}, "p/a/b": {"drop": "x"}}}"#,
        // Elements are looked into and keep their bytes, a name that is there twice among them.
        r#"{"rules": {"a": {"without": {"k": [1]}, "lost": "x"}, "b": {"to": "c"}}}"#,
    ] {
        let definition = Definition::from_json(definition).unwrap();
        let mapping = Mapping::compile(definition, &Hooks::new()).unwrap();
        check(&mapping, 200).unwrap();
        let twice = [r#"{"a": [{"k": {"x": 1, "x": []}}], "b": {"x": 1, "x": []}}"#];
        if mapping.schema(Side::From).is_none() {
            check_samples(&mapping, Side::From, twice).unwrap();
        }
    }
}
