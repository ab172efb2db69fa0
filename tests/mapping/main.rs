//! The mapping room: definitions, conversions both ways, findings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "file")]
mod cloudevents;
mod definition;
mod definition_laws;
#[cfg(feature = "file")]
mod docs;
#[cfg(feature = "file")]
mod examples;
#[cfg(all(feature = "file", feature = "laws", feature = "schema"))]
mod fuzz;
#[cfg(all(feature = "file", feature = "schema", feature = "laws"))]
mod gbfs;
mod hooks;
mod kit;
mod large;
#[cfg(all(feature = "file", feature = "laws"))]
mod laws;
mod model;
mod moves;
#[cfg(all(feature = "file", feature = "laws"))]
mod openrtb;
mod order;
#[cfg(feature = "file")]
mod sarif;
#[cfg(all(feature = "file", feature = "laws"))]
mod shelf;
#[cfg(feature = "file")]
mod toml;
