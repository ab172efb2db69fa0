//! Mappings: how two versions of a payload correspond. Knows JSON and no payload.
//!
//! A [`Definition`] says what differs between two versions: rules, keyed by path, and a JSON Schema for each side if there is
//! one. It is read from JSON or TOML, or [built](Definition::builder). [`Mapping::compile`] checks it once and gives the
//! upgrade, the downgrade, validation, comparison and a table of losses. Whatever no rule mentions stays as it is, byte for
//! byte.
//!
//! ```
//! use cutover::mapping::{Call, Definition, Hooks, Mapping, Rule};
//!
//! let definition = Definition::builder("order")
//!     .from("v1", None)
//!     .to("v2", None)
//!     .rule("name", Rule::new().to("customer/name"))
//!     .rule("total", Rule::new().to("total/minor").scale(2))
//!     .added("total/currency", Rule::new().absent("EUR").drop("v1 is in euros"))
//!     .build()?;
//! let order = Mapping::compile(definition, &Hooks::new())?;
//!
//! let v1 = br#"{"id":7,"name":"Ada","total":12.5}"#;
//! let mut v2 = Vec::new();
//! let report = order.upgrade(v1, &Call::new(), &mut v2)?;
//! assert_eq!(v2, br#"{"id":7,"customer":{"name":"Ada"},"total":{"minor":1250,"currency":"EUR"}}"#);
//!
//! // Nobody said that it is in euros: keep that with the record, and a downgrade leaves it out again.
//! assert_eq!(report.assumed(), ["/total/currency"]);
//! let mut back = Vec::new();
//! order.downgrade(&v2, &Call::new().assumed(report.assumed()), &mut back)?;
//! assert_eq!(back, v1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `docs/mapping.md` is a tutorial and the reference of definitions; `docs/adopting.md` takes a service through a migration.
//! What documents a conversion refuses and why is in its [`Report`]: each [`Finding`] has a [`Code`], a JSON pointer into the
//! input and a message. A definition that can't be right is refused with all its [`Flaws`].

pub(crate) mod call;
mod chain;
pub(crate) mod chars;
pub(crate) mod check;
pub(crate) mod codec;
mod compare;
pub(crate) mod compile;
mod compiled;
pub(crate) mod convert;
pub(crate) mod decimal;
pub(crate) mod definition;
pub(crate) mod flaws;
pub(crate) mod hook;
pub(crate) mod json;
#[cfg(feature = "laws")]
pub mod laws;
pub(crate) mod limits;
pub(crate) mod look;
pub(crate) mod names;
mod pass;
pub(crate) mod path;
pub(crate) mod pointer;
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
pub use compiled::Mapping;
pub use definition::builder::{Builder, HookLoss, Rule};
pub use definition::{Definition, Join, JsonType, Treatment};
pub use flaws::{Flaw, FlawCode, Flaws};
pub use hook::{Hook, Hooks, Outputs, RawJson, Samples};
pub use limits::Limits;
pub use report::{Code, Error, Finding, Rejected, Report, Severity};
pub use samples::Documents;

/// The code in the documentation's pages compiles and runs.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../docs/mapping.md")]
    mod mapping {}
    #[doc = include_str!("../../docs/adopting.md")]
    mod adopting {}
    #[doc = include_str!("../../docs/coming-from.md")]
    mod coming_from {}
}
