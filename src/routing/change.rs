//! What a router tells its listeners.

use serde::Serialize;

use super::brake::BrakeNumber;
use super::braked_by::BrakedBy;
use super::env::Env;
use super::share::Share;
use super::status::Refusal;

/// Something that happened to a router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// A rollout came into force.
    Applied {
        /// Its revision.
        revision: u32,
        /// Its share.
        share: Share,
    },
    /// A document was refused; the rollout from before stays in force.
    Refused(Refusal),
    /// The brake was pulled, or got a further reason.
    Braked {
        /// What to release it by.
        number: BrakeNumber,
        /// Who pulled it, or added the reason.
        by: BrakedBy,
        /// Why, as the caller gave it.
        why: String,
    },
    /// The brake was released.
    Released {
        /// The number that it had.
        number: BrakeNumber,
    },
    /// The brake's state file was not written or not taken away; the brake is on.
    StateFailed(Refusal),
    /// A refresh found another environment.
    Env(Env),
}

pub(crate) type Listener = dyn Fn(&Change) + Send + Sync;
