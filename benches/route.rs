//! What a decision costs: the hash alone, then `route` and `decide`, without pins and with many, on one thread and on two,
//! and while another thread applies rollouts.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{IDS, NAME, all, ids, is_measuring, pinned, plain, router};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use cutover::routing::Seed;
use cutover::{Reason, Request, Router, Share, Version};

/// Pins in a rollout.
const PINS: [usize; 4] = [0, 1_000, 100_000, 1_000_000];

fn check(ids: &[String], router: &Router) {
    let v2 = ids.iter().filter(|id| router.route(id) == Version::V2);
    // 10 % of 1,024 with a standard deviation of 9.6.
    assert!((60..150).contains(&v2.count()));
    let share = Share::ppm(100_000).unwrap();
    for id in ids {
        let decision = router.decide(&Request::new(id));
        assert_eq!(decision.reason(), Reason::Share);
        assert_eq!(decision.version(), router.route(id));
        let in_share = share.contains(Seed::new(NAME).bucket(id));
        assert_eq!(decision.version() == Version::V2, in_share);
    }
}

fn pins(c: &mut Criterion) {
    let ids = ids();
    let mut group = c.benchmark_group("decide");
    group.throughput(Throughput::Elements(IDS as u64));
    let seed = Seed::new(NAME);
    group.bench_function("hash alone", |b| b.iter(|| all(&ids, |id| seed.bucket(id))));
    // A test builds no large ones.
    for pins in PINS
        .into_iter()
        .filter(|pins| *pins <= 1_000 || is_measuring())
    {
        let router = router(pinned(pins));
        check(&ids, &router);
        if pins > 0 {
            let last = format!("user-{}", pins - 1);
            assert_eq!(router.decide(&Request::new(&last)).reason(), Reason::Pinned);
        }
        group.bench_with_input(
            BenchmarkId::new("route, pins", pins),
            &router,
            |b, router| {
                b.iter(|| all(&ids, |id| router.route(id)));
            },
        );
        group.bench_with_input(
            BenchmarkId::new("decide, pins", pins),
            &router,
            |b, router| {
                b.iter(|| all(&ids, |id| router.decide(&Request::new(id))));
            },
        );
    }
    group.finish();
}

/// The time of so many passes on each of so many threads at once.
fn on(threads: usize, passes: u64, work: impl Fn() + Sync) -> Duration {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..passes).for_each(|_| work()));
        }
    });
    start.elapsed()
}

fn contention(c: &mut Criterion) {
    let ids = ids();
    let router = router(plain());
    check(&ids, &router);
    let seed = Seed::new(NAME);
    let mut group = c.benchmark_group("contention");
    group.throughput(Throughput::Elements(IDS as u64));
    for threads in [1, 2] {
        group.bench_function(BenchmarkId::new("hash alone, threads", threads), |b| {
            b.iter_custom(|passes| on(threads, passes, || all(&ids, |id| seed.bucket(id))));
        });
        group.bench_function(BenchmarkId::new("route, threads", threads), |b| {
            b.iter_custom(|passes| on(threads, passes, || all(&ids, |id| router.route(id))));
        });
    }
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                router.apply(plain().build().unwrap()).unwrap();
                thread::sleep(Duration::from_millis(1));
            }
        });
        group.bench_function("route, 1,000 rollouts a second", |b| {
            b.iter(|| all(&ids, |id| router.route(id)));
        });
        done.store(true, Ordering::Relaxed);
    });
    check(&ids, &router);
    group.finish();
}

criterion_group!(benches, pins, contention);
criterion_main!(benches);
