//! The guard: when epochs begin, when they listen and when they end; the brake when the verdict is "roll back".

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::epoch::Epoch;
use super::outcome::Outcomes;
use super::settings::{GuardBuilder, Settings};
use super::snapshot::Snapshot;
use super::verdict::{Action, Verdict, judge};
use crate::routing::{Router, Share};

/// Judges a rollout by what happens to its requests, and rolls it back when v2 is worse than tolerated.
///
/// The guard is told the share in force ([`observe`](Self::observe)) and looked at as often as one likes
/// ([`evaluate`](Self::evaluate)); [`step`](Self::step) does both for a [`Router`] and pulls its brake, and
/// [`watch`](Self::watch) does that in a thread. Times are readings of one [`Clock`](crate::Clock). Its lock is its own:
/// no request ever waits for it.
///
/// Evidence alone rolls a sound v2 back with probability at most α in the whole life of the rollout, if ids are what is
/// randomised and what is recorded, if both versions draw the line of an error alike, and if the epochs survive restarts
/// ([`GuardBuilder::epochs_before`]). The thresholds carry no such promise: they are for people, and for v2 that breaks
/// so badly that nobody wants to wait.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use cutover::migration::{Action, Guard, Outcome, Outcomes};
/// use cutover::{Request, Rollout, Router, Share, Version};
///
/// let share: Share = "10%".parse()?;
/// let router = Router::new(Rollout::builder("contribution-form-v2", share).build()?);
/// let outcomes = Arc::new(Outcomes::new());
/// let guard = Guard::builder().request_timeout(Duration::from_secs(5)).build(Arc::clone(&outcomes))?;
/// guard.step(&router, Duration::ZERO);
/// guard.step(&router, Duration::from_secs(5)); // from here on errors count
/// for n in 0..2_000 {
///     let id = format!("user-{n}");
///     let decision = router.decide(&Request::new(&id));
///     let outcome = if decision.version() == Version::V2 { Outcome::Failed } else { Outcome::Accepted };
///     outcomes.record(&decision, &id, outcome, Duration::from_millis(20));
/// }
/// let verdict = guard.step(&router, Duration::from_secs(6));
/// assert_eq!(verdict.action, Action::RollBack);
/// assert_eq!(router.route("user-1"), Version::V1);
/// # Ok::<(), cutover::Error>(())
/// ```
#[derive(Debug)]
pub struct Guard {
    settings: Settings,
    outcomes: Arc<Outcomes>,
    stage: Mutex<Stage>,
}

/// The epoch that is under way, if there is one.
#[derive(Debug)]
struct Stage {
    number: u64,
    share: Option<Share>,
    epoch: Option<Arc<Epoch>>,
    /// When the epoch starts to count, unless it does.
    opens: Option<Duration>,
    /// What had happened when the share changed.
    before: Snapshot,
}

impl Guard {
    /// How often [`watch`](Self::watch) looks, unless there is a reason for another interval.
    pub const INTERVAL: Duration = Duration::from_secs(1);

    /// Sets up a guard.
    pub fn builder() -> GuardBuilder {
        GuardBuilder::new()
    }

    pub(super) fn new(settings: Settings, outcomes: Arc<Outcomes>) -> Self {
        let stage = Stage {
            number: settings.epochs_before,
            share: None,
            epoch: None,
            opens: None,
            before: Snapshot::default(),
        };
        Self {
            settings,
            outcomes,
            stage: Mutex::new(stage),
        }
    }

    /// Tells the guard the share in force; under a brake that is [`Share::ZERO`].
    ///
    /// Another share than the last begins an epoch, which counts nothing for one request timeout. An error whose decision
    /// was made at another share is no evidence in it, however late it ends.
    pub fn observe(&self, share: Share, now: Duration) {
        let mut stage = self.stage();
        if stage.share != Some(share) {
            stage.share = Some(share);
            self.begin(&mut stage, share);
            // Only here: rates that started again with every full epoch would judge each time by a handful of requests.
            stage.before = self.outcomes.snapshot();
            stage.opens = Some(now.saturating_add(self.settings.request_timeout));
        }
    }

    /// Holds every rule against what has happened: rates since the share changed, evidence since the epoch began.
    ///
    /// Also opens the epoch when its time has come, and begins the next when it is full. Look at least once a request
    /// timeout: between a full epoch and the next look no error counts.
    #[must_use = "the verdict is for the caller to act on"]
    pub fn evaluate(&self, now: Duration) -> Verdict {
        let mut stage = self.stage();
        if stage.opens.is_some_and(|opens| opens <= now) {
            stage.opens = None;
            stage.epoch.iter().for_each(|epoch| epoch.open());
        }
        let full = stage.epoch.as_ref().is_some_and(|epoch| epoch.is_full());
        let verdict = judge(&self.settings, &self.seen(&stage), stage.number);
        // Only after its last error was judged: the evidence of an epoch must not go unseen.
        if let (true, Some(share)) = (full && verdict.action != Action::RollBack, stage.share) {
            // The share stays, so nothing is in flight that would tilt the new epoch, and it counts at once.
            self.begin(&mut stage, share).open();
        }
        verdict
    }

    /// [Observes](Self::observe) the router's share, [evaluates](Self::evaluate), and pulls the brake on "roll back", with
    /// the verdict as its reason. All ids are at v1 when this returns then.
    ///
    /// The epoch ends with the brake: once it is released, v2 is judged by what it does from there on.
    pub fn step(&self, router: &Router, now: Duration) -> Verdict {
        let status = router.status();
        self.observe(
            if status.braked {
                Share::ZERO
            } else {
                status.share
            },
            now,
        );
        let verdict = self.evaluate(now);
        if verdict.action == Action::RollBack {
            router.brake(verdict.to_string());
            self.observe(Share::ZERO, now);
        }
        verdict
    }

    /// What this guard judges: the requests that the share decided, since it changed, and the errors of the
    /// epoch.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.seen(&self.stage())
    }

    /// Holds every rule against a snapshot, say the sum of a fleet's. Pure: changes nothing, and nothing is forgotten by it.
    ///
    /// A sum is judged by the same rules, but an id that errs on several machines counts on each: route an id to one
    /// machine, or judge each by itself at α divided by their number.
    #[must_use]
    pub fn judge(&self, seen: &Snapshot) -> Verdict {
        judge(&self.settings, seen, self.epoch())
    }

    /// The number of the epoch under way, from 1; before the first share what the builder was told. Store it with the
    /// state of the rollout: it never starts again.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.stage().number
    }

    fn begin(&self, stage: &mut Stage, share: Share) -> Arc<Epoch> {
        stage.number = stage.number.saturating_add(1);
        let epoch = Arc::new(Epoch::new(stage.number, share));
        self.outcomes.begin(Arc::clone(&epoch));
        stage.epoch = Some(Arc::clone(&epoch));
        epoch
    }

    fn seen(&self, stage: &Stage) -> Snapshot {
        self.outcomes.snapshot().since(&stage.before).randomised()
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
