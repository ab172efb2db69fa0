//! What the store promises, whatever happens to its disk, its file or its database: what was answered 201 is stored,
//! what can't be stored is answered 503, `/readyz` says so, and when the cause is gone the service recovers by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod disk;
mod file;
mod kit;
mod log;
mod migrations;
mod postgres;
