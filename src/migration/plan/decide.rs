//! Decisions: to begin, on to the next phase, back, and to accept a damaged log; each logged.
//!
//! On is stored first and then in force. Back is in force first, whatever the disk and the log say.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::evidence::Evidence;
use super::files::{Files, Found, Sealed};
use super::gate::{GateResult, GateStatus};
use super::head::KnownHeads;
use super::log::Entry;
use super::progress::{Progress, unix_ms};
use super::signature::Signature;
use super::state;
use super::{Environment, Phase, Plan};
use crate::error::{Error, ErrorKind};

/// What was known when a decision was made.
#[derive(Default, Serialize)]
struct Known<'a> {
    figures: Option<&'a Evidence>,
    gates: Vec<GateResult>,
    approval: Option<&'a Signature>,
    #[serde(skip_serializing_if = "Option::is_none")]
    damage: Option<&'a str>,
}

impl Known<'_> {
    fn raw(&self) -> Result<Box<RawValue>, Error> {
        to_raw_value(self).map_err(|error| {
            Error::new(ErrorKind::Log, "", "the evidence can't be written as JSON")
                .with_source(error)
        })
    }
}

impl Progress {
    pub(super) fn begin_in(
        files: Files,
        mut known: KnownHeads,
        plan: Plan,
        environment: Environment,
        by: &Signature,
        now: SystemTime,
    ) -> Result<Self, Error> {
        if files.look(&plan, &mut known)?.is_some() {
            let message = format!(
                "{} has a plan under way: open it, or choose another file",
                files.path().display()
            );
            return Err(state::refuse("", message));
        }
        let Some(first) = plan.first_phase(environment) else {
            let message = format!(
                "all phases are of development, and this is {environment}: add a phase, or name development"
            );
            return Err(Error::new(ErrorKind::Plan, "/phases", message));
        };
        let entry = entry(by, None, &first.name, None, now);
        let decision = Sealed::new(&plan, None, entry)?;
        known.announce(&decision.state.head())?;
        files.write(&decision)?;
        Self::open_in(files, known, plan)
    }

    /// Remembers where the plan was read from. Should the disk fail, the next decision stores it.
    pub(super) fn with_plan_file(mut self, path: Option<PathBuf>) -> Self {
        let Some(path) = path else { return self };
        if self.state.plan_file() != Some(&path) {
            self.state = self.state.with_plan_file(path);
            if self.damage.is_none() {
                let _ = self.files.save(&self.state);
            }
        }
        self
    }

    /// Goes to the next phase, when every gate says "go": stored when this returns, so put it into force then.
    ///
    /// # Errors
    /// [`ErrorKind::Gate`] with the reasons of every gate that doesn't; [`ErrorKind::Log`] when there is
    /// [damage](Self::damage), or the plan's head store was not given; [`ErrorKind::Plan`] in the last phase; and those of
    /// [`reload`](Self::reload). After [`ErrorKind::Io`] the decision may be on disk: reload to see.
    pub fn advance(
        &mut self,
        by: &Signature,
        evidence: &Evidence,
        approval: Option<&Signature>,
        now: SystemTime,
    ) -> Result<&Phase, Error> {
        self.files.writable()?;
        self.store_back()?;
        let found = self.look()?;
        self.take(found);
        self.check_trust()?;
        let Some(next) = self.plan.phases().get(self.state.phase() + 1) else {
            let message = format!(
                "{} is the last phase: there is nothing to advance to",
                self.state.phase_name()
            );
            return Err(Error::new(ErrorKind::Plan, "", message));
        };
        let gates = self.judge(evidence, approval, now);
        let closed: Vec<String> = gates
            .iter()
            .filter(|gate| gate.status != GateStatus::Go)
            .map(ToString::to_string)
            .collect();
        if !closed.is_empty() {
            let message = format!(
                "not yet from {} to {}: {}",
                self.state.phase_name(),
                next.name,
                closed.join("; ")
            );
            return Err(Error::new(ErrorKind::Gate, "", message));
        }
        let known = Known {
            figures: Some(evidence),
            gates,
            approval,
            damage: None,
        };
        let from = Some(self.state.phase_name());
        let entry = entry(by, from, &next.name, Some(known.raw()?), now);
        let decision = Sealed::new(&self.plan, Some(&self.state), entry)?;
        self.known.announce(&decision.state.head())?;
        self.files.write(&decision)?;
        let found = self.look()?;
        self.take(found);
        Ok(self.phase())
    }

    /// Goes to the phase before. No gate is asked, and neither the disk nor a damaged log is waited for: with an error too,
    /// [`phase`](Self::phase) is the one before. To have it in force before anything is written, apply
    /// [`previous`](Self::previous) and then call this.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`] in the phase that the plan began at, where nothing changes. With any other the way back is in
    /// force here and not stored: a restart would be where it was before, until [`reload`](Self::reload) or the next change
    /// has stored it.
    pub fn back(
        &mut self,
        by: &Signature,
        evidence: &Evidence,
        now: SystemTime,
    ) -> Result<&Phase, Error> {
        self.files.writable()?;
        let Some(to) = self.previous().map(|phase| phase.name.clone()) else {
            let message = format!(
                "{} is the phase that the plan began at: pull the brake to stop v2",
                self.state.phase_name()
            );
            return Err(Error::new(ErrorKind::Plan, "", message));
        };
        let known = Known {
            figures: Some(evidence),
            gates: self.judge(evidence, None, now),
            approval: None,
            damage: self.damage.as_deref(),
        };
        let from = Some(self.state.phase_name());
        let entry = entry(by, from, &to, known.raw().ok(), now);
        self.state = self.state.in_phase(&self.plan, self.state.phase() - 1);
        self.unstored = Some(entry);
        self.store_back()?;
        Ok(self.phase())
    }

    /// Takes the files as they are, after somebody has looked at what the [damage](Self::damage) is, so that the plan can go
    /// on from the phase that it stands at. The decision and the damage are logged; what the log held before stays in it.
    /// The phase's soak time begins anew.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`] when there is no damage, [`ErrorKind::Io`] when the log or the head store can't be read or
    /// written.
    pub fn accept(&mut self, by: &Signature, now: SystemTime) -> Result<(), Error> {
        self.files.writable()?;
        self.store_back()?;
        let found = self.look()?;
        let Some(damage) = found.damage.clone() else {
            let message = "the log is as it was written: there is nothing to accept";
            return Err(Error::new(ErrorKind::Plan, "", message));
        };
        if let Some(fault) = self.known.fault() {
            return Err(Error::new(ErrorKind::Io, "", fault));
        }
        let known = Known {
            damage: Some(&damage),
            ..Known::default()
        };
        let here = found.state.phase_name();
        let entry = entry(by, Some(here), here, Some(known.raw()?), now);
        self.write_after_damage(&found, None, entry)?;
        let found = self.look()?;
        self.take(found);
        Ok(())
    }

    /// Notes how many windows of evidence there have been ([`Kept::windows`](crate::migration::Kept::windows)), whenever that has changed. A lower number than the
    /// one that is noted changes nothing, as windows are never numbered anew.
    ///
    /// # Errors
    /// Those of [`reload`](Self::reload), and [`ErrorKind::Log`] when there is [damage](Self::damage), as the files then stay
    /// as they were found.
    pub fn note_windows(&mut self, windows: u64) -> Result<(), Error> {
        if windows <= self.state.windows() {
            return Ok(());
        }
        self.files.writable()?;
        self.reload()?;
        if windows > self.state.windows() {
            if let Some(damage) = &self.damage {
                return Err(untrusted(damage));
            }
            let state = self.state.with_windows(windows);
            self.files.save(&state)?;
            self.state = state;
        }
        Ok(())
    }

    /// Stores the steps back that are in force and not stored.
    pub(super) fn store_back(&mut self) -> Result<(), Error> {
        let Some(template) = self.unstored.clone() else {
            return Ok(());
        };
        let target = self.state.phase();
        loop {
            let found = self.look()?;
            // More than one step when an earlier one could not be stored, or the disk has a step forward that failed late.
            let to = found
                .state
                .phase()
                .checked_sub(1)
                .filter(|&to| to >= target);
            let Some(to) = to.and_then(|to| self.plan.phases().get(to)) else {
                self.unstored = None;
                self.take(found);
                return Ok(());
            };
            let entry = Entry {
                from: Some(found.state.phase_name().to_owned()),
                to: to.name.clone(),
                ..template.clone()
            };
            match &found.damage {
                Some(damage) => self.write_after_damage(&found, Some(damage.clone()), entry)?,
                None => {
                    let decision = Sealed::new(&self.plan, Some(&found.state), entry)?;
                    // A head store that can't be reached keeps nobody from going back; it is told as soon as it can be.
                    let _ = self.known.announce(&decision.state.head());
                    self.files.write(&decision)?;
                }
            }
        }
    }

    fn write_after_damage(
        &mut self,
        found: &Found,
        noted: Option<String>,
        entry: Entry,
    ) -> Result<(), Error> {
        let Some(log) = &found.log else {
            let damage = found.damage.clone().unwrap_or_default();
            return Err(Error::new(ErrorKind::Io, "", damage));
        };
        let accepted = noted.is_none();
        let before = found
            .state
            .with_head_kept(self.known.has_store() || found.state.head_kept());
        let decision = Sealed::after_damage(&self.plan, &before, log, noted, entry)?;
        let announced = self.known.announce(&decision.state.head());
        if accepted {
            announced?;
        }
        self.files.write(&decision)?;
        Ok(())
    }

    /// Whether a step forward may rely on the log.
    fn check_trust(&self) -> Result<(), Error> {
        if let Some(damage) = &self.damage {
            return Err(untrusted(damage));
        }
        if self.state.head_kept() && !self.known.has_store() {
            let message = "the head of this log is also kept in a head store: give that, or ask the service that has it";
            return Err(Error::new(ErrorKind::Log, "", message));
        }
        Ok(())
    }
}

fn entry(
    by: &Signature,
    from: Option<&str>,
    to: &str,
    evidence: Option<Box<RawValue>>,
    now: SystemTime,
) -> Entry {
    Entry {
        n: 0,
        at_unix_ms: unix_ms(now),
        who: by.who().to_owned(),
        from: from.map(str::to_owned),
        to: to.to_owned(),
        why: by.why().to_owned(),
        evidence,
        prev: String::new(),
    }
}

#[cold]
fn untrusted(damage: &str) -> Error {
    let message = format!(
        "the decision log can't be relied on ({damage}): find out why, restore the files, or accept them (plan accept); going back works"
    );
    Error::new(ErrorKind::Log, "", message)
}
