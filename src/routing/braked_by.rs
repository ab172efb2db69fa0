//! Who pulls brakes, and how often.

use serde::ser::{Serialize, Serializer};

/// Who pulled a brake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BrakedBy {
    /// A guard, which judges what happens to requests.
    Guard,
    /// A person, or a program on their behalf: [`Router::brake`](super::Router::brake) and
    /// [`Router::pull`](super::Router::pull).
    Operator,
    /// `CUTOVER_BRAKE`.
    Environment,
    /// A rollout document or a brake file that can't be read: nobody knows what it said.
    Document,
}

impl BrakedBy {
    /// All there are, in this order.
    pub const ALL: [Self; 4] = [
        Self::Guard,
        Self::Operator,
        Self::Environment,
        Self::Document,
    ];

    /// The word that logs and metrics have for it, e.g. `guard`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Operator => "operator",
            Self::Environment => "environment",
            Self::Document => "document",
        }
    }
}

impl Serialize for BrakedBy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How often a router's brake was pulled since the router was built, by whoever pulled it first: a further reason for a
/// brake that is pulled already doesn't count, nor does one that was pulled before a restart. `CUTOVER_BRAKE` holds a brake
/// of its own, which counts when it is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Brakings {
    /// By a guard.
    pub guard: u64,
    /// By a person, or a program on their behalf.
    pub operator: u64,
    /// By `CUTOVER_BRAKE`.
    pub environment: u64,
    /// By a rollout document or a brake file that can't be read.
    pub document: u64,
}

impl Brakings {
    /// How often it was pulled by this one.
    #[must_use]
    pub const fn by(&self, by: BrakedBy) -> u64 {
        match by {
            BrakedBy::Guard => self.guard,
            BrakedBy::Operator => self.operator,
            BrakedBy::Environment => self.environment,
            BrakedBy::Document => self.document,
        }
    }

    pub(super) fn count(&mut self, by: BrakedBy) {
        *match by {
            BrakedBy::Guard => &mut self.guard,
            BrakedBy::Operator => &mut self.operator,
            BrakedBy::Environment => &mut self.environment,
            BrakedBy::Document => &mut self.document,
        } += 1;
    }
}
