//! A recorded log once more through outcomes and guard, by the times that were logged.

use std::sync::Arc;
use std::time::Duration;

use cutover::migration::{Action, Guard, GuardBuilder, Outcomes, Snapshot, Verdict};
use cutover::{Decision, Reason, Request, Rollout, Router, Share, Version};

use crate::failure::Failure;
use crate::log::Entry;

/// From how many requests of v2 on the guard judges rates, unless it is told otherwise.
const MIN_REQUESTS: u64 = 100;

/// Outcomes and a guard that live through a log.
///
/// The guard is looked at after every error, which is when the evidence moves, and once a second of the log's time. A log
/// is what happened, so it goes on after a verdict that would have ended v2.
pub(crate) struct Rerun {
    outcomes: Arc<Outcomes>,
    guard: Guard,
    share: Share,
    /// v1's first.
    decisions: [Decision; 2],
    v2_requests: u64,
    began: Option<Duration>,
    now: Duration,
    next_look: Duration,
    rolled_back: Option<(u64, Verdict)>,
}

impl Rerun {
    /// A guard as this builder makes it, over requests of which this share was on v2.
    pub(crate) fn new(share: Share, guard: GuardBuilder) -> Result<Self, Failure> {
        let usage = |error: cutover::Error| Failure::Usage(error.to_string());
        let outcomes = Arc::new(Outcomes::new());
        let rollout = Rollout::builder("rerun", share).allow_requested(true);
        let router = Router::builder()
            .rollout(rollout.build().map_err(usage)?)
            .env(|_| None)
            .build()
            .map_err(usage)?;
        Ok(Self {
            guard: guard.build(Arc::clone(&outcomes)).map_err(usage)?,
            outcomes,
            share,
            decisions: [Version::V1, Version::V2].map(|version| decision(&router, version)),
            v2_requests: 0,
            began: None,
            now: Duration::ZERO,
            next_look: Duration::ZERO,
            rolled_back: None,
        })
    }

    /// The next request of the log. One that was logged late counts at the latest time that was seen.
    pub(crate) fn record(&mut self, line: u64, entry: &Entry<'_>) {
        let began = *self.began.get_or_insert(entry.timestamp.0);
        self.now = self.now.max(entry.timestamp.0.saturating_sub(began));
        if self.now >= self.next_look {
            self.guard.observe(self.share, self.now);
            self.next_look = self.now + Duration::from_secs(1);
            self.look(line.saturating_sub(1));
        }
        let outcome = entry.action.outcome();
        let [v1, v2] = &self.decisions;
        let decision = match entry.version {
            Version::V1 => v1,
            Version::V2 => v2,
        };
        self.v2_requests += u64::from(entry.version == Version::V2);
        self.outcomes
            .record(decision, entry.id.as_bytes(), outcome, entry.took);
        let judged_from_here = entry.version == Version::V2 && self.v2_requests == MIN_REQUESTS;
        if outcome.is_error() || judged_from_here {
            self.look(line);
        }
    }

    /// What the guard has said, over a log of so many lines.
    pub(crate) fn end(mut self, lines: u64) -> End {
        self.look(lines);
        End {
            at_end: self.guard.evaluate(self.now),
            rolled_back: self.rolled_back,
            epoch: self.guard.epoch(),
            seen: self.outcomes.snapshot(),
        }
    }

    fn look(&mut self, line: u64) {
        if self.rolled_back.is_none() {
            let verdict = self.guard.evaluate(self.now);
            self.rolled_back = (verdict.action == Action::RollBack).then_some((line, verdict));
        }
    }
}

/// What came of a log.
pub(crate) struct End {
    /// The first line after which the guard said "roll back", and what it said.
    pub(crate) rolled_back: Option<(u64, Verdict)>,
    /// What it says of the whole.
    pub(crate) at_end: Verdict,
    /// The number of its last epoch.
    pub(crate) epoch: u64,
    /// All requests.
    pub(crate) seen: Snapshot,
}

impl End {
    /// The guard's word: "roll back" is its last.
    pub(crate) fn verdict(&self) -> &Verdict {
        self.rolled_back
            .as_ref()
            .map_or(&self.at_end, |(_, verdict)| verdict)
    }
}

/// A decision for this version: by the share where that ever decides so, as a request else. At 0 % whoever is on v2 has
/// asked for it, and is no evidence.
fn decision(router: &Router, version: Version) -> Decision {
    let share = router.status().share;
    let asked = router.decide(&Request::new("any").requested(version));
    let shared = match version {
        Version::V1 => share < Share::FULL,
        Version::V2 => share > Share::ZERO,
    };
    if !shared {
        return asked;
    }
    // A share of a millionth takes a million ids, a tenth of a second.
    (0_u64..)
        .map(|id| router.decide(&Request::new(&id.to_le_bytes())))
        .find(|decision| decision.version() == version && decision.reason() == Reason::Share)
        .unwrap_or(asked)
}
