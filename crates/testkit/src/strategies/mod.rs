//! Proptest strategies for hard payloads: raw JSON text, spelled member by member in unlikely ways, most of it valid.
//! Generated weird, shrunk plain: each oddity shrinks to the ordinary spelling.

mod hostile;
mod members;
mod payloads;
#[cfg(test)]
mod tests;
mod values;

pub use hostile::{deep, many, mutated};
pub(crate) use members::{Raw, coordinates, member, v1_member};
pub(crate) use payloads::object;
pub use payloads::{id, v1, v2};
pub(crate) use values::{any_text, fee, raw, words};
pub use values::{json, number, spelled};
