//! What is in force in a router, for people and their dashboards.

use std::time::{Duration, Instant, SystemTime};

use serde::{Serialize, Serializer};

use super::brake::Brake;
use super::braked_by::Brakings;
use super::env::Env;
use super::router::Router;
use super::share::Share;
use crate::error::{Error, ErrorKind};
use crate::sync::lock;
use crate::version::Version;

/// What is in force in a router: one consistent picture, taken between two changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The name of the rollouts that the router takes.
    pub name: String,
    /// Their salt.
    pub salt: String,
    /// The revision in force; `None` without a rollout.
    pub revision: Option<u32>,
    /// The share in force; 0 % without a rollout.
    pub share: Share,
    /// The shadow sample in force; 0 % without a rollout.
    pub shadow: Share,
    /// Whether a shadow runs that sample in this process: [`Router::attach_shadow`]. If not, a share of it has no effect.
    pub shadow_runs: bool,
    /// The version that the document forces.
    pub force: Option<Version>,
    /// Whether callers get the version that they ask for.
    pub allow_requested: bool,
    /// How many ids are pinned.
    pub pins: usize,
    /// When the rollout came into force, or the router was built without one. JSON: milliseconds since 1970.
    #[serde(serialize_with = "unix_ms", rename = "since_unix_ms")]
    pub since: SystemTime,
    /// Whether the brake is pulled, by whomever: all is v1 then.
    pub braked: bool,
    /// The brake that operators and guards pull; the one of the environment is `env.brake`.
    pub brake: Option<Brake>,
    /// How often the brake was pulled since the router was built, by whom.
    pub brakings: Brakings,
    /// Why the brake's state file could not be read, written or taken away, when it was last tried: the brake is on, and a
    /// restart may not know of it. `None` when that went well, and without a state file.
    pub state_error: Option<Refusal>,
    /// What the environment said when it was last read.
    pub env: Env,
    /// How long ago the [source](super::source) that is followed could last be read, whatever came of its document; `None`
    /// when none is followed. It grows while the source is away or hangs. JSON: milliseconds.
    #[serde(serialize_with = "some_ms", rename = "source_age_ms")]
    pub source_age: Option<Duration>,
    /// The last document that was refused, or the source that has none to give; `None` once a later document was applied,
    /// or the source is well again.
    pub last_error: Option<Refusal>,
}

impl Router {
    /// Notes that a shadow runs the rollout's shadow sample, for [`Status::shadow_runs`]. The shadow of the tower layer does so
    /// itself; call it where you run a shadow of your own.
    pub fn attach_shadow(&self) {
        lock(&self.control).shadow_runs = true;
    }
}

/// Why a document was refused, or why the brake's state file failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Refusal {
    /// Where the document came from: the name of the [`Source`](super::source::Source) that is followed, for a file its
    /// path; `None` when the program applied it itself.
    pub source: Option<String>,
    /// What was wrong.
    #[serde(skip)]
    pub kind: ErrorKind,
    /// JSON pointer to the value at fault.
    pub path: String,
    /// What was wrong, and what to do about it.
    pub message: String,
    /// How long ago that was; of a trouble that a source still has, how long ago it began. JSON: milliseconds.
    #[serde(serialize_with = "ms", rename = "age_ms")]
    pub age: Duration,
}

/// A refusal as the router keeps it.
#[derive(Debug)]
pub(crate) struct Refused {
    source: Option<String>,
    kind: ErrorKind,
    path: String,
    message: String,
    at: Instant,
}

impl Refused {
    pub(crate) fn new(error: &Error, source: Option<&str>) -> Self {
        let (path, message) = (error.path().to_owned(), error.to_string());
        Self {
            source: source.map(str::to_owned),
            kind: error.kind(),
            path,
            message,
            at: Instant::now(),
        }
    }

    pub(crate) fn aged(&self) -> Refusal {
        let (path, message) = (self.path.clone(), self.message.clone());
        Refusal {
            source: self.source.clone(),
            kind: self.kind,
            path,
            message,
            age: self.at.elapsed(),
        }
    }

    pub(crate) fn is_of(&self, source: &str) -> bool {
        self.source.as_deref() == Some(source)
    }

    /// Whether this is the same refusal of the same source.
    pub(crate) fn is(&self, error: &Error, source: &str) -> bool {
        self.is_of(source)
            && (self.kind, &*self.path) == (error.kind(), error.path())
            && self.message == error.to_string()
    }
}

fn unix_ms<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    ms(
        &time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default(),
        serializer,
    )
}

fn some_ms<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => ms(duration, serializer),
        None => serializer.serialize_none(),
    }
}

fn ms<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
