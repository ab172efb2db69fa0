//! Mappings: definitions and what they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod definition;
mod definition_laws;
#[cfg(feature = "file")]
mod examples;
#[cfg(feature = "file")]
mod toml;
