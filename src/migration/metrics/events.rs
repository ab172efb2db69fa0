//! Events of what changes, for `tracing`: rollouts, brakes, the environment, verdicts. Never of a request.

use std::sync::Mutex;
use std::sync::PoisonError;

use tracing::{info, warn};

use crate::migration::{Action, Verdict};
use crate::routing::{Change, Router};

/// Makes an event of every change of this router from now on: of the target `cutover`, at the level `warn` for a brake that
/// is pulled and a document that is refused, else `info`.
pub fn trace_changes(router: &Router) {
    router.on_change(|change| match change {
        Change::Applied { revision, share } => {
            info!(target: "cutover", revision, share = %share, "rollout applied");
        }
        Change::Refused(refusal) => {
            warn!(target: "cutover", path = %refusal.path, reason = %refusal.message, "rollout refused");
        }
        Change::Braked { number, by, why } => {
            warn!(target: "cutover", number = number.get(), by = by.as_str(), why = %why, "brake pulled");
        }
        Change::Released { number } => info!(target: "cutover", number = number.get(), "brake released"),
        Change::StateFailed(refusal) => {
            warn!(target: "cutover", reason = %refusal.message, "brake state not written");
        }
        Change::Env(env) => {
            let version = env.version.map(|version| version.as_str());
            info!(target: "cutover", brake = env.brake, version, "environment changed");
        }
    });
}

/// Makes an event of every verdict that says something else than the one before.
#[derive(Debug, Default)]
pub struct VerdictEvents(Mutex<Option<Action>>);

impl VerdictEvents {
    /// No verdict yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Tells it a verdict: an event at the level `warn` for "roll back", else `info`, if it is another than the last.
    pub fn note(&self, verdict: &Verdict) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.replace(verdict.action) == Some(verdict.action) {
            return;
        }
        match verdict.action {
            Action::RollBack | Action::RolledBack => {
                warn!(target: "cutover", verdict = %verdict, "verdict")
            }
            Action::Continue | Action::Hold => {
                info!(target: "cutover", verdict = %verdict, "verdict")
            }
        }
    }
}
