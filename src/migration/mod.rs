//! Driving a rollout by what happens to its requests: outcomes become evidence, evidence a verdict, a verdict the brake.

pub mod evidence;
