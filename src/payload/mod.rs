//! Payloads: JSON members, their kinds and tiers, and what is found in them. Knows no member by name.

mod report;

pub use report::{Assumed, Code, Finding, Report, Severity, Tier, TierCount};
