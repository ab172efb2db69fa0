//! The reference service for `cutover`: v1 and v2 of one API side by side, with storage, an admin listener and a guard.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod admin;
pub mod answer;
pub mod app;
pub mod background;
mod connection;
pub mod connections;
mod contributions;
pub mod crowd;
mod descriptors;
mod disks;
mod dispatch;
pub mod document;
pub mod fault;
mod guard;
mod health;
mod http;
pub mod keeper;
mod listen;
pub mod log;
pub mod mapped;
mod metrics;
mod openapi;
mod openapi_mapped;
pub mod options;
#[cfg(feature = "otel")]
pub mod otel;
pub mod payload;
mod peers;
pub mod planned;
pub mod principal;
mod rollout;
pub mod service;
mod shadow;
pub mod store;
pub mod submission;
mod suggest;
pub mod versions;
mod write_deadline;

pub use options::Options;
pub use service::{Service, StartError};
