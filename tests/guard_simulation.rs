//! Seeded simulations over the real router, outcomes and guard: how often a sound v2 is rolled back, how soon a bad one.
//!
//! Only errors are simulated, as the evidence looks at nothing else, and the thresholds are put out of the way. The
//! wealth rises with errors of v2 alone, so looking after each of these is looking after every error.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(loom))]

use std::sync::Arc;
use std::time::Duration;

use cutover::migration::{Action, Guard, Outcome, Outcomes};
use cutover::{Request, Rollout, Router, Share, Version};

/// SplitMix64: small, seeded, good enough to draw users by.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next() % n == 0
    }
}

struct Rollback {
    v2_errors: u64,
}

struct Simulation {
    random: Random,
    router: Router,
    outcomes: Arc<Outcomes>,
    guard: Guard,
    now: Duration,
}

impl Simulation {
    fn new(seed: u64, alpha: f64) -> Self {
        let outcomes = Arc::new(Outcomes::new());
        let guard = Guard::builder()
            .alpha(alpha)
            .min_requests(u64::MAX)
            .request_timeout(Duration::from_secs(1));
        Self {
            random: Random(seed),
            router: Router::builder()
                .env(|_| None)
                .name(format!("simulation-{seed}"))
                .build()
                .unwrap(),
            guard: guard.build(Arc::clone(&outcomes)).unwrap(),
            outcomes,
            now: Duration::ZERO,
        }
    }

    fn step(&mut self, wait: Duration) -> Action {
        self.now += wait;
        self.guard.step(&self.router, self.now).action
    }

    fn ramp_to(&mut self, revision: u32, ppm: u32) {
        let name = self.router.status().name;
        let rollout = Rollout::builder(name, Share::ppm(ppm).unwrap())
            .revision(revision)
            .build()
            .unwrap();
        self.router.apply(rollout).unwrap();
        self.step(Duration::ZERO);
        self.step(Duration::from_secs(1));
    }

    /// Errors of users drawn from `users`, where v2 errs `ratio` times as often as v1, until that many or a rollback.
    fn errors(&mut self, count: u64, ratio: u64, users: u64) -> Option<Rollback> {
        let (mut errors, mut v2_errors) = (0, 0);
        while errors < count {
            let id = (self.random.next() % users).to_string();
            let decision = self.router.decide(&Request::new(&id));
            let v2 = decision.version() == Version::V2;
            if !v2 && !self.random.one_in(ratio) {
                continue;
            }
            errors += 1;
            // Half of them are users' own mistakes: both bets are at the table.
            let outcome = if self.random.one_in(2) {
                Outcome::Failed
            } else {
                Outcome::Rejected
            };
            self.outcomes
                .record(&decision, &id, outcome, Duration::from_millis(3));
            if v2 {
                v2_errors += 1;
                if self.step(Duration::ZERO) == Action::RollBack {
                    return Some(Rollback { v2_errors });
                }
            }
        }
        None
    }
}

const RAMP: [u32; 4] = [10_000, 50_000, 250_000, 500_000];

fn false_rollbacks(runs: u64, users: u64, tries: u64) -> u64 {
    let rolled_back = |seed: &u64| {
        let mut simulation = Simulation::new(*seed, 0.05);
        RAMP.iter().zip(1..).any(|(&ppm, revision)| {
            simulation.ramp_to(revision, ppm);
            simulation.errors(200 * tries, 1, users).is_some()
        })
    };
    (0..runs).filter(rolled_back).count() as u64
}

/// A v2 that is as good as v1 is rolled back in at most α of the runs over a 1/5/25/50 % ramp, looked at after each error.
/// 3 standard errors above α = 5 % of 120 runs are 13.
#[test]
fn a_sound_v2_is_rolled_back_at_most_as_often_as_promised() {
    let rollbacks = false_rollbacks(120, u64::MAX, 1);
    assert!(rollbacks <= 13, "{rollbacks} of 120");
}

/// The same with users who try again and again: of 100 users an error each is evidence, not each of 2,400 errors.
#[test]
fn users_who_try_again_do_not_roll_back_a_sound_v2() {
    let rollbacks = false_rollbacks(60, 100, 3);
    assert!(rollbacks <= 8, "{rollbacks} of 60");
}

fn median_v2_errors(ratio: u64, runs: u64) -> u64 {
    let mut errors: Vec<u64> = (0..runs)
        .map(|seed| {
            let mut simulation = Simulation::new(1_000 + seed, 0.001);
            simulation.ramp_to(1, 10_000);
            simulation
                .errors(20_000, ratio, u64::MAX)
                .map_or(u64::MAX, |rollback| rollback.v2_errors)
        })
        .collect();
    errors.sort_unstable();
    errors[errors.len() / 2]
}

/// At a share of 1 % and α = 0.001, half of the time a bad v2 has made no more errors than these when it is rolled back.
#[test]
fn a_bad_v2_is_rolled_back_soon() {
    for (ratio, runs, most) in [(2, 41, 55), (5, 101, 16), (20, 101, 8)] {
        let median = median_v2_errors(ratio, runs);
        assert!(
            median <= most,
            "{ratio} times as bad: {median} errors, more than {most}"
        );
    }
}
