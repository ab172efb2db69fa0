//! The figures of a rollout for Prometheus: one table of what there is, and a text made from the other modules' snapshots.
//!
//! Nothing here runs for a request but [`Decisions::count`], which is one atomic addition.

mod decisions;
#[cfg(feature = "tracing")]
mod events;
#[cfg(feature = "metrics")]
mod facade;
mod table;

use std::fmt::{self, Write};
use std::time::SystemTime;

use super::evidence::rate_at_least;
use super::shadow;
use super::{Action, Bet, Outcome, Snapshot, Verdict};
use crate::routing::{Share, Status};
use crate::version::Version;

pub use decisions::Decisions;
#[cfg(feature = "tracing")]
pub use events::{VerdictEvents, trace_changes};
pub use table::{Kind, METRICS, Metric};

const VERSIONS: [Version; 2] = [Version::V1, Version::V2];
const ACTIONS: [Action; 4] = [
    Action::Continue,
    Action::Hold,
    Action::RollBack,
    Action::RolledBack,
];
const QUANTILES: [(f64, &str); 3] = [(0.5, "0.5"), (0.95, "0.95"), (0.99, "0.99")];

/// The figures at a moment. Give it what there is; what isn't given is not in the text.
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
    /// After the metric's name: `_count` of a summary, else nothing.
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
        if let Some(revision) = status.revision {
            self.figure(&table::REVISION, &[], f64::from(revision));
        }
        self.figure(&table::AGE, &[], age.as_secs_f64());
        self.figure(
            &table::REFUSED,
            &[],
            f64::from(u8::from(status.last_error.is_some())),
        );
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
            for (quantile, text) in QUANTILES {
                if let Some(latency) = latencies.quantile(quantile) {
                    let labels = [("version", version.as_str()), ("quantile", text)];
                    self.figure(&table::DURATION, &labels, latency.as_secs_f64());
                }
            }
            let labels = vec![("version", version.as_str())];
            let value = Value::Count(latencies.count());
            self.samples.push(Sample {
                metric: &table::DURATION,
                suffix: "_count",
                labels,
                value,
            });
        }
        self
    }

    /// What the guard says: [`Guard::verdict`](crate::migration::Guard::verdict), which changes nothing, where another
    /// thread looks.
    #[must_use]
    pub fn verdict(mut self, verdict: &Verdict) -> Self {
        for action in ACTIONS {
            let says = f64::from(u8::from(verdict.action == action));
            self.figure(&table::VERDICT, &[("action", action.as_str())], says);
        }
        for report in &verdict.bets {
            let bet = ("bet", report.bet.as_str());
            self.figure(&table::EVIDENCE, &[bet], report.ln_w);
            self.figure(&table::EVIDENCE_LIMIT, &[bet], report.limit);
            // At 100 % there is nothing to compare with: the rate below says what is known.
            if report.bet == Bet::Absolute {
                continue;
            }
            let bounds = report.bounds();
            for (name, bound) in [
                ("lower", Some(bounds.lower)),
                ("estimate", bounds.estimate),
                ("upper", bounds.upper),
            ] {
                if let Some(bound) = bound {
                    self.figure(&table::RATIO, &[bet, ("bound", name)], bound);
                }
            }
        }
        for (version, count) in [("v1", verdict.v1), ("v2", verdict.v2)] {
            let rest = count.requests - count.failures;
            let lower = rate_at_least(count.failures, rest, -verdict.alpha.ln());
            self.figure(&table::RATE_LOWER, &[("version", version)], lower);
        }
        self.figure(&table::ALPHA, &[], verdict.alpha);
        self.figure(&table::KEPT, &[], f64::from(u8::from(verdict.kept)));
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
        self.push(metric, labels, Value::Count(count));
    }

    fn figure(
        &mut self,
        metric: &'static Metric,
        labels: &[(&'static str, &'static str)],
        figure: f64,
    ) {
        self.push(metric, labels, Value::Figure(figure));
    }

    fn push(
        &mut self,
        metric: &'static Metric,
        labels: &[(&'static str, &'static str)],
        value: Value,
    ) {
        self.samples.push(Sample {
            metric,
            suffix: "",
            labels: labels.to_vec(),
            value,
        });
    }
}

/// The text format of Prometheus, version 0.0.4 (`text/plain; version=0.0.4`): in the order of [`METRICS`].
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for metric in METRICS {
            let mut samples = self
                .samples
                .iter()
                .filter(|sample| sample.metric.name == metric.name)
                .peekable();
            if samples.peek().is_some() {
                writeln!(f, "# HELP {} {}", metric.name, metric.help)?;
                writeln!(f, "# TYPE {} {}", metric.name, metric.kind.as_str())?;
            }
            for sample in samples {
                writeln!(f, "{sample}")?;
            }
        }
        Ok(())
    }
}

/// Names, labels and their values are words of ours: nothing in them needs an escape.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.metric.name, self.suffix)?;
        for (at, (label, value)) in self.labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            write!(f, "{before}{label}=\"{value}\"")?;
        }
        if !self.labels.is_empty() {
            f.write_char('}')?;
        }
        match self.value {
            Value::Count(count) => write!(f, " {count}"),
            Value::Figure(figure) => write!(f, " {figure}"),
        }
    }
}

fn ratio(share: Share) -> f64 {
    f64::from(share.as_ppm()) / f64::from(Share::FULL.as_ppm())
}
