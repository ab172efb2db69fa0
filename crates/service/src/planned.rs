//! The rollout's plan: where it stands, what its gates say of this process's figures, and each phase put into force.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cutover::migration::plan::{Environment, Evidence, Plan, Progress, Signature, Status};
use cutover::migration::shadow::Shadow;
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
    /// What compares the versions.
    pub shadow: &'a Shadow<Vec<u8>>,
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
            Progress::begin(plan, path, Environment::Production, &by, SystemTime::now())?
        };
        Ok(Self {
            progress,
            before: Snapshot::default(),
        })
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

    /// Keeps the number of the guard's epochs, which a restart must not forget.
    ///
    /// # Errors
    /// Those of [`Progress::note_epochs`].
    pub fn note_epochs(&mut self, epochs: u64) -> Result<(), Error> {
        self.progress.note_epochs(epochs)
    }

    fn enforce(&mut self, seen: Seen<'_>) -> Result<(), Error> {
        self.before = seen.outcomes.snapshot();
        match seen.router.rollout() {
            Some(in_force) => seen.router.apply(self.rollout(&in_force)?),
            None => Ok(()),
        }
    }

    fn evidence(&self, seen: Seen<'_>) -> Evidence {
        let verdict = seen.guard.judge(&seen.guard.snapshot());
        let happened = seen.outcomes.snapshot().since(&self.before);
        // Since the process began, whatever the phase: it is the same code that answered differently.
        let shadow = seen.shadow.snapshot();
        let braked = seen.router.status().braked;
        Evidence::of(&happened, Some(&verdict), Some(&shadow), braked)
    }
}
