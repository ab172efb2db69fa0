//! Mappings: how two versions of a payload correspond. Knows JSON and no payload.

pub(crate) mod call;
mod chain;
pub(crate) mod chars;
pub(crate) mod check;
pub(crate) mod codec;
mod compare;
pub(crate) mod compile;
pub(crate) mod convert;
pub(crate) mod decimal;
pub(crate) mod definition;
pub(crate) mod flaws;
pub(crate) mod hook;
pub(crate) mod json;
#[cfg(feature = "laws")]
pub mod laws;
pub(crate) mod limits;
mod mapping;
pub(crate) mod names;
mod pass;
pub(crate) mod path;
pub(crate) mod report;
pub(crate) mod samples;
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod swar;
pub(crate) mod tape;

pub use call::{Call, CallError, Side};
pub use chain::Chain;
pub use check::{Direction, Loss, OpenEnd};
pub use compare::Difference;
pub use definition::builder::{Builder, HookLoss, Rule};
pub use definition::{Definition, Join, JsonType, Treatment};
pub use flaws::{Flaw, FlawCode, Flaws};
pub use hook::{Hook, Hooks, Outputs, RawJson, Samples};
pub use limits::Limits;
pub use mapping::Mapping;
pub use report::{Code, Error, Finding, Rejected, Report, Severity};
pub use samples::Documents;
