//! Mappings: how two versions of a payload correspond. Knows JSON and no payload.

pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod codec;
pub(crate) mod definition;
pub(crate) mod flaws;
pub(crate) mod limits;
pub(crate) mod path;
pub(crate) mod report;
pub(crate) mod schema;
pub(crate) mod tape;

pub use call::{Call, CallError, Side};
pub use check::{Direction, Loss, OpenEnd};
pub use definition::builder::{Builder, HookLoss, Rule};
pub use definition::{Definition, Join, JsonType, Treatment};
pub use flaws::{Flaw, FlawCode, Flaws};
pub use limits::Limits;
pub use report::{Code, Error, Finding, Rejected, Report, Severity};
