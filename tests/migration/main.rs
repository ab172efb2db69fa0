//! Migration: the guard and its evidence, the shadow, the plan and its gates, the metrics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(loom))]

mod evidence;
mod guard;
mod guard_kit;
mod guard_state;
mod guard_vector;
mod listener_drops;
mod metrics;
#[cfg(feature = "plan")]
mod plan;
mod shadow;
#[cfg(feature = "tokio")]
mod shadow_async;
#[cfg(feature = "tokio")]
mod shadow_kit;
mod shadow_mapping;
