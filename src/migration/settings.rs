//! What a guard is told once: how sure to be, what to tolerate, how long a request can take, what to remember.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::bet::Bet;
use super::guard::Guard;
use super::kept::{Keeper, Kept, Store, in_file};
use super::ledger::Ledger;
use super::metrics::Decisions;
use super::outcomes::Outcomes;
use super::unrecorded::Reconciliation;
use super::verdict::Action;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};

/// Without a place to keep the windows' numbers, α is divided by the number of starts that it is to be good for.
const STARTS: f64 = 100.0;

/// Sets up a [`Guard`]; made by [`Guard::builder`].
#[must_use = "a builder does nothing until it is built"]
pub struct GuardBuilder {
    settings: Settings,
    clock: Option<Arc<dyn Clock>>,
    kept: Kept,
    store: Option<Store>,
    file: Option<PathBuf>,
    windows_before: u64,
    decisions: Option<Arc<Decisions>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) alpha: f64,
    pub(super) tolerance: f64,
    pub(super) beta: f64,
    pub(super) p_max: f64,
    pub(super) request_timeout: Duration,
    pub(super) weights: [f64; Bet::ALL.len()],
    pub(super) allowance: u64,
    pub(super) on_rejections: Action,
    /// How many times as long as v1 v2 may take before it is slow.
    pub(super) slower: f64,
    pub(super) latency_budget: Option<Duration>,
}

impl GuardBuilder {
    pub(super) fn new() -> Self {
        Self {
            settings: Settings {
                alpha: 0.001,
                tolerance: 1.0,
                beta: 0.05,
                p_max: 0.001,
                request_timeout: Duration::from_secs(5),
                weights: [0.35, 0.35, 0.2, 0.1, 0.0],
                allowance: 3,
                on_rejections: Action::RollBack,
                slower: 1.25,
                latency_budget: None,
            },
            clock: None,
            kept: Kept::default(),
            store: None,
            file: None,
            windows_before: 0,
            decisions: None,
        }
    }

    /// The probability that a v2 that is no worse than tolerated is ever rolled back; in (0, 1), 0.001 unless set.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.settings.alpha = alpha;
        self
    }

    /// The largest tolerated ratio of v2's errors to v1's; at least 1, which is also the default. Slowness has
    /// [its own](Self::tolerated_latency).
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.settings.tolerance = tolerance;
        self
    }

    /// How many times as long as v1 v2 may take before a request counts as slow; at least 1, 1.25 unless set.
    pub fn tolerated_latency(mut self, times: f64) -> Self {
        self.settings.slower = times;
        self
    }

    /// A latency that is never slow, such as the budget for p95 that a plan has. Requests of v1 are slow beyond this or
    /// beyond v1's own p99, whichever is more.
    pub fn latency_budget(mut self, budget: Duration) -> Self {
        self.settings.latency_budget = Some(budget);
        self
    }

    /// The probability of saying "continue" to a v2 with 1.5 × v1's errors; in (0, 1), 0.05 unless set.
    pub fn beta(mut self, beta: f64) -> Self {
        self.settings.beta = beta;
        self
    }

    /// The error rate, by principal, that a run of principals without an error has to rule out; in (0, 1), 0.001 unless set.
    pub fn p_max(mut self, p_max: f64) -> Self {
        self.settings.p_max = p_max;
        self
    }

    /// The request timeout T: a request that isn't finished then has failed, in either version. A whole number of seconds
    /// (others are rounded up), 1 s to 1 h; 5 s unless set. Choose it short: a look judges what started more than T ago.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.settings.request_timeout = timeout;
        self
    }

    /// The part of α that a bet has; in [0, 1], and together at most 1. Unless set, 0.35 for errors, 0.35 for failures,
    /// 0.2 for slowness, 0.1 at 100 %, and 0 for what a [shadow](super::shadow::ShadowBuilder::guard) finds. A weight of 0
    /// turns a bet off; to turn one on, take from the others.
    pub fn weight(mut self, bet: Bet, weight: f64) -> Self {
        self.settings.weights[bet as usize] = weight;
        self
    }

    /// How many principals on v2's side don't count for errors and slowness, both of which clients can cause; 3 unless set.
    /// So many hostile clients can't roll back v2.
    pub fn allowance(mut self, principals: u64) -> Self {
        self.settings.allowance = principals;
        self
    }

    /// What follows when v2 is shown to make more errors, rejections included: [`Action::RollBack`] unless set, since a v2
    /// that rejects what v1 accepts is the commonest broken migration; or [`Action::Hold`], where clients can't be told
    /// apart. Failures and slowness roll back in any case.
    pub fn on_rejections(mut self, action: Action) -> Self {
        self.settings.on_rejections = action;
        self
    }

    /// The clock that tells when requests start and end; a [`SystemClock`] unless set.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Where the decisions of all requests are [counted](Decisions::count), so that the guard notices requests that are never
    /// recorded: [`Verdict::unrecorded`](super::Verdict::unrecorded). Count a decision when its request begins, and nothing
    /// else. When more than 1 % of a version's requests are missing, the verdict is "hold" instead of "continue".
    pub fn decisions(mut self, decisions: Arc<Decisions>) -> Self {
        self.decisions = Some(decisions);
        self
    }

    /// What a guard of this rollout had kept when the process before ended ([`Kept::default`] in the first), and how to
    /// store it: `store` returns when it is stored, so that a crash can't lose it. It is called by the guard's looks, about
    /// as often as v2 and v1 make another 64 errors, and when the share changes.
    ///
    /// Without it every start spends α anew, so the guard runs at α/100, good for 100 starts, and says so.
    pub fn kept(
        mut self,
        kept: Kept,
        store: impl Fn(&Kept) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.kept = kept;
        self.store = Some(Box::new(store));
        self
    }

    /// Keeps what [`kept`](Self::kept) is about in this file, which one guard at a time may use. It is made when it is not
    /// there; its folder has to be. A file that can't be read is an error of [`build`](Self::build).
    pub fn kept_in(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// How many windows of each bet the rollout is known to have had from elsewhere, such as a plan whose state is older
    /// than what is kept. 0 by default; what is kept counts if it is more.
    pub fn windows_before(mut self, windows: u64) -> Self {
        self.windows_before = windows;
        self
    }

    /// A guard, with the [`Outcomes`] that it judges.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] when a setting is outside its range; the path names it.
    /// [`ErrorKind::State`] when the file of [`kept_in`](Self::kept_in) can't be read.
    pub fn build(mut self) -> Result<Guard, Error> {
        let mut settings = self.settings;
        let open = |value: f64| 0.0 < value && value < 1.0;
        let from_1 = |value: f64| 1.0 <= value && value.is_finite();
        let sum: f64 = settings.weights.iter().sum();
        // Sums such as 0.1 + 0.2 + 0.7 come out a little above 1.
        let parts = settings.weights.iter().all(|weight| *weight >= 0.0) && sum <= 1.0 + 1e-12;
        let timeout = settings.request_timeout;
        let rounded = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
        let number = "must be between 0 and 1, both excluded";
        let times = "must be a number of at least 1";
        for (path, fits, value, rule) in [
            ("/alpha", open(settings.alpha), settings.alpha, number),
            ("/beta", open(settings.beta), settings.beta, number),
            ("/p_max", open(settings.p_max), settings.p_max, number),
            (
                "/tolerance",
                from_1(settings.tolerance),
                settings.tolerance,
                times,
            ),
            (
                "/tolerated_latency",
                from_1(settings.slower),
                settings.slower,
                times,
            ),
            (
                "/weight",
                parts,
                sum,
                "the weights must be at least 0 and add up to at most 1",
            ),
            (
                "/request_timeout",
                (1..=3_600).contains(&rounded),
                timeout.as_secs_f64(),
                "must be from 1 to 3600 seconds",
            ),
            (
                "/on_rejections",
                matches!(settings.on_rejections, Action::Hold | Action::RollBack),
                0.0,
                "must be hold or roll_back",
            ),
        ] {
            if !fits {
                let message = format!("{} is {value}: {rule}", &path[1..]);
                return Err(Error::new(ErrorKind::Setting, path, message));
            }
        }
        settings.request_timeout = Duration::from_secs(rounded);
        if let Some(path) = self.file.take() {
            let (kept, store) = in_file(path)?;
            (self.kept, self.store) = (kept, Some(store));
        }
        self.kept.had_windows(self.windows_before);
        if self.store.is_none() {
            settings.alpha /= STARTS;
        }
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let outcomes = Arc::new(Outcomes::new(clock, settings.request_timeout));
        Ok(Guard::new(
            settings,
            Ledger::new(
                Keeper::new(self.kept, self.store),
                Reconciliation::new(self.decisions),
            ),
            outcomes,
        ))
    }
}

impl std::fmt::Debug for GuardBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuardBuilder")
            .field("settings", &self.settings)
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}
