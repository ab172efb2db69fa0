//! What the schema room promises.

mod against;
mod findings;
mod gbfs;
mod suite;

use serde_json::Value as Json;

use super::refs::Draft;
use super::{Judged, Schema, Tiers, compile};
use crate::mapping::json::OwnedJson;

/// A document on a tape.
fn document(value: &Json) -> OwnedJson {
    OwnedJson::new(value.to_string()).unwrap()
}

/// The verdict; silent and loud must agree on it.
fn accepts(schema: &Schema, value: &Json) -> bool {
    let document = document(value);
    let silent = schema.is_valid(document.value());
    let mut judged = Judged::default();
    schema.judge(document.value(), &Tiers::default(), &mut judged);
    assert_eq!(
        silent,
        judged.findings.is_empty(),
        "{value}: {:?}",
        judged.findings
    );
    silent
}

/// Data that people lay beside the repository; `None` says so, once.
fn shared(path: &str) -> Option<std::path::PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
    let path = std::path::Path::new(folder).join(path);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: {} is not there", path.display());
    None
}

fn json(path: &std::path::Path) -> Json {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
