//! What there is to measure: the one table that the text, the facade and `docs/metrics.md` are held to.

/// A metric: what it is called and what it says.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name, as Prometheus has it.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// The labels of each sample, in order.
    pub labels: &'static [&'static str],
    /// One line for people.
    pub help: &'static str,
}

/// The kinds of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Only grows, until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How many were at most so much, for each bound, since the process began; their sum and count.
    Histogram,
    /// Quantiles since the process began, and a count.
    Summary,
}

impl Kind {
    /// As the text format has it, e.g. `counter`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
        }
    }
}

const fn metric(
    kind: Kind,
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind,
        labels,
        help,
    }
}

pub(super) const DECISIONS: Metric = metric(
    Kind::Counter,
    "cutover_decisions_total",
    &["version", "reason"],
    "Decisions by the version that was chosen and the rule that chose it.",
);
pub(super) const REQUESTS: Metric = metric(
    Kind::Counter,
    "cutover_requests_total",
    &["version", "outcome"],
    "Requests by the version that served them and what became of them.",
);
pub(super) const DURATION: Metric = metric(
    Kind::Histogram,
    "cutover_request_duration_seconds",
    &["version", "le"],
    "Latency of requests by the version that served them; a request within 1.6 % of a bound may be on either side of it.",
);
pub(super) const QUANTILES: Metric = metric(
    Kind::Summary,
    "cutover_request_duration_quantiles_seconds",
    &["version", "quantile"],
    "Quantiles of the latency of all requests since the process began, to 1.6 % up to 68.7 s; 0 before the first.",
);
pub(super) const SHARE: Metric = metric(
    Kind::Gauge,
    "cutover_share_ratio",
    &[],
    "Share of ids that get v2 by the rollout in force, 0 to 1, whether the brake is pulled or not.",
);
pub(super) const SHADOW_SAMPLE: Metric = metric(
    Kind::Gauge,
    "cutover_shadow_sample_ratio",
    &[],
    "Share of ids in the shadow sample, 0 to 1.",
);
pub(super) const BRAKE: Metric = metric(
    Kind::Gauge,
    "cutover_brake_pulled",
    &[],
    "1 while the brake is pulled, by whomever, and all is v1; else 0.",
);
pub(super) const BRAKINGS: Metric = metric(
    Kind::Counter,
    "cutover_guard_brake_total",
    &["by"],
    "How often the brake was pulled, by whoever pulled it first.",
);
pub(super) const REVISION: Metric = metric(
    Kind::Gauge,
    "cutover_rollout_revision",
    &[],
    "Revision of the rollout in force; 0 without one.",
);
pub(super) const AGE: Metric = metric(
    Kind::Gauge,
    "cutover_rollout_age_seconds",
    &[],
    "How long the rollout has been in force.",
);
pub(super) const REFUSED: Metric = metric(
    Kind::Gauge,
    "cutover_rollout_refused",
    &[],
    "1 while the last rollout document was refused and an older one is in force; else 0.",
);
pub(super) const SOURCE_AGE: Metric = metric(
    Kind::Gauge,
    "cutover_rollout_source_age_seconds",
    &[],
    "How long ago the source of the rollout document, such as its file, could last be read; 0 when none is followed.",
);
pub(super) const VERDICT: Metric = metric(
    Kind::Gauge,
    "cutover_guard_verdict",
    &["action"],
    "1 for what the guard says, 0 for what it doesn't.",
);
pub(super) const REASON: Metric = metric(
    Kind::Gauge,
    "cutover_guard_reason",
    &["reason"],
    "1 for each reason of what the guard says; else 0.",
);
pub(super) const EVIDENCE: Metric = metric(
    Kind::Gauge,
    "cutover_guard_evidence",
    &["bet"],
    "Log of the evidence that v2 is worse than tolerated, in the window nearest its limit; 0 while the bet doesn't run.",
);
pub(super) const EVIDENCE_LIMIT: Metric = metric(
    Kind::Gauge,
    "cutover_guard_evidence_limit",
    &["bet"],
    "What the log of the evidence has to reach in this window for the guard to roll back; +Inf while the bet doesn't run.",
);
pub(super) const RATIO: Metric = metric(
    Kind::Gauge,
    "cutover_guard_ratio",
    &["bet", "bound"],
    "How many times v1's errors v2 makes: certainly at least, probably (NaN: not known), and certainly at most.",
);
pub(super) const RATE_LOWER: Metric = metric(
    Kind::Gauge,
    "cutover_guard_rate_lower",
    &["version"],
    "Failure rate, 0 to 1, that a version has certainly had since the share changed, if requests fail independently.",
);
pub(super) const SAMPLE_RATIO: Metric = metric(
    Kind::Gauge,
    "cutover_guard_sample_ratio_evidence",
    &[],
    "Log of the evidence that v2 didn't get its share of the principals; 0 at 0 % and 100 %.",
);
pub(super) const SAMPLE_RATIO_LIMIT: Metric = metric(
    Kind::Gauge,
    "cutover_guard_sample_ratio_limit",
    &[],
    "What that has to reach for the guard to hold; +Inf at 0 % and 100 %.",
);
pub(super) const UNRECORDED: Metric = metric(
    Kind::Gauge,
    "cutover_guard_unrecorded",
    &["version"],
    "Requests that were decided since the share changed and never recorded, at least; 0 when the guard isn't given the decisions.",
);
pub(super) const ALPHA: Metric = metric(
    Kind::Gauge,
    "cutover_guard_alpha",
    &[],
    "Probability at most that a sound v2 is rolled back; a hundredth of what was set where the state is not kept.",
);
pub(super) const KEPT: Metric = metric(
    Kind::Gauge,
    "cutover_guard_kept",
    &[],
    "1 when the guard's state survives a restart; else 0.",
);
pub(super) const COMPARISONS: Metric = metric(
    Kind::Counter,
    "cutover_shadow_comparisons_total",
    &["result"],
    "Pairs of answers that were compared; noise is in the different ones.",
);
pub(super) const NOT_COMPARED: Metric = metric(
    Kind::Counter,
    "cutover_shadow_not_compared_total",
    &["reason"],
    "Shadowed requests that were not compared, by reason.",
);
pub(super) const NOISE: Metric = metric(
    Kind::Counter,
    "cutover_shadow_noise_comparisons_total",
    &[],
    "Pairs of answers of one version that were compared, to measure the noise.",
);
pub(super) const DISCORDANT: Metric = metric(
    Kind::Counter,
    "cutover_shadow_discordant_total",
    &["version"],
    "Ids whose request went wrong in this version alone.",
);
pub(super) const DIVERGENCES: Metric = metric(
    Kind::Gauge,
    "cutover_shadow_divergences",
    &[],
    "Requests that the versions answer differently, without the noise.",
);

/// Every metric, in the order of the text.
pub const METRICS: &[Metric] = &[
    DECISIONS,
    REQUESTS,
    DURATION,
    QUANTILES,
    SHARE,
    SHADOW_SAMPLE,
    BRAKE,
    BRAKINGS,
    REVISION,
    AGE,
    REFUSED,
    SOURCE_AGE,
    VERDICT,
    REASON,
    EVIDENCE,
    EVIDENCE_LIMIT,
    RATIO,
    RATE_LOWER,
    SAMPLE_RATIO,
    SAMPLE_RATIO_LIMIT,
    UNRECORDED,
    ALPHA,
    KEPT,
    COMPARISONS,
    NOT_COMPARED,
    NOISE,
    DISCORDANT,
    DIVERGENCES,
];
