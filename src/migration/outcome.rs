//! What happened to a request.

use std::fmt;

use serde::Serialize;

/// What happened to a request. Both versions must draw the lines between these in the same way, with the same timeout:
/// a v2 that calls its failures something else looks better than it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It was served.
    Accepted,
    /// Its content was refused: validation, 4xx. An error.
    Rejected,
    /// The service broke: 5xx, timeout, panic. An error.
    Failed,
    /// It had been served before. Counts as a request and not as an error.
    DuplicateDetected,
    /// It was turned away unseen. Counts as a request and not as an error.
    RateLimited,
    /// The client hung up, or the request was cancelled, before the timeout. Not an error, but slow if it came late.
    Abandoned,
}

impl Outcome {
    /// All there are, in this order.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Rejected,
        Self::Failed,
        Self::DuplicateDetected,
        Self::RateLimited,
        Self::Abandoned,
    ];

    /// The outcome as logs and metrics have it, e.g. `duplicate_detected`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::DuplicateDetected => "duplicate_detected",
            Self::RateLimited => "rate_limited",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether it is an error: `Rejected` or `Failed`.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Rejected | Self::Failed)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
