//! What payloads cost: small, typical, as large as v1 takes, and made to hurt; upgraded, validated, and only read.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::hint::black_box;

use common::{all, hostile, parse_only, payload_of, payloads, upgraded};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use cutover::Version;
use cutover::contribution::{self, Upgrader};

fn one(c: &mut Criterion) {
    let upgrader = Upgrader::new();
    let sizes = [("small", 100), ("typical", 234), ("64 KiB", 65_500)];
    let sizes = sizes.map(|(name, bytes)| (name, payload_of(bytes)));
    let mut out = Vec::with_capacity(1 << 18);
    let mut group = c.benchmark_group("one payload");
    for (name, json) in sizes.into_iter().chain(hostile()) {
        assert!(json.len() <= 65_536, "{name}: {} bytes", json.len());
        out.clear();
        let upgraded = upgrader.upgrade(json.as_bytes(), "way/1", &mut out);
        assert_eq!(
            upgraded.is_ok(),
            matches!(name, "small" | "typical" | "64 KiB" | "names" | "brackets")
        );
        if upgraded.is_ok() {
            assert!(contribution::validate(Version::V2, &out).is_valid());
        }
        assert!(parse_only(json.as_bytes()), "{name}");
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_with_input(BenchmarkId::new("read only", name), &json, |b, json| {
            b.iter(|| parse_only(black_box(json.as_bytes())));
        });
        group.bench_with_input(BenchmarkId::new("upgrade", name), &json, |b, json| {
            b.iter(|| {
                out.clear();
                upgrader.upgrade(black_box(json.as_bytes()), "way/1", &mut out)
            });
        });
        group.bench_with_input(BenchmarkId::new("validate v1", name), &json, |b, json| {
            b.iter(|| contribution::validate(Version::V1, black_box(json.as_bytes())));
        });
    }
    group.finish();
}

fn thousand(c: &mut Criterion) {
    let v1 = payloads(1_000);
    let v2 = upgraded(&v1);
    assert!(v2.iter().all(|payload| parse_only(payload)));
    let bytes: usize = v1.iter().map(|(_, json)| json.len()).sum();
    let upgrader = Upgrader::new();
    let mut out = Vec::with_capacity(1 << 13);
    let mut group = c.benchmark_group("1,000 generated payloads");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("read only", |b| {
        b.iter(|| all(&v1, |(_, json)| parse_only(json.as_bytes())));
    });
    group.bench_function("upgrade", |b| {
        b.iter(|| {
            all(&v1, |(id, json)| {
                out.clear();
                upgrader.upgrade(json.as_bytes(), id, &mut out)
            });
        });
    });
    group.bench_function("validate v1", |b| {
        b.iter(|| {
            all(&v1, |(_, json)| {
                contribution::validate(Version::V1, json.as_bytes())
            })
        });
    });
    group.bench_function("validate v2", |b| {
        b.iter(|| all(&v2, |json| contribution::validate(Version::V2, json)));
    });
    group.finish();
}

criterion_group!(benches, one, thousand);
criterion_main!(benches);
