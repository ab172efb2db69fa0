//! The mapping room: definitions, conversions both ways, findings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "file")]
mod cloudevents;
mod kit;
mod model;
mod order;
