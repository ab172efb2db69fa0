//! The gates: evidence held against the limits of a phase. Pure; the time is handed in.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Shadowed};
use super::signature::Signature;
use super::{Phase, Plan};
use crate::routing::Share;

/// What a gate asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gate {
    /// The brake is not pulled. Not a limit of the plan: always asked.
    Brake,
    /// The phase has lasted its time, in seconds.
    Soak,
    /// v2 has served its requests.
    Requests,
    /// v2's error rate.
    ErrorRate,
    /// v2's failure rate.
    FailureRate,
    /// v2's 95th percentile of latency, in milliseconds.
    P95,
    /// The same, as a multiple of v1's.
    P95TimesV1,
    /// Shadowed requests that were answered differently.
    ShadowDivergences,
    /// The guard's verdict.
    Evidence,
    /// The approval that the next phase takes.
    Approval,
}

impl Gate {
    /// The gate as logs have it, e.g. `error_rate`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Brake => "brake",
            Self::Soak => "soak",
            Self::Requests => "requests",
            Self::ErrorRate => "error_rate",
            Self::FailureRate => "failure_rate",
            Self::P95 => "p95",
            Self::P95TimesV1 => "p95_times_v1",
            Self::ShadowDivergences => "shadow_divergences",
            Self::Evidence => "evidence",
            Self::Approval => "approval",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether a gate is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateStatus {
    /// The limit is met.
    Go,
    /// Not known yet: wait, or supply the missing figure.
    Hold,
    /// The limit is not met: find out why, or go back.
    NoGo,
}

impl GateStatus {
    /// `go`, `hold` or `no-go`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Hold => "hold",
            Self::NoGo => "no-go",
        }
    }
}

impl fmt::Display for GateStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a gate was checked against, and its status.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GateResult {
    /// Which gate.
    pub gate: Gate,
    /// Go, hold or no-go.
    pub status: GateStatus,
    /// The measured figure, in the gate's unit; `None` when the gate has none, or it is not known yet.
    pub figure: Option<f64>,
    /// The limit; `None` when the gate has none.
    pub limit: Option<f64>,
    /// Why, for people.
    pub reason: String,
}

impl fmt::Display for GateResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.gate, self.status, self.reason)
    }
}

impl Plan {
    /// Holds the evidence of a phase (by its index) against its gates, and the approval against what the next phase takes.
    /// Every gate answers, in a fixed order; a phase that the plan doesn't have has no gates.
    ///
    /// A rate over a limit is "no-go" and a figure that is missing is "hold": no news is never good news. But at 100 % v1
    /// serves nobody, and `p95_times_v1` has nothing to ask.
    #[must_use]
    pub fn judge(
        &self,
        phase: usize,
        since: SystemTime,
        evidence: &Evidence,
        approval: Option<&Signature>,
        now: SystemTime,
    ) -> Vec<GateResult> {
        let mut answers = self.phases().get(phase).map_or_else(Vec::new, |at| {
            // A clock that was set back shows no time at all: the phase lasts longer for it, never shorter.
            let lasted = now.duration_since(since).unwrap_or_default();
            at.judge(evidence, lasted)
        });
        let next = self.phases().get(phase.saturating_add(1));
        answers.extend(
            next.filter(|next| next.approval)
                .map(|next| approved(&next.name, approval)),
        );
        answers
    }
}

impl Phase {
    fn judge(&self, evidence: &Evidence, lasted: Duration) -> Vec<GateResult> {
        let Evidence { v1, v2, .. } = evidence;
        let gates = &self.gates;
        let rate = |part: u64| (v2.requests > 0).then(|| part as f64 / v2.requests as f64);
        let mut answers = vec![
            brake(evidence.braked),
            at_least(
                Gate::Soak,
                lasted.as_secs(),
                self.min_soak_s,
                "s in this phase",
            ),
            at_least(
                Gate::Requests,
                v2.requests,
                self.min_requests,
                "requests of v2",
            ),
        ];
        answers.extend(
            gates
                .error_rate
                .map(|limit| below(Gate::ErrorRate, rate(v2.errors), limit)),
        );
        answers.extend(
            gates
                .failure_rate
                .map(|limit| below(Gate::FailureRate, rate(v2.failures), limit)),
        );
        answers.extend(
            gates
                .p95_ms
                .map(|limit| at_most(Gate::P95, v2.p95_ms, limit as f64, "ms")),
        );
        answers.extend(gates.p95_times_v1.map(|limit| {
            let times = v2
                .p95_ms
                .zip(v1.p95_ms)
                .and_then(|(v2, v1)| (v1 > 0.0).then_some(v2 / v1));
            if times.is_none() && self.share == Share::FULL {
                let reason = "at 100% v1 serves nobody: nothing to compare with".to_owned();
                return GateResult {
                    gate: Gate::P95TimesV1,
                    status: GateStatus::Go,
                    figure: None,
                    limit: Some(limit),
                    reason,
                };
            }
            at_most(Gate::P95TimesV1, times, limit, "times v1's")
        }));
        let shadow = |limit| shadow_divergences(evidence.shadow, limit);
        answers.extend(gates.shadow_divergences.map(shadow));
        answers.extend(gates.evidence.then(|| verdict(evidence)));
        answers
    }
}

fn brake(braked: bool) -> GateResult {
    let (status, reason) = if braked {
        (
            GateStatus::NoGo,
            "the brake is pulled: find out why and release it, or go back",
        )
    } else {
        (GateStatus::Go, "the brake is not pulled")
    };
    GateResult {
        gate: Gate::Brake,
        status,
        figure: None,
        limit: None,
        reason: reason.to_owned(),
    }
}

fn at_least(gate: Gate, figure: u64, limit: u64, what: &str) -> GateResult {
    let status = if figure >= limit {
        GateStatus::Go
    } else {
        GateStatus::Hold
    };
    let reason = format!("{figure} {what}, at least {limit} are asked for");
    GateResult {
        gate,
        status,
        figure: Some(figure as f64),
        limit: Some(limit as f64),
        reason,
    }
}

fn below(gate: Gate, figure: Option<f64>, limit: f64) -> GateResult {
    held(
        gate,
        figure,
        limit,
        |figure| figure < limit,
        |figure| format!("{figure:.4} of v2's requests, to be below {limit}"),
    )
}

fn at_most(gate: Gate, figure: Option<f64>, limit: f64, what: &str) -> GateResult {
    held(
        gate,
        figure,
        limit,
        |figure| figure <= limit,
        |figure| format!("{figure:.2} {what}, at most {limit} are allowed"),
    )
}

fn held(
    gate: Gate,
    figure: Option<f64>,
    limit: f64,
    holds: impl Fn(f64) -> bool,
    say: impl Fn(f64) -> String,
) -> GateResult {
    let limited = Some(limit);
    match figure {
        // Not a number is no figure.
        Some(figure) if !figure.is_nan() => {
            let status = if holds(figure) {
                GateStatus::Go
            } else {
                GateStatus::NoGo
            };
            GateResult {
                gate,
                status,
                figure: Some(figure),
                limit: limited,
                reason: say(figure),
            }
        }
        _ => {
            let reason = format!("nothing measured yet to hold against {limit}");
            GateResult {
                gate,
                status: GateStatus::Hold,
                figure: None,
                limit: limited,
                reason,
            }
        }
    }
}

fn shadow_divergences(shadow: Option<Shadowed>, limit: u64) -> GateResult {
    let missing = match shadow {
        None => {
            "no shadow runs, or none was reported: start one, or take this gate out of the plan"
        }
        Some(Shadowed {
            comparisons: 0,
            divergences: 0,
        }) => "the shadow has compared nothing yet: is the document's shadow share above 0%?",
        Some(Shadowed { divergences, .. }) => {
            let what = "shadowed requests differ";
            let figure = Some(divergences as f64);
            return at_most(Gate::ShadowDivergences, figure, limit as f64, what);
        }
    };
    GateResult {
        gate: Gate::ShadowDivergences,
        status: GateStatus::Hold,
        figure: None,
        limit: Some(limit as f64),
        reason: missing.to_owned(),
    }
}

fn verdict(evidence: &Evidence) -> GateResult {
    let (status, reason) = match evidence.roll_back {
        Some(true) => (GateStatus::NoGo, "the guard says \"roll back\""),
        Some(false) => (GateStatus::Go, "the guard does not say \"roll back\""),
        None => (GateStatus::Hold, "no guard has judged: give its verdict"),
    };
    GateResult {
        gate: Gate::Evidence,
        status,
        figure: None,
        limit: None,
        reason: reason.to_owned(),
    }
}

fn approved(next: &str, approval: Option<&Signature>) -> GateResult {
    let (status, reason) = match approval {
        Some(by) => (
            GateStatus::Go,
            format!("{} approves {next}: {}", by.who(), by.why()),
        ),
        None => (
            GateStatus::Hold,
            format!("{next} takes an approval: name who approves, and why"),
        ),
    };
    GateResult {
        gate: Gate::Approval,
        status,
        figure: None,
        limit: None,
        reason,
    }
}
