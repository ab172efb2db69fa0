//! What a gate asks about, and what it says.

use std::fmt;

use serde::{Deserialize, Serialize};

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
    /// The guard does not say "roll back".
    Evidence,
    /// The guard says "continue": v2 is shown to be sound enough for a higher share.
    Go,
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
            Self::Go => "go",
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
    /// The measured figure, in the gate's unit; `None` when the gate has none, or it is not known yet. Of a percentile it is
    /// the estimate: its bounds, which decide, are in the reason.
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
