//! Mappings of large documents against what else would do it: GBFS `station_status`, 2.3 to 3.0, as a table.
//!
//! `cargo bench --bench mapping`. The official schemas and fixtures are beside the repository; without them it says SKIPPED.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::cell::RefCell;
use std::fs;
use std::hint::black_box;
use std::time::Instant;

use common::feed::{by_serde, by_value, feed};
use common::{is_measuring, median, parse_only, times};
use cutover::mapping::{Call, Definition, Hooks, Mapping, Side};
use serde_json::{Value, json};

const GBFS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/gbfs");

fn main() {
    let read = |path: &str| fs::read_to_string(format!("{GBFS}/{path}")).ok();
    let (Some(from), Some(to), Some(fixture)) = (
        read("schema/v2.3/station_status.json"),
        read("schema/v3.0/station_status.json"),
        read("testFixtures/v2.3/station_status.json"),
    ) else {
        println!("SKIPPED station_status: {GBFS} has no GBFS schemas and fixtures");
        return;
    };
    let schema = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let definition = json!({
        "name": "station_status",
        "from": {"version": "2.3", "schema": schema(&from)},
        "to": {"version": "3.0", "schema": schema(&to)},
        "rules": {
            "version": {"words": [["2.3", "3.0"]]},
            "last_updated": {"codec": "posix-rfc3339", "lost": "fractions of a second"},
            "data/stations/*/last_reported": {"codec": "posix-rfc3339", "lost": "fractions of a second"},
            "data/stations/*/num_bikes_available": {"to": "./num_vehicles_available"},
            "data/stations/*/num_bikes_disabled": {"to": "./num_vehicles_disabled"},
        },
    })
    .to_string();
    let compile = || {
        let definition = Definition::from_json(&definition).unwrap();
        Mapping::compile(definition, &Hooks::new()).unwrap()
    };
    let mapping = compile();
    for open in mapping.open_ends() {
        println!("open end: {open:?}");
    }
    let rounds = if is_measuring() { 31 } else { 1 };
    large(&mapping, &fixture, schema(&from), rounds);
    linear(&mapping, &fixture, if is_measuring() { 9 } else { 1 });
    let compiled: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            black_box(compile());
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    println!(
        "reading and compiling the definition: {:.2} ms",
        median(compiled)
    );
}

fn large(mapping: &Mapping, fixture: &str, schema: Value, rounds: usize) {
    let feed = feed(fixture, 700_000);
    let call = Call::new();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let value: Value = serde_json::from_slice(&feed).unwrap();
    let out = RefCell::new(Vec::with_capacity(feed.len() * 2));
    // All three write the same.
    let written = |work: &dyn Fn(&mut Vec<u8>)| -> Value {
        let mut out = Vec::new();
        work(&mut out);
        serde_json::from_slice(&out).unwrap()
    };
    let ours = written(&|out| {
        assert!(
            mapping
                .upgrade(&feed, &call, out)
                .unwrap()
                .findings()
                .is_empty()
        )
    });
    assert_eq!(ours, written(&|out| by_value(&feed, out)));
    assert_eq!(ours, written(&|out| by_serde(&feed, out)));
    assert!(
        mapping
            .validate(Side::From, &feed, &call)
            .unwrap()
            .is_valid()
    );
    assert!(validator.is_valid(&value) && parse_only(&feed));
    println!("station_status of {} bytes, ms", feed.len());
    println!("| path | other | ours | ratio | target | |\n|---|---|---|---|---|---|");
    let all = times(
        rounds,
        1,
        &mut [
            &mut || {
                out.borrow_mut().clear();
                let report = mapping.upgrade(black_box(&feed), &call, &mut out.borrow_mut());
                assert!(report.is_ok());
            },
            &mut || {
                out.borrow_mut().clear();
                by_value(black_box(&feed), &mut out.borrow_mut());
            },
            &mut || {
                out.borrow_mut().clear();
                by_serde(black_box(&feed), &mut out.borrow_mut());
            },
            &mut || assert!(parse_only(black_box(&feed))),
            &mut || {
                let report = mapping.validate(Side::From, black_box(&feed), &call);
                assert!(report.is_ok());
            },
            &mut || {
                let value: Value = serde_json::from_slice(black_box(&feed)).unwrap();
                assert!(validator.is_valid(&value));
            },
            &mut || assert!(validator.is_valid(black_box(&value))),
        ],
    );
    let [upgrade, value, serde, parse, validate, parsed, judged] = &all[..] else {
        return;
    };
    faster("upgrade against a `serde_json::Value`", value, upgrade, 4.0);
    faster("upgrade against typed serde", serde, upgrade, 1.5);
    slower("upgrade against reading the same JSON", parse, upgrade, 2.5);
    faster(
        "validation against `jsonschema`, its parse counted",
        parsed,
        validate,
        5.0,
    );
    faster(
        "validation against `jsonschema`, its parse not counted",
        judged,
        validate,
        0.0,
    );
    slower(
        "validation against reading the same JSON",
        parse,
        validate,
        f64::INFINITY,
    );
}

fn faster(path: &str, other: &[f64], ours: &[f64], target: f64) {
    let ratio = ratio(other, ours);
    row(
        path,
        other,
        ours,
        ratio,
        format!("≥ {target}"),
        ratio >= target,
    );
}

fn slower(path: &str, other: &[f64], ours: &[f64], target: f64) {
    let ratio = ratio(ours, other);
    row(
        path,
        other,
        ours,
        ratio,
        format!("≤ {target}"),
        ratio <= target,
    );
}

fn ratio(over: &[f64], under: &[f64]) -> f64 {
    let ratios = over.iter().zip(under).map(|(over, under)| over / under);
    median(ratios.collect())
}

fn row(path: &str, other: &[f64], ours: &[f64], ratio: f64, target: String, met: bool) {
    let ms = |times: &[f64]| median(times.to_vec()) / 1e6;
    let verdict = if met { "met" } else { "**miss**" };
    println!(
        "| {path} | {:.3} | {:.3} | {ratio:.2} | {target} | {verdict} |",
        ms(other),
        ms(ours)
    );
}

/// Time for a byte, of 10 MB against 100 kB.
fn linear(mapping: &Mapping, fixture: &str, rounds: usize) {
    let (small, large) = (feed(fixture, 100_000), feed(fixture, 10_000_000));
    let call = Call::new();
    let out = RefCell::new(Vec::with_capacity(large.len() * 2));
    let run = |feed: &[u8]| {
        out.borrow_mut().clear();
        assert!(mapping.upgrade(feed, &call, &mut out.borrow_mut()).is_ok());
    };
    let all = times(
        rounds,
        1,
        &mut [
            &mut || (0..100).for_each(|_| run(black_box(&small))),
            &mut || run(black_box(&large)),
        ],
    );
    let each = |times: &[f64], bytes: usize| -> Vec<f64> {
        times.iter().map(|time| time / bytes as f64).collect()
    };
    let (small, large) = (each(&all[0], 100 * small.len()), each(&all[1], large.len()));
    println!(
        "upgrade, ns a byte: {:.3} of 100 kB, {:.3} of 10 MB, ratio {:.2}",
        median(small.clone()),
        median(large.clone()),
        ratio(&large, &small)
    );
}
