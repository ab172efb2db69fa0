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
    let schema = jsonschema::validator_for(schema).unwrap();
    let documents = Documents::new(definition, side, 7).valid().take(300);
    let taken = documents.filter(|document| {
        let value: Value = serde_json::from_slice(document).unwrap();
        schema.is_valid(&value)
    });
    taken.count() / 3
}

fn read(path: &File) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

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
