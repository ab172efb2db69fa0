//! What the guard says, in figures.

use super::{Metrics, VERSIONS, table};
use crate::migration::evidence::rate_at_least;
use crate::migration::{Action, Bet, BetReport, Bounds, Reason, Verdict};
use crate::version::Version;

const ACTIONS: [Action; 4] = [
    Action::Continue,
    Action::Hold,
    Action::RollBack,
    Action::RolledBack,
];

impl Metrics {
    /// What the guard says: [`Guard::verdict`](crate::migration::Guard::verdict), which changes nothing, where another
    /// thread looks.
    ///
    /// A bet that doesn't run now has no evidence, and a limit of `+Inf`: nothing can reach it.
    #[must_use]
    pub fn verdict(mut self, verdict: &Verdict) -> Self {
        for action in ACTIONS {
            let says = f64::from(u8::from(verdict.action == action));
            self.figure(&table::VERDICT, &[("action", action.as_str())], says);
        }
        for reason in Reason::ALL {
            let says = f64::from(u8::from(verdict.reasons.contains(&reason)));
            self.figure(&table::REASON, &[("reason", reason.as_str())], says);
        }
        for bet in Bet::ALL {
            self.bet(bet, verdict.bet(bet));
        }
        for version in VERSIONS {
            let count = match version {
                Version::V1 => verdict.v1,
                Version::V2 => verdict.v2,
            };
            let rest = count.requests - count.failures;
            let lower = rate_at_least(count.failures, rest, -verdict.alpha.ln());
            let labels = [("version", version.as_str())];
            self.figure(&table::RATE_LOWER, &labels, lower);
        }
        let (ln_w, limit) = verdict
            .sample_ratio
            .map_or(NOTHING, |ratio| (ratio.ln_w, ratio.limit));
        self.figure(&table::SAMPLE_RATIO, &[], ln_w);
        self.figure(&table::SAMPLE_RATIO_LIMIT, &[], limit);
        let missing = verdict.unrecorded.unwrap_or_default();
        for (version, missing) in [("v1", missing.v1), ("v2", missing.v2)] {
            self.figure(&table::UNRECORDED, &[("version", version)], missing as f64);
        }
        self.figure(&table::ALPHA, &[], verdict.alpha);
        self.figure(&table::KEPT, &[], f64::from(u8::from(verdict.kept)));
        self
    }

    fn bet(&mut self, bet: Bet, report: Option<&BetReport>) {
        let label = ("bet", bet.as_str());
        let (ln_w, limit) = report.map_or(NOTHING, |report| (report.ln_w, report.limit));
        self.figure(&table::EVIDENCE, &[label], ln_w);
        self.figure(&table::EVIDENCE_LIMIT, &[label], limit);
        // At 100 % there is nothing to compare with: the lower bound of the rate says what is known.
        if bet == Bet::Absolute {
            return;
        }
        let bounds = report.map_or(UNKNOWN, BetReport::bounds);
        for (bound, ratio) in [
            ("lower", bounds.lower),
            ("estimate", bounds.estimate.unwrap_or(f64::NAN)),
            ("upper", bounds.upper.unwrap_or(f64::INFINITY)),
        ] {
            self.figure(&table::RATIO, &[label, ("bound", bound)], ratio);
        }
    }
}

/// The evidence where nothing is tested, and the limit that it can't reach.
const NOTHING: (f64, f64) = (0.0, f64::INFINITY);

/// What is known of v2's errors where nothing is tested.
const UNKNOWN: Bounds = Bounds {
    lower: 0.0,
    estimate: None,
    upper: None,
};
