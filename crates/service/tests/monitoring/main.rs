//! Monitoring as code: the dashboard's expressions evaluate to something, and every alert is silent until the fault that it
//! is for and fires then, all by a real Prometheus that scrapes live services.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod alerts;
#[path = "../common/mod.rs"]
mod common;
mod dashboard;
mod fleet;
mod rules;
