//! The mapping room: definitions, conversions both ways, findings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod definition;
mod definition_laws;
#[cfg(feature = "file")]
mod cloudevents;
#[cfg(feature = "file")]
mod examples;
<<<<<<< HEAD
mod kit;
mod model;
mod order;
=======
#[cfg(feature = "file")]
mod toml;
>>>>>>> define
