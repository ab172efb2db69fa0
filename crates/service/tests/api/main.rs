//! What the service answers to clients and operators, and what it notes down.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admin;
mod admin_openapi;
#[path = "../common/mod.rs"]
mod common;
mod endpoints;
mod hostile;
mod log;
mod mapped;
mod metrics;
mod openapi;
#[path = "../../examples/support/payloads.rs"]
mod payloads;
mod shadow;
