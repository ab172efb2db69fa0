//! What a scan costs beside serde_json reading the same bytes and keeping nothing.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;

use super::*;

/// The JSON files of a folder of recorded documents; none when the folder is absent.
fn recorded(folder: &str) -> Vec<Vec<u8>> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
    let Ok(files) = std::fs::read_dir(PathBuf::from(data).join(folder)) else {
        println!("SKIPPED {folder}: no such folder");
        return Vec::new();
    };
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// A feed of bicycle stations, 700 kB.
fn stations() -> Vec<u8> {
    let station = |at: u64| {
        format!(
            r#"{{"station_id":"station{at}","is_installed":{},"is_renting":true,"last_reported":{},"num_docks_available":{},"vehicle_docks_available":[{{"vehicle_type_ids":["abc123","def456"],"count":{}}}],"num_bikes_available":{},"vehicle_types_available":[{{"vehicle_type_id":"abc123","count":{}}},{{"vehicle_type_id":"def456","count":{}}}]}}"#,
            at % 5 != 0,
            1_609_866_109 + at * 7,
            at % 11,
            at % 7,
            at % 23,
            at % 4,
            at % 13
        )
    };
    let stations: Vec<String> = (0..2_300).map(station).collect();
    format!(r#"{{"data":{{"stations":[{}]}}}}"#, stations.join(",")).into()
}

fn fastest(documents: &[Vec<u8>], mut read: impl FnMut(&[u8]) -> bool) -> Duration {
    let rounds = (0..50).map(|_| {
        let start = Instant::now();
        assert!(documents.iter().all(|bytes| read(black_box(bytes))));
        start.elapsed()
    });
    rounds.min().unwrap()
}

#[test]
#[ignore = "measures: cargo test --release --lib scan::tests::speed -- --ignored --nocapture"]
fn a_scan_costs_at_most_1_3_times_what_reading_costs() {
    let payloads = cutover_testkit::generator::Payloads::seeded(42).take(1_000);
    let sets = [
        ("GBFS 2.3", recorded("gbfs/testFixtures/v2.3")),
        ("GBFS 3.0", recorded("gbfs/testFixtures/v3.0")),
        ("OpenRTB", recorded("openrtb/requests")),
        ("payloads", payloads.map(|(_, json)| json.into()).collect()),
        ("stations", vec![stations()]),
    ];
    let mut nodes = Vec::new();
    for (name, documents) in sets {
        if documents.is_empty() {
            continue;
        }
        let read = fastest(&documents, |bytes| {
            std::str::from_utf8(bytes)
                .is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
        });
        let scan = fastest(&documents, |bytes| {
            document(bytes, &wide(), &Symbols::default(), &mut nodes).is_ok()
        });
        let ratio = scan.as_secs_f64() / read.as_secs_f64();
        println!("{name}: {scan:?}, {ratio:.2} of {read:?}");
        assert!(ratio <= 1.3, "{name}");
    }
}
