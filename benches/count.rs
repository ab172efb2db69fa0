//! Instructions and allocations a call: what a regression shows in without a clock.
//!
//! `cargo bench --bench count` runs each path under callgrind, when valgrind is there, and compares with
//! `benches/instructions.tsv`: more than 20 % above it fails, as do a path that it does not have and any allocation.
//! `-- --write` writes the file anew.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use common::{IDS, NAME, all, feed, ids, is_measuring, openrtb, parse_only, pinned, plain, router};
use cutover::contribution::{self, Upgrader};
use cutover::mapping::{Call, Mapping, Side};
use cutover::migration::{Guard, Outcome};
use cutover::routing::Seed;
use cutover::{Clock, ManualClock, Request, Version};

/// What the counts are compared with: `path`, a tab, instructions a call.
const KNOWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.tsv");
/// Calls of a path in a pass; ids and payloads are as many.
const CALLS: usize = IDS;
/// Promised at most, and hoped for; of the paths that have a promise in instructions.
const TARGETS: [(&str, u64, u64); 3] = [
    ("route", 100, 100),
    ("upgrade", 7_000, 5_500),
    ("mapping, flat upgrade", 7_000, 5_000),
];
/// Paths that may allocate: the bound, payloads that there is something to report of, and those of more than 32 members.
const MAY_ALLOCATE: [&str; 7] = [
    "mapping, flat upgrade, stand-ins",
    "mapping, flat parse",
    "parse",
    "parse v2",
    "upgrade",
    "upgrade, 64 KiB",
    "upgrade, 250 members",
];

type Path = (&'static str, Box<dyn FnMut()>);

/// Every path, ready to be run.
fn paths() -> Vec<Path> {
    let seed = Seed::new(NAME);
    let route = |rollout| {
        let (ids, router) = (ids(), router(rollout));
        Box::new(move || all(&ids, |id| router.route(id)))
    };
    let decide = |rollout| {
        let (ids, router) = (ids(), router(rollout));
        Box::new(move || all(&ids, |id| router.decide(&Request::new(id))))
    };
    let upgrade = |payloads: Vec<(String, String)>| {
        let mut out = Vec::with_capacity(1 << 13);
        let upgrader = Upgrader::new();
        Box::new(move || {
            all(&payloads, |(id, payload)| {
                out.clear();
                upgrader.upgrade(payload.as_bytes(), id, &mut out)
            });
        })
    };
    let large = |json: String| {
        let mut out = Vec::with_capacity(1 << 18);
        let upgrader = Upgrader::new();
        Box::new(move || {
            for _ in 0..CALLS {
                out.clear();
                let upgraded = upgrader.upgrade(black_box(json.as_bytes()), "way/1", &mut out);
                assert!(upgraded.is_ok());
            }
        })
    };
    let record = || {
        let (ids, router) = (ids(), router(plain()));
        let clock = ManualClock::new();
        // The clock stands, so that every request is evidence.
        let (started, latency) = (clock.now(), Duration::from_millis(3));
        let guard = Guard::builder().clock(Arc::new(clock)).build().unwrap();
        guard.step(&router);
        let requests = ids.into_iter().map(|id| {
            let decision = router.decide(&Request::new(&id));
            (id, decision, started, latency)
        });
        let requests: Vec<_> = requests.collect();
        let outcome = Outcome::Accepted;
        Box::new(move || {
            let outcomes = guard.outcomes();
            all(&requests, |(id, decision, started, latency)| {
                outcomes.record(decision, id, outcome, *started, *latency)
            });
        })
    };
    let flat = |work: fn(&Mapping, &[u8], &Call<'_>, &mut Vec<u8>), side, call: Call<'static>| {
        let mapping = common::flat::mapping();
        let mut payloads = common::flat::payloads(&mapping, CALLS);
        if side == Side::To {
            payloads = common::flat::upgraded(&mapping, &payloads);
        }
        let mut out = Vec::with_capacity(1 << 13);
        Box::new(move || {
            all(&payloads, |payload| {
                out.clear();
                work(&mapping, payload, &call, &mut out);
            });
        })
    };
    let (quiet, loud) = (common::flat::quiet, Call::new);
    let flat_upgrade = |mapping: &Mapping, payload: &[u8], call: &Call<'_>, out: &mut Vec<u8>| {
        assert!(mapping.upgrade(payload, call, out).is_ok());
    };
    let converted = |mapping: Mapping, side, document: Vec<u8>| {
        let mut out = Vec::with_capacity(1 << 16);
        Box::new(move || {
            for _ in 0..CALLS {
                out.clear();
                let (document, call) = (black_box(&document[..]), Call::new());
                let report = match side {
                    Side::From => mapping.upgrade(document, &call, &mut out),
                    _ => mapping.downgrade(document, &call, &mut out),
                };
                assert!(report.is_ok());
            }
        })
    };
    let request = openrtb::request(1).into_bytes();
    let mut newer = Vec::new();
    openrtb::by_value(&request, &mut newer);
    let stations = feed::feed(feed::SMALL, 10_000);
    let v1 = common::payloads(CALLS);
    let v2 = common::upgraded(&v1);
    let flat_payloads = common::flat::payloads(&common::flat::mapping(), CALLS);
    let clean_v2 = common::upgraded(&common::clean_payloads(CALLS));
    let all_ids = ids();
    vec![
        (
            "hash",
            Box::new(move || all(&all_ids, |id| seed.bucket(id))),
        ),
        ("route", route(plain())),
        ("route, 1000 pins", route(pinned(1_000))),
        ("decide", decide(plain())),
        ("decide, 1000 pins", decide(pinned(1_000))),
        ("record", record()),
        (
            "parse",
            Box::new(move || all(&v1, |(_, payload)| parse_only(payload.as_bytes()))),
        ),
        ("upgrade", upgrade(common::payloads(CALLS))),
        (
            "upgrade, nothing to report",
            upgrade(common::clean_payloads(CALLS)),
        ),
        ("upgrade, 64 KiB", large(common::payload_of(65_500))),
        ("upgrade, 250 members", large(common::payload_with(250))),
        (
            "mapping, flat upgrade",
            flat(flat_upgrade, Side::From, quiet()),
        ),
        (
            "mapping, flat upgrade, stand-ins",
            flat(flat_upgrade, Side::From, loud()),
        ),
        (
            "mapping, flat downgrade",
            flat(
                |mapping, payload, call, out| {
                    assert!(mapping.downgrade(payload, call, out).is_ok());
                },
                Side::To,
                quiet(),
            ),
        ),
        (
            "mapping, flat validate",
            flat(
                |mapping, payload, call, _| {
                    assert!(mapping.validate(Side::From, payload, call).is_ok());
                },
                Side::From,
                quiet(),
            ),
        ),
        (
            "mapping, flat parse",
            Box::new(move || all(&flat_payloads, |payload| parse_only(payload))),
        ),
        (
            "mapping, OpenRTB upgrade",
            converted(openrtb::mapping(), Side::From, request),
        ),
        (
            "mapping, OpenRTB downgrade",
            converted(openrtb::mapping(), Side::To, newer),
        ),
        (
            "mapping, GBFS upgrade of 10 kB",
            converted(feed::mapping(), Side::From, stations),
        ),
        (
            "parse v2",
            Box::new(move || all(&v2, |payload| parse_only(payload))),
        ),
        (
            "validate v2, nothing to report",
            Box::new(move || {
                all(&clean_v2, |payload| {
                    contribution::validate(Version::V2, payload)
                });
            }),
        ),
    ]
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    if let [_, only, path, passes] = &arguments[..] {
        if only == "--only" {
            run(path, passes.parse().expect("passes are a number"));
            return ExitCode::SUCCESS;
        }
    }
    let mut good = allocations();
    if !is_measuring() {
        println!("instructions are counted by `cargo bench --bench count`");
    } else if Command::new("valgrind").arg("--version").output().is_err() {
        println!("SKIPPED instructions: install valgrind to count them");
    } else {
        good &= instructions(arguments.iter().any(|argument| argument == "--write"));
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run(path: &str, passes: usize) {
    for (name, mut work) in paths() {
        if name == path {
            (0..passes).for_each(|_| work());
        }
    }
}

/// Whether nothing allocates that must not. The first pass is the warm-up.
fn allocations() -> bool {
    println!("| path | allocations a call | |\n|---|---|---|");
    let mut good = true;
    for (name, mut work) in paths() {
        work();
        let count = allocation_counter::measure(&mut work).count_total;
        let verdict = match count {
            _ if MAY_ALLOCATE.contains(&name) => "",
            0 => "stretch",
            _ => "**miss**",
        };
        good &= verdict != "**miss**";
        println!(
            "| {name} | {:.3} | {verdict} |",
            count as f64 / CALLS as f64
        );
    }
    good
}

/// Whether no path takes 20 % more instructions than it is known to.
fn instructions(write: bool) -> bool {
    let known: BTreeMap<String, u64> = fs::read_to_string(KNOWN)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(path, count)| (path.to_owned(), count.parse().expect("counts are numbers")))
        .collect();
    println!(
        "\n| path | instructions a call | known | target | stretch | |\n|---|---|---|---|---|---|"
    );
    let (mut good, mut table) = (true, String::new());
    for (path, _) in paths() {
        let count = count(path);
        let _ = writeln!(table, "{path}\t{count}");
        let before = known.get(path).copied();
        let regressed = before.is_some_and(|before| count * 5 > before * 6);
        good &= before.is_some() && !regressed;
        let target = TARGETS.iter().find(|(name, ..)| *name == path);
        let verdict = match target {
            _ if regressed => "**20 % more than known**",
            _ if before.is_none() => "**not known: `-- --write`**",
            Some((_, _, stretch)) if count <= *stretch => "stretch",
            Some((_, target, _)) if count <= *target => "met",
            Some(_) => "**miss**",
            None => "",
        };
        let cell = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
        println!(
            "| {path} | {count} | {} | {} | {} | {verdict} |",
            cell(before),
            cell(target.map(|target| target.1)),
            cell(target.map(|target| target.2)),
        );
    }
    if write {
        fs::write(KNOWN, table).expect("benches/instructions.tsv can be written");
        return true;
    }
    good
}

/// The difference between one pass and three: what comes before and after cancels out.
fn count(path: &str) -> u64 {
    let collected = |passes: &str| -> u64 {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(env::current_exe().expect("this program has a path"))
            .args(["--only", path, passes])
            .output()
            .expect("valgrind runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text.lines().find(|line| line.contains("Collected :"));
        let count = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
        count.unwrap_or_else(|| panic!("callgrind says what it collected, not: {text}"))
    };
    (collected("3") - collected("1")) / (2 * CALLS as u64)
}
