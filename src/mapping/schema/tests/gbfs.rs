//! The official GBFS schemas compile without the `jsonschema` crate, and judge the official fixtures as it does.

use super::{Draft, Schema, accepts, document, json, shared};
use crate::mapping::schema::fallback;

/// Copies of a document with `null` at one of its places each; some forty of them.
fn spoiled(document: &serde_json::Value) -> Vec<serde_json::Value> {
    fn pointers(value: &serde_json::Value, at: &str, out: &mut Vec<String>) {
        out.push(at.to_owned());
        for (name, value) in value.as_object().into_iter().flatten() {
            pointers(value, &super::super::refs::child(at, name), out);
        }
        for (index, value) in value.as_array().into_iter().flatten().enumerate() {
            pointers(value, &format!("{at}/{index}"), out);
        }
    }
    let mut all = Vec::new();
    pointers(document, "", &mut all);
    let spoil = |pointer: String| {
        let mut copy = document.clone();
        *copy.pointer_mut(&pointer)? = serde_json::Value::Null;
        Some(copy)
    };
    let step = all.len() / 40 + 1;
    all.into_iter().step_by(step).filter_map(spoil).collect()
}

#[test]
fn official_schemas_judge_the_official_fixtures_as_the_jsonschema_crate_does() {
    let Some(root) = shared("gbfs") else {
        return;
    };
    let (mut fixtures, mut refused) = (0, 0);
    for version in ["v2.3", "v3.0"] {
        for file in std::fs::read_dir(root.join("schema").join(version)).unwrap() {
            let file = file.unwrap();
            let document = json(&file.path());
            let schema = Schema::compile(&document).unwrap();
            assert_eq!(schema.leftovers(), [], "{file:?}");
            let crates = fallback::options(Draft::Draft7).build(&document).unwrap();
            let fixture = root
                .join("testFixtures")
                .join(version)
                .join(file.file_name());
            if !fixture.exists() {
                continue;
            }
            fixtures += 1;
            let fixture = json(&fixture);
            assert_eq!(
                accepts(&schema, &fixture),
                crates.is_valid(&fixture),
                "{file:?}"
            );
            for spoiled in spoiled(&fixture) {
                let accepted = accepts(&schema, &spoiled);
                refused += usize::from(!accepted);
                assert_eq!(accepted, crates.is_valid(&spoiled), "{file:?} {spoiled}");
            }
        }
    }
    assert_eq!(fixtures, 24);
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_valid_document_is_judged_without_an_allocation() {
    let Some(root) = shared("gbfs") else {
        return;
    };
    for (version, file) in [
        ("v2.3", "free_bike_status"),
        ("v2.3", "station_status"),
        ("v2.3", "system_alerts"),
        ("v3.0", "vehicle_types"),
    ] {
        let path = |folder: &str| root.join(folder).join(version).join(format!("{file}.json"));
        let schema = Schema::compile(&json(&path("schema"))).unwrap();
        let document = document(&json(&path("testFixtures")));
        let mut valid = false;
        let measured = allocation_counter::measure(|| valid = schema.is_valid(document.value()));
        assert!(valid, "{file}");
        assert_eq!(measured.count_total, 0, "{file}");
    }
}
