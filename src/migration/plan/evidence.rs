//! What the gates are given: the figures of a phase, as one value that the decision log keeps.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::migration::{Action, Outcome, Snapshot, Verdict, shadow};
use crate::version::Version;

/// A bound of a percentile may be wrong, ever, with this probability: half of 5 %, as comparing two versions takes two.
const ALPHA: f64 = 0.025;
/// Fewer requests give no upper bound.
pub(super) const FEWEST: u64 = 623;

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
    /// How far v2 is from being shown to be sound; `None` when no guard compares the versions, as at 0 % and 100 %.
    pub go: Option<Soundness>,
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
            go: verdict.and_then(Soundness::of),
            verdict: verdict.map(ToString::to_string),
            braked,
        }
    }
}

impl Figures {
    fn of(seen: &Snapshot, version: Version) -> Self {
        let latencies = seen.latencies(version);
        let (lower, upper) = latencies.quantile_bounds(0.95, ALPHA);
        let ms = |latency: Option<Duration>| latency.map(|latency| latency.as_secs_f64() * 1e3);
        Self {
            requests: seen.requests(version),
            errors: seen.errors(version),
            failures: seen.count(version, Outcome::Failed),
            p95_ms: ms(latencies.quantile(0.95)),
            p95_lower_ms: ms(lower),
            p95_upper_ms: ms(upper),
        }
    }

    pub(super) fn p95(&self) -> Percentile {
        Percentile {
            lower: self.p95_lower_ms,
            estimate: self.p95_ms,
            upper: self.p95_upper_ms,
        }
    }
}

/// A percentile, or a multiple of one, and the bounds between which it certainly lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Percentile {
    pub(super) lower: Option<f64>,
    pub(super) estimate: Option<f64>,
    pub(super) upper: Option<f64>,
}

impl Percentile {
    /// As a multiple of another one.
    pub(super) fn over(self, other: Self) -> Self {
        let ratio = |one: Option<f64>, other: Option<f64>| {
            let (one, other) = one.zip(other)?;
            (other > 0.0).then_some(one / other)
        };
        Self {
            lower: ratio(self.lower, other.upper),
            estimate: ratio(self.estimate, other.estimate),
            upper: ratio(self.upper, other.lower),
        }
    }
}

/// How far v2 is from being shown to be sound enough for a higher share. In principals: their requests are not independent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Soundness {
    /// Whether the guard says "continue".
    pub shown: bool,
    /// v2's principals since the share changed.
    pub principals: u64,
    /// So many without any error are enough.
    pub clean_principals: u64,
    /// How many seconds it will probably take at the present traffic; `None` when that can't be told, or when the guard holds
    /// for another reason than too little evidence.
    pub remaining_s: Option<u64>,
}

impl Soundness {
    fn of(verdict: &Verdict) -> Option<Self> {
        let go = verdict.go?;
        let waiting = verdict.action == Action::Hold && verdict.reasons.is_empty();
        Some(Self {
            shown: verdict.action == Action::Continue,
            principals: go.principals,
            clean_principals: go.clean_principals,
            remaining_s: go
                .remaining
                .filter(|_| waiting)
                .map(|remaining| remaining.as_secs()),
        })
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
    /// The 95th percentile of its latency, in milliseconds: the likeliest value. The gates go by the bounds.
    pub p95_ms: Option<f64>,
    /// It is certainly at least this; `None` when there are too few requests to say.
    pub p95_lower_ms: Option<f64>,
    /// It is certainly at most this; `None` when there are too few requests to say: below 623.
    pub p95_upper_ms: Option<f64>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::evidence::quantile_ranks;

    #[test]
    fn the_fewest_requests_are_those_that_the_formula_takes() {
        let bounded = |count| quantile_ranks(count, 0.95, ALPHA).1.is_some();
        assert_eq!((1..10_000).find(|&count| bounded(count)), Some(FEWEST));
    }
}
