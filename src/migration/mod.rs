//! Driving a rollout by what happens to its requests: outcomes become evidence, evidence a verdict, a verdict the brake.

mod epoch;
pub mod evidence;
mod latency;
mod outcome;
mod snapshot;

pub use epoch::Tally;
pub use latency::Latencies;
pub use outcome::{Outcome, Outcomes};
pub use snapshot::Snapshot;
