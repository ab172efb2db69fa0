//! Driving a rollout by what happens to its requests: outcomes become evidence, evidence a verdict, a verdict the brake.
//!
//! [`Outcomes`] is told what happened to each request, its [`Guard`] judges it. Requests pay for counting alone: an atomic
//! addition, no lock.
//!
//! Evidence is what nobody chose: errors of requests whose version the share decided, by the second in which they started
//! and by principal. So retries don't count, an outage of both versions is nobody's fault, and a change of the share needs
//! no pause. Pinned, requested and forced requests are no evidence.
//!
//! [`shadow`] runs the other version beside the one that answers and compares, [`metrics`] writes all of it for Prometheus,
//! and `plan` (feature `plan`) takes a rollout from phase to phase by what they say.

mod bet;
mod cells;
pub mod evidence;
mod frame;
mod guard;
mod in_flight;
mod kept;
mod latency;
mod ledger;
pub mod metrics;
mod outcome;
mod outcomes;
mod paired;
#[cfg(feature = "plan")]
pub mod plan;
mod report;
mod sample;
mod settings;
pub mod shadow;
mod shards;
mod snapshot;
mod unrecorded;
mod verdict;
mod watch;
mod windows;

pub use bet::Bet;
pub use guard::Guard;
pub use in_flight::InFlight;
pub use kept::Kept;
pub use latency::Latencies;
pub use outcome::Outcome;
pub use outcomes::Outcomes;
pub use report::{BetReport, Bounds};
pub use settings::GuardBuilder;
pub use snapshot::Snapshot;
pub use unrecorded::Unrecorded;
pub use verdict::{Action, Count, Go, Reason, SampleRatio, Verdict};
pub use watch::Watch;
