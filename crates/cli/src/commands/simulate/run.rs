//! One simulated rollout: users, a router and a guard, on a clock that the simulation moves.
//!
//! A request is recorded when it starts, with the end that it will have: the guard takes a second in when all of its
//! requests have ended or timed out, and not before, so nothing is seen early.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cutover::migration::{Action, Bet, Bounds, Guard, Kept, Verdict};
use cutover::{Clock, Error, ManualClock, Request, Rollout, Router, Share, Version};

use super::model::{Luck, Model, TIMEOUT};
use super::random::Random;

const SECOND: Duration = Duration::from_secs(1);
/// While no request is under way or waits to be judged, looks show nothing new: one in so many seconds will do.
const IDLE_LOOKS: u64 = 600;

/// Where a run was rolled back.
#[derive(Clone, Debug)]
pub(super) struct RolledBack {
    pub(super) requests: u64,
    pub(super) second: u64,
    pub(super) v2_errors: u64,
    /// v2's principals that had got an error since it broke, in requests that the guard had judged.
    pub(super) v2_principals: u64,
    pub(super) verdict: Verdict,
}

/// What the guard's look at a second showed.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) second: u64,
    /// The share after the look: 0 % once the brake is pulled.
    pub(super) share: Share,
    /// By version, v1 first.
    pub(super) so_far: [Served; 2],
    pub(super) bets: Vec<Found>,
}

/// What a bet has found, in the window nearest its limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) bet: Bet,
    pub(super) ln_w: f64,
    pub(super) limit: f64,
    pub(super) bounds: Bounds,
    /// How often v2 may fail at 100 %.
    pub(super) tolerated_rate: Option<f64>,
}

/// What a version has served since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) requests: u64,
    pub(super) errors: u64,
}

/// What a run is watched for.
pub(super) trait Watcher {
    /// The guard has looked, after so many requests.
    fn looked(&mut self, requests: u64, look: impl FnOnce() -> Look);
    /// Whether to go on after a rollback; `second` is when it was and `now` how far the run is.
    fn goes_on(&self, second: u64, now: u64) -> bool;
}

/// Plays the run of this number. The same seed, number and model are the same run, on any number of threads.
pub(super) fn play(
    model: &Model,
    seed: u64,
    number: u64,
    watcher: &mut impl Watcher,
) -> Result<Option<RolledBack>, Error> {
    let mut run = Run::new(model, seed, number)?;
    let mut retry: Option<(User, u64)> = None;
    for n in 0..model.requests {
        let now = model.time_of(n);
        run.look_until(now, n, watcher)?;
        run.enter_phase(n)?;
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
    let end = run.clock.now() + TIMEOUT + 2 * SECOND;
    run.look_until(end, model.requests, watcher)?;
    Ok(run.rolled_back)
}

/// Who sends a request: an id, and what decides how it ends, which for a retry is the same again.
#[derive(Clone, Copy, Debug)]
struct User {
    id: [u8; 8],
    luck: Luck,
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
    /// When the last request started.
    busy_until: u64,
    /// v2's errors since it broke, by second: those that a look hasn't judged, and the principals of the others.
    errors: VecDeque<(u64, [u8; 8])>,
    principals: HashSet<[u8; 8]>,
    errors_since_start: u64,
    attackers: u64,
    salt: u64,
    rolled_back: Option<RolledBack>,
}

impl<'a> Run<'a> {
    fn new(model: &'a Model, seed: u64, number: u64) -> Result<Self, Error> {
        let clock = Arc::new(ManualClock::new());
        let kept = Arc::new(Mutex::new(Kept::default()));
        let share = model.share.first().copied().unwrap_or(Share::ZERO);
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
            busy_until: 0,
            errors: VecDeque::new(),
            principals: HashSet::new(),
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
            let share = self.model.share[phase];
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
        if self.attackers < self.model.attacks_before(n) {
            self.attackers += 1;
            if let Some(id) = self.chosen_id() {
                return User {
                    id,
                    luck: Luck(luck),
                    hostile: true,
                };
            }
        }
        let known = self.model.user(&mut self.random);
        let id = known.unwrap_or_else(|| self.random.next());
        let luck = match self.model.clustered {
            true => Random::of_run(self.salt, id).next(),
            false => luck,
        };
        User {
            id: id.to_le_bytes(),
            luck: Luck(luck),
            hostile: false,
        }
    }

    /// An id on v2: tried offline until there is one, which at 0 % there isn't.
    fn chosen_id(&mut self) -> Option<[u8; 8]> {
        let mut random = Random::of_run(self.random.next(), self.attackers);
        let mut ids = (0..1_000_000).map(|_| random.next().to_le_bytes());
        ids.find(|id| self.router.decide(&Request::new(id)).version() == Version::V2)
    }

    /// Whether it got an error.
    fn request(&mut self, user: User, now: Duration, n: u64) -> bool {
        let decision = self.router.decide(&Request::new(&user.id));
        let version = decision.version();
        let (outcome, latency) = if user.hostile {
            self.model.end_of_attack()
        } else {
            let trouble = self.model.trouble(n, self.salt);
            self.model
                .end_of(version, user.luck, n, trouble, &mut self.random)
        };
        let served = &mut self.so_far[usize::from(version == Version::V2)];
        let erred = outcome.is_error();
        served.requests += 1;
        served.errors += u64::from(erred);
        self.errors_since_start += u64::from(erred);
        self.busy_until = now.as_secs();
        if version == Version::V2 && n >= self.model.break_at && outcome == self.model.error() {
            self.errors.push_back((now.as_secs(), user.id));
        }
        let outcomes = self.guard.outcomes();
        outcomes.record(&decision, user.id, outcome, now, latency);
        erred
    }

    /// Looks at every second up to this one, or more rarely while there is nothing to see.
    fn look_until(
        &mut self,
        end: Duration,
        requests: u64,
        watcher: &mut impl Watcher,
    ) -> Result<(), Error> {
        while self.clock.now() + SECOND <= end {
            let (now, end) = (self.clock.now().as_secs(), end.as_secs());
            let idle = now > self.busy_until + TIMEOUT.as_secs() + 1;
            let step = if idle { IDLE_LOOKS.min(end - now) } else { 1 };
            self.clock.advance(Duration::from_secs(step));
            self.look(requests, watcher)?;
        }
        Ok(())
    }

    fn look(&mut self, requests: u64, watcher: &mut impl Watcher) -> Result<(), Error> {
        let every = self.model.restart_every;
        if every > 0 && self.errors_since_start >= every {
            self.errors_since_start = 0;
            self.guard = guard(self.model, &self.clock, &self.kept)?;
            self.guard.observe(self.share());
        }
        let verdict = self.guard.step(&self.router);
        let second = self.clock.now().as_secs();
        watcher.looked(requests, || Look {
            second,
            share: self.share(),
            so_far: self.so_far,
            bets: verdict
                .bets
                .iter()
                .map(|report| Found {
                    bet: report.bet,
                    ln_w: report.ln_w,
                    limit: report.limit,
                    bounds: report.bounds(),
                    tolerated_rate: report.tolerated_rate,
                })
                .collect(),
        });
        let is_judged = |(at, _): &(u64, _)| at + 1 + TIMEOUT.as_secs() <= second;
        while self.errors.front().is_some_and(is_judged) {
            self.principals
                .extend(self.errors.pop_front().map(|(_, id)| id));
        }
        if verdict.action == Action::RollBack && self.rolled_back.is_none() {
            self.rolled_back = Some(RolledBack {
                requests,
                second,
                v2_errors: self.so_far[1].errors,
                v2_principals: self.principals.len() as u64,
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
