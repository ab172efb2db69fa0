//! What every promise of speed comes to on this machine, each against its bound in the same run, as a table.
//!
//! `cargo bench --bench table --bench count`: this one has the times, the other instructions and allocations. Results are
//! asserted before any clock runs. A row that misses is named a miss; nothing fails, because a time is not a test.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use common::value::ByValue;
use common::{IDS, NAME, all, ids, is_measuring, parse_only, pinned, plain, router, times};
use crossbeam_utils::CachePadded;
use cutover::contribution::{self, Upgrader};
use cutover::migration::{Guard, Outcome};
use cutover::routing::Seed;
use cutover::{Clock, ManualClock, Reason, Request, Router, Version};
use xxhash_rust::xxh3::xxh3_64_with_seed;

fn main() {
    let rounds = if is_measuring() { 301 } else { 1 };
    println!("| path | bound | ours | ratio | target | stretch | |");
    println!("|---|---|---|---|---|---|---|");
    routes(rounds);
    threads(if is_measuring() { 41 } else { 1 });
    payloads(rounds);
    records(rounds);
}

/// One row: times in ns by round, and how many times the bound ours may take. The ratio is the median of the rounds' own:
/// the machine may have changed its pace between them.
fn row(path: &str, bound: &[f64], ours: &[f64], target: f64, stretch: f64) {
    let ratio = ratio(ours, bound);
    let verdict = match () {
        () if ratio <= stretch => "stretch",
        () if ratio <= target => "met",
        () => "**miss**",
    };
    print(path, bound, ours, ratio, '≤', (target, stretch), verdict);
}

/// A row where more is better: how many times as long the other takes.
fn row_faster(path: &str, slow: &[f64], ours: &[f64], target: f64, stretch: f64) {
    let ratio = ratio(slow, ours);
    let verdict = match () {
        () if ratio >= stretch => "stretch",
        () if ratio >= target => "met",
        () => "**miss**",
    };
    print(path, slow, ours, ratio, '≥', (target, stretch), verdict);
}

fn ratio(over: &[f64], under: &[f64]) -> f64 {
    common::median(
        over.iter()
            .zip(under)
            .map(|(over, under)| over / under)
            .collect(),
    )
}

fn print(
    path: &str,
    bound: &[f64],
    ours: &[f64],
    ratio: f64,
    sign: char,
    (target, stretch): (f64, f64),
    verdict: &str,
) {
    let (bound, ours) = (
        common::median(bound.to_vec()),
        common::median(ours.to_vec()),
    );
    println!(
        "| {path} | {bound:.1} | {ours:.1} | {ratio:.2} | {sign} {target} | {sign} {stretch} | {verdict} |"
    );
}

fn routes(rounds: usize) {
    let ids = ids();
    let (bare, with_pins) = (router(plain()), router(pinned(1_000)));
    let seed = xxh3_64_with_seed(NAME.as_bytes(), 0);
    for id in &ids {
        let decision = bare.decide(&Request::new(id));
        assert_eq!(decision.reason(), Reason::Share);
        assert_eq!(decision.version(), bare.route(id));
        assert_eq!(decision.version(), with_pins.route(id));
        assert_eq!(decision.bucket(), Seed::new(NAME).bucket(id));
    }
    assert_eq!(with_pins.route("user-999"), Version::V2);
    let times = times(
        rounds,
        IDS,
        &mut [
            &mut || all(&ids, |id| xxh3_64_with_seed(id.as_bytes(), seed)),
            &mut || all(&ids, |id| bare.route(id)),
            &mut || all(&ids, |id| with_pins.route(id)),
            &mut || all(&ids, |id| bare.decide(&Request::new(id))),
        ],
    );
    let [hash, route, pins, decide] = &times[..] else {
        return;
    };
    row(
        "`route`, no pins, against the hash alone",
        hash,
        route,
        1.35,
        1.25,
    );
    row("`route`, 1,000 pins, against none", route, pins, 2.7, 1.7);
    row("`decide` against `route`", route, decide, 2.0, 1.5);
}

/// The time of one pass over the ids, on each of so many threads at once.
fn on(threads: usize, work: impl Fn() + Sync) -> f64 {
    const PASSES: usize = 200;
    let start = Barrier::new(threads);
    let run = || {
        start.wait();
        let begin = Instant::now();
        (0..PASSES).for_each(|_| work());
        begin.elapsed().as_nanos() as f64 / (PASSES * IDS) as f64
    };
    thread::scope(|scope| {
        let runs: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let times = runs.into_iter().map(|run| run.join().unwrap());
        times.fold(0.0, f64::max)
    })
}

fn threads(rounds: usize) {
    let ids = ids();
    let router = router(plain());
    let seed = xxh3_64_with_seed(NAME.as_bytes(), 0);
    let hash = || all(&ids, |id| xxh3_64_with_seed(id.as_bytes(), seed));
    let route = || all(&ids, |id| router.route(id));
    let (mut hash_gains, mut route_gains) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        hash_gains.push(2.0 * on(1, hash) / on(2, hash));
        route_gains.push(2.0 * on(1, route) / on(2, route));
    }
    let path = "two threads against one: how much more they get done, of what the hash gains";
    row_faster(path, &route_gains, &hash_gains, 0.95, 1.0);

    let (quiet, busy): (Vec<f64>, Vec<f64>) = (0..rounds)
        .map(|_| (p50(&router, &ids, false), p50(&router, &ids, true)))
        .unzip();
    let path = "`route` while 1,000 rollouts a second are applied, p50";
    row(path, &quiet, &busy, 1.1, 1.05);
}

/// The median of batches of 64 decisions, with or without another thread that applies rollouts all the time.
fn p50(router: &Router, ids: &[String], writing: bool) -> f64 {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        if writing {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    router.apply(plain().build().unwrap()).unwrap();
                    thread::sleep(Duration::from_millis(1));
                }
            });
        }
        let mut times = Vec::new();
        for _ in 0..if is_measuring() { 500 } else { 1 } {
            for batch in ids.chunks(64) {
                let start = Instant::now();
                all(batch, |id| router.route(id));
                times.push(start.elapsed().as_nanos() as f64 / 64.0);
            }
        }
        done.store(true, Ordering::Relaxed);
        common::median(times)
    })
}

fn payloads(rounds: usize) {
    const COUNT: usize = 1_000;
    let v1 = common::payloads(COUNT);
    let v2 = common::upgraded(&v1);
    let upgrader = Upgrader::new();
    let by_value = ByValue::new(readable_hours(&v1));
    for ((id, payload), ours) in v1.iter().zip(&v2) {
        assert!(parse_only(payload.as_bytes()) && parse_only(ours));
        assert_same(&by_value, id, payload, ours);
    }
    let out = RefCell::new(Vec::with_capacity(1 << 13));
    let times = times(
        rounds,
        COUNT,
        &mut [
            &mut || all(&v1, |(_, payload)| parse_only(payload.as_bytes())),
            &mut || {
                all(&v1, |(id, payload)| {
                    out.borrow_mut().clear();
                    upgrader.upgrade(payload.as_bytes(), id, &mut out.borrow_mut())
                });
            },
            &mut || {
                all(&v1, |(id, payload)| {
                    out.borrow_mut().clear();
                    by_value.upgrade(payload.as_bytes(), id, &mut out.borrow_mut())
                });
            },
            &mut || all(&v2, |payload| parse_only(payload)),
            &mut || all(&v2, |payload| contribution::validate(Version::V2, payload)),
        ],
    );
    let [parse, upgrade, value, parse_v2, validate] = &times[..] else {
        return;
    };
    row(
        "`upgrade` against reading the same JSON",
        parse,
        upgrade,
        2.5,
        2.0,
    );
    row_faster(
        "`upgrade` against a `serde_json::Value`",
        value,
        upgrade,
        4.0,
        6.0,
    );
    row(
        "`validate` v2 against reading the same JSON",
        parse_v2,
        validate,
        2.2,
        1.8,
    );
}

/// The texts that the crate has no warning for, for the version that has no grammar.
fn readable_hours(payloads: &[(String, String)]) -> HashSet<String> {
    let mut readable = HashSet::from(["sunrise-sunset".to_owned(), "Mo-Fr 09:00-17:00".to_owned()]);
    for (_, payload) in payloads {
        let json: serde_json::Value = serde_json::from_str(payload).unwrap();
        for name in ["hours", "opening_hours"] {
            let report = contribution::validate(Version::V1, payload.as_bytes());
            let warned = report
                .findings()
                .iter()
                .any(|finding| finding.path()[1..] == *name);
            if let (Some(text), false) = (json[name].as_str(), warned) {
                readable.insert(text.trim().to_owned());
            }
        }
    }
    readable
}

/// The comparison is between equals: the same findings, and the same record but for order and the text of numbers.
fn assert_same(by_value: &ByValue, id: &str, payload: &str, ours: &[u8]) {
    let mut out = Vec::new();
    let mut found = by_value.upgrade(payload.as_bytes(), id, &mut out).unwrap();
    let report = contribution::validate(Version::V1, payload.as_bytes());
    let findings = report.findings().iter();
    let mut expected: Vec<_> = findings
        .map(|finding| (finding.code().as_str(), finding.path().to_owned()))
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{payload}");
    let read = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).unwrap();
    assert_eq!(read(&out), read(ours), "{payload}");
}

fn records(rounds: usize) {
    let (ids, router) = (ids(), router(plain()));
    let clock = ManualClock::new();
    // The clock stands, so that every request is evidence.
    let (started, latency) = (clock.now(), Duration::from_millis(3));
    let guard = Guard::builder().clock(Arc::new(clock)).build().unwrap();
    guard.step(&router);
    let requests = ids.iter().map(|id| {
        let decision = router.decide(&Request::new(id));
        (id, decision, started, latency)
    });
    let requests: Vec<_> = requests.collect();
    let (outcomes, outcome) = (guard.outcomes(), Outcome::Accepted);
    let record = || {
        all(&requests, |(id, decision, started, latency)| {
            outcomes.record(decision, id, outcome, *started, *latency)
        });
    };
    record();
    let seen = outcomes.snapshot().randomised();
    assert_eq!(
        seen.requests(Version::V1) + seen.requests(Version::V2),
        IDS as u64
    );
    let counter = CachePadded::new(AtomicU64::new(0));
    let times = times(
        rounds,
        IDS,
        &mut [
            &mut || all(&ids, |_| counter.fetch_add(1, Ordering::Relaxed)),
            &mut || record(),
        ],
    );
    let path = "`record` of a success, against one relaxed `fetch_add`";
    row(path, &times[0], &times[1], 1.5, 1.25);
}
