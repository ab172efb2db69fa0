//! The five bets, and what each has of the guard's α.

use std::fmt;

use serde::Serialize;

/// What is tested for being worse in v2. Each bet has its own windows and its own part of α.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Bet {
    /// Requests that were rejected or failed, against v1's.
    Error,
    /// Requests that failed, against v1's.
    Failure,
    /// Requests that took long, against v1's.
    Slow,
    /// At 100 %, where there is no v1: requests that failed, against a fixed rate.
    Absolute,
    /// Requests that both versions were given, by a [shadow](super::shadow::ShadowBuilder::guard): those that went wrong in
    /// v2 alone, against those that did in v1 alone. Off unless it has a [weight](super::GuardBuilder::weight).
    Shadow,
}

impl Bet {
    /// All there are, in this order.
    pub const ALL: [Self; 5] = [
        Self::Error,
        Self::Failure,
        Self::Slow,
        Self::Absolute,
        Self::Shadow,
    ];

    /// The bet as logs and metrics have it, e.g. `failure`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Failure => "failure",
            Self::Slow => "slow",
            Self::Absolute => "absolute",
            Self::Shadow => "shadow",
        }
    }
}

impl fmt::Display for Bet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
