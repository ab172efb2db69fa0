//! Phases and gates as data: how much v2 gets, for how long at least, and what has to hold before it gets more.
//!
//! A [`Plan`] has the phases and their gates, [`Plan::judge`] checks [`Evidence`] against them, and a [`Progress`] keeps on
//! disk where the rollout stands and every decision that brought it there. A [`HeadStore`] shows when somebody else has
//! written to those files.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use cutover::migration::plan::{Evidence, Plan, GateStatus};
//!
//! let plan = Plan::contribution_form_v2();
//! let began = SystemTime::UNIX_EPOCH;
//! let answers = plan.judge(2, began, &Evidence::default(), None, began + Duration::from_secs(60));
//! assert!(answers.iter().any(|answer| answer.status == GateStatus::Hold), "a minute is no soak time");
//! # Ok::<(), cutover::Error>(())
//! ```

mod decide;
mod evidence;
mod files;
mod gate;
mod head;
mod judge;
mod log;
mod open;
mod progress;
mod signature;
mod state;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use evidence::{Evidence, Figures, Shadowed, Soundness};
pub use gate::{Gate, GateResult, GateStatus};
pub use head::{HeadFile, HeadStore, Heads, LogHead};
pub use log::Entry;
pub use open::{OpenOptions, plan_file};
pub use progress::{Progress, Status};
pub use signature::Signature;
pub use state::State;

use crate::error::{Error, ErrorKind};
use crate::routing::{Rollout, Share};

/// A plan is written by people; this is many times the longest sensible one.
const MOST_PHASES: usize = 64;

/// The phases of a rollout, first to last. Comes from [`Plan::from_json`], or is [`Plan::contribution_form_v2`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    name: String,
    phases: Vec<Phase>,
}

/// One phase: how much v2 gets, and what has to hold before the next one.
///
/// JSON: `{"name", "share", "environment", "min_soak_s", "min_requests"}`, and if they differ from the defaults
/// `"allow_requested"` (false), `"approval"` (false), `"go"` (`"not_required"`) and `"gates"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Phase {
    /// What the phase is called; no two phases of a plan have the same name.
    pub name: String,
    /// How much v2 gets.
    pub share: Share,
    /// Where the phase takes place.
    pub environment: Environment,
    /// Whether callers get the version that they ask for: how testers reach v2 at a share of 0 %.
    #[serde(default)]
    pub allow_requested: bool,
    /// Whether entering this phase takes the approval of a named person.
    #[serde(default)]
    pub approval: bool,
    /// How long the phase lasts at least, in seconds.
    pub min_soak_s: u64,
    /// How many requests v2 has to serve in it at least.
    pub min_requests: u64,
    /// Whether the guard has to say "continue" when it ends. Only where the share is between 0 % and 100 %: elsewhere the
    /// guard has nothing to compare.
    #[serde(default)]
    pub go: Requirement,
    /// What has to hold when it ends.
    #[serde(default)]
    pub gates: Gates,
}

/// Whether a phase asks for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// There is a gate for it.
    Required,
    /// There is no gate for it.
    #[default]
    NotRequired,
}

/// Where a phase takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Environment {
    /// On the machines of those who build it.
    Development,
    /// Where testers are.
    Staging,
    /// Where users are.
    Production,
}

impl Environment {
    /// The environment as documents have it, e.g. `staging`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

/// The three words that [`as_str`](Environment::as_str) gives; another is [`ErrorKind::Plan`].
impl FromStr for Environment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Development, Self::Staging, Self::Production]
            .into_iter()
            .find(|environment| environment.as_str() == text)
            .ok_or_else(|| refuse("", "not development, staging or production"))
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The limits that a phase is held against. In JSON a member that is left out has its default, and `null` takes the gate away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Gates {
    /// v2's error rate is below this, in (0, 1]: 0.05.
    pub error_rate: Option<f64>,
    /// v2's failure rate is below this, in (0, 1]: 0.02.
    pub failure_rate: Option<f64>,
    /// v2's 95th percentile of latency is certainly at most this, in milliseconds: 200.
    pub p95_ms: Option<u64>,
    /// v2's 95th percentile is certainly at most so many times v1's, above 0: 1.10.
    pub p95_times_v1: Option<f64>,
    /// At most so many shadowed requests were treated differently, and at least one was compared: 0.
    pub shadow_divergences: Option<u64>,
    /// The guard does not say "roll back": true.
    pub evidence: bool,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            error_rate: Some(0.05),
            failure_rate: Some(0.02),
            p95_ms: Some(200),
            p95_times_v1: Some(1.10),
            shadow_divergences: Some(0),
            evidence: true,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    phases: Vec<Phase>,
}

impl Plan {
    /// The five phases: development (100 %, internal), staging (0 %, testers by request), canary (10 %), production (50 %),
    /// full (100 %), with the default gates. The last two take an approval; to leave canary and production, the guard has to
    /// say "continue".
    ///
    /// Soak times and numbers of requests are an hour and a hundred in development, and grow to a week and ten thousand: the
    /// guard judges rates from 100 requests on, and users' habits repeat by the day and by the week.
    #[must_use]
    pub fn contribution_form_v2() -> Self {
        use Environment::{Development, Production, Staging};
        const HOUR: u64 = 3_600;
        let phase = |name: &str, ppm, environment, hours, min_requests| Phase {
            name: name.to_owned(),
            share: Share::ppm(ppm).unwrap_or(Share::ZERO),
            environment,
            allow_requested: environment == Staging,
            approval: matches!(name, "production" | "full"),
            min_soak_s: hours * HOUR,
            min_requests,
            go: match name {
                "canary" | "production" => Requirement::Required,
                _ => Requirement::NotRequired,
            },
            gates: Gates::default(),
        };
        Self {
            name: "contribution-form-v2".to_owned(),
            phases: vec![
                phase("development", 1_000_000, Development, 1, 100),
                phase("staging", 0, Staging, 24, 100),
                phase("canary", 100_000, Production, 24, 1_000),
                phase("production", 500_000, Production, 72, 10_000),
                phase("full", 1_000_000, Production, 168, 10_000),
            ],
        }
    }

    /// Reads a plan: `{"name": "…", "phases": [{"name": "canary", "share": "10%", …}, …]}`.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`] for JSON that is no plan, unknown and duplicate members, an empty or repeated name, no phase or
    /// more than 64, and limits outside their range; the path names what is at fault.
    pub fn from_json(document: &[u8]) -> Result<Self, Error> {
        let Document { name, phases } = serde_json::from_slice(document)
            .map_err(|error| refuse("", format!("not a plan: {error}")))?;
        let plan = Self { name, phases };
        plan.check()?;
        Ok(plan)
    }

    /// The plan as JSON that [`from_json`](Self::from_json) reads, indented.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Text, numbers and lists in a struct: nothing in it can fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The plan's name, which its state carries.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The phases, first to last; at least one.
    #[must_use]
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// The phase that a rollout begins at in this environment: the first in development, elsewhere the first that is not
    /// of development; `None` when there is none.
    #[must_use]
    pub fn first_phase(&self, environment: Environment) -> Option<&Phase> {
        self.phases
            .iter()
            .find(|phase| environment == Environment::Development || phase.is_public())
    }

    /// Whether a rollout may begin at the phase of this place.
    fn begins_at(&self, phase: usize) -> bool {
        phase == 0 || self.phases.iter().position(Phase::is_public) == Some(phase)
    }

    fn check(&self) -> Result<(), Error> {
        if self.name.is_empty() {
            return Err(refuse("/name", "the name is empty: name the plan"));
        }
        if self.phases.is_empty() || self.phases.len() > MOST_PHASES {
            let message = format!("a plan has 1 to {MOST_PHASES} phases");
            return Err(refuse("/phases", message));
        }
        for (index, phase) in self.phases.iter().enumerate() {
            let path = |member: &str| format!("/phases/{index}/{member}");
            let before = self.phases.iter().take(index);
            if phase.name.is_empty() || before.clone().any(|other| other.name == phase.name) {
                let message = "the name is empty or another phase has it: give it one of its own";
                return Err(refuse(path("name"), message));
            }
            if phase.go == Requirement::Required && !phase.compares() {
                let message = "at 0% and 100% the guard has nothing to compare: not_required, or another share";
                return Err(refuse(path("go"), message));
            }
            let Gates {
                error_rate,
                failure_rate,
                p95_times_v1,
                ..
            } = phase.gates;
            for (member, limit) in [("error_rate", error_rate), ("failure_rate", failure_rate)] {
                if limit.is_some_and(|rate| !(0.0 < rate && rate <= 1.0)) {
                    let message = "a rate is above 0 and at most 1: 5 % is 0.05";
                    return Err(refuse(path("gates/") + member, message));
                }
            }
            if p95_times_v1.is_some_and(|times| !(0.0 < times && times.is_finite())) {
                let message = "not above 0: 1.1 lets v2 take a tenth longer than v1";
                return Err(refuse(path("gates/p95_times_v1"), message));
            }
        }
        Ok(())
    }
}

impl Phase {
    /// Whether the share alone decides who gets v2, so that the versions can be compared.
    fn compares(&self) -> bool {
        Share::ZERO < self.share && self.share < Share::FULL
    }

    /// Whether it is of an environment that others than its developers reach.
    fn is_public(&self) -> bool {
        self.environment != Environment::Development
    }

    /// The rollout that puts this phase into force: its share and `allow_requested`, the next revision, and all else (name,
    /// salt, shadow, force, pins) as in the rollout in force. It releases no brake. Takes `n log n` time in the pins.
    ///
    /// # Errors
    /// [`ErrorKind::Revision`] when there is no next revision.
    pub fn rollout(&self, in_force: &Rollout) -> Result<Rollout, Error> {
        let Some(revision) = in_force.revision().checked_add(1) else {
            let message = "4294967295 is the last revision: begin a rollout of another name";
            return Err(Error::new(ErrorKind::Revision, "/revision", message));
        };
        let mut next = Rollout::builder(in_force.name(), self.share)
            .revision(revision)
            .shadow(in_force.shadow())
            .allow_requested(self.allow_requested);
        if in_force.salt() != in_force.name() {
            next = next.salt(in_force.salt());
        }
        if let Some(version) = in_force.force() {
            next = next.force(version);
        }
        for (id, version) in in_force.pins() {
            next = next.pin(id, version);
        }
        next.build()
    }
}

#[cold]
fn refuse(path: impl Into<String>, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Plan, path, message)
}
