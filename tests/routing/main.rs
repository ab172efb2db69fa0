//! Routing: who gets which version, the document and where it comes from, the brake and its file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(loom))]

mod brake_folder;
mod brake_lock;
mod brake_number;
mod brake_state;
mod bucketing;
mod changes;
mod decision;
mod document;
mod folder;
mod model;
mod preflight;
mod router_model;
mod share;
mod sources;
mod sources_flip;
