//! Where a rollout stands, on disk: one phase at a time, every decision logged before it is in force.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::value::to_raw_value;

use super::evidence::Evidence;
use super::files::{recover, save, write};
use super::gate::{GateResult, GateStatus};
use super::log::Entry;
use super::signature::Signature;
use super::state::{self, State};
use super::{Phase, Plan};
use crate::durable::{Disk, System};
use crate::error::{Error, ErrorKind};

/// Where a rollout stands, and what stands between it and the next phase.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The phase's name.
    pub phase: String,
    /// The next phase's name; `None` in the last.
    pub next: Option<String>,
    /// What the phase asks of the rollout document.
    pub in_force: Phase,
    /// How long the phase has lasted, in seconds.
    pub lasted_s: u64,
    /// What each gate says.
    pub gates: Vec<GateResult>,
    /// Whether all say "go" and there is a next phase.
    pub ready: bool,
}

/// A plan under way, with its state in a file and its decision log beside it (the same name with `.log`).
///
/// One process at a time may write; each call reads the files first, so that what another wrote before is seen.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("cutover-doc-plan-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// use std::time::SystemTime;
/// use cutover::migration::plan::{Evidence, Plan, Progress, Signature};
///
/// let ana = Signature::new("ana", "first try")?;
/// let path = folder.join("plan.json");
/// let mut progress = Progress::begin(Plan::contribution_form_v2(), &path, &ana, SystemTime::now())?;
/// let refused = progress.advance(&ana, &Evidence::default(), None, SystemTime::now()).unwrap_err();
/// assert!(refused.to_string().contains("requests hold: 0 requests of v2, at least 100 are asked for"));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Progress {
    plan: Plan,
    path: PathBuf,
    disk: Box<dyn Disk>,
    state: State,
    decisions: Vec<Entry>,
}

impl Progress {
    /// Begins a plan at its first phase, in files that are not there yet.
    ///
    /// # Errors
    /// [`ErrorKind::State`] or [`ErrorKind::Log`] when there are files already, [`ErrorKind::Io`] when they can't be written.
    pub fn begin(
        plan: Plan,
        path: impl AsRef<Path>,
        by: &Signature,
        now: SystemTime,
    ) -> Result<Self, Error> {
        Self::begin_on(Box::new(System), plan, path.as_ref(), by, now)
    }

    fn begin_on(
        disk: Box<dyn Disk>,
        plan: Plan,
        path: &Path,
        by: &Signature,
        now: SystemTime,
    ) -> Result<Self, Error> {
        if recover(&*disk, &plan, path)?.is_some() {
            let message = format!(
                "{} has a plan under way: open it, or choose another file",
                path.display()
            );
            return Err(state::refuse("", message));
        }
        let to = plan
            .phases()
            .first()
            .map(|phase| phase.name.clone())
            .unwrap_or_default();
        let entry = Entry {
            n: 0,
            at_unix_ms: unix_ms(now),
            who: by.who().to_owned(),
            from: None,
            to,
            why: by.why().to_owned(),
            evidence: None,
            prev: String::new(),
        };
        let (state, entry) = write(&*disk, &plan, path, None, entry)?;
        Ok(Self {
            plan,
            path: path.to_owned(),
            disk,
            state,
            decisions: vec![entry],
        })
    }

    /// Opens a plan that was begun, and checks the whole log.
    ///
    /// # Errors
    /// [`ErrorKind::State`]: the file isn't there, torn, another plan's or a later version's. [`ErrorKind::Log`]: the log
    /// was changed. [`ErrorKind::Io`]: the disk.
    pub fn open(plan: Plan, path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_on(Box::new(System), plan, path.as_ref())
    }

    fn open_on(disk: Box<dyn Disk>, plan: Plan, path: &Path) -> Result<Self, Error> {
        let Some((state, decisions)) = recover(&*disk, &plan, path)? else {
            return Err(not_begun(path));
        };
        Ok(Self {
            plan,
            path: path.to_owned(),
            disk,
            state,
            decisions,
        })
    }

    /// Reads the files again and checks the whole log. Every change begins with this.
    ///
    /// # Errors
    /// As [`open`](Self::open); what was read last stays.
    pub fn reload(&mut self) -> Result<(), Error> {
        let Some((state, decisions)) = recover(&*self.disk, &self.plan, &self.path)? else {
            return Err(not_begun(&self.path));
        };
        (self.state, self.decisions) = (state, decisions);
        Ok(())
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The state that was read or written last.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The decisions, first to last.
    #[must_use]
    pub fn decisions(&self) -> &[Entry] {
        &self.decisions
    }

    /// The phase; [`Phase::rollout`] gives what to apply.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        // Every state was checked against the plan, and a plan has phases.
        &self.plan.phases()[self.state.phase()]
    }

    /// Where the rollout stands and what each gate says.
    #[must_use]
    pub fn status(
        &self,
        evidence: &Evidence,
        approval: Option<&Signature>,
        now: SystemTime,
    ) -> Status {
        let next = self.plan.phases().get(self.state.phase() + 1);
        let gates = self.judge(evidence, approval, now);
        Status {
            phase: self.state.phase_name().to_owned(),
            next: next.map(|phase| phase.name.clone()),
            in_force: self.phase().clone(),
            lasted_s: now
                .duration_since(self.state.since())
                .unwrap_or_default()
                .as_secs(),
            ready: next.is_some() && gates.iter().all(|answer| answer.status == GateStatus::Go),
            gates,
        }
    }

    /// Goes to the next phase, when every gate says "go".
    ///
    /// # Errors
    /// [`ErrorKind::Gate`] with the reasons of every gate that doesn't; [`ErrorKind::Plan`] in the last phase; and those of
    /// [`reload`](Self::reload). After [`ErrorKind::Io`] the decision may be on disk: reload to see.
    pub fn advance(
        &mut self,
        by: &Signature,
        evidence: &Evidence,
        approval: Option<&Signature>,
        now: SystemTime,
    ) -> Result<&Phase, Error> {
        self.reload()?;
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
        let to = next.name.clone();
        self.change(to, by, evidence, gates, approval, now)
    }

    /// Goes to the phase before. No gate is asked: the way back is always open.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`] in the first phase; and those of [`reload`](Self::reload).
    pub fn back(
        &mut self,
        by: &Signature,
        evidence: &Evidence,
        now: SystemTime,
    ) -> Result<&Phase, Error> {
        self.reload()?;
        let before = self
            .state
            .phase()
            .checked_sub(1)
            .and_then(|phase| self.plan.phases().get(phase));
        let Some(before) = before else {
            let message = format!(
                "{} is the first phase: pull the brake to stop v2",
                self.state.phase_name()
            );
            return Err(Error::new(ErrorKind::Plan, "", message));
        };
        let (to, gates) = (before.name.clone(), self.judge(evidence, None, now));
        self.change(to, by, evidence, gates, None, now)
    }

    /// Notes how many epochs of evidence there have been: `Guard::epoch`, whenever it has changed. A lower number than the
    /// one that is noted changes nothing, as epochs never start again.
    ///
    /// # Errors
    /// Those of [`reload`](Self::reload).
    pub fn note_epochs(&mut self, epochs: u64) -> Result<(), Error> {
        if epochs <= self.state.epochs() {
            return Ok(());
        }
        self.reload()?;
        if epochs > self.state.epochs() {
            let state = self.state.with_epochs(epochs);
            save(&*self.disk, &self.path, &state)?;
            self.state = state;
        }
        Ok(())
    }

    fn judge(
        &self,
        evidence: &Evidence,
        approval: Option<&Signature>,
        now: SystemTime,
    ) -> Vec<GateResult> {
        self.plan.judge(
            self.state.phase(),
            self.state.since(),
            evidence,
            approval,
            now,
        )
    }

    fn change(
        &mut self,
        to: String,
        by: &Signature,
        figures: &Evidence,
        gates: Vec<GateResult>,
        approval: Option<&Signature>,
        now: SystemTime,
    ) -> Result<&Phase, Error> {
        #[derive(Serialize)]
        struct Known<'a> {
            figures: &'a Evidence,
            gates: Vec<GateResult>,
            approval: Option<&'a Signature>,
        }
        let known = to_raw_value(&Known {
            figures,
            gates,
            approval,
        })
        .map_err(|error| {
            Error::new(ErrorKind::Log, "", "the evidence can't be written as JSON")
                .with_source(error)
        })?;
        let entry = Entry {
            n: 0,
            at_unix_ms: unix_ms(now),
            who: by.who().to_owned(),
            from: Some(self.state.phase_name().to_owned()),
            to,
            why: by.why().to_owned(),
            evidence: Some(known),
            prev: String::new(),
        };
        let (state, entry) = write(
            &*self.disk,
            &self.plan,
            &self.path,
            Some(&self.state),
            entry,
        )?;
        self.state = state;
        self.decisions.push(entry);
        Ok(self.phase())
    }
}

fn unix_ms(time: SystemTime) -> u64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cold]
fn not_begun(path: &Path) -> Error {
    state::refuse(
        "",
        format!("{} has no plan under way: begin it first", path.display()),
    )
}

#[cfg(test)]
mod tests;
