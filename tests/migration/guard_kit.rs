//! A router and a guard at a moment that tests move by hand.

use std::sync::Arc;
use std::time::Duration;

use cutover::migration::{Action, Bet, Guard, GuardBuilder, Kept, Outcome, Verdict};
use cutover::routing::RolloutBuilder;
use cutover::{Clock, Decision, ManualClock, Request, Rollout, Router, Version};

/// What a request takes.
pub(crate) const SOON: Duration = Duration::from_millis(7);

pub(crate) fn rollout(revision: u32, share: &str) -> RolloutBuilder {
    Rollout::builder("guard-test", share.parse().unwrap()).revision(revision)
}

/// A guard that keeps its state for as long as it lives.
pub(crate) fn builder() -> GuardBuilder {
    Guard::builder().kept(Kept::default(), |_| Ok(()))
}

/// A guard that bets on what a shadow finds, too.
pub(crate) fn shadow_bet(guard: GuardBuilder) -> GuardBuilder {
    guard.weight(Bet::Failure, 0.25).weight(Bet::Shadow, 0.1)
}

/// v2's and v1's errors, of the window nearest its limit.
pub(crate) fn errors(verdict: &Verdict, bet: Bet) -> (u64, u64) {
    let errors = verdict.bet(bet).unwrap().errors;
    (errors.v2, errors.v1)
}

pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) guard: Arc<Guard>,
    clock: Arc<ManualClock>,
}

impl World {
    pub(crate) fn new(rollout: RolloutBuilder, guard: GuardBuilder) -> Self {
        let clock = Arc::new(ManualClock::new());
        clock.advance(Duration::from_secs(1_000));
        let guard = guard.clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let world = Self {
            router: Router::builder()
                .env(|_| None)
                .rollout(rollout.build().unwrap())
                .build()
                .unwrap(),
            guard: Arc::new(guard.build().unwrap()),
            clock,
        };
        world.step();
        // Records come a little after they started.
        world.pass(2 * SOON);
        world
    }

    pub(crate) fn at(share: &str) -> Self {
        Self::new(rollout(1, share), builder())
    }

    pub(crate) fn apply(&self, rollout: RolloutBuilder) {
        self.router.apply(rollout.build().unwrap()).unwrap();
    }

    pub(crate) fn step(&self) -> Verdict {
        self.guard.step(&self.router)
    }

    /// Time passes, and nobody looks.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// So many looks, a second apart, or fewer if one rolls back; what the last says.
    pub(crate) fn after(&self, seconds: u64) -> Verdict {
        for left in (0..seconds).rev() {
            self.pass(Duration::from_secs(1));
            let verdict = self.step();
            if left == 0 || verdict.action == Action::RollBack {
                return verdict;
            }
        }
        self.step()
    }

    /// The same, without a request in all that time.
    pub(crate) fn after_quietly(&self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    /// What the first look says that takes in what was recorded up to now, or that rolls back before.
    pub(crate) fn settle(&self) -> Verdict {
        self.after(6)
    }

    pub(crate) fn decide(&self, id: &str) -> Decision {
        self.router.decide(&Request::new(id))
    }

    pub(crate) fn request(&self, id: &str, outcome: Outcome) {
        let outcomes = self.guard.outcomes();
        outcomes.record_ended(&self.decide(id), id, outcome, SOON);
    }

    /// So many requests by so many ids that the share gives this version.
    pub(crate) fn requests(&self, name: &str, version: Version, count: usize, outcome: Outcome) {
        let ids: Vec<String> = self.ids(name, version).take(count).collect();
        assert_eq!(ids.len(), count, "the share gives {version} to nobody");
        ids.iter().for_each(|id| self.request(id, outcome));
    }

    pub(crate) fn ids(&self, name: &str, version: Version) -> impl Iterator<Item = String> {
        (0..2_000_000)
            .map(move |n| format!("{name}-{n}"))
            .filter(move |id| self.decide(id).version() == version)
    }
}
