//! The shipped router and guard on loom's atomics, over every interleaving: `RUSTFLAGS="--cfg loom" cargo test --release --test loom`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(loom)]

use cutover::routing::RolloutBuilder;
use cutover::{Decision, Reason, Request, Rollout, Router, Share, Version};
use loom::sync::Arc;
use loom::thread;

use Version::{V1, V2};

fn rollout(revision: u32, percent: u32) -> RolloutBuilder {
    Rollout::builder("n", Share::ppm(percent * 10_000).unwrap()).revision(revision)
}

fn router(rollout: RolloutBuilder) -> Arc<Router> {
    let router = Router::builder()
        .env(|_| None)
        .rollout(rollout.build().unwrap());
    Arc::new(router.build().unwrap())
}

/// Whoever has seen a document sees no older one, whichever ids are asked for: one of them is pinned, which the snapshot
/// says, and the other is not, which the filter beside the word says.
#[test]
fn a_reader_never_goes_back_to_an_older_document() {
    loom::model(|| {
        let router = router(rollout(1, 0).pin("a", V2));
        let writer = {
            let router = Arc::clone(&router);
            thread::spawn(move || {
                router
                    .apply(rollout(2, 0).pin("a", V2).build().unwrap())
                    .unwrap();
            })
        };
        let [a, b] = ["a", "b"].map(|id| router.decide(&Request::new(id)));
        assert_eq!((a.reason(), b.reason()), (Reason::Pinned, Reason::Share));
        assert!(
            a.revision() <= b.revision(),
            "a reader went back in time: {a:?} {b:?}"
        );
        writer.join().unwrap();
        assert_eq!(router.decide(&Request::new("b")).revision(), 2);
    });
}

fn decide(router: &Router) -> Decision {
    router.decide(&Request::new("a"))
}

/// What a reader sees of a document and the brake: enough to tell every state of these tests from every other.
fn seen(decision: Decision) -> (u32, u32, Version, Reason) {
    let percent = decision.share().as_ppm() / 10_000;
    (
        decision.revision(),
        percent,
        decision.version(),
        decision.reason(),
    )
}

/// Brake and share are one store: a document that raises the share while it releases the brake is never seen half.
#[test]
fn brake_and_share_are_seen_from_one_store() {
    loom::model(|| {
        let router = router(rollout(1, 0));
        router.brake("test");
        let writer = {
            let router = Arc::clone(&router);
            thread::spawn(move || {
                router
                    .apply(rollout(2, 100).releases_brake(1).build().unwrap())
                    .unwrap()
            })
        };
        let states = [(1, 0, V1, Reason::Brake), (2, 100, V2, Reason::Share)];
        let first = seen(decide(&router));
        let second = seen(decide(&router));
        assert!(
            states.contains(&first) && states.contains(&second),
            "{first:?} {second:?}"
        );
        assert!(first.0 <= second.0, "a reader went back in time");
        writer.join().unwrap();
        assert_eq!(seen(decide(&router)), states[1]);
    });
}

/// A brake is never lost against a document that is applied at the same time, and once `brake` has returned, everyone who
/// knows of that sees it.
#[test]
fn a_brake_is_never_lost_against_an_apply() {
    for pinned in [false, true] {
        loom::model(move || {
            let with = move |rollout: RolloutBuilder| {
                if pinned {
                    rollout.pin("a", V2)
                } else {
                    rollout
                }
            };
            let router = router(with(rollout(1, 100)));
            let applying = {
                let router = Arc::clone(&router);
                thread::spawn(move || {
                    router
                        .apply(with(rollout(2, 100)).build().unwrap())
                        .unwrap()
                })
            };
            let number = router.brake("test").get();
            assert_eq!(
                (router.route("a"), router.route("b")),
                (V1, V1),
                "pulled when it returns"
            );
            applying.join().unwrap();
            let decision = decide(&router);
            assert_eq!((decision.version(), decision.reason()), (V1, Reason::Brake));
            assert_eq!(decision.revision(), 2);
            assert!(number == 1 || number == 2);
            assert_eq!(router.status().brake.unwrap().number.get(), number);
        });
    }
}

/// With pins, which are in the snapshot and not in the word, a reader still sees what some document and some state of the
/// brake give, while documents with and without pins replace each other and the brake is pulled.
#[test]
fn a_reader_sees_one_state_of_document_and_brake() {
    loom::model(|| {
        let router = router(rollout(1, 0).pin("a", V2));
        let writer = {
            let router = Arc::clone(&router);
            thread::spawn(move || {
                router.brake("test");
                router
                    .apply(rollout(2, 100).releases_brake(1).build().unwrap())
                    .unwrap();
                router
                    .apply(rollout(3, 0).pin("a", V1).build().unwrap())
                    .unwrap();
            })
        };
        let states = [
            (1, 0, V2, Reason::Pinned),
            (1, 0, V1, Reason::Brake),
            (2, 100, V2, Reason::Share),
            (3, 0, V1, Reason::Pinned),
        ];
        let first = seen(decide(&router));
        assert!(states.contains(&first), "{first:?}");
        writer.join().unwrap();
        assert_eq!(seen(decide(&router)), states[3]);
        assert_eq!(router.route("a"), V1);
    });
}

/// What the guard's requests and looks share. Looks take in a second when it is two seconds old, and the rings have four.
mod guard {
    use std::sync::Arc as StdArc;
    use std::time::Duration;

    use cutover::migration::{Bet, Guard, Kept, Outcome, Outcomes};
    use cutover::{Clock, ManualClock};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const SOON: Duration = Duration::from_millis(10);

    struct World {
        guard: Arc<Guard>,
        decisions: [Decision; 2],
        clock: StdArc<ManualClock>,
    }

    impl World {
        /// All that threads find is made before they start: loom doesn't see how it is made.
        fn new(outcome: Outcome, latency: Duration) -> Self {
            let clock = StdArc::new(ManualClock::new());
            let guard = Guard::builder()
                .clock(StdArc::clone(&clock) as StdArc<dyn Clock>)
                .kept(Kept::default(), |_| Ok(()))
                .request_timeout(SECOND);
            let (router, guard) = (router(rollout(1, 50)), guard.build().unwrap());
            let _ = guard.step(&router);
            let world = Self {
                guard: Arc::new(guard),
                decisions: [V1, V2].map(|version| {
                    let decisions = (0..9).map(|id: u8| router.decide(&Request::new(&[id])));
                    let mut decisions = decisions.filter(|decision| decision.version() == version);
                    decisions.next().unwrap()
                }),
                clock,
            };
            for _ in 0..4 {
                for version in [V1, V2] {
                    world.record_after(latency, "warm-up", version, outcome);
                }
                drop(world.outcomes().begin(&world.decision(V1), "warm-up"));
                world.look_later();
            }
            world.look_later();
            world
        }

        fn outcomes(&self) -> StdArc<Outcomes> {
            StdArc::clone(self.guard.outcomes())
        }

        fn decision(&self, version: Version) -> Decision {
            let [v1, v2] = self.decisions;
            if version == V1 { v1 } else { v2 }
        }

        /// A request that started just now.
        fn record(&self, principal: &str, version: Version, outcome: Outcome) {
            self.record_after(SOON, principal, version, outcome);
        }

        fn record_after(&self, latency: Duration, id: &str, version: Version, outcome: Outcome) {
            let (decision, now) = (self.decision(version), self.clock.now());
            self.outcomes().record(&decision, id, outcome, now, latency);
        }

        /// The same, by another thread.
        fn recording(
            &self,
            principal: &'static str,
            version: Version,
            outcome: Outcome,
        ) -> thread::JoinHandle<()> {
            let (outcomes, decision) = (self.outcomes(), self.decision(version));
            let now = self.clock.now();
            thread::spawn(move || outcomes.record(&decision, principal, outcome, now, SOON))
        }

        fn look_later(&self) {
            self.clock.advance(SECOND);
            let _ = self.guard.evaluate();
        }

        /// Principals that failed, as the looks up to now have it, and requests and failures: v1's and v2's.
        fn seen(&self) -> ([u64; 2], [(u64, u64); 2]) {
            let verdict = self.guard.verdict();
            let errors = verdict.bet(Bet::Failure).map(|bet| bet.errors);
            let principals = errors.map_or([0, 0], |errors| [errors.v1, errors.v2]);
            let counts = [verdict.v1, verdict.v2].map(|count| (count.requests, count.failures));
            (principals, counts)
        }

        fn recorded(&self) -> u64 {
            let seen = self.outcomes().snapshot();
            seen.requests(V1) + seen.requests(V2)
        }
    }

    /// Every order in which threads are interrupted three times at most.
    fn model(model: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.max_branches = 100_000;
        builder.check(model);
    }

    /// A failure that is recorded while a look takes in its second is taken in by this look or by the next, as a request
    /// and as a principal; by no later one, when its place in the rings is another second's.
    #[test]
    fn a_failure_counts_once_in_a_look_or_in_the_next() {
        model(|| {
            let world = World::new(Outcome::Failed, SOON);
            let (before, recorded) = (world.seen(), world.recorded());
            let recording = world.recording("p", V2, Outcome::Failed);
            world.clock.advance(SECOND);
            world.look_later();
            recording.join().unwrap();
            world.look_later();
            let ([v1, v2], [of_v1, (requests, failures)]) = before;
            let after = ([v1, v2 + 1], [of_v1, (requests + 1, failures + 1)]);
            assert_eq!(world.seen(), after);
            for _ in 0..5 {
                world.look_later();
            }
            assert_eq!(
                world.seen(),
                after,
                "counted again when the rings came round"
            );
            assert_eq!(world.recorded(), recorded + 1);
        });
    }

    /// So is a success, which has a shorter way to its counter.
    #[test]
    fn a_success_counts_once_in_a_look_or_in_the_next() {
        model(|| {
            let world = World::new(Outcome::Accepted, SOON);
            let (before, recorded) = (world.seen(), world.recorded());
            let recording = world.recording("p", V1, Outcome::Accepted);
            world.clock.advance(SECOND);
            world.look_later();
            recording.join().unwrap();
            world.look_later();
            let (principals, [(requests, failures), of_v2]) = before;
            let after = (principals, [(requests + 1, failures), of_v2]);
            assert_eq!(world.seen(), after);
            for _ in 0..5 {
                world.look_later();
            }
            assert_eq!(
                world.seen(),
                after,
                "counted again when the rings came round"
            );
            assert_eq!(world.recorded(), recorded + 1);
        });
    }

    /// Of two errors of a principal in a second, one of each version, the first to come counts and the other doesn't.
    #[test]
    fn the_first_of_two_versions_in_a_cell_stays() {
        model(|| {
            let world = World::new(Outcome::Failed, SOON);
            let ([v1, v2], _) = world.seen();
            world.record("q", V1, Outcome::Failed);
            let recording = world.recording("p", V2, Outcome::Failed);
            world.record("q", V2, Outcome::Failed);
            world.record("p", V1, Outcome::Failed);
            recording.join().unwrap();
            for _ in 0..2 {
                world.look_later();
            }
            let ([after_v1, after_v2], _) = world.seen();
            assert_eq!(after_v1 - v1 + after_v2 - v2, 2);
            assert!(after_v1 > v1, "q was v1's first");
        });
    }

    /// A request that ends while a look fails it at the timeout counts once, as one or the other.
    #[test]
    fn a_request_under_way_ends_once() {
        model(|| {
            let world = World::new(Outcome::Failed, SECOND);
            let (before, recorded) = (world.seen(), world.recorded());
            let in_flight = world.outcomes().begin(&world.decision(V2), "p");
            world.clock.advance(SECOND);
            let ending = thread::spawn(move || in_flight.end(Outcome::Failed));
            world.look_later();
            ending.join().unwrap();
            world.look_later();
            let ([v1, v2], [of_v1, (requests, failures)]) = before;
            let after = ([v1, v2 + 1], [of_v1, (requests + 1, failures + 1)]);
            assert_eq!(world.seen(), after);
            for _ in 0..5 {
                world.look_later();
            }
            assert_eq!(
                world.seen(),
                after,
                "counted again when the rings came round"
            );
            assert_eq!(world.recorded(), recorded + 1);
            assert_eq!(world.outcomes().in_flight(), 0);
        });
    }

    /// What is recorded of another share while the share changes is never evidence at the new one, however late.
    #[test]
    fn a_failure_of_the_share_before_is_no_evidence() {
        model(|| {
            let world = World::new(Outcome::Failed, SOON);
            let recorded = world.recorded();
            let recording = world.recording("p", V2, Outcome::Failed);
            world.guard.observe(Share::ppm(600_000).unwrap());
            recording.join().unwrap();
            for _ in 0..7 {
                world.look_later();
                assert_eq!(world.seen(), ([0, 0], [(0, 0); 2]));
            }
            assert_eq!(world.recorded(), recorded + 1);
        });
    }
}
