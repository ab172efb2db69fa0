//! The state file: which phase, since when, how many windows of evidence, and the head of the decision log.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::head::{Anchor, LogHead};
use super::log::{Entry, Head};
use super::{Phase, Plan};
use crate::error::{Error, ErrorKind};

/// A state is a few hundred bytes; a file of this size is something else.
pub(super) const MOST_BYTES: u64 = 64 << 10;

const FORMAT: u64 = 1;

/// Where a rollout stands in its plan, as the state file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    format: u64,
    plan: String,
    phase: usize,
    /// Beside the index, so that a plan whose phases were edited is noticed.
    phase_name: String,
    since_unix_ms: u64,
    #[serde(rename = "epochs")]
    windows: u64,
    log: Head,
    /// The phase that the plan began at: the way back ends there.
    #[serde(default)]
    first: usize,
    /// Where the plan was read from, for those who open the state without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan_file: Option<PathBuf>,
    /// Whether there is a head store, so that an empty one is noticed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    head_kept: bool,
    /// Up to where the log was found damaged, and since when it is relied on again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anchor: Option<Anchor>,
}

impl State {
    /// The phase, by its place in the plan.
    #[must_use]
    pub fn phase(&self) -> usize {
        self.phase
    }

    /// The phase's name.
    #[must_use]
    pub fn phase_name(&self) -> &str {
        &self.phase_name
    }

    /// When the phase began.
    #[must_use]
    pub fn since(&self) -> SystemTime {
        // A file can say any number; one that is beyond the system's calendar is as good as the beginning.
        SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_millis(self.since_unix_ms))
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// How many windows of evidence the rollout has had, over all phases and restarts.
    #[must_use]
    pub fn windows(&self) -> u64 {
        self.windows
    }

    /// How many decisions the log has.
    #[must_use]
    pub fn decisions(&self) -> u64 {
        self.log.entries
    }

    /// The file that the plan was read from, if whoever began it said so.
    #[must_use]
    pub fn plan_file(&self) -> Option<&Path> {
        self.plan_file.as_deref()
    }

    pub(super) fn log(&self) -> &Head {
        &self.log
    }

    /// The place of the phase that the plan began at: there is no way back from it.
    #[must_use]
    pub fn first(&self) -> usize {
        self.first
    }

    pub(super) fn head_kept(&self) -> bool {
        self.head_kept
    }

    pub(super) fn anchor(&self) -> Option<&Anchor> {
        self.anchor.as_ref()
    }

    /// The head of the log, as a head store holds it.
    pub(super) fn head(&self) -> LogHead {
        LogHead::new(self.log.entries, &self.log.sha256, &self.phase_name)
    }

    /// The same in another phase.
    pub(super) fn in_phase(&self, plan: &Plan, phase: usize) -> Self {
        let name = plan.phases().get(phase).map(|phase| phase.name.clone());
        Self {
            phase,
            phase_name: name.unwrap_or_default(),
            ..self.clone()
        }
    }

    pub(super) fn with_plan_file(&self, plan_file: PathBuf) -> Self {
        Self {
            plan_file: Some(plan_file),
            ..self.clone()
        }
    }

    pub(super) fn with_head_kept(&self, head_kept: bool) -> Self {
        Self {
            head_kept,
            ..self.clone()
        }
    }

    pub(super) fn with_windows(&self, windows: u64) -> Self {
        Self {
            windows,
            ..self.clone()
        }
    }

    /// The state that a decision leads to, given the one before. What the log says decides, so a state can be made again
    /// from a log that is one entry ahead.
    pub(super) fn after(
        plan: &Plan,
        before: Option<&Self>,
        entry: &Entry,
        log: Head,
    ) -> Result<Self, Error> {
        let phase = entry.phase(plan, before.map(Self::phase_name))?;
        Ok(Self {
            format: FORMAT,
            plan: plan.name().to_owned(),
            phase,
            phase_name: entry.to.clone(),
            since_unix_ms: entry.at_unix_ms,
            windows: before.map_or(0, Self::windows),
            log,
            first: before.map_or(phase, Self::first),
            plan_file: before.and_then(|state| state.plan_file.clone()),
            head_kept: before.is_some_and(Self::head_kept),
            anchor: before.and_then(|state| state.anchor.clone()),
        })
    }

    /// The state as if its log had ended here: whatever is before the anchor is taken as it is.
    pub(super) fn anchored(&self, anchor: Anchor) -> Self {
        Self {
            log: Head::of_anchor(&anchor),
            anchor: Some(anchor),
            ..self.clone()
        }
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, Error> {
        let mut json = serde_json::to_vec_pretty(self)
            .map_err(|error| refuse("", "the state can't be written as JSON").with_source(error))?;
        json.push(b'\n');
        Ok(json)
    }

    pub(super) fn from_json(json: &[u8], plan: &Plan) -> Result<Self, Error> {
        /// Read before the rest, which a later version may have changed.
        #[derive(Deserialize)]
        struct Format {
            format: u64,
        }
        let Format { format } = serde_json::from_slice(json).map_err(torn)?;
        if format != FORMAT {
            let message = format!(
                "the state has format {format}, this version reads {FORMAT}: use the version that wrote it"
            );
            return Err(refuse("/format", message));
        }
        let state: Self = serde_json::from_slice(json).map_err(torn)?;
        if state.plan != plan.name() {
            let message = format!(
                "this is the state of {}, not of {}: give the right file",
                state.plan,
                plan.name()
            );
            return Err(refuse("/plan", message));
        }
        if plan
            .phases()
            .get(state.phase)
            .map(|phase: &Phase| &*phase.name)
            != Some(&state.phase_name)
        {
            let message = format!(
                "the plan has no phase {} at {}: it was edited since",
                state.phase_name, state.phase
            );
            return Err(refuse("/phase", message));
        }
        Ok(state)
    }

    /// The log vouches for the phase, as the state vouches for the log.
    pub(super) fn check(&self, entries: &[Entry]) -> Result<(), Error> {
        let last = entries.last().map(|entry| (&*entry.to, entry.at_unix_ms));
        if last != Some((&self.phase_name, self.since_unix_ms)) {
            let message = "the state has another phase than the last entry of the log: it was changed by hand";
            return Err(refuse("/phase", message));
        }
        Ok(())
    }
}

/// What the state says of where the plan was read from, before there is a plan to hold it against.
pub(super) fn plan_file(json: &[u8]) -> Result<Option<PathBuf>, Error> {
    #[derive(Deserialize)]
    struct Remembered {
        plan_file: Option<PathBuf>,
    }
    let Remembered { plan_file } = serde_json::from_slice(json).map_err(torn)?;
    Ok(plan_file)
}

#[cold]
fn torn(error: serde_json::Error) -> Error {
    let message =
        format!("not the state of a plan, or a part of one: {error}; restore it from a copy");
    refuse("", message).with_source(error)
}

#[cold]
pub(super) fn refuse(path: &str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::State, path, message)
}
