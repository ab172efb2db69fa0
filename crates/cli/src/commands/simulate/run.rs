//! One simulated rollout: users, a router, outcomes and a guard, on a clock that the simulation moves.

use std::sync::Arc;
use std::time::Duration;

use cutover::migration::{Action, Guard, Outcome, Outcomes, Rule, Verdict};
use cutover::{Clock, Error, ManualClock, Request, Rollout, Router, Share, Version};

/// How many requests arrive between two looks of the guard, which are a second apart.
pub(crate) const REQUESTS_A_SECOND: u64 = 100;
const SECOND: Duration = Duration::from_secs(1);

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    pub(crate) share: Share,
    pub(crate) v1_error: f64,
    pub(crate) v2_error: f64,
    /// Requests of a run, retries among them.
    pub(crate) requests: u64,
    pub(crate) retries: u64,
    pub(crate) alpha: f64,
    pub(crate) error: Outcome,
    pub(crate) thresholds: bool,
}

/// Where a run was rolled back.
#[derive(Clone, Debug)]
pub(crate) struct RolledBack {
    pub(crate) requests: u64,
    pub(crate) v2_errors: u64,
    pub(crate) verdict: Verdict,
}

/// What the guard's look at a second showed.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) second: u64,
    /// The share after the look: 0 % once the brake is pulled.
    pub(crate) share: Share,
    /// By version, v1 first.
    pub(crate) so_far: [Served; 2],
    pub(crate) ln_wealth: Option<f64>,
    pub(crate) ln_limit: f64,
}

/// What a version has served since the run began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Served {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
}

/// What a run is watched for.
pub(crate) trait Watcher {
    /// The guard has looked.
    fn looked(&mut self, look: impl FnOnce() -> Look);
    /// Whether to go on after a rollback; `second` is when it was and `now` how far the run is.
    fn goes_on(&self, second: u64, now: u64) -> bool;
}

/// Nobody watches: a run ends with its rollback.
pub(crate) struct Nobody;

impl Watcher for Nobody {
    fn looked(&mut self, _: impl FnOnce() -> Look) {}

    fn goes_on(&self, _: u64, _: u64) -> bool {
        false
    }
}

/// Plays the run of this number. The same seed, number and model are the same run, on any number of threads.
pub(crate) fn play(
    model: &Model,
    seed: u64,
    number: u64,
    watcher: &mut impl Watcher,
) -> Result<Option<RolledBack>, Error> {
    let mut run = Run::new(model, seed, number)?;
    run.look(watcher);
    let mut made = 0;
    while made < model.requests {
        let id = run.random.next().to_le_bytes();
        let luck = run.random.next();
        let mut tries = 0;
        loop {
            let failed = run.request(id, luck);
            made += 1;
            if made.is_multiple_of(REQUESTS_A_SECOND) || made == model.requests {
                run.clock.advance(SECOND);
                run.requests = made;
                run.look(watcher);
            }
            tries += 1;
            if !failed || tries > model.retries || made == model.requests {
                break;
            }
        }
        if let Some(rolled_back) = &run.rolled_back {
            let (then, now) = (rolled_back.requests, made);
            if !watcher.goes_on(then / REQUESTS_A_SECOND, now / REQUESTS_A_SECOND) {
                break;
            }
        }
    }
    Ok(run.rolled_back)
}

struct Run<'a> {
    model: &'a Model,
    random: Random,
    clock: ManualClock,
    router: Router,
    outcomes: Arc<Outcomes>,
    guard: Guard,
    requests: u64,
    v2_errors: u64,
    rolled_back: Option<RolledBack>,
}

impl<'a> Run<'a> {
    fn new(model: &'a Model, seed: u64, number: u64) -> Result<Self, Error> {
        let outcomes = Arc::new(Outcomes::new());
        let mut guard = Guard::builder().alpha(model.alpha).request_timeout(SECOND);
        if !model.thresholds {
            // No v2 ever has so many: what is left is the evidence, whose promise is what is simulated.
            guard = guard.min_requests(u64::MAX);
        }
        Ok(Self {
            model,
            // Mixed, as streams whose seeds differ by a little overlap.
            random: Random(Random(Random(seed).next().wrapping_add(number)).next()),
            clock: ManualClock::new(),
            router: Router::builder()
                .rollout(Rollout::builder("simulation", model.share).build()?)
                .env(|_| None)
                .build()?,
            guard: guard.build(Arc::clone(&outcomes))?,
            outcomes,
            requests: 0,
            v2_errors: 0,
            rolled_back: None,
        })
    }

    /// A request of this user; whether it went wrong, which for a user's retry is decided by the same luck.
    fn request(&mut self, id: [u8; 8], luck: u64) -> bool {
        let decision = self.router.decide(&Request::new(&id));
        let v2 = decision.version() == Version::V2;
        let chance = if v2 {
            self.model.v2_error
        } else {
            self.model.v1_error
        };
        let failed = (luck as f64) < chance * 2_f64.powi(64);
        let outcome = if failed {
            self.model.error
        } else {
            Outcome::Accepted
        };
        self.v2_errors += u64::from(v2 && failed);
        let latency = Duration::from_micros(20_000 + (luck & 0x3FFF));
        self.outcomes.record(&decision, id, outcome, latency);
        failed
    }

    fn look(&mut self, watcher: &mut impl Watcher) {
        let now = self.clock.now();
        let verdict = self.guard.step(&self.router, now);
        watcher.looked(|| {
            let seen = self.outcomes.snapshot();
            let evidence = verdict.check(Rule::Evidence);
            Look {
                second: now.as_secs(),
                share: if self.router.status().braked {
                    Share::ZERO
                } else {
                    self.model.share
                },
                so_far: [Version::V1, Version::V2].map(|version| Served {
                    requests: seen.requests(version),
                    errors: seen.errors(version),
                }),
                ln_wealth: evidence.and_then(|check| check.figure),
                ln_limit: evidence.map_or(f64::INFINITY, |check| check.limit),
            }
        });
        if verdict.action == Action::RollBack && self.rolled_back.is_none() {
            self.rolled_back = Some(RolledBack {
                requests: self.requests,
                v2_errors: self.v2_errors,
                verdict,
            });
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a few lines, so that no dependency's update changes what a seed means.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }
}
