//! What the gates are given: the figures of a phase, as one value that the decision log keeps.

use serde::{Deserialize, Serialize};

use crate::migration::{Action, Outcome, Snapshot, Verdict, shadow};
use crate::version::Version;

/// What happened since the phase began, as far as the gates ask for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evidence {
    /// What v1 did.
    pub v1: Figures,
    /// What v2 did.
    pub v2: Figures,
    /// What the shadow found; `None` when none ran.
    pub shadow: Option<Shadowed>,
    /// Whether the guard says "roll back"; `None` when there is no guard.
    pub roll_back: Option<bool>,
    /// The guard's verdict in its own words, for the decision log.
    pub verdict: Option<String>,
    /// Whether the brake is pulled.
    pub braked: bool,
}

impl Evidence {
    /// The evidence in what happened since the phase began: what became of the requests, the guard's verdict and what the
    /// shadow found, as far as there is either.
    ///
    /// The requests are all of them, not only those that the share decided: at a share of 0 % testers are all there is.
    #[must_use]
    pub fn of(
        seen: &Snapshot,
        verdict: Option<&Verdict>,
        shadow: Option<&shadow::Snapshot>,
        braked: bool,
    ) -> Self {
        Self {
            v1: Figures::of(seen, Version::V1),
            v2: Figures::of(seen, Version::V2),
            shadow: shadow.map(|seen| Shadowed {
                comparisons: seen.comparisons,
                divergences: seen.divergences(),
            }),
            roll_back: verdict
                .map(|verdict| matches!(verdict.action, Action::RollBack | Action::RolledBack)),
            verdict: verdict.map(ToString::to_string),
            braked,
        }
    }
}

impl Figures {
    fn of(seen: &Snapshot, version: Version) -> Self {
        let p95 = seen.latencies(version).quantile(0.95);
        Self {
            requests: seen.requests(version),
            errors: seen.errors(version),
            failures: seen.count(version, Outcome::Failed),
            p95_ms: p95.map(|latency| latency.as_secs_f64() * 1e3),
        }
    }
}

/// What one version did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Figures {
    /// Requests that it served.
    pub requests: u64,
    /// Of these, rejected or failed.
    pub errors: u64,
    /// Of these, failed.
    pub failures: u64,
    /// The 95th percentile of its latency, in milliseconds.
    pub p95_ms: Option<f64>,
}

/// What the shadow found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shadowed {
    /// Requests that both versions answered, and whose answers were compared.
    pub comparisons: u64,
    /// Requests that were treated differently: [`Snapshot::divergences`](shadow::Snapshot::divergences).
    pub divergences: u64,
}
