//! Mappings: how two versions of a payload correspond. Knows JSON and no payload.

pub(crate) mod call;
pub(crate) mod chars;
pub(crate) mod codec;
pub(crate) mod decimal;
pub(crate) mod definition;
pub(crate) mod flaws;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod names;
pub(crate) mod path;
pub(crate) mod report;
pub(crate) mod scan;
#[allow(dead_code, unused_imports)]
pub(crate) mod schema;
pub(crate) mod swar;
pub(crate) mod tape;

pub use call::{Call, CallError, Side};
pub use definition::Definition;
pub use flaws::{Flaw, FlawCode, Flaws};
pub use limits::Limits;
pub use report::{Code, Error, Finding, Rejected, Report, Severity};
