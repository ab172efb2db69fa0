//! Definitions of others: the shipped examples, and GBFS with its official schemas.

use std::path::{Path, PathBuf};

use super::*;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[cfg(feature = "file")]
#[test]
fn the_examples_have_no_flaws() {
    for path in [
        "tests/mapping/definitions/order.toml",
        "tests/mapping/definitions/library.toml",
        "tests/mapping/definitions/telemetry.toml",
        "examples/cloudevents.toml",
    ] {
        let definition = Definition::open(here(path), None).unwrap();
        let checked = check(&definition, &Images::of(&definition), &|_| true);
        assert!(checked.flaws.is_empty(), "{path}: {}", show(&checked));
    }
}

/// The two schemas of a feed, or nothing when the data aren't here.
fn gbfs(from: &str, to: &str) -> Option<(Value, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/gbfs/schema");
    let read = |name: String| {
        let text = std::fs::read_to_string(Path::new(folder).join(name)).ok()?;
        serde_json::from_str(&text).ok()
    };
    let schemas = read(format!("v2.3/{from}.json")).zip(read(format!("v3.0/{to}.json")));
    if schemas.is_none() {
        println!("SKIPPED GBFS: no schemas in {folder}");
    }
    schemas
}

/// The rules that every feed has.
fn feed(rules: Value) -> Value {
    let mut all = json!({
        "version": { "words": [["2.3", "3.0"]] },
        "last_updated": { "codec": "posix-rfc3339", "lost": "fractions of a second" },
    });
    all.as_object_mut()
        .unwrap()
        .extend(rules.as_object().unwrap().clone());
    all
}

fn localised() -> Value {
    json!({ "pivot": { "where": { "language": "$language" }, "value": "text" }, "lost": "other languages" })
}

fn opens(checked: &Checked, direction: Direction) -> Vec<(&str, &str)> {
    let open = checked
        .open
        .iter()
        .filter(|open| open.direction == direction);
    open.map(|open| (open.path.as_str(), open.keyword.as_str()))
        .collect()
}

/// What breaks the upgrade of valid real feeds: a member that 3.0 requires, and a stricter pattern.
#[test]
fn system_information_lacks_an_address_and_has_loose_numbers() {
    let Some((from, to)) = gbfs("system_information", "system_information") else {
        return;
    };
    let rules = |more: Value| {
        let mut all = feed(json!({
            "data/language": { "to": "data/languages", "list": "to", "lost": "further languages" },
            "data/name": localised(), "data/short_name": localised(), "data/operator": localised(),
            "data/terms_url": localised(), "data/privacy_url": localised(),
        }));
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "rules": all, "added": { "data/opening_hours": { "absent": "24/7", "drop": "2.3 has feeds for it" } } })
    };
    let bare = checked(&from, &to, rules(json!({})));
    let found: Vec<_> = bare
        .flaws
        .iter()
        .map(|flaw| (flaw.code(), flaw.path()))
        .collect();
    let expected = [
        (FlawCode::RequiredWithoutSource, "data/feed_contact_email"),
        (FlawCode::NotAccepted, "data/phone_number"),
    ];
    assert_eq!(found, expected, "{}", show(&bare));
    // The payload that shows it is one that 2.3 accepts.
    let reason = bare.flaws[1].reason();
    assert!(
        reason.contains(r#""phone_number":""#) && reason.contains(r#""language":"aa""#),
        "{reason}"
    );

    let acknowledged = checked(
        &from,
        &to,
        rules(json!({
            "data/feed_contact_email": { "refuse": "3.0 requires it" },
            "data/phone_number": { "refuse": "3.0 wants E.164" },
        })),
    );
    assert!(acknowledged.flaws.is_empty(), "{}", show(&acknowledged));
    let open = opens(&acknowledged, Direction::Up);
    assert!(
        open.contains(&("data/feed_contact_email", "required")),
        "{open:?}"
    );
    assert!(open.contains(&("data/phone_number", "pattern")), "{open:?}");
    assert!(!acknowledged.proved_up);
}

#[test]
fn station_status_is_proved() {
    let Some((from, to)) = gbfs("station_status", "station_status") else {
        return;
    };
    let rules = feed(json!({
        "data/stations/*/num_bikes_available": { "to": "./num_vehicles_available" },
        "data/stations/*/num_bikes_disabled": { "to": "./num_vehicles_disabled" },
        "data/stations/*/last_reported": { "codec": "posix-rfc3339", "lost": "fractions of a second" },
    }));
    let checked = checked(&from, &to, json!({ "rules": rules }));
    assert!(
        checked.flaws.is_empty() && checked.proved_up,
        "{}",
        show(&checked)
    );
    // A time before 2015 has no place in 2.3.
    let down = [
        ("last_updated", "minimum"),
        ("data/stations/*/last_reported", "minimum"),
    ];
    let found = opens(&checked, Direction::Down);
    assert!(
        found.len() == 2 && down.iter().all(|open| found.contains(open)),
        "{found:?}"
    );
}

/// A combination that no rule touches holds as it did.
#[test]
fn vehicles_are_proved_in_spite_of_their_any_of() {
    let Some((from, to)) = gbfs("free_bike_status", "vehicle_status") else {
        return;
    };
    let rules = feed(json!({
        "data/bikes": { "to": "data/vehicles" },
        "data/bikes/*/bike_id": { "to": "./vehicle_id" },
        "data/bikes/*/last_reported": { "codec": "posix-rfc3339", "lost": "fractions of a second" },
    }));
    let sound = checked(&from, &to, json!({ "rules": rules }));
    assert!(
        sound.flaws.is_empty() && sound.proved_up,
        "{}",
        show(&sound)
    );

    // One that a rule touches is open.
    let mut touched = feed(json!({
        "data/bikes": { "to": "data/vehicles" },
        "data/bikes/*/bike_id": { "to": "./vehicle_id" },
        "data/bikes/*/last_reported": { "codec": "posix-rfc3339", "lost": "fractions of a second" },
    }));
    touched["data/bikes/*/lat"] = json!({ "codec": "integer", "refuse": "whole degrees" });
    let open = checked(&from, &to, json!({ "rules": touched }));
    assert!(
        !open.proved_up
            && opens(&open, Direction::Up)
                .iter()
                .any(|(_, keyword)| *keyword == "anyOf"),
        "{}",
        show(&open)
    );
}

/// `scooter` and `scooter_standing` fall together.
#[test]
fn the_scooters_are_two_words_with_one_image() {
    let Some((from, to)) = gbfs("vehicle_types", "vehicle_types") else {
        return;
    };
    let rules = feed(json!({
        "data/vehicle_types/*/name": localised(), "data/vehicle_types/*/make": localised(), "data/vehicle_types/*/model": localised(),
        "data/vehicle_types/*/form_factor": { "words": [["scooter", "scooter_standing"]] },
    }));
    let checked = checked(&from, &to, json!({ "rules": rules }));
    assert_eq!(
        codes(&checked),
        [FlawCode::WordsNotOneToOne],
        "{}",
        show(&checked)
    );
    assert!(checked.flaws[0].path() == "data/vehicle_types/*/form_factor");
}
