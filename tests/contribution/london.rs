//! Real input: 521 London toilets as v1 submissions (© OpenStreetMap contributors, ODbL), which are not part of the
//! project. `CUTOVER_LONDON` names the file; without one there is nothing to test and the test says so.

use std::path::PathBuf;

use cutover::Version;
use cutover::contribution;
use cutover::contribution::equivalence::Comparer;
use cutover_testkit::model::{Api, Value};

use crate::kit::check::{self, MODEL, POLICIES};

/// Id and payload of each line.
fn london() -> Option<Vec<(String, Vec<u8>)>> {
    let path = std::env::var_os("CUTOVER_LONDON").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/london-v1.ndjson"),
        PathBuf::from,
    );
    let Ok(text) = std::fs::read(&path) else {
        println!("SKIPPED: no file {}; set CUTOVER_LONDON", path.display());
        return None;
    };
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let lines = lines.map(|line| {
        let members = check::members(line);
        let value = |name: &str| {
            members
                .iter()
                .find(|m| m.name == name)
                .expect("id and payload")
        };
        let Value::Text(id) = &value("id").value else {
            panic!("id is a string")
        };
        (id.clone(), value("payload").raw_value.clone())
    });
    Some(lines.collect())
}

/// v1 accepts 99 of 100 real submissions; all those are upgraded, v2 accepts them, and they are equivalent; the rest is
/// exactly what the model refuses, each with its path; two runs give the same bytes.
#[test]
fn real_toilets_get_through() {
    let Some(lines) = london() else { return };
    let run = || {
        let mut refused = Vec::new();
        let mut written = Vec::new();
        for (id, payload) in &lines {
            let report = contribution::validate(Version::V1, payload);
            let want = MODEL.validate(Api::V1, payload);
            assert_eq!(check::findings(&report), want.findings, "{id}");
            for (policy, _) in POLICIES {
                let (upgraded, output) = check::upgrade(payload, id, policy);
                assert_eq!(output.is_some(), report.is_valid(), "{id}: {upgraded}");
                let Some(output) = output else { continue };
                let v2 = contribution::validate(Version::V2, &output);
                assert!(v2.is_valid(), "{id}: {v2}");
                assert_eq!(
                    Comparer::new()
                        .id(id)
                        .policy(policy)
                        .compare(payload, &output),
                    Ok(()),
                    "{id}"
                );
                written.extend(output);
            }
            let paths: Vec<String> = report
                .errors()
                .map(|error| format!("{} {}", error.code(), error.path()))
                .collect();
            if !paths.is_empty() {
                refused.push(format!("{id}: {}", paths.join(", ")));
            }
        }
        (refused, written)
    };
    let (refused, written) = run();
    println!(
        "{} lines, {} refused:\n{}",
        lines.len(),
        refused.len(),
        refused.join("\n")
    );
    assert!(
        refused.len() * 100 <= lines.len(),
        "v1 accepts fewer than 99 of 100"
    );
    assert!(
        refused.iter().all(|line| line.contains(" /")),
        "a refusal without a path"
    );
    assert_eq!(run(), (refused, written), "two runs differ");
}
