//! GBFS `station_status` of 700 kB, 2.3 to 3.0, with the official schemas and fixture: those are beside the repository.

use std::fs;
use std::path::Path;

use cutover::mapping::{Call, Definition, Hooks, Mapping, Side};
use serde_json::Value;

use crate::feed::{by_serde, by_value, feed};
use crate::table::{Peer, rows as measured};
use crate::{jq, rounds, vector};

const GBFS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/gbfs");
const DEFINITION: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../examples/gbfs/station_status.toml"
);

const JQ: &str = r#"
    .version = "3.0" | .last_updated |= todate | .data.stations[] |= (
        .last_reported |= todate
        | if has("num_bikes_available") then .num_vehicles_available = .num_bikes_available | del(.num_bikes_available) else . end
        | if has("num_bikes_disabled") then .num_vehicles_disabled = .num_bikes_disabled | del(.num_bikes_disabled) else . end)
"#;

const VRL: &str = r#"
    .version = "3.0"
    .last_updated = format_timestamp!(from_unix_timestamp!(.last_updated), "%Y-%m-%dT%H:%M:%SZ")
    .data.stations = map_values(array!(.data.stations)) -> |station| {
        station.last_reported = format_timestamp!(from_unix_timestamp!(station.last_reported), "%Y-%m-%dT%H:%M:%SZ")
        if exists(station.num_bikes_available) { station.num_vehicles_available = del(station.num_bikes_available) }
        if exists(station.num_bikes_disabled) { station.num_vehicles_disabled = del(station.num_bikes_disabled) }
        station
    }
"#;

pub fn rows() {
    let Ok(fixture) = fs::read_to_string(format!("{GBFS}/testFixtures/v2.3/station_status.json"))
    else {
        println!("\nSKIPPED station_status: {GBFS} has no GBFS schemas and fixtures");
        return;
    };
    let schemas = format!("{GBFS}/schema");
    let definition = Definition::open(DEFINITION, Some(Path::new(&schemas))).expect("a definition");
    let mapping = Mapping::compile(definition, &Hooks::new()).expect("no flaws");
    let schema =
        fs::read_to_string(format!("{schemas}/v2.3/station_status.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::draft7::new(&schema).expect("a schema");
    let document = feed(&fixture, 700_000);
    let parsed: Value = serde_json::from_slice(&document).expect("JSON");
    let call = Call::new();
    let (jq, vrl) = (jq::Program::new(JQ), vector::Program::new(VRL));

    let title = format!("GBFS feed of {} bytes", document.len());
    let peers = [
        Peer::new("cutover", None, |input, out| {
            mapping.upgrade(input, &call, out).expect("accepted");
        }),
        Peer::new("`serde_json::Value`", Some(4.0), by_value),
        Peer::new("typed serde", Some(1.5), by_serde),
        Peer::new("VRL", None, |input, out| vrl.run(input, out)),
        Peer::new("jaq", None, |input, out| jq.run(input, out)),
        // At most 2.5 times as long as a reading that keeps nothing.
        Peer::silent("reading the same JSON", Some(0.4), |input| {
            assert!(rounds::parse_only(input))
        }),
    ];
    measured(&title, &document, 1, &peers);

    let peers = [
        Peer::silent("cutover", None, |input| {
            assert!(
                mapping
                    .validate(Side::From, input, &call)
                    .expect("read")
                    .is_valid()
            );
        }),
        Peer::silent("`jsonschema`, its parse counted", Some(5.0), |input| {
            let value: Value = serde_json::from_slice(input).expect("JSON");
            assert!(validator.is_valid(&value));
        }),
        Peer::silent("`jsonschema`, its parse not counted", None, |_| {
            assert!(validator.is_valid(&parsed))
        }),
        Peer::silent("reading the same JSON", None, |input| {
            assert!(rounds::parse_only(input))
        }),
    ];
    measured(&format!("{title}, validated"), &document, 1, &peers);
}
