//! Payloads: JSON members, their kinds and tiers, and what is found in them. Knows no member by name.

pub(crate) mod convert;
pub(crate) mod downgrade;
pub(crate) mod equivalence;
pub(crate) mod json;
pub(crate) mod kind;
pub(crate) mod limits;
pub(crate) mod members;
mod message;
pub(crate) mod number;
pub(crate) mod report;
pub(crate) mod scan;
pub(crate) mod schema;
mod short;
pub(crate) mod table;
pub(crate) mod value;
mod write;

pub use equivalence::Difference;
pub use limits::Limits;
pub use report::{Assumed, Code, Finding, Report, Severity, Tier, TierCount};
pub use table::Policy;
