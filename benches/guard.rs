//! What recording costs a request: a success, an error, both with the decision, on one thread and on two; and a look of the
//! guard. Results are asserted before any clock runs.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use cutover::migration::{Action, Bet, Guard, Kept, Outcome};
use cutover::{Clock, Decision, ManualClock, Request, Rollout, Router, Version};

const IDS: usize = 1_024;
const LATENCY: Duration = Duration::from_micros(1_234);

struct World {
    router: Router,
    guard: Guard,
    clock: Arc<ManualClock>,
    ids: Vec<String>,
    decisions: Vec<Decision>,
}

fn world() -> World {
    let rollout = Rollout::builder("contribution-form-v2", "10%".parse().unwrap())
        .build()
        .unwrap();
    let router = Router::builder()
        .env(|_| None)
        .rollout(rollout)
        .build()
        .unwrap();
    // The clock stands, so that every request is evidence and no look takes any in.
    let clock = Arc::new(ManualClock::new());
    let guard = Guard::builder()
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .kept(Kept::default(), |_| Ok(()))
        .build()
        .unwrap();
    assert_eq!(guard.step(&router).action, Action::Hold);
    let ids: Vec<String> = (0..IDS)
        .map(|n| format!("c56a4180-65aa-42ec-a945-{n:012}"))
        .collect();
    let decisions = ids
        .iter()
        .map(|id| router.decide(&Request::new(id)))
        .collect();
    World {
        router,
        guard,
        clock,
        ids,
        decisions,
    }
}

/// Records every id once with this outcome.
fn record(world: &World, outcome: Outcome, rounds: u64) {
    let started = world.clock.now();
    for n in 0..rounds as usize {
        let (decision, id) = (&world.decisions[n % IDS], &world.ids[n % IDS]);
        world
            .guard
            .outcomes()
            .record(black_box(decision), id, outcome, started, LATENCY);
    }
}

fn decide_and_record(world: &World, rounds: u64) {
    let started = world.clock.now();
    for n in 0..rounds as usize {
        let id = &world.ids[n % IDS];
        let decision = world.router.decide(&Request::new(black_box(id)));
        world
            .guard
            .outcomes()
            .record(&decision, id, Outcome::Accepted, started, LATENCY);
    }
}

fn counts_what_it_should() {
    let world = world();
    record(&world, Outcome::Accepted, 2 * IDS as u64);
    record(&world, Outcome::Failed, 2 * IDS as u64);
    decide_and_record(&world, IDS as u64);
    let seen = world.guard.outcomes().snapshot();
    assert_eq!(
        seen.requests(Version::V1) + seen.requests(Version::V2),
        5 * IDS as u64
    );
    assert_eq!(
        seen.errors(Version::V1) + seen.errors(Version::V2),
        2 * IDS as u64
    );
    world.clock.advance(Duration::from_secs(6));
    let verdict = world.guard.evaluate();
    let counted = verdict.bet(Bet::Failure).unwrap().errors;
    assert!(counted.v1 + counted.v2 <= IDS as u64 && counted.v1 + counted.v2 > 9 * IDS as u64 / 10);
}

/// A guard whose bets have as many windows as they can have, and a clock that goes on a second a look.
fn with_many_windows() -> World {
    let world = world();
    let outcomes = world.guard.outcomes();
    let one = |id: String, outcome, latency| {
        let decision = world.router.decide(&Request::new(&id));
        outcomes.record(&decision, &id, outcome, world.clock.now(), latency);
    };
    // What is slow is learned from v1.
    (0..2_000).for_each(|n| one(format!("v1-{n}"), Outcome::Accepted, LATENCY));
    for _ in 0..7 {
        world.clock.advance(Duration::from_secs(1));
        assert_ne!(world.guard.evaluate().action, Action::RollBack);
    }
    // A window is followed when its 64 errors are taken in, six seconds later.
    for second in 0..1_850_u64 {
        for n in 0..70_u64 {
            one(format!("{second}-{n}"), Outcome::Failed, 10 * LATENCY);
        }
        world.clock.advance(Duration::from_secs(1));
        assert_ne!(world.guard.evaluate().action, Action::RollBack);
    }
    for bet in [Bet::Error, Bet::Failure, Bet::Slow] {
        let verdict = world.guard.verdict();
        assert_eq!(verdict.bet(bet).unwrap().open_windows, 256, "{bet}");
    }
    world
}

/// The time of all threads doing so many rounds each, so that a figure is the time per request and thread.
fn on(threads: usize, world: &World, rounds: u64, work: impl Fn(&World, u64) + Sync) -> Duration {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(world, rounds));
        }
    });
    start.elapsed()
}

fn benches(criterion: &mut Criterion) {
    counts_what_it_should();
    for threads in [1, 2] {
        let mut group = criterion.benchmark_group(format!("record/{threads}"));
        let world = world();
        group.bench_function("success", |b| {
            b.iter_custom(|rounds| {
                on(threads, &world, rounds, |w, n| {
                    record(w, Outcome::Accepted, n)
                })
            });
        });
        group.bench_function("failure", |b| {
            b.iter_custom(|rounds| {
                on(threads, &world, rounds, |w, n| {
                    record(w, Outcome::Failed, n)
                })
            });
        });
        group.bench_function("decide and success", |b| {
            b.iter_custom(|rounds| on(threads, &world, rounds, decide_and_record));
        });
        group.finish();
    }
    let world = with_many_windows();
    criterion.bench_function("look, 256 windows of each bet", |b| {
        b.iter_custom(|looks| {
            let look = |_| {
                world.clock.advance(Duration::from_secs(1));
                record(&world, Outcome::Failed, 64);
                let start = Instant::now();
                black_box(world.guard.evaluate());
                start.elapsed()
            };
            (0..looks).map(look).sum()
        })
    });
}

criterion_group!(guard, benches);
criterion_main!(guard);
