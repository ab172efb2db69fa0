//! Enough of the documents that are meant to be valid are, and everything that goes wrong first turns up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path as File;

use serde_json::Value;

use super::*;
use crate::mapping::definition::Version;

/// A definition without rules: documents come from the schema alone.
fn plain(schema: Option<Value>) -> Definition {
    Definition {
        from: Version {
            schema,
            ..Version::default()
        },
        ..Definition::default()
    }
}

/// Of 100 documents, how many the schema takes.
fn valid(definition: &Definition, side: Side, schema: &Value) -> usize {
    const DOCUMENTS: usize = 150;
    let schema = jsonschema::validator_for(schema).unwrap();
    let documents = Documents::new(definition, side, 7).valid().take(DOCUMENTS);
    let taken = documents.filter(|document| {
        let value: Value = serde_json::from_slice(document).unwrap();
        schema.is_valid(&value)
    });
    taken.count() * 100 / DOCUMENTS
}

fn read(path: &File) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What some document has to have, and how it is told.
type Feature<'f> = (&'f str, &'f dyn Fn(&str) -> bool);

#[test]
fn most_documents_of_a_schema_are_valid() {
    let root = File::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["tests/mapping/definitions", "examples/cloudevents"] {
        for file in fs::read_dir(root.join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.to_string_lossy().ends_with(".schema.json") {
                let schema = read(&path);
                let percent = valid(&plain(Some(schema.clone())), Side::From, &schema);
                println!("{percent:3} % {}", path.display());
                assert!(percent >= 90, "{percent} % of {}", path.display());
            }
        }
    }
}

#[test]
fn most_documents_of_the_public_feeds_are_valid() {
    let folder = File::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/gbfs/schema"
    ));
    if !folder.is_dir() {
        println!("SKIPPED: no {}", folder.display());
        return;
    }
    for version in fs::read_dir(folder).unwrap() {
        for file in fs::read_dir(version.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let schema = read(&path);
            let percent = valid(&plain(Some(schema.clone())), Side::From, &schema);
            println!("{percent:3} % {}", path.display());
            assert!(percent >= 70, "{percent} % of {}", path.display());
        }
    }
}

/// The definitions of the tests and of the examples.
#[cfg(feature = "file")]
fn definitions() -> Vec<Definition> {
    let root = File::new(env!("CARGO_MANIFEST_DIR"));
    let names = ["order", "library", "telemetry"]
        .map(|name| format!("tests/mapping/definitions/{name}.toml"));
    let mut all: Vec<Definition> = names
        .iter()
        .map(|name| Definition::open(root.join(name), None).unwrap())
        .collect();
    all.push(Definition::open(root.join("examples/cloudevents.toml"), None).unwrap());
    all
}

#[cfg(feature = "file")]
#[test]
fn documents_of_a_definition_are_mostly_valid_on_both_sides() {
    for definition in definitions() {
        for side in [Side::From, Side::To] {
            let version = match side {
                Side::From => &definition.from,
                Side::To => &definition.to,
            };
            let percent = valid(&definition, side, version.schema.as_ref().unwrap());
            println!("{percent:3} % {} {side}", definition.name);
            assert!(percent >= 70, "{percent} % of {} {side}", definition.name);
        }
    }
}

/// Whether one of 250 documents of this definition's side has the feature.
#[cfg(feature = "file")]
fn occurs(definition: &Definition, side: Side, hostile: bool, has: impl Fn(&str) -> bool) -> bool {
    let documents = Documents::new(definition, side, 11);
    let documents = if hostile {
        documents.hostile()
    } else {
        documents.valid()
    };
    documents
        .take(250)
        .any(|document| std::str::from_utf8(&document).is_ok_and(&has))
}

#[cfg(feature = "file")]
#[test]
fn what_goes_wrong_first_turns_up() {
    let all = definitions();
    let order = all.first().unwrap();
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let valid: [Feature<'_>; 15] = [
        ("an empty array", &|t| t.contains("[]")),
        ("an empty string", &|t| t.contains(":\"\"")),
        ("an optional member is absent", &|t| {
            value(t).get("vip").is_none()
        }),
        ("null", &|t| value(t)["legacy_ref"].is_null()),
        ("escaped letters", &|t| t.contains("\\u00")),
        ("surrogate pairs", &|t| t.contains("\\ud83d\\ude00")),
        ("a spelled name", &|t| {
            t.contains("\\u0069d\":") || t.contains("i\\u0064\":")
        }),
        ("exponents", &|t| t.contains("e0")),
        ("a minimum", &|t| {
            t.contains("\"qty\":1,") || t.contains("\"qty\":1}")
        }),
        ("a maximum", &|t| t.contains("\"qty\":10000")),
        ("a value of words", &|t| t.contains("\"vip\":\"yes\"")),
        ("an edge of the codec", &|t| t.contains(";;")),
        ("white space", &|t| t.contains("\n  ")),
        ("an unknown member", &|t| {
            t.contains("\"extra\":") || t.contains("\"key_")
        }),
        ("thousands of elements", &|t| {
            value(t)["items"]
                .as_array()
                .is_some_and(|items| items.len() >= 2_000)
        }),
    ];
    for (what, has) in valid {
        assert!(
            occurs(order, Side::From, false, has),
            "{what} never turns up"
        );
    }
    let hostile: [Feature<'_>; 6] = [
        ("a name of the other version", &|t| {
            value(t).get("customer").is_some()
        }),
        ("both versions' names", &|t| {
            value(t).get("customer").is_some() && value(t).get("name").is_some()
        }),
        ("a repeated member", &|t| {
            t.matches("\"name\":").count() == 2 && t.starts_with('{')
        }),
        ("two spellings of one name", &|t| {
            t.contains("\"id\":") && t.contains("\"\\u0069\\u0064\":")
        }),
        ("no JSON", &|t| serde_json::from_str::<Value>(t).is_err()),
        ("no object", &|t| {
            value(t).is_array() || value(t).is_string()
        }),
    ];
    for (what, has) in hostile {
        assert!(
            occurs(order, Side::From, true, has),
            "{what} never turns up"
        );
    }
    let not_utf8 = Documents::new(order, Side::To, 3)
        .hostile()
        .take(250)
        .any(|document| std::str::from_utf8(&document).is_err());
    assert!(not_utf8);
}

#[cfg(feature = "file")]
#[test]
fn a_seed_gives_the_same_documents() {
    for definition in definitions() {
        let documents = |seed| -> Vec<Vec<u8>> {
            Documents::new(&definition, Side::To, seed)
                .take(50)
                .collect()
        };
        assert_eq!(documents(1), documents(1));
        assert_ne!(documents(1), documents(2));
    }
}

/// Without schemas the definition's paths and values are what there is.
#[cfg(feature = "file")]
#[test]
fn documents_are_made_without_a_schema_too() {
    for mut definition in definitions() {
        definition.from.schema = None;
        let first = definition.rules.first().unwrap().0.0.first().cloned();
        let Some(Segment::Name(name)) = first else {
            panic!("{} begins with an array", definition.name);
        };
        let quoted = format!("\"{name}\"");
        assert!(occurs(&definition, Side::From, false, |text| text
            .contains(&quoted)));
    }
}
