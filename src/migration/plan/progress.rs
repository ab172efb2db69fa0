//! Where a rollout stands, on disk: one phase at a time, every decision logged before it is in force.

use std::path::Path;
use std::time::SystemTime;

use serde::Serialize;

use super::evidence::Evidence;
use super::files::{Files, Found};
use super::gate::{GateResult, GateStatus};
use super::head::KnownHeads;
use super::log::Entry;
use super::open::OpenOptions;
use super::signature::Signature;
use super::state::State;
use super::{Environment, Phase, Plan};
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
    /// The status of each gate.
    pub gates: Vec<GateResult>,
    /// Whether all say "go", there is a next phase, and no damage.
    pub ready: bool,
    /// Why the decision log can't be relied on; see [`Progress::damage`].
    pub damage: Option<String>,
    /// Whether the phase is on the disk: a step back is in force before it is, and stays so when the disk fails.
    pub is_stored: bool,
}

/// A plan under way, with its state in a file and its decision log beside it (the same name with `.log`).
///
/// Whoever opens a plan is the only one who writes its files until the `Progress` is dropped or the process ends, however it
/// ends: the lock is on a file beside the state (the same name with `.lock`), which stays there. [`Progress::read`] takes no
/// lock. [`OpenOptions`] has more to say about both.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("cutover-doc-plan-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// use std::time::SystemTime;
/// use cutover::Share;
/// use cutover::migration::plan::{Environment, Evidence, Plan, Progress, Signature};
///
/// let ana = Signature::new("ana", "first try")?;
/// let path = folder.join("plan.json");
/// let now = SystemTime::now();
/// let mut progress =
///     Progress::begin(Plan::contribution_form_v2(), &path, Environment::Production, &ana, now)?;
/// assert_eq!(progress.phase().share, Share::ZERO);
/// let refused = progress.advance(&ana, &Evidence::default(), None, now).unwrap_err();
/// assert!(refused.to_string().contains("requests hold: 0 requests of v2, at least 100 are asked for"));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Progress {
    pub(super) plan: Plan,
    pub(super) files: Files,
    pub(super) known: KnownHeads,
    /// What is in force, stored or not.
    pub(super) state: State,
    pub(super) decisions: Vec<Entry>,
    pub(super) damage: Option<String>,
    /// A step back that is in force and not stored.
    pub(super) unstored: Option<Entry>,
}

impl Progress {
    /// Begins a plan in files that are not there yet, at the [first phase](Plan::first_phase) of the environment: only in
    /// development that is a phase of development.
    ///
    /// # Errors
    /// [`ErrorKind::State`] or [`ErrorKind::Log`] when there are files already, [`ErrorKind::Locked`] when another writes
    /// them, [`ErrorKind::Plan`] when all phases are of development and the environment isn't, [`ErrorKind::Io`] when they
    /// can't be written.
    pub fn begin(
        plan: Plan,
        path: impl AsRef<Path>,
        environment: Environment,
        by: &Signature,
        now: SystemTime,
    ) -> Result<Self, Error> {
        OpenOptions::new().begin(plan, path, environment, by, now)
    }

    /// Opens a plan that was begun, to write, and checks the whole log.
    ///
    /// A damaged log is no error but [damage](Self::damage).
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: another writes it. [`ErrorKind::State`]: the state file isn't there, torn, another plan's or a
    /// later version's. [`ErrorKind::Log`]: there is a log without its state. [`ErrorKind::Io`]: the disk.
    pub fn open(plan: Plan, path: impl AsRef<Path>) -> Result<Self, Error> {
        OpenOptions::new().open(plan, path)
    }

    /// Opens a plan that was begun, to read, also while another writes it; changes are refused with [`ErrorKind::Locked`].
    ///
    /// # Errors
    /// Those of [`open`](Self::open) but [`ErrorKind::Locked`].
    pub fn read(plan: Plan, path: impl AsRef<Path>) -> Result<Self, Error> {
        OpenOptions::new().read(plan, path)
    }

    pub(super) fn open_in(files: Files, mut known: KnownHeads, plan: Plan) -> Result<Self, Error> {
        let Some(found) = files.look(&plan, &mut known)? else {
            return Err(not_begun(files.path()));
        };
        let mut progress = Self {
            plan,
            files,
            known,
            state: found.state.clone(),
            decisions: Vec::new(),
            damage: None,
            unstored: None,
        };
        progress.take(found);
        Ok(progress)
    }

    /// Reads the files again and checks the whole log; stores what could not be stored before. Every change begins with
    /// this.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`ErrorKind::Io`] when a step back still can't be stored; what was read last stays.
    pub fn reload(&mut self) -> Result<(), Error> {
        self.store_back()?;
        let found = self.look()?;
        self.take(found);
        Ok(())
    }

    pub(super) fn look(&mut self) -> Result<Found, Error> {
        let found = self.files.look(&self.plan, &mut self.known)?;
        found.ok_or_else(|| not_begun(self.files.path()))
    }

    /// Makes what was found what is in force, and completes what a crash has left half done. What can't be written now the
    /// next change writes.
    pub(super) fn take(&mut self, found: Found) {
        let is_late = found.is_late();
        self.state = found.state;
        if found.damage.is_none() && self.files.is_writable() {
            // The store first: a state that says there is one vouches for it.
            let is_told = self.known.confirm(self.state.head()).is_ok();
            let is_new = self.known.has_store() && is_told && !self.state.head_kept();
            self.state = self.state.with_head_kept(self.state.head_kept() || is_new);
            if is_new || is_late {
                let _ = self.files.save(&self.state);
            }
        }
        (self.decisions, self.damage) = (found.entries, found.damage);
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The state in force.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The decisions, first to last; of a damaged log those that can be read.
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

    /// The phase before, which [`back`](Self::back) goes to; `None` in the phase that the plan began at. Put it into force
    /// first: that takes no disk.
    #[must_use]
    pub fn previous(&self) -> Option<&Phase> {
        let phase = self.state.phase();
        let before = phase
            .checked_sub(1)
            .filter(|_| phase > self.state.first())?;
        self.plan.phases().get(before)
    }

    /// Why the log can't be relied on: an entry was changed, removed or added by hand, older files were put back, or the
    /// head store knows another log. `None` when all is well.
    ///
    /// The rollout then stands at the phase with the lowest share of those that the files and the head store have. Until
    /// somebody has [accepted](Self::accept) the files, [`advance`](Self::advance) is refused; [`back`](Self::back) works.
    #[must_use]
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// Where the rollout stands and the status of each gate.
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
            ready: self.damage.is_none()
                && next.is_some()
                && gates.iter().all(|gate| gate.status == GateStatus::Go),
            gates,
            damage: self.damage.clone(),
            is_stored: self.unstored.is_none(),
        }
    }

    pub(super) fn judge(
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
}

pub(super) fn unix_ms(time: SystemTime) -> u64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cold]
fn not_begun(path: &Path) -> Error {
    let message = format!(
        "{} has no plan yet: begin one first (cutover plan init)",
        path.display()
    );
    Error::new(ErrorKind::State, "", message)
}

#[cfg(test)]
mod tests;
