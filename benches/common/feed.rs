//! A GBFS feed of any size, and its upgrade from 2.3 to 3.0 by a `serde_json::Value` and by typed serde.

use std::collections::BTreeMap;

use cutover::mapping::{Definition, Hooks, Mapping};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A feed of one station, made up.
pub const SMALL: &str = r#"{"last_updated": 1700000000, "ttl": 60, "version": "2.3", "data": {"stations": [{"station_id": "s",
    "num_bikes_available": 6, "vehicle_types_available": [{"vehicle_type_id": "ebike", "count": 2}], "num_bikes_disabled": 2,
    "num_docks_available": 9, "is_installed": true, "is_renting": true, "is_returning": true, "last_reported": 1699999990}]}}"#;

/// `station_status`, 2.3 to 3.0, with the small schemas in `examples/data/gbfs`.
pub fn mapping() -> Mapping {
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let file = examples.join("gbfs/station_status.toml");
    let definition = Definition::open(file, Some(&examples.join("data/gbfs")));
    Mapping::compile(definition.unwrap(), &Hooks::new()).unwrap()
}

/// The fixture with its stations repeated up to so many bytes, compact, each with an id of its own.
pub fn feed(fixture: &str, bytes: usize) -> Vec<u8> {
    let mut feed: Value = serde_json::from_str(fixture).unwrap();
    let stations = feed["data"]["stations"].as_array().unwrap().clone();
    let (mut all, mut len) = (Vec::new(), 0);
    for (nth, station) in stations.iter().cycle().enumerate() {
        let mut station = station.clone();
        station["station_id"] = format!("TST:Station:{nth}").into();
        len += station.to_string().len() + 1;
        all.push(station);
        if len >= bytes {
            break;
        }
    }
    feed["data"]["stations"] = all.into();
    feed.to_string().into_bytes()
}

fn time(posix: i64) -> String {
    let (days, seconds) = (posix.div_euclid(86_400), posix.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, (month + 2) % 12 + 1);
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

pub fn by_value(feed: &[u8], out: &mut Vec<u8>) {
    let mut feed: Value = serde_json::from_slice(feed).unwrap();
    let in_words = |value: &mut Value| *value = time(value.as_i64().unwrap()).into();
    feed["version"] = "3.0".into();
    in_words(&mut feed["last_updated"]);
    for station in feed["data"]["stations"].as_array_mut().unwrap() {
        in_words(&mut station["last_reported"]);
        let station = station.as_object_mut().unwrap();
        for (from, to) in [
            ("num_bikes_available", "num_vehicles_available"),
            ("num_bikes_disabled", "num_vehicles_disabled"),
        ] {
            if let Some(value) = station.remove(from) {
                station.insert(to.to_owned(), value);
            }
        }
    }
    serde_json::to_writer(out, &feed).unwrap();
}

/// Both versions at once: what differs is named by `alias`, times are read from numbers.
#[derive(Deserialize, Serialize)]
struct Feed {
    #[serde(deserialize_with = "posix")]
    last_updated: String,
    ttl: u64,
    version: String,
    data: Data,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct Data {
    stations: Vec<Station>,
}

#[derive(Deserialize, Serialize)]
struct Station {
    station_id: String,
    #[serde(alias = "num_bikes_available")]
    num_vehicles_available: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle_types_available: Option<Vec<Type>>,
    #[serde(alias = "num_bikes_disabled", skip_serializing_if = "Option::is_none")]
    num_vehicles_disabled: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_docks_available: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_docks_disabled: Option<u64>,
    is_installed: bool,
    is_renting: bool,
    is_returning: bool,
    #[serde(deserialize_with = "posix")]
    last_reported: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle_docks_available: Option<Vec<Docks>>,
}

#[derive(Deserialize, Serialize)]
struct Type {
    vehicle_type_id: String,
    count: u64,
}

#[derive(Deserialize, Serialize)]
struct Docks {
    vehicle_type_ids: Vec<String>,
    count: u64,
}

fn posix<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    i64::deserialize(from).map(time)
}

pub fn by_serde(feed: &[u8], out: &mut Vec<u8>) {
    let mut feed: Feed = serde_json::from_slice(feed).unwrap();
    feed.version = "3.0".to_owned();
    serde_json::to_writer(out, &feed).unwrap();
}
