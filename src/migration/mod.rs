//! Driving a rollout by what happens to its requests.

#[cfg(feature = "plan")]
pub mod plan;
pub mod shadow;
