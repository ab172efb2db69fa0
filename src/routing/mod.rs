//! Who gets which version: a [`Rollout`] says it, a [`Router`] answers it for one id after another.
//!
//! Decisions are made by these rules, highest first; [`Reason`] names the one that decided.
//!
//! | # | rule | reason |
//! |---|---|---|
//! | 1 | the brake is pulled → v1 | `brake` |
//! | 2 | the caller asked for a version and the rollout has `allow_requested` | `requested` |
//! | 3 | the environment has `CUTOVER_API_VERSION` | `env` |
//! | 4 | the document has `force` | `forced` |
//! | 5 | the document pins the id | `pinned` |
//! | 6 | bucket < share → v2, else v1 | `share` |
//!
//! Without a rollout in force all is v1, reason `no_rollout`, and no rule applies. A share of 0 % is not off: requests, env,
//! force and pins still count.

mod brake;
mod brake_state;
mod braked_by;
mod braking;
mod bucket;
mod builder;
mod change;
mod control;
mod decision;
mod document;
mod env;
mod explain;
mod front;
mod gate;
mod installed;
mod moves;
mod pins;
mod preflight;
mod rollout;
mod router;
mod schema;
mod share;
pub mod source;
mod status;

pub use brake::{Brake, BrakeNumber};
pub use braked_by::{BrakedBy, Brakings};
pub use bucket::{Bucket, Seed};
pub use builder::RouterBuilder;
pub use change::Change;
pub use decision::{Decision, Reason, Request, Requested};
pub use env::{BRAKE_VARIABLE, Env, VERSION_VARIABLE};
pub use explain::{Considered, Explanation};
pub use installed::{install, installed, route};
pub use preflight::{Preflight, preflight};
pub use rollout::{Rollout, RolloutBuilder};
pub use router::Router;
pub use schema::schema;
pub use share::Share;
pub use status::{Refusal, Status};
