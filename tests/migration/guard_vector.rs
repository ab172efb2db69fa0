//! The contract's test vector: every look, every window, the logs of the evidence to six digits.

use std::sync::Arc;
use std::time::Duration;

use cutover::migration::{Action, Bet, Guard, InFlight, Kept, Outcome, Reason, Verdict};
use cutover::{Clock, Decision, ManualClock, Request, Rollout, Router, Version};

const TOOK: Duration = Duration::from_millis(20);

struct World {
    router: Router,
    guard: Guard,
    clock: Arc<ManualClock>,
}

impl World {
    /// 10 %, α = 0.001, T = 5 s, requests of v1 slow after 200 ms, share set at 100.
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let kept: Kept = serde_json::from_str(r#"{"slow_ns":200000000}"#).unwrap();
        let rollout = Rollout::builder("vector", "10%".parse().unwrap());
        let world = Self {
            router: Router::builder()
                .env(|_| None)
                .rollout(rollout.build().unwrap())
                .build()
                .unwrap(),
            guard: Guard::builder()
                .clock(Arc::clone(&clock) as Arc<dyn Clock>)
                .kept(kept, |_| Ok(()))
                .build()
                .unwrap(),
            clock,
        };
        world.at(100);
        world.step();
        world
    }

    fn at(&self, second: u64) {
        self.clock
            .advance(Duration::from_secs(second) - self.clock.now());
    }

    fn step(&self) -> Verdict {
        self.guard.step(&self.router)
    }

    fn decide(&self, id: &str) -> Decision {
        self.router.decide(&Request::new(id))
    }

    fn ids(&self, name: &'static str, version: Version) -> impl Iterator<Item = String> {
        (0..)
            .map(move |n| format!("{name}-{n}"))
            .filter(move |id| self.decide(id).version() == version)
    }

    /// An id on v2 whose name begins so.
    fn v2(&self, name: &'static str) -> String {
        self.ids(name, Version::V2).next().unwrap()
    }

    fn record(&self, id: &str, outcome: Outcome) {
        let started = self.clock.now();
        let outcomes = self.guard.outcomes();
        outcomes.record(&self.decide(id), id, outcome, started, TOOK);
    }

    fn fail(&self, ids: &[&String]) {
        ids.iter().for_each(|id| self.record(id, Outcome::Failed));
    }
}

fn near(got: f64, want: f64) {
    assert!((got - want).abs() < 5e-7, "{got} is not {want}");
}

/// The windows of a bet: of the one nearest its limit S, F, ln W, limit.
fn shows(verdict: &Verdict, bet: Bet, v2: u64, v1: u64, ln_w: f64, limit: f64) {
    let report = verdict.bet(bet).unwrap();
    assert_eq!((report.errors.v2, report.errors.v1), (v2, v1), "{bet}");
    near(report.ln_w, ln_w);
    near(report.limit, limit);
}

#[test]
fn the_test_vector() {
    let world = World::new();
    let ids = |name, version, count| world.ids(name, version).take(count).collect::<Vec<_>>();
    for id in ids("wrong", Version::V1, 58) {
        world.record(&id, Outcome::Rejected);
    }
    for id in ids("wrong", Version::V2, 6) {
        world.record(&id, Outcome::Rejected);
    }
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| world.v2(name));
    world.at(101);
    world.fail(&[&a, &b]);
    world.at(102);
    // Accepted after 30 s: unfinished at T, whoever waits for it.
    let x = world.ids("x", Version::V1).next().unwrap();
    let hangs: InFlight = world.guard.outcomes().begin(&world.decide(&x), &x);
    world.at(103);
    world.fail(&[&a]);

    world.at(106);
    let verdict = world.step();
    shows(&verdict, Bet::Error, 6, 58, -2.542351, 8.705529);
    assert_eq!(verdict.bet(Bet::Error).unwrap().open_windows, 1);
    world.fail(&[&a, &c, &d]);

    world.at(107);
    let verdict = world.step();
    shows(&verdict, Bet::Failure, 2, 0, 3.203150, 8.705529);
    // The second window has begun; nothing counts in it yet, and its ln W of 0 is nearer its limit.
    let error = verdict.bet(Bet::Error).unwrap();
    assert_eq!((error.open_windows, error.window), (2, 2));
    near(error.limit, 9.943144);
    let [e, f, g] = ["e", "f", "g"].map(|name| world.v2(name));
    world.fail(&[&e, &f, &g]);

    world.at(108);
    let verdict = world.step();
    shows(&verdict, Bet::Failure, 2, 1, 1.984313, 8.705529);
    shows(&verdict, Bet::Slow, 0, 1, -0.419468, 9.265145);

    world.at(109);
    let verdict = world.step();
    shows(&verdict, Bet::Failure, 2, 1, 1.984313, 8.705529);

    world.at(112);
    let verdict = world.step();
    shows(&verdict, Bet::Error, 3, 0, 0.0, 9.943144);
    shows(&verdict, Bet::Failure, 4, 1, 5.578019, 8.705529);
    assert_eq!(verdict.action, Action::Hold);

    world.at(113);
    let verdict = world.step();
    assert_eq!(verdict.action, Action::RollBack);
    assert_eq!(verdict.reasons, [Reason::Failure]);
    shows(&verdict, Bet::Error, 6, 0, 5.196466, 9.943144);
    shows(&verdict, Bet::Failure, 7, 1, 11.711014, 8.705529);
    assert_eq!(world.router.route(&a), Version::V1);

    // The end of what was failed at the timeout changes nothing.
    world.at(132);
    let before = world.guard.outcomes().snapshot();
    hangs.end(Outcome::Accepted);
    let after = world.guard.outcomes().snapshot();
    assert_eq!(before.requests(Version::V1), after.requests(Version::V1));
    assert_eq!(after.count(Version::V1, Outcome::Failed), 1);
}
