//! One simulated rollout: users, a router and a guard, on a clock that the simulation moves.
//!
//! A request is recorded when it starts, with the end that it will have: the guard takes a second in when all of its
//! requests have ended or timed out, and not before, so nothing is seen early.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cutover::migration::{Action, Bounds, Guard, Kept, Outcome, Verdict};
use cutover::{Clock, Error, ManualClock, Request, Rollout, Router, Share, Version};

use super::model::{Model, TIMEOUT};
use super::random::Random;

const SECOND: Duration = Duration::from_secs(1);

/// Where a run was rolled back.
#[derive(Clone, Debug)]
pub(crate) struct RolledBack {
    pub(crate) requests: u64,
    pub(crate) second: u64,
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
    /// Of the bet nearest its limit: the evidence, the limit, and what it says.
    pub(crate) nearest: Option<(f64, f64, Bounds)>,
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
    let mut retry: Option<(User, u64)> = None;
    for n in 0..model.requests {
        run.enter_phase(n)?;
        let now = model.time_of(n);
        while run.clock.now() + SECOND <= now {
            run.look(n, watcher)?;
        }
        if let Some(end) = &run.rolled_back
            && !watcher.goes_on(end.second, now.as_secs())
        {
            return Ok(run.rolled_back);
        }
        let (user, tries) = retry.take().unwrap_or_else(|| (run.next_user(n), 0));
        let erred = run.request(user, now, n);
        if erred && tries < model.retries {
            retry = Some((user, tries + 1));
        }
    }
    // What started last is judged when it has timed out.
    for _ in 0..TIMEOUT.as_secs() + 2 {
        run.look(model.requests, watcher)?;
    }
    Ok(run.rolled_back)
}

/// Who sends a request: an id, and what decides how it ends, which for a retry is the same again.
#[derive(Clone, Copy, Debug)]
struct User {
    id: [u8; 8],
    luck: u64,
    hostile: bool,
}

struct Run<'a> {
    model: &'a Model,
    random: Random,
    clock: Arc<ManualClock>,
    router: Router,
    guard: Guard,
    /// What the guard has stored, for the next one.
    kept: Arc<Mutex<Kept>>,
    phase: usize,
    so_far: [Served; 2],
    errors_since_start: u64,
    attackers: u64,
    salt: u64,
    rolled_back: Option<RolledBack>,
}

impl<'a> Run<'a> {
    fn new(model: &'a Model, seed: u64, number: u64) -> Result<Self, Error> {
        let clock = Arc::new(ManualClock::new());
        let kept = Arc::new(Mutex::new(Kept::default()));
        let share = model.shares.first().copied().unwrap_or(Share::ZERO);
        let run = Self {
            model,
            random: Random::of_run(seed, number),
            router: Router::builder()
                .rollout(rollout(number, 0, share)?)
                .env(|_| None)
                .build()?,
            guard: guard(model, &clock, &kept)?,
            clock,
            kept,
            phase: 0,
            so_far: [Served::default(); 2],
            errors_since_start: 0,
            attackers: 0,
            salt: Random::of_run(seed, number ^ u64::MAX).next(),
            rolled_back: None,
        };
        run.guard.observe(share);
        Ok(run)
    }

    /// The shares take turns, for as many requests each.
    fn enter_phase(&mut self, n: u64) -> Result<(), Error> {
        let phase = self.model.phase_of(n);
        if phase != self.phase {
            self.phase = phase;
            let share = self.model.shares[phase];
            let name = self.router.status().name;
            let revision = u32::try_from(phase).unwrap_or(u32::MAX);
            let next = Rollout::builder(name, share).revision(revision);
            self.router.apply(next.build()?)?;
            self.guard.observe(self.share());
        }
        Ok(())
    }

    fn share(&self) -> Share {
        let status = self.router.status();
        if status.braked {
            Share::ZERO
        } else {
            status.share
        }
    }

    fn next_user(&mut self, n: u64) -> User {
        let luck = self.random.next();
        // An attack is spread over the first half of a run.
        let due = self.model.attack * 2 * (n + 1) / self.model.requests.max(1);
        if self.attackers < due.min(self.model.attack) {
            self.attackers += 1;
            let hostile =
                |id: &[u8; 8]| self.router.decide(&Request::new(id)).version() == Version::V2;
            let mut random = Random::of_run(self.random.next(), self.attackers);
            // Ids are tried offline until one is on v2; at 0 % none is.
            let id = (0..1_000_000).map(|_| random.next().to_le_bytes());
            if let Some(id) = id.into_iter().find(hostile) {
                return User {
                    id,
                    luck,
                    hostile: true,
                };
            }
        }
        let id = match self.model.sticky {
            0 => self.random.next(),
            users => self.random.next() % users,
        };
        let luck = if self.model.clustered {
            Random::of_run(self.salt, id).next()
        } else {
            luck
        };
        User {
            id: id.to_le_bytes(),
            luck,
            hostile: false,
        }
    }

    /// Whether it went wrong.
    fn request(&mut self, user: User, now: Duration, n: u64) -> bool {
        let decision = self.router.decide(&Request::new(&user.id));
        let version = decision.version();
        let (outcome, latency) = if user.hostile {
            (Outcome::Rejected, Duration::from_millis(5))
        } else {
            self.model.end_of(version, user.luck, n, &mut self.random)
        };
        let served = &mut self.so_far[usize::from(version == Version::V2)];
        let erred = outcome.is_error();
        served.requests += 1;
        served.errors += u64::from(erred);
        self.errors_since_start += u64::from(erred);
        let outcomes = self.guard.outcomes();
        outcomes.record(&decision, user.id, outcome, now, latency);
        erred
    }

    fn look(&mut self, requests: u64, watcher: &mut impl Watcher) -> Result<(), Error> {
        self.clock.advance(SECOND);
        let every = self.model.restart_every;
        if every > 0 && self.errors_since_start >= every {
            self.errors_since_start = 0;
            self.guard = guard(self.model, &self.clock, &self.kept)?;
            self.guard.observe(self.share());
        }
        let verdict = self.guard.step(&self.router);
        let second = self.clock.now().as_secs();
        watcher.looked(|| Look {
            second,
            share: self.share(),
            so_far: self.so_far,
            nearest: verdict
                .bets
                .iter()
                .max_by(|a, b| (a.ln_w - a.limit).total_cmp(&(b.ln_w - b.limit)))
                .map(|report| (report.ln_w, report.limit, report.bounds())),
        });
        if verdict.action == Action::RollBack && self.rolled_back.is_none() {
            self.rolled_back = Some(RolledBack {
                requests,
                second,
                v2_errors: self.so_far[1].errors,
                verdict,
            });
        }
        Ok(())
    }
}

/// Each run has its own salt, so that the same users are on other versions in the next.
fn rollout(number: u64, revision: u32, share: Share) -> Result<Rollout, Error> {
    Rollout::builder(format!("simulation-{number}"), share)
        .revision(revision)
        .build()
}

fn guard(model: &Model, clock: &Arc<ManualClock>, kept: &Arc<Mutex<Kept>>) -> Result<Guard, Error> {
    let lock = |kept: &Mutex<Kept>| kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let place = Arc::clone(kept);
    Guard::builder()
        .alpha(model.alpha)
        .request_timeout(TIMEOUT)
        .clock(Arc::clone(clock) as Arc<dyn Clock>)
        .kept(lock(kept), move |kept| {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = kept.clone();
            Ok(())
        })
        .build()
}
