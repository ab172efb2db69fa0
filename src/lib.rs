#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod clock;
// The plan alone appends.
#[cfg_attr(not(feature = "plan"), allow(dead_code))]
mod durable;
mod error;
mod sync;
mod ticker;
mod version;

pub mod contribution;
pub mod mapping;
pub mod migration;
pub mod routing;
#[cfg(feature = "tower")]
pub mod tower;

#[doc(hidden)]
pub use durable::file as durable_file;

pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Error, ErrorKind};
pub use routing::{Decision, Reason, Request, Rollout, Router, Share, install, route};
pub use version::Version;
