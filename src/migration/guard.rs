//! The guard: looks at what happened, says what follows, and pulls the brake when that is "roll back".

use std::sync::Arc;
use std::time::Duration;

use super::bet::Bet;
use super::kept::Kept;
use super::ledger::Ledger;
use super::outcomes::Outcomes;
use super::settings::{GuardBuilder, Settings};
use super::verdict::{Action, Verdict, judge};
use crate::routing::{BrakedBy, Router, Share};
use crate::sync::{Mutex, MutexGuard, lock};

/// Judges a rollout by what happens to its requests, and rolls it back when v2 is worse than tolerated.
///
/// [`step`](Self::step) is one look: it takes in what happened, judges it, and pulls the router's brake on "roll back".
/// [`watch`](Self::watch) does that in a thread, once a second. A look takes in the seconds whose requests have all had
/// the request timeout to finish, so a verdict follows that much later. No request ever waits for a look.
///
/// # What is promised
/// A v2 that is no worse than tolerated is ever rolled back by the guard, by all of its rules together, over restarts and
/// changes of the share, with probability at most α (0.1 % unless set). For this:
/// - every request is recorded, with the decision that it was served by and its principal: see [`Outcomes::record`];
/// - both versions draw the line between accepted, rejected and failed alike;
/// - both are recorded by one deadline, the guard's request timeout: [`Outcomes::begin`] and the tower layer see to it;
/// - what the guard has used of α is kept: [`GuardBuilder::kept`].
///
/// "No worse than tolerated" means no more errors and failures than v1 ([`GuardBuilder::tolerance`]: so many times), and no
/// slower than 1.25 times ([`GuardBuilder::tolerated_latency`]). At 100 % there is no v1 to compare with, and it means a v2 that
/// fails no more often than twice v1's last known rate, or 2 %: an outage of everything rolls back then. Keep 1 % on v1 if you want none of that.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use cutover::migration::{Action, Guard, Kept, Outcome};
/// use cutover::{Clock, ManualClock, Request, Rollout, Router, Version};
///
/// let router = Router::new(Rollout::builder("contribution-form-v2", "10%".parse()?).build()?);
/// let clock = Arc::new(ManualClock::new());
/// let guard = Guard::builder()
///     .clock(Arc::clone(&clock) as Arc<dyn Clock>)
///     .kept(Kept::default(), |_kept| Ok(())) // a service stores it
///     .build()?;
/// guard.step(&router);
/// for n in 0..2_000 {
///     let id = format!("user-{n}");
///     let decision = router.decide(&Request::new(&id));
///     let outcome = if decision.version() == Version::V2 { Outcome::Failed } else { Outcome::Accepted };
///     guard.outcomes().record_ended(&decision, &id, outcome, Duration::from_millis(20));
/// }
/// clock.advance(Duration::from_secs(6)); // the request timeout, and the second in which the requests started
/// let verdict = guard.step(&router);
/// assert_eq!(verdict.action, Action::RollBack);
/// assert_eq!(router.route("user-1"), Version::V1);
/// # Ok::<(), cutover::Error>(())
/// ```
#[derive(Debug)]
pub struct Guard {
    settings: Settings,
    outcomes: Arc<Outcomes>,
    ledger: Mutex<Ledger>,
}

impl Guard {
    /// How often [`watch`](Self::watch) looks, unless there is a reason for another interval.
    pub const INTERVAL: Duration = Duration::from_secs(1);

    /// Sets up a guard.
    pub fn builder() -> GuardBuilder {
        GuardBuilder::new()
    }

    pub(super) fn new(settings: Settings, ledger: Ledger, outcomes: Arc<Outcomes>) -> Self {
        Self {
            settings,
            outcomes,
            ledger: Mutex::new(ledger),
        }
    }

    /// What this guard judges: record requests here. They belong together, so nothing else can use them up.
    #[must_use]
    pub fn outcomes(&self) -> &Arc<Outcomes> {
        &self.outcomes
    }

    /// Where a shadow tells what it found, if the guard bets on that.
    pub(super) fn takes_pairs(&self) -> Option<&Arc<Outcomes>> {
        let weight = self.settings.weights[Bet::Shadow as usize];
        (weight > 0.0).then_some(&self.outcomes)
    }

    /// Tells the guard the share in force; under a brake that is [`Share::ZERO`].
    ///
    /// With another share than the last, evidence begins anew in the next whole second. A request whose decision was made
    /// at another share, or that started before, is no evidence, however late it ends.
    pub fn observe(&self, share: Share) {
        let now = self.outcomes.now();
        let mut ledger = lock(&self.ledger);
        self.observe_at(&mut ledger, share, now);
    }

    /// Takes in what happened, and says what follows.
    ///
    /// Look once a second. When a look is overdue by more than a few seconds while requests arrive, the evidence begins anew
    /// in the next whole second.
    #[must_use = "the verdict is for the caller to act on"]
    pub fn evaluate(&self) -> Verdict {
        let now = self.outcomes.now();
        let mut ledger = lock(&self.ledger);
        self.look(&mut ledger, now)
    }

    /// [Observes](Self::observe) the router's share, [evaluates](Self::evaluate), and pulls the brake on "roll back", with
    /// the verdict as its reason. All ids are at v1 when this returns then.
    ///
    /// As long as that brake is pulled, the verdict is "rolled back" with the reason. Once it is released, v2 is judged by
    /// what it does from there on.
    pub fn step(&self, router: &Router) -> Verdict {
        let status = router.status();
        let share = if status.braked {
            Share::ZERO
        } else {
            status.share
        };
        let mut ledger = lock(&self.ledger);
        let now = self.outcomes.now();
        self.observe_at(&mut ledger, share, now);
        let mut verdict = self.look(&mut ledger, now);
        if verdict.action == Action::RollBack {
            let why = verdict.because();
            // The brake doesn't wait for the disk, and a listener of the router may panic.
            ledger.keeper.note_rollback(why.clone());
            router.brake_by(BrakedBy::Guard, why);
            // Stores it, too.
            self.observe_at(&mut ledger, Share::ZERO, now);
        } else if status.braked {
            verdict = after_rollback(verdict, ledger.keeper.kept());
        }
        verdict
    }

    /// What the last looks took in, judged again: changes nothing.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let ledger = lock(&self.ledger);
        let verdict = self.judge(&ledger, self.outcomes.now());
        if ledger.share == Some(Share::ZERO) {
            after_rollback(verdict, ledger.keeper.kept())
        } else {
            verdict
        }
    }

    /// What has to outlive the process: see [`GuardBuilder::kept`].
    #[must_use]
    pub fn kept(&self) -> Kept {
        lock(&self.ledger).keeper.kept().clone()
    }

    fn observe_at(&self, ledger: &mut MutexGuard<'_, Ledger>, share: Share, now: Duration) {
        if ledger.share != Some(share) {
            // v2 gets requests again: whoever released the brake has decided about the reason for it.
            if share > Share::ZERO {
                ledger.keeper.update(|kept| kept.rolled_back = None);
            }
            ledger.restart(share, now, &self.settings, &self.outcomes);
        }
    }

    fn look(&self, ledger: &mut MutexGuard<'_, Ledger>, now: Duration) -> Verdict {
        match ledger.share {
            Some(share) if self.outcomes.frame.is_overrun() => {
                ledger.restart(share, now, &self.settings, &self.outcomes);
            }
            _ => ledger.take_in(now, &self.settings, &self.outcomes),
        }
        ledger.reconcile(now);
        let verdict = self.judge(ledger, now);
        if verdict.action != Action::RollBack {
            ledger.begin_windows(now, &self.settings);
        }
        verdict
    }

    fn judge(&self, ledger: &Ledger, now: Duration) -> Verdict {
        judge(&self.settings, ledger, self.outcomes.sample.counts(), now)
    }
}

/// The verdict under a brake that this guard pulled.
fn after_rollback(verdict: Verdict, kept: &Kept) -> Verdict {
    match &kept.rolled_back {
        Some(why) => Verdict {
            action: Action::RolledBack,
            rolled_back: Some(why.clone()),
            ..verdict
        },
        None => verdict,
    }
}
