//! `cutover` moves an API from v1 to v2 and back without anyone noticing.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod clock;
#[cfg(feature = "plan")]
mod durable;
mod error;
mod sync;
mod version;

pub mod contribution;
pub mod migration;
pub mod payload;
pub mod routing;
#[cfg(feature = "tower")]
pub mod tower;

pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Error, ErrorKind};
pub use routing::{Decision, Reason, Request, Rollout, Router, Share, install, route};
pub use version::Version;
