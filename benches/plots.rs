//! How cost grows: with the size of a payload, its members, the pins of a rollout, the threads that ask.
//!
//! `cargo bench --bench plots` writes target/plots/*.svg, to look at, and with `-- --write` those of `docs/plots`; what large
//! payloads may cost is held by `count`.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::cell::RefCell;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;
use std::{env, fs};

use common::chart::Chart;
use common::{
    IDS, NAME, all, ids, is_measuring, parse_only, payload_of, payload_with, pinned, router, times,
};
use cutover::contribution::{self, Limits, Upgrader};
use cutover::routing::Seed;
use cutover::{Request, Router, Version};

/// Where the plots go, in the project's folder.
const SHOWN: &str = "docs/plots";
const LOOKED_AT: &str = "target/plots";

fn main() {
    let rounds = if is_measuring() { 101 } else { 1 };
    let charts = [
        ("payload-size", sizes(rounds)),
        ("members", members(rounds)),
        ("pins", pins(rounds)),
        ("threads", threads(rounds)),
    ];
    let shown = env::args().any(|argument| argument == "--write");
    let folder = if shown { SHOWN } else { LOOKED_AT };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    for (name, chart) in charts {
        let svg = chart.svg();
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"));
        if is_measuring() {
            fs::create_dir_all(&root).unwrap();
            fs::write(root.join(name).with_extension("svg"), svg).unwrap();
            println!("{folder}/{name}.svg");
        }
    }
}

/// In ns a call. Growth is what is to be seen, and a median has the machine's other work in it.
fn fastest(rounds: usize, calls: usize, subjects: &mut [&mut dyn FnMut()]) -> Vec<f64> {
    let times = times(rounds, calls, subjects).into_iter();
    times
        .map(|times| times.into_iter().fold(f64::MAX, f64::min))
        .collect()
}

/// The fastest times in ns of reading, upgrading and validating a payload.
fn payload(json: &str, rounds: usize) -> [f64; 3] {
    let limits = Limits::V1.with_bytes(1 << 20).with_members(4_096);
    let upgrader = Upgrader::new().limits(limits);
    let calls = (200_000 / json.len()).clamp(1, 1_000);
    let out = RefCell::new(Vec::with_capacity(2 * json.len() + 1_024));
    let upgrade = || {
        out.borrow_mut().clear();
        upgrader.upgrade(json.as_bytes(), "way/1", &mut out.borrow_mut())
    };
    assert!(upgrade().is_ok() && parse_only(json.as_bytes()));
    let repeat: Vec<()> = vec![(); calls];
    let times = fastest(
        rounds,
        calls,
        &mut [
            &mut || all(&repeat, |()| parse_only(json.as_bytes())),
            &mut || all(&repeat, |()| upgrade()),
            &mut || {
                all(&repeat, |()| {
                    contribution::validate_within(Version::V1, json.as_bytes(), &limits)
                });
            },
        ],
    );
    [times[0], times[1], times[2]]
}

fn of_payloads(
    payloads: impl Iterator<Item = (f64, String)>,
    rounds: usize,
) -> Vec<(&'static str, Vec<(f64, f64)>)> {
    let mut series = ["read only", "upgrade", "validate v1"].map(|name| (name, Vec::new()));
    for (x, json) in payloads {
        for ((_, points), time) in series.iter_mut().zip(payload(&json, rounds)) {
            points.push((x, time));
        }
    }
    series.to_vec()
}

fn sizes(rounds: usize) -> Chart {
    let sizes = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 65_536];
    let payloads = sizes.map(payload_of).into_iter();
    Chart {
        title: "Time for a payload, by its size",
        x: "bytes",
        y: "ns, the fastest of 101 rounds",
        series: of_payloads(payloads.map(|json| (json.len() as f64, json)), rounds),
    }
}

fn members(rounds: usize) -> Chart {
    let counts = [4, 8, 16, 32, 64, 128, 256, 1_024, 4_096].into_iter();
    Chart {
        title: "Time for a payload, by its members",
        x: "members, most of them unknown",
        y: "ns, the fastest of 101 rounds",
        series: of_payloads(
            counts.map(|count| (count as f64, payload_with(count))),
            rounds,
        ),
    }
}

fn pins(rounds: usize) -> Chart {
    let ids = ids();
    let counts = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
    // A test builds no large ones.
    let counts: Vec<usize> = counts
        .into_iter()
        .filter(|pins| *pins <= 1_000 || is_measuring())
        .collect();
    let routers: Vec<Router> = counts.iter().map(|pins| router(pinned(*pins))).collect();
    for (pins, router) in counts.iter().zip(&routers) {
        assert_eq!(router.route(format!("user-{}", pins - 1)), Version::V2);
    }
    // All in turn, so that a slow moment of the machine slows them all.
    let route = |router: &Router| all(&ids, |id| router.route(id));
    let decide = |router: &Router| all(&ids, |id| router.decide(&Request::new(id)));
    let works: [&dyn Fn(&Router); 2] = [&route, &decide];
    let mut subjects: Vec<Box<dyn FnMut() + '_>> = Vec::new();
    for work in works {
        for router in &routers {
            subjects.push(Box::new(move || work(router)));
        }
    }
    let none = router(pinned(0));
    subjects.push(Box::new(move || route(&none)));
    let mut subjects: Vec<&mut dyn FnMut()> =
        subjects.iter_mut().map(|s| s.as_mut() as _).collect();
    let mut times = fastest(rounds, IDS, &mut subjects);
    let none = times.pop().unwrap_or_default();
    let points = |times: &[f64]| {
        counts
            .iter()
            .map(|pins| *pins as f64)
            .zip(times.iter().copied())
            .collect()
    };
    let (route, decide) = times.split_at(counts.len());
    Chart {
        title: "Time for a decision on an id without a pin, by the rollout's pins",
        x: "pins",
        y: "ns, the fastest of 101 rounds",
        series: vec![
            ("route", points(route)),
            ("decide", points(decide)),
            ("route, no pins", points(&vec![none; counts.len()])),
        ],
    }
}

fn threads(rounds: usize) -> Chart {
    const PASSES: usize = 200;
    let ids = ids();
    let (bare, seed) = (router(pinned(0)), Seed::new(NAME));
    let with_pins = router(pinned(1_000));
    // In ns, of the slowest thread.
    let time = |threads: usize, work: &(dyn Fn() + Sync)| {
        let barrier = Barrier::new(threads);
        let run = || {
            barrier.wait();
            let start = Instant::now();
            (0..PASSES).for_each(|_| work());
            start.elapsed().as_nanos() as f64
        };
        thread::scope(|scope| {
            let runs: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
            runs.into_iter()
                .fold(0.0, |most, run| run.join().unwrap().max(most))
        })
    };
    let hash = || all(&ids, |id| seed.bucket(id));
    let route = || all(&ids, |id| bare.route(id));
    let pins = || all(&ids, |id| with_pins.route(id));
    let subjects: [(&'static str, &(dyn Fn() + Sync)); 3] = [
        ("hash alone", &hash),
        ("route", &route),
        ("route, 1,000 pins", &pins),
    ];
    let most = thread::available_parallelism()
        .map_or(1, usize::from)
        .max(2);
    let mut fastest = vec![f64::MAX; subjects.len() * most];
    for _ in 0..rounds {
        for (at, fastest) in fastest.iter_mut().enumerate() {
            *fastest = time(at % most + 1, subjects[at / most].1).min(*fastest);
        }
    }
    let series = subjects.iter().zip(fastest.chunks(most));
    let series = series.map(|((name, _), times)| {
        let points = times.iter().zip(1..).map(|(time, threads)| {
            let decisions = (threads * PASSES * IDS) as f64;
            (threads as f64, decisions * 1e3 / time)
        });
        (*name, points.collect())
    });
    Chart {
        title: "Decisions a microsecond, by threads",
        x: "threads",
        y: "decisions a µs, all threads, the fastest round",
        series: series.collect(),
    }
}
