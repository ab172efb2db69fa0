//! What the benches share: the inputs, the limits that they are measured against, and medians of interleaved rounds.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used
)]

pub mod chart;
pub mod feed;
pub mod flat;
pub mod openrtb;
pub mod rounds;
pub mod value;

use std::hint::black_box;

pub use rounds::{median, medians, parse_only, times};

use cutover::contribution::Upgrader;
use cutover::routing::RolloutBuilder;
use cutover::{Rollout, Router, Version};
use cutover_testkit::generator::Payloads;
use cutover_testkit::rng::Rng;

/// The rollout's name, and so its salt.
pub const NAME: &str = "contribution-form-v2";
/// Ids in a set: 36 KiB of them, no more than a first-level cache holds.
pub const IDS: usize = 1_024;

/// `cargo bench` says so; under `cargo test` a bench asserts its results and measures next to nothing.
pub fn is_measuring() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// UUIDs of 36 characters, the same in every run.
pub fn ids() -> Vec<String> {
    let mut rng = Rng::seeded(7);
    let mut next = || (rng.next_u64(), rng.next_u64());
    let uuid = |(a, b): (u64, u64)| {
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xffff,
            b >> 48,
            b & 0xffff_ffff_ffff
        )
    };
    (0..IDS).map(|_| uuid(next())).collect()
}

/// A tenth of the ids get v2.
pub fn plain() -> RolloutBuilder {
    Rollout::builder(NAME, "10%".parse().unwrap())
}

/// With so many pins, none of them an id of [`ids`].
pub fn pinned(pins: usize) -> RolloutBuilder {
    (0..pins).fold(plain(), |builder, id| {
        builder.pin(format!("user-{id}"), Version::V2)
    })
}

pub fn router(rollout: RolloutBuilder) -> Router {
    Router::builder()
        .env(|_| None)
        .rollout(rollout.build().unwrap())
        .build()
        .unwrap()
}

/// Id and v1 payload, as the generator mixes them: 234 bytes on average, 44 % with a finding.
pub fn payloads(count: usize) -> Vec<(String, String)> {
    Payloads::seeded(42).take(count).collect()
}

/// The same without anything to report.
pub fn clean_payloads(count: usize) -> Vec<(String, String)> {
    Payloads::seeded(42).clean().take(count).collect()
}

/// What [`payloads`] are upgraded to.
pub fn upgraded(payloads: &[(String, String)]) -> Vec<Vec<u8>> {
    let upgrade = |(id, payload): &(String, String)| {
        let mut out = Vec::new();
        let report = Upgrader::new().upgrade(payload.as_bytes(), id, &mut out);
        assert!(report.unwrap().is_valid(), "{payload}");
        assert!(cutover::contribution::validate(Version::V2, &out).is_valid());
        out
    };
    payloads.iter().map(upgrade).collect()
}

/// A v1 payload of about so many bytes: known members, then unknown ones of 60 bytes each, then one long text.
pub fn payload_of(bytes: usize) -> String {
    let mut json = r#"{"lat":51.5074,"lng":-0.1278,"hours":"24/7","fee":0.5"#.to_owned();
    for tag in 0..200 {
        if json.len() + 70 > bytes {
            break;
        }
        json += &format!(r#","x-tag-{tag:03}":"{}""#, "text ".repeat(9));
    }
    let rest = bytes.saturating_sub(json.len() + 11);
    json += &format!(r#","x-rest":"{}"}}"#, "y".repeat(rest));
    json
}

/// A v1 payload of so many members, all but three unknown.
pub fn payload_with(members: usize) -> String {
    let tags = (3..members).map(|tag| format!(r#","x-tag-{tag}":"value""#));
    let tags: String = tags.collect();
    format!(r#"{{"lat":1,"lng":2,"name":"x"{tags}}}"#)
}

/// Payloads that are made to cost time: what a scan has to be linear in.
pub fn hostile() -> Vec<(&'static str, String)> {
    let names = (0..250).map(|n| format!(r#""{}{n}":0"#, "same-beginning-".repeat(8)));
    let names = names.collect::<Vec<_>>().join(",");
    vec![
        ("names", format!(r#"{{"lat":1,"lng":2,{names}}}"#)),
        (
            "escapes",
            format!(
                r#"{{"lat":1,"lng":2,"name":"{}"}}"#,
                r"\ud83d\udebb".repeat(5_000)
            ),
        ),
        (
            "brackets",
            format!(r#"{{"lat":1,"lng":2,"x":[{}0]}}"#, "[],".repeat(20_000)),
        ),
        (
            "digits",
            format!(r#"{{"lat":1,"lng":2,"fee":1e-{}}}"#, "9".repeat(60_000)),
        ),
    ]
}

/// Runs `each` on all of `items`, hidden from the optimiser on both sides.
#[inline(always)]
pub fn all<I, T>(items: &[I], mut each: impl FnMut(&I) -> T) {
    for item in items {
        black_box(&each(black_box(item)));
    }
}
