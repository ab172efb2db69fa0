//! The state file: which phase, since when, how many epochs of evidence, and the head of the decision log.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

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
    epochs: u64,
    log: Head,
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

    /// How many epochs of evidence the rollout has had, over all phases and restarts.
    #[must_use]
    pub fn epochs(&self) -> u64 {
        self.epochs
    }

    /// How many decisions the log has.
    #[must_use]
    pub fn decisions(&self) -> u64 {
        self.log.entries
    }

    pub(super) fn log(&self) -> &Head {
        &self.log
    }

    pub(super) fn with_epochs(&self, epochs: u64) -> Self {
        Self {
            epochs,
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
        let from = before.map(|state| state.phase);
        let to = plan
            .phases()
            .iter()
            .position(|phase| phase.name == entry.to);
        let steps = match (from, to) {
            (None, Some(0)) => Some(0),
            (Some(from), Some(to)) if from.abs_diff(to) == 1 => Some(to),
            _ => None,
        };
        let (Some(phase), true) = (steps, entry.from.as_deref() == before.map(Self::phase_name))
        else {
            let message = format!(
                "entry {} of the log goes to {}, where the plan doesn't",
                entry.n, entry.to
            );
            return Err(Error::new(ErrorKind::Log, "", message));
        };
        Ok(Self {
            format: FORMAT,
            plan: plan.name().to_owned(),
            phase,
            phase_name: entry.to.clone(),
            since_unix_ms: entry.at_unix_ms,
            epochs: before.map_or(0, Self::epochs),
            log,
        })
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
        let torn = |error: serde_json::Error| {
            let message = format!(
                "not the state of a plan, or a part of one: {error}; restore it from a copy"
            );
            refuse("", message).with_source(error)
        };
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
            let message =
                "the state says another phase than the last decision: it was changed by hand";
            return Err(refuse("/phase", message));
        }
        Ok(())
    }
}

#[cold]
pub(super) fn refuse(path: &str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::State, path, message)
}
