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
#[cfg(feature = "plan")]
mod plan_back;
#[cfg(feature = "plan")]
mod plan_gates;
#[cfg(feature = "plan")]
mod plan_kit;
#[cfg(feature = "plan")]
mod plan_trust;
mod shadow;
#[cfg(feature = "tokio")]
mod shadow_async;
#[cfg(feature = "plan")]
mod shadow_gate;
#[cfg(feature = "tokio")]
mod shadow_kit;
