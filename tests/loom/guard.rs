//! What the guard's requests and looks share. Looks take in a second when it is two seconds old, and the rings have four.

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
    fn seen(&self) -> Seen {
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

/// What the looks have seen, as [`World::seen`] tells it.
type Seen = ([u64; 2], [(u64, u64); 2]);

/// What is recorded while a look takes in its second is in what this look or the next has seen, and counts no second time
/// when its place in the rings is another second's.
fn counts_once(version: Version, outcome: Outcome, counted: fn(Seen) -> Seen) {
    model(move || {
        let world = World::new(outcome, SOON);
        let (before, recorded) = (world.seen(), world.recorded());
        let recording = world.recording("p", version, outcome);
        world.clock.advance(SECOND);
        world.look_later();
        recording.join().unwrap();
        world.look_later();
        let after = counted(before);
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

/// A failure counts as a request and as a principal.
#[test]
fn a_failure_counts_once_in_a_look_or_in_the_next() {
    counts_once(V2, Outcome::Failed, |([v1, v2], [of_v1, of_v2])| {
        ([v1, v2 + 1], [of_v1, (of_v2.0 + 1, of_v2.1 + 1)])
    });
}

/// So does a success, which has a shorter way to its counter, as a request alone.
#[test]
fn a_success_counts_once_in_a_look_or_in_the_next() {
    counts_once(V1, Outcome::Accepted, |(principals, [of_v1, of_v2])| {
        (principals, [(of_v1.0 + 1, of_v1.1), of_v2])
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
