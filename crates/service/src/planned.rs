//! The rollout's plan: where it stands, what its gates say of this process's figures, and each phase put into force.

mod steps;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use cutover::migration::plan::{
    Entry, Environment, Evidence, OpenOptions, Phase, Plan, Progress, Signature, Status,
};
use cutover::migration::shadow::Shadow;
use cutover::migration::{Guard, Outcomes, Snapshot};
use cutover::{Error, Rollout, Router, Share};

use crate::service::StartError;
use crate::store::HeadTable;

pub use steps::NoWayBack;

/// The shadow sample under a plan, whose gate needs something to compare.
const SHADOW: &str = "10%";

/// A plan under way.
#[derive(Debug)]
pub struct Planned {
    plan: Plan,
    path: PathBuf,
    /// The place of the phase that it began at: there is no way back from there.
    first: usize,
    /// The second place of the log's head; none for a database that a restart loses.
    heads: Option<HeadTable>,
    now: Mutex<Now>,
    /// For threads that may wait for the disk.
    progress: Mutex<Progress>,
}

/// What is in force. Taken for moments, and after the lock of the progress where both are.
#[derive(Debug)]
struct Now {
    /// The phase's place in the plan.
    place: usize,
    /// The steps back that are in force and not stored yet, in order.
    back: VecDeque<(Signature, Evidence)>,
    /// Whether the files may have another phase than the progress, as a decision failed half-way.
    unsure: bool,
    /// Why the decision log can't be relied on, when it was last looked at.
    damage: Option<String>,
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

/// How a plan begins that isn't under way yet.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Where the service runs.
    pub environment: Environment,
    /// Whether it may begin above 0 %.
    pub raise: bool,
    /// Where the plan was read from, for `cutover plan`; none for the plan that is built in.
    pub plan_file: Option<PathBuf>,
}

impl Begin {
    fn check(&self, plan: &Plan) -> Result<(), StartError> {
        match plan.first_phase(self.environment) {
            Some(first) if first.share > Share::ZERO && !self.raise => Err(StartError::Raise {
                phase: first.name.clone(),
                share: first.share,
            }),
            _ => Ok(()),
        }
    }
}

impl Planned {
    /// This plan, as far as its files say. Waits for the disk and the database.
    ///
    /// # Errors
    /// Those of [`Progress::open`] and [`Progress::begin`]; [`ErrorKind::Plan`](cutover::ErrorKind::Plan) for a plan that
    /// would begin above 0 % without `raise`.
    pub fn open(
        plan: Plan,
        path: PathBuf,
        heads: Option<HeadTable>,
        note: &str,
        begin: Begin,
    ) -> Result<Self, StartError> {
        let mut open = OpenOptions::new().note(note);
        if let Some(heads) = &heads {
            open = open.head_store(heads.clone());
        }
        if let Some(file) = &begin.plan_file {
            open = open.plan_file(file);
        }
        let progress = if path.exists() || path.with_extension("json.log").exists() {
            open.open(plan.clone(), &path)?
        } else {
            begin.check(&plan)?;
            let by = Signature::new("cutover-service", "started with a new plan")?;
            open.begin(
                plan.clone(),
                &path,
                begin.environment,
                &by,
                SystemTime::now(),
            )?
        };
        let now = Now {
            place: progress.state().phase(),
            back: VecDeque::new(),
            unsure: false,
            damage: None,
            before: Snapshot::default(),
        };
        let planned = Self {
            first: progress.state().first(),
            plan,
            path,
            heads,
            now: Mutex::new(now),
            progress: Mutex::new(progress),
        };
        planned.look(&planned.progress());
        Ok(planned)
    }

    /// Where the plan's state is in this folder.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("plan.json")
    }

    /// How many windows of evidence there had been when the state was opened, as far as it knows.
    #[must_use]
    pub fn windows_before(&self) -> u64 {
        self.progress().state().windows()
    }

    /// The phase in force.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        self.phase_at(self.now().place)
    }

    /// The decisions that are stored, first to last. Reads the files.
    ///
    /// # Errors
    /// Those of [`Progress::read`].
    pub fn decisions(&self) -> Result<Vec<Entry>, Error> {
        Ok(self.read()?.decisions().to_vec())
    }

    /// Where it stands, as far as that is stored. Reads the files, and waits for nobody who writes them.
    ///
    /// # Errors
    /// Those of [`Progress::read`].
    pub fn status(&self, seen: Seen<'_>) -> Result<Status, Error> {
        let evidence = self.evidence(seen);
        Ok(self.read()?.status(&evidence, None, SystemTime::now()))
    }

    /// Why the decision log can't be relied on, when it was last looked at.
    #[must_use]
    pub fn damage(&self) -> Option<String> {
        self.now().damage.clone()
    }

    /// Notes what the progress says of the decision log; in the service's own log, once.
    fn look(&self, progress: &Progress) {
        let mut now = self.now();
        if let Some(damage) = progress
            .damage()
            .filter(|&damage| now.damage.as_deref() != Some(damage))
        {
            tracing::error!(
                damage,
                "the plan's decision log is damaged: no phase is advanced to until somebody accepts it; going back works"
            );
        }
        now.damage = progress.damage().map(str::to_owned);
    }

    fn read(&self) -> Result<Progress, Error> {
        let mut open = OpenOptions::new();
        if let Some(heads) = &self.heads {
            open = open.head_store(heads.clone());
        }
        let progress = open.read(self.plan.clone(), &self.path)?;
        self.look(&progress);
        Ok(progress)
    }

    fn phase_at(&self, place: usize) -> &Phase {
        // Every place comes from a progress, which was checked against the plan.
        &self.plan.phases()[place]
    }

    fn evidence(&self, seen: Seen<'_>) -> Evidence {
        let verdict = seen.guard.verdict();
        let happened = seen.outcomes.snapshot().since(&self.now().before);
        // Since the process began, whatever the phase: it is the same code that answered differently.
        let shadow = seen.shadow.snapshot();
        let braked = seen.router.status().braked;
        Evidence::of(&happened, Some(&verdict), Some(&shadow), braked)
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rollout of this phase, as the first of all.
///
/// # Errors
/// Those of [`Phase::rollout`].
pub fn first_rollout(planned: &Planned, name: &str) -> Result<Rollout, Error> {
    let nothing = Rollout::builder(name, Share::ZERO).shadow(SHADOW.parse()?);
    let nothing = nothing.build()?;
    planned.phase().rollout(&nothing)
}
