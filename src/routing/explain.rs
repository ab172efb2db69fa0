//! One decision with every rule that was looked at, for the person who asks why.

use serde::Serialize;

use super::decision::{Decision, Reason};
use crate::version::Version;

/// One decision, and what each rule said to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The decision.
    pub decision: Decision,
    /// The six rules, highest first.
    pub rules: Vec<Considered>,
}

/// One rule, looked at for one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Considered {
    /// The rule, by the reason that it gives.
    pub rule: Reason,
    /// The version that it gives by itself; `None` when it has nothing to say.
    pub version: Option<Version>,
    /// Whether it decided: it is the first that gives a version.
    pub applied: bool,
    /// Why it gives that version, or none.
    pub because: String,
}
