//! GBFS 2.3 and 3.0: the official fixtures of both versions convert, with the losses and the refusal that are known. The
//! schemas and fixtures are MobilityData's and not in this repository; without them the tests say SKIPPED.

use std::fs;
use std::path::Path;

use cutover::mapping::{Call, Definition, Hooks, Mapping, Side, laws};
use cutover_testkit::cases;

use crate::kit::{Outcome, down, up};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/gbfs");
const DEFINITIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/gbfs");

/// A document's name in 2.3, in 3.0, and what an upgrade of the official fixture says.
const DOCUMENTS: [(&str, &str, &[&str]); 11] = [
    (
        "gbfs",
        "gbfs",
        &["lost /data/en/feeds/8", "lost /data/en/feeds/9"],
    ),
    ("gbfs_versions", "gbfs_versions", &[]),
    (
        "system_information",
        "system_information",
        &["required /data/feed_contact_email"],
    ),
    (
        "vehicle_types",
        "vehicle_types",
        &["lost /data/vehicle_types/0/form_factor"],
    ),
    ("station_information", "station_information", &[]),
    ("station_status", "station_status", &[]),
    ("free_bike_status", "vehicle_status", &[]),
    ("system_regions", "system_regions", &[]),
    ("system_pricing_plans", "system_pricing_plans", &[]),
    ("system_alerts", "system_alerts", &[]),
    (
        "geofencing_zones",
        "geofencing_zones",
        &["assumed /data/global_rules"],
    ),
];

fn is_there() -> bool {
    let there = Path::new(DATA).is_dir();
    if !there {
        println!("SKIPPED GBFS: {DATA} is not there");
    }
    there
}

fn mapping(name: &str) -> Mapping {
    let schemas = format!("{DATA}/schema");
    let definition = Definition::open(
        format!("{DEFINITIONS}/{name}.toml"),
        Some(Path::new(&schemas)),
    );
    let definition = definition.unwrap_or_else(|flaws| panic!("{name}: {flaws}"));
    Mapping::compile(definition, &Hooks::new()).unwrap_or_else(|flaws| panic!("{name}: {flaws}"))
}

fn fixture(version: &str, name: &str) -> String {
    let path = format!("{DATA}/testFixtures/{version}/{name}.json");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The call of a document: only definitions with texts ask for a language.
fn call(name: &str) -> Call<'static> {
    match name {
        "gbfs_versions" | "station_status" | "free_bike_status" => Call::new(),
        _ => Call::new().context("language", "en"),
    }
}

#[test]
fn each_definition_has_at_most_25_lines() {
    let files = fs::read_dir(DEFINITIONS).unwrap();
    let lines = files.map(|file| {
        let path = file.unwrap().path();
        fs::read_to_string(path).unwrap().lines().count()
    });
    let lines: Vec<usize> = lines.collect();
    assert_eq!(lines.len(), DOCUMENTS.len());
    assert!(lines.iter().all(|lines| *lines <= 25), "{lines:?}");
}

#[test]
fn the_fixtures_of_2_3_upgrade_with_what_is_known() {
    if !is_there() {
        return;
    }
    for (name, _, said) in DOCUMENTS {
        let (mapping, call, old) = (mapping(name), call(name), fixture("v2.3", name));
        let outcome = up(&mapping, &old, &call);
        if name == "system_information" {
            let errors: Vec<_> = outcome.unwrap_err();
            let errors: Vec<_> = errors
                .iter()
                .filter(|one| !one.starts_with("assumed"))
                .collect();
            assert_eq!(errors, said);
            let foretold = mapping.open_ends().iter();
            assert!(foretold.clone().any(|end| {
                end.path() == "data/feed_contact_email" && end.keyword() == "required"
            }));
            continue;
        }
        let (new, found) = outcome.unwrap_or_else(|found| panic!("{name}: {found:?}"));
        assert_eq!(found, said, "{name}");
        accepted(&mapping, Side::To, &new, &call);
        let differences = mapping.compare(old.as_bytes(), new.as_bytes(), &call);
        assert_eq!(differences.unwrap(), [], "{name}");

        // Back again it is the same document, but for what was reported.
        let assumed: Vec<String> = found
            .iter()
            .filter_map(|one| one.strip_prefix("assumed ").map(str::to_owned))
            .collect();
        let (back, _) = down(&mapping, &new, &call.clone().assumed(&assumed)).unwrap();
        accepted(&mapping, Side::From, &back, &call);
        let one = (Side::From, old.as_bytes());
        let differences = mapping.compare_sides(one, (Side::From, back.as_bytes()), &call);
        assert_eq!(differences.unwrap(), [], "{name}");
    }
}

#[test]
fn the_fixtures_of_3_0_downgrade() {
    if !is_there() {
        return;
    }
    let mut converted = 0;
    for (name, newer, _) in DOCUMENTS {
        // 3.0 has no fixture of geofencing_zones.
        if name == "geofencing_zones" {
            continue;
        }
        let (mapping, call) = (mapping(name), call(name));
        let outcome: Outcome = down(&mapping, &fixture("v3.0", newer), &call);
        let (old, found) = outcome.unwrap_or_else(|found| panic!("{name}: {found:?}"));
        for finding in &found {
            // Their times have fractions of a second, which 2.3 can't say, and 2.3 says opening hours elsewhere.
            assert!(
                finding.starts_with("lost ")
                    && (finding.ends_with("last_updated") || finding.ends_with("last_reported"))
                    || finding == "dropped /data/opening_hours",
                "{name}: {finding}"
            );
        }
        accepted(&mapping, Side::From, &old, &call);
        converted += 1;
    }
    assert_eq!(converted, 10);
}

#[test]
fn the_laws_hold_for_each_document() {
    if !is_there() {
        return;
    }
    for (name, ..) in DOCUMENTS {
        laws::check(&mapping(name), cases(60)).unwrap_or_else(|broken| panic!("{name}: {broken}"));
    }
}

fn accepted(mapping: &Mapping, side: Side, document: &str, call: &Call<'_>) {
    let report = mapping.validate(side, document.as_bytes(), call).unwrap();
    assert!(
        report.is_valid(),
        "{}: {report}: {document}",
        mapping.name()
    );
}
