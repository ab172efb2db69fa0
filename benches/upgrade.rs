//! What an upgrade costs against reading the same bytes without understanding them.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use cutover::Version;
use cutover::contribution::{self, Upgrader};
use cutover_testkit::generator::Payloads;
use serde::de::IgnoredAny;

/// Seeded, so that every run and every machine sees the same payloads.
fn payloads(count: usize) -> Vec<(String, String)> {
    Payloads::seeded(42).clean().take(count).collect()
}

fn parse_only(payload: &[u8]) -> bool {
    std::str::from_utf8(payload).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

fn upgrade(c: &mut Criterion) {
    let payloads = payloads(1_000);
    let bytes: usize = payloads.iter().map(|(_, json)| json.len()).sum();
    let upgrader = Upgrader::new();
    let mut out = Vec::with_capacity(1 << 12);
    let mut v2 = Vec::new();
    for (id, json) in &payloads {
        out.clear();
        let report = upgrader.upgrade(json.as_bytes(), id, &mut out).unwrap();
        assert!(report.findings().is_empty(), "{json}: {report:?}");
        assert!(contribution::validate(Version::V2, &out).is_valid());
        assert!(parse_only(json.as_bytes()));
        v2.push(out.clone());
    }

    let mut group = c.benchmark_group("payloads");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("parse only", |b| {
        b.iter(|| {
            payloads
                .iter()
                .filter(|(_, json)| parse_only(black_box(json.as_bytes())))
                .count()
        });
    });
    group.bench_function("upgrade", |b| {
        b.iter(|| {
            for (id, json) in &payloads {
                out.clear();
                black_box(upgrader.upgrade(black_box(json.as_bytes()), id, &mut out)).unwrap();
            }
        });
    });
    group.bench_function("validate v1", |b| {
        b.iter(|| {
            payloads
                .iter()
                .filter(|(_, json)| {
                    contribution::validate(Version::V1, black_box(json.as_bytes())).is_valid()
                })
                .count()
        });
    });
    let bytes: usize = v2.iter().map(Vec::len).sum();
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("parse only v2", |b| {
        b.iter(|| v2.iter().filter(|json| parse_only(black_box(json))).count());
    });
    group.bench_function("validate v2", |b| {
        b.iter(|| {
            v2.iter()
                .filter(|json| contribution::validate(Version::V2, black_box(json)).is_valid())
                .count()
        });
    });
    group.finish();
}

fn sizes(c: &mut Criterion) {
    let mut group = c.benchmark_group("upgrade by size");
    for size in [100usize, 1_000, 10_000, 60_000] {
        let mut json = String::from(r#"{"lat":51.5,"lng":-0.1,"note:en":""#);
        json.push_str(&"a".repeat(size.saturating_sub(json.len() + 2)));
        json.push_str("\"}");
        let mut out = Vec::new();
        contribution::upgrade(json.as_bytes(), "node/1", &mut out).unwrap();
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(json.len()), &json, |b, json| {
            b.iter_batched_ref(
                || Vec::with_capacity(1 << 17),
                |out| contribution::upgrade(black_box(json.as_bytes()), "node/1", out).unwrap(),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, upgrade, sizes);
criterion_main!(benches);
