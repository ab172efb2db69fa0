//! Driving a rollout by what happens to its requests: outcomes become evidence, evidence a verdict, a verdict the brake.
//!
//! [`Outcomes`] is told what happened to each request, [`Guard`] judges it. Requests pay for counting alone: a few atomic
//! additions, no lock. Time is handed in.
//!
//! Evidence is what nobody chose: errors of requests whose version the share decided, first errors by id. Four traps are
//! closed by construction: retries of one id count once an epoch; nothing counts for one request timeout after the share
//! has changed, as one version may fail faster than the other; an epoch ends after 4,096 errors, so that a long healthy
//! stretch doesn't hide a break; pinned, requested and forced requests don't count.
//!
//! [`shadow`] runs the other version beside the one that answers and compares, [`metrics`] writes all of it for Prometheus,
//! and `plan` (feature `plan`) takes a rollout from phase to phase by what they say.

mod epoch;
pub mod evidence;
mod guard;
mod latency;
pub mod metrics;
mod outcome;
#[cfg(feature = "plan")]
pub mod plan;
mod settings;
pub mod shadow;
mod snapshot;
mod verdict;
mod watch;

pub use epoch::Tally;
pub use guard::Guard;
pub use latency::Latencies;
pub use outcome::{Outcome, Outcomes};
pub use settings::GuardBuilder;
pub use snapshot::Snapshot;
pub use verdict::{Action, Check, Count, Rule, Verdict};
pub use watch::Watch;
