//! The rollout's plan: where it stands, what its gates say of this process's figures, and each phase put into force.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cutover::migration::plan::{Evidence, Plan, Progress, Signature, Status};
use cutover::migration::{Guard, Outcomes, Snapshot};
use cutover::{Error, Rollout, Router};

/// A plan under way. Its files are read and written by the calls: keep them off the threads that serve.
#[derive(Debug)]
pub struct Planned {
    progress: Progress,
    /// What had happened when the phase began, or the process: figures from before are not known any more, and no news is
    /// no reason to go on.
    before: Snapshot,
}

/// What a phase's evidence is taken from.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What became of the requests.
    pub outcomes: &'a Outcomes,
    /// What judges them.
    pub guard: &'a Guard,
    /// Whether the brake is pulled, and the rollout in force.
    pub router: &'a Router,
}

impl Planned {
    /// Opens the plan's state in this folder, or begins it there.
    ///
    /// # Errors
    /// Those of [`Progress::begin`] and [`Progress::open`].
    pub fn open(plan: Plan, folder: &Path) -> Result<Self, Error> {
        let path: PathBuf = folder.join("plan.json");
        let progress = if path.exists() || path.with_extension("json.log").exists() {
            Progress::open(plan, path)?
        } else {
            let by = Signature::new("cutover-service", "started with a new plan")?;
            Progress::begin(plan, path, &by, SystemTime::now())?
        };
        Ok(Self {
            progress,
            before: Snapshot::default(),
        })
    }

    /// The plan that the service has unless it is given one: the five phases, without the gate on the shadow, which this
    /// service doesn't run.
    ///
    /// # Errors
    /// None, as long as the library reads what it writes.
    pub fn default_plan() -> Result<Plan, Error> {
        let mut plan: serde_json::Value =
            serde_json::from_str(&Plan::contribution_form_v2().to_json()).unwrap_or_default();
        for phase in plan["phases"].as_array_mut().into_iter().flatten() {
            phase["gates"]["shadow_divergences"] = serde_json::Value::Null;
        }
        Plan::from_json(plan.to_string().as_bytes())
    }

    /// The rollout of the phase, as the next after this one.
    ///
    /// # Errors
    /// Those of [`cutover::migration::plan::Phase::rollout`].
    pub fn rollout(&self, in_force: &Rollout) -> Result<Rollout, Error> {
        self.progress.phase().rollout(in_force)
    }

    /// The plan and its decisions.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self, seen: Seen<'_>, approval: Option<&Signature>) -> Status {
        self.progress
            .status(&self.evidence(seen), approval, SystemTime::now())
    }

    /// Goes to the next phase and puts it into force.
    ///
    /// # Errors
    /// Those of [`Progress::advance`], and of putting its rollout into force.
    pub fn advance(
        &mut self,
        seen: Seen<'_>,
        by: &Signature,
        approval: Option<&Signature>,
    ) -> Result<(), Error> {
        let evidence = self.evidence(seen);
        self.progress
            .advance(by, &evidence, approval, SystemTime::now())?;
        self.enforce(seen)
    }

    /// Goes to the phase before and puts it into force.
    ///
    /// # Errors
    /// Those of [`Progress::back`], and of putting its rollout into force.
    pub fn back(&mut self, seen: Seen<'_>, by: &Signature) -> Result<(), Error> {
        let evidence = self.evidence(seen);
        self.progress.back(by, &evidence, SystemTime::now())?;
        self.enforce(seen)
    }

    fn enforce(&mut self, seen: Seen<'_>) -> Result<(), Error> {
        self.before = seen.outcomes.snapshot();
        match seen.router.rollout() {
            Some(in_force) => seen.router.apply(self.rollout(&in_force)?),
            None => Ok(()),
        }
    }

    fn evidence(&self, seen: Seen<'_>) -> Evidence {
        let verdict = seen.guard.verdict();
        let happened = seen.outcomes.snapshot().since(&self.before);
        Evidence::of(&happened, Some(&verdict), None, seen.router.status().braked)
    }
}
