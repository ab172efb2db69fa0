//! What a decision costs: the hash alone, then `route` and `decide` as rollouts grow. Results are asserted before any clock runs.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cutover::routing::{RolloutBuilder, Seed};
use cutover::{Reason, Request, Rollout, Router, Share, Version};

const NAME: &str = "contribution-form-v2";
const IDS: usize = 1_024;

/// UUID-like ids of 36 characters, the same in every run: splitmix64 from a fixed seed.
fn ids() -> Vec<String> {
    let mut state = 0x0123_4567_89ab_cdef_u64;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let uuid = |a: u64, b: u64| {
        let hex = format!("{a:016x}{b:016x}");
        [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-")
    };
    (0..IDS).map(|_| uuid(next(), next())).collect()
}

fn router(rollout: RolloutBuilder) -> Router {
    Router::builder()
        .env(|_| None)
        .rollout(rollout.build().unwrap())
        .build()
        .unwrap()
}

fn plain() -> RolloutBuilder {
    Rollout::builder(NAME, "10%".parse().unwrap())
}

fn pinned() -> RolloutBuilder {
    (0..1_000).fold(plain(), |builder, id| {
        builder.pin(format!("user-{id}"), Version::V2)
    })
}

fn check(ids: &[String], router: &Router) {
    let v2 = ids
        .iter()
        .filter(|id| router.route(id) == Version::V2)
        .count();
    // 10 % of 1,024 with a standard deviation of 9.6.
    assert!((60..150).contains(&v2), "{v2} of {IDS} ids got v2");
    let share = Share::ppm(100_000).unwrap();
    for id in ids {
        let decision = router.decide(&Request::new(id));
        assert_eq!(decision.reason(), Reason::Share);
        assert_eq!(decision.version(), router.route(id));
        assert_eq!(
            decision.version() == Version::V2,
            share.contains(Seed::new(NAME).bucket(id))
        );
    }
}

fn each<T>(ids: &[String], mut decide: impl FnMut(&str) -> T) {
    for id in ids {
        black_box(decide(black_box(id)));
    }
}

fn route(criterion: &mut Criterion) {
    let ids = ids();
    let (plain, pinned) = (router(plain()), router(pinned()));
    check(&ids, &plain);
    check(&ids, &pinned);
    assert_eq!(
        pinned.decide(&Request::new("user-999")).reason(),
        Reason::Pinned
    );
    let braked = router(self::plain());
    braked.brake("bench");
    assert!(ids.iter().all(|id| braked.route(id) == Version::V1));

    let mut group = criterion.benchmark_group("route");
    group.throughput(Throughput::Elements(IDS as u64));
    let seed = Seed::new(NAME);
    group.bench_function("hash alone", |b| {
        b.iter(|| each(&ids, |id| seed.bucket(id)))
    });
    for (name, router) in [
        ("no pins", &plain),
        ("1,000 pins", &pinned),
        ("braked", &braked),
    ] {
        group.bench_function(format!("route, {name}"), |b| {
            b.iter(|| each(&ids, |id| router.route(id)));
        });
        group.bench_function(format!("decide, {name}"), |b| {
            b.iter(|| each(&ids, |id| router.decide(&Request::new(id))));
        });
    }
    group.finish();
}

criterion_group!(benches, route);
criterion_main!(benches);
