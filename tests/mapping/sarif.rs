//! SARIF 1.0 and 2.1: what a table can't say, by a hook. The recorded conversions are Microsoft's and not in this repository;
//! without them their test says SKIPPED.

use std::fs;

use cutover::mapping::{Call, Definition, Hooks, Mapping};
use serde_json::Value;

use crate::kit::{down, silently, up};

#[path = "../../examples/sarif/logical.rs"]
mod logical;
#[path = "../../examples/sarif/object.rs"]
mod object;
#[path = "../../examples/sarif/runs.rs"]
mod runs;
#[path = "../../examples/sarif/to_1_0.rs"]
mod to_1_0;
#[path = "../../examples/sarif/to_2_1.rs"]
mod to_2_1;

const DATA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/data/sarif/1.0-to-2.1"
);

fn sarif() -> Mapping {
    let definition = Definition::from_toml(include_str!("../../examples/sarif/sarif.toml"));
    let definition = definition.unwrap_or_else(|flaws| panic!("{flaws}"));
    Mapping::compile(definition, &Hooks::new().with("runs", runs::Runs))
        .unwrap_or_else(|flaws| panic!("{flaws}"))
}

fn value(text: &str) -> Value {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
}

/// What the upgrade says of each, and what the way back does.
const RECORDED: [(&str, &[&str], &[&str]); 5] = [
    ("BasicResult", &[], &[]),
    ("Minimum", &[], &[]),
    ("MinimumWithLanguage", &["lost /runs/0/tool/language"], &[]),
    ("OneRunWithBasicInvocation", &[], &[]),
    (
        "OneRunWithRules",
        &["lost /runs/0/results/2/ruleKey"],
        &["lost /runs/0/results/2/ruleId"],
    ),
];

#[test]
fn recorded_conversions_come_out_the_same_and_survive_the_way_back() {
    if !fs::exists(DATA).unwrap() {
        println!("SKIPPED SARIF: {DATA} is not there");
        return;
    }
    let (mapping, call) = (sarif(), Call::new());
    for (name, losses, back) in RECORDED {
        let read = |side: &str| fs::read_to_string(format!("{DATA}/{side}/{name}.sarif")).unwrap();
        let input = read("input");
        let input = input.trim_start_matches('\u{feff}');
        let (new, found) =
            up(&mapping, input, &call).unwrap_or_else(|findings| panic!("{name}: {findings:?}"));
        assert_eq!(found, losses, "{name}");
        assert_eq!(value(&new), value(&read("expected")), "{name}");
        let (old, found) =
            down(&mapping, &new, &call).unwrap_or_else(|findings| panic!("{name}: {findings:?}"));
        assert_eq!(found, back, "{name}");
        let again = silently(up(&mapping, &old, &call));
        let mut expected = value(&new);
        if !back.is_empty() {
            expected["runs"][0]["results"][2]["ruleIndex"] = 1.into();
        }
        assert_eq!(value(&again), expected, "{name}");
    }
}

/// Keys that no other rule has, whatever their ids; parents that go round in a circle; indices that lead nowhere.
#[test]
fn references_that_lead_nowhere_are_reported() {
    let (mapping, call) = (sarif(), Call::new());
    let new = r#"{"runs":[{"tool":{"driver":{"rules":[{"id":"A"},{"id":"A"}]}},"columnKind":"utf16CodeUnits",
        "results":[{"ruleId":"A","ruleIndex":1},{"ruleId":"A","ruleIndex":2}]}]}"#;
    let (old, found) = down(&mapping, new, &call).unwrap();
    assert_eq!(found, ["lost /runs/0/results/1/ruleIndex"]);
    let old_value = value(&old);
    assert_eq!(old_value["runs"][0]["results"][0]["ruleKey"], "A-2");
    assert_eq!(
        silently(up(&mapping, &old, &call))
            .matches("\"ruleIndex\":1")
            .count(),
        1
    );

    let circle = r#"{"runs":[{"logicalLocations":{"a":{"parentKey":"b"},"b":{"parentKey":"a"},"c":{"parentKey":"x"}},
        "results":[{"locations":[{"logicalLocationKey":"x"}]}]}]}"#;
    let (new, found) = up(&mapping, circle, &call).unwrap();
    assert_eq!(
        found,
        ["lost /runs/0/results/0/locations/0/logicalLocationKey"]
    );
    assert_eq!(
        value(&new)["runs"][0]["logicalLocations"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

/// A number that is a rule's own name already is not given again, however often a name is wanted.
#[test]
fn rules_of_one_id_get_keys_of_their_own() {
    let rules = ["A", "A", "A-2", "A"].map(|id| format!(r#"{{"id":"{id}"}}"#));
    let many = vec![r#"{"id":"B"}"#; 2_000].join(",");
    let new = format!(
        r#"{{"runs":[{{"tool":{{"driver":{{"rules":[{},{many}]}}}},"columnKind":"utf16CodeUnits"}}]}}"#,
        rules.join(",")
    );
    let old = value(&silently(down(&sarif(), &new, &Call::new())));
    let keys = old["runs"][0]["rules"].as_object().unwrap();
    for key in ["A", "A-2", "A-2-2", "A-3", "B", "B-2", "B-2000"] {
        assert!(keys.contains_key(key), "{key}");
    }
    assert_eq!(keys.len(), 2_004);
}

#[test]
fn what_is_no_sarif_is_refused_where_it_stands() {
    let (mapping, call) = (sarif(), Call::new());
    assert_eq!(
        up(&mapping, r#"{"runs":7}"#, &call),
        Err(vec!["invalid_type /runs".to_owned()])
    );
    assert_eq!(
        up(&mapping, r#"{"runs":[{},{"rules":[]}]}"#, &call),
        Err(vec!["invalid_type /runs/1".to_owned()])
    );
}

/// Numbers keep their digits, and members that the hook doesn't know pass.
#[test]
fn the_rest_passes_through() {
    let (mapping, call) = (sarif(), Call::new());
    let old = r#"{"runs":[{"columnKind":"x","properties":{"n":1.50000000000000000001e3},"results":[{"rank":9.10}]}]}"#;
    let new = silently(up(&mapping, old, &call));
    assert!(
        new.contains(r#"{"n":1.50000000000000000001e3}"#) && new.contains("9.10"),
        "{new}"
    );
    assert_eq!(value(&silently(down(&mapping, &new, &call))), value(old));
}
