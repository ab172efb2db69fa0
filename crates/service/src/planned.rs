//! The rollout's plan: where it stands, what its gates say of this process's figures, and each phase put into force.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use cutover::migration::plan::{Entry, Evidence, Phase, Plan, Progress, Signature, Status};
use cutover::migration::{Guard, Outcomes, Snapshot};
use cutover::routing::preflight;
use cutover::{Error, Rollout, Router, Version};

use crate::keeper::{KeepError, Wish};

/// A plan under way.
#[derive(Debug)]
pub struct Planned {
    plan: Plan,
    path: PathBuf,
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

/// Why there is no step back.
#[derive(Debug, thiserror::Error)]
pub enum NoWayBack {
    /// The first phase.
    #[error("this is the plan's first phase: pull the brake to send everyone to v1")]
    First,
    /// The phase before has more of v2, as that of an environment which few can reach.
    #[error("the phase before sends more requests to v2: pull the brake to send everyone to v1")]
    Forward,
    /// The router refuses the phase's rollout.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Planned {
    /// This plan, as far as its files say.
    #[must_use]
    pub fn new(plan: Plan, path: PathBuf, progress: Progress) -> Self {
        let now = Now {
            place: progress.state().phase(),
            back: VecDeque::new(),
            before: Snapshot::default(),
        };
        Self {
            plan,
            path,
            now: Mutex::new(now),
            progress: Mutex::new(progress),
        }
    }

    /// Where the plan's state is in this folder.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("plan.json")
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

    /// Goes to the next phase: stores it, and then puts it into force. Waits for the disk.
    ///
    /// # Errors
    /// Those of [`Progress::advance`] and of [`Router::apply_if`]; [`KeepError::Superseded`] by a step back.
    pub fn advance(
        &self,
        seen: Seen<'_>,
        (by, approval): (&Signature, Option<&Signature>),
        wish: &Wish,
    ) -> Result<(), KeepError> {
        let mut progress = self.progress();
        self.store_back(&mut progress, seen)?;
        let place = progress.state().phase();
        let evidence = self.evidence(seen);
        progress.advance(by, &evidence, approval, SystemTime::now())?;
        let mut now = self.now();
        if now.place != place {
            return Err(KeepError::Superseded("a step back"));
        }
        let next = progress.state().phase();
        self.enforce(seen, next, || wish.take())?;
        (now.place, now.before) = (next, seen.outcomes.snapshot());
        Ok(())
    }

    /// Goes to the phase before, in memory alone: whatever the disk does, it is in force when this returns.
    /// [`store`](Self::store) stores it.
    ///
    /// # Errors
    /// See [`NoWayBack`].
    pub fn back(&self, seen: Seen<'_>, by: Signature) -> Result<&Phase, NoWayBack> {
        let evidence = self.evidence(seen);
        let mut now = self.now();
        let Some(place) = now.place.checked_sub(1) else {
            return Err(NoWayBack::First);
        };
        if let Some(in_force) = seen.router.rollout() {
            let before = self.phase_at(place).rollout(&in_force)?;
            if preflight(&in_force, &before)?.moves_anyone_to(Version::V2) {
                return Err(NoWayBack::Forward);
            }
        }
        self.enforce(seen, place, || true)?;
        (now.place, now.before) = (place, seen.outcomes.snapshot());
        now.back.push_back((by, evidence));
        Ok(self.phase_at(place))
    }

    /// Stores the steps back that are in force. Waits for the disk.
    ///
    /// # Errors
    /// Those of [`Progress::back`].
    pub fn store(&self, seen: Seen<'_>) -> Result<(), KeepError> {
        self.store_back(&mut self.progress(), seen)
    }

    fn store_back(&self, progress: &mut Progress, seen: Seen<'_>) -> Result<(), KeepError> {
        loop {
            let (stored, step) = {
                let mut now = self.now();
                let stored = progress.state().phase();
                if stored <= now.place {
                    now.back.clear();
                    return Ok(());
                }
                (stored, now.back.front().cloned())
            };
            let (by, evidence) = match step.clone() {
                Some(step) => step,
                // A step forward that took too long to be stored: nobody was told of it, and it never was in force.
                None => {
                    let why = format!(
                        "{} was stored too late to come into force",
                        self.phase_at(stored).name
                    );
                    (
                        Signature::new("cutover-service", &why)?,
                        self.evidence(seen),
                    )
                }
            };
            progress.back(&by, &evidence, SystemTime::now())?;
            if step.is_some() {
                self.now().back.pop_front();
            }
        }
    }

    fn enforce(
        &self,
        seen: Seen<'_>,
        place: usize,
        still: impl FnOnce() -> bool,
    ) -> Result<(), Error> {
        match seen.router.rollout() {
            Some(in_force) => {
                let rollout = self.phase_at(place).rollout(&in_force)?;
                seen.router.apply_if(rollout, still)
            }
            None => Ok(()),
        }
    }

    fn read(&self) -> Result<Progress, Error> {
        Progress::read(self.plan.clone(), &self.path)
    }

    fn phase_at(&self, place: usize) -> &Phase {
        // Every place comes from a progress, which was checked against the plan.
        &self.plan.phases()[place]
    }

    fn evidence(&self, seen: Seen<'_>) -> Evidence {
        let verdict = seen.guard.judge(&seen.guard.snapshot());
        let happened = seen.outcomes.snapshot().since(&self.now().before);
        Evidence::of(&happened, Some(&verdict), None, seen.router.status().braked)
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
    let nothing = Rollout::builder(name, cutover::Share::ZERO).build()?;
    planned.phase().rollout(&nothing)
}
