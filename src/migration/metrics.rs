//! The figures of a rollout for Prometheus: one table of what there is, and a text made from the other modules' snapshots.
//!
//! Nothing here runs for a request but [`Decisions::count`], which is one atomic addition.

mod decisions;
#[cfg(feature = "tracing")]
mod events;
#[cfg(feature = "metrics")]
mod facade;
mod guard;
mod table;
mod text;

use std::time::{Duration, SystemTime};

use super::shadow;
use super::{Outcome, Snapshot};
use crate::routing::{BrakedBy, Share, Status};
use crate::version::Version;

pub use decisions::Decisions;
#[cfg(feature = "tracing")]
pub use events::{VerdictEvents, trace_changes};
pub use table::{Kind, METRICS, Metric};

const VERSIONS: [Version; 2] = [Version::V1, Version::V2];
const QUANTILES: [(f64, &str); 3] = [(0.5, "0.5"), (0.95, "0.95"), (0.99, "0.99")];
/// The upper bounds of the histogram's buckets, in milliseconds and as their label has them: close together around 200 ms,
/// which is what a plan allows p95 unless told otherwise.
const BUCKETS: [(u64, &str); 21] = [
    (5, "0.005"),
    (10, "0.01"),
    (20, "0.02"),
    (30, "0.03"),
    (50, "0.05"),
    (75, "0.075"),
    (100, "0.1"),
    (125, "0.125"),
    (150, "0.15"),
    (175, "0.175"),
    (200, "0.2"),
    (225, "0.225"),
    (250, "0.25"),
    (300, "0.3"),
    (400, "0.4"),
    (500, "0.5"),
    (750, "0.75"),
    (1_000, "1"),
    (2_000, "2"),
    (5_000, "5"),
    (10_000, "10"),
];

/// The figures at a moment. Give it what there is; what isn't given is not in the text.
///
/// Of what is given, every metric is in the text from the first request on and before it, with every value of its labels:
/// counters as 0, so that Prometheus sees them rise. What isn't known yet is `NaN`, and what nothing limits `+Inf`.
///
/// ```
/// use std::time::SystemTime;
/// use cutover::migration::metrics::Metrics;
/// use cutover::{Rollout, Router, Share};
///
/// let router = Router::new(Rollout::builder("contribution-form-v2", "12.5%".parse()?).revision(7).build()?);
/// let text = Metrics::new().router(&router.status(), SystemTime::now()).to_string();
/// assert!(text.contains("\n# TYPE cutover_share_ratio gauge\ncutover_share_ratio 0.125\n"));
/// # Ok::<(), cutover::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    samples: Vec<Sample>,
}

#[derive(Clone, Debug)]
struct Sample {
    metric: &'static Metric,
    /// After the metric's name: `_bucket`, `_sum` and `_count` of histograms and summaries, else nothing.
    suffix: &'static str,
    labels: Vec<(&'static str, &'static str)>,
    value: Value,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Count(u64),
    Figure(f64),
}

impl Metrics {
    /// No figures yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is in force in a router, at this time.
    #[must_use]
    pub fn router(mut self, status: &Status, now: SystemTime) -> Self {
        let age = now.duration_since(status.since).unwrap_or_default();
        self.figure(&table::SHARE, &[], ratio(status.share));
        self.figure(&table::SHADOW_SAMPLE, &[], ratio(status.shadow));
        self.figure(&table::BRAKE, &[], f64::from(u8::from(status.braked)));
        for by in BrakedBy::ALL {
            let labels = [("by", by.as_str())];
            self.count(&table::BRAKINGS, &labels, status.brakings.by(by));
        }
        let revision = status.revision.unwrap_or(0);
        self.figure(&table::REVISION, &[], f64::from(revision));
        self.figure(&table::AGE, &[], age.as_secs_f64());
        self.figure(
            &table::REFUSED,
            &[],
            f64::from(u8::from(status.last_error.is_some())),
        );
        let source_age = status.source_age.unwrap_or_default();
        self.figure(&table::SOURCE_AGE, &[], source_age.as_secs_f64());
        self
    }

    /// Decisions by version and reason.
    #[must_use]
    pub fn decisions(mut self, decisions: &Decisions) -> Self {
        for (version, reason, count) in decisions.counts() {
            let labels = [("version", version.as_str()), ("reason", reason.as_str())];
            self.count(&table::DECISIONS, &labels, count);
        }
        self
    }

    /// Requests by version and outcome, and their latency. Give it what happened since the process began: Prometheus takes
    /// differences itself.
    #[must_use]
    pub fn outcomes(mut self, seen: &Snapshot) -> Self {
        for version in VERSIONS {
            for outcome in Outcome::ALL {
                let labels = [("version", version.as_str()), ("outcome", outcome.as_str())];
                self.count(&table::REQUESTS, &labels, seen.count(version, outcome));
            }
        }
        for version in VERSIONS {
            let latencies = seen.latencies(version);
            let version = ("version", version.as_str());
            for (ms, bound) in BUCKETS {
                let count = latencies.at_most(Duration::from_millis(ms));
                let labels = [version, ("le", bound)];
                self.part(&table::DURATION, "_bucket", &labels, Value::Count(count));
            }
            let count = Value::Count(latencies.count());
            let labels = [version, ("le", "+Inf")];
            self.part(&table::DURATION, "_bucket", &labels, count);
            let total = Value::Figure(latencies.total().as_secs_f64());
            self.part(&table::DURATION, "_sum", &[version], total);
            self.part(&table::DURATION, "_count", &[version], count);
            for (quantile, text) in QUANTILES {
                let latency = latencies.quantile(quantile).unwrap_or_default();
                let labels = [version, ("quantile", text)];
                self.figure(&table::QUANTILES, &labels, latency.as_secs_f64());
            }
            self.part(&table::QUANTILES, "_count", &[version], count);
        }
        self
    }

    /// What the shadow has found.
    #[must_use]
    pub fn shadow(mut self, seen: &shadow::Snapshot) -> Self {
        let same = seen.comparisons.saturating_sub(seen.differing);
        for (result, count) in [("same", same), ("different", seen.differing)] {
            self.count(&table::COMPARISONS, &[("result", result)], count);
        }
        let not_compared = [
            ("skipped", seen.skipped),
            ("late", seen.late),
            ("panicked", seen.panicked),
            ("both_failed", seen.both_failed),
        ];
        for (reason, count) in not_compared {
            self.count(&table::NOT_COMPARED, &[("reason", reason)], count);
        }
        self.count(&table::NOISE, &[], seen.noise_comparisons);
        for (version, count) in [
            (Version::V1, seen.discordant.v1),
            (Version::V2, seen.discordant.v2),
        ] {
            self.count(&table::DISCORDANT, &[("version", version.as_str())], count);
        }
        self.figure(&table::DIVERGENCES, &[], seen.divergences() as f64);
        self
    }

    fn count(
        &mut self,
        metric: &'static Metric,
        labels: &[(&'static str, &'static str)],
        count: u64,
    ) {
        self.part(metric, "", labels, Value::Count(count));
    }

    fn figure(
        &mut self,
        metric: &'static Metric,
        labels: &[(&'static str, &'static str)],
        figure: f64,
    ) {
        self.part(metric, "", labels, Value::Figure(figure));
    }

    fn part(
        &mut self,
        metric: &'static Metric,
        suffix: &'static str,
        labels: &[(&'static str, &'static str)],
        value: Value,
    ) {
        self.samples.push(Sample {
            metric,
            suffix,
            labels: labels.to_vec(),
            value,
        });
    }
}

fn ratio(share: Share) -> f64 {
    f64::from(share.as_ppm()) / f64::from(Share::FULL.as_ppm())
}
