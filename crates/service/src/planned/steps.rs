//! From phase to phase: on is stored first and then in force, back is in force first.

use std::time::SystemTime;

use cutover::migration::plan::{Phase, Progress, Signature};
use cutover::routing::preflight;
use cutover::{Error, Version};

use super::{Now, Planned, Seen};
use crate::keeper::{KeepError, Wish};

/// Why there is no step back.
#[derive(Debug, thiserror::Error)]
pub enum NoWayBack {
    /// The first phase.
    #[error("this is the plan's first phase: pull the brake to send everyone to v1")]
    First,
    /// The phase before has more of v2, as that of an environment which few can reach: it is stored first.
    #[error("the phase before sends more requests to v2")]
    Forward,
    /// The router refuses the phase's rollout.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Planned {
    /// Takes the plan's files as they are, after somebody has looked. Waits for the disk.
    ///
    /// # Errors
    /// Those of [`Progress::accept`].
    pub fn accept(&self, seen: Seen<'_>, by: &Signature) -> Result<(), Error> {
        let mut progress = self.progress();
        let accepted = progress.accept(by, SystemTime::now());
        self.look(&progress);
        accepted?;
        // The lowest of those that the files and the database had.
        let place = progress.state().phase();
        let mut now = self.now();
        match place < now.place {
            true => self.put(seen, &mut now, place, || true),
            false => Ok(()),
        }
    }

    /// Goes to the next phase: stores it, and then puts it into force. Waits for the disk.
    ///
    /// # Errors
    /// Those of [`Progress::advance`] and of [`Router::apply_if`](cutover::Router::apply_if); [`KeepError::Superseded`] by a step back.
    pub fn advance(
        &self,
        seen: Seen<'_>,
        (by, approval): (&Signature, Option<&Signature>),
        wish: &Wish,
    ) -> Result<(), KeepError> {
        let evidence = self.evidence(seen);
        let mut progress = self.progress();
        self.store_back(&mut progress, seen)?;
        let place = progress.state().phase();
        let decided = progress
            .advance(by, &evidence, approval, SystemTime::now())
            .map(|_| ());
        self.look(&progress);
        let mut now = self.now();
        now.unsure |= decided.is_err();
        decided?;
        if now.place != place {
            return Err(KeepError::Superseded("a step back"));
        }
        let next = progress.state().phase();
        Ok(self.put(seen, &mut now, next, || wish.take())?)
    }

    /// Goes to a phase before that has more of v2: stores it, and then puts it into force. Waits for the disk. When the disk
    /// fails it is in force, and stored later.
    ///
    /// # Errors
    /// Those of [`Progress::back`] but for the disk's, and of [`Router::apply`](cutover::Router::apply).
    pub fn back_up(&self, seen: Seen<'_>, by: &Signature, wish: &Wish) -> Result<(), KeepError> {
        let evidence = self.evidence(seen);
        let mut progress = self.progress();
        self.store_back(&mut progress, seen)?;
        // From here on there is no giving up: what is stored could only be undone by a step forward.
        if !wish.take() {
            return Err(KeepError::Late);
        }
        let place = progress.state().phase();
        let stored = progress.back(by, &evidence, SystemTime::now()).map(|_| ());
        let mut now = self.now();
        now.unsure |= stored.is_err();
        if progress.state().phase() == place {
            return Ok(stored?);
        }
        self.put(seen, &mut now, progress.state().phase(), || true)?;
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
        let Some(place) = now
            .place
            .checked_sub(1)
            .filter(|&place| place >= self.first)
        else {
            return Err(NoWayBack::First);
        };
        if let Some(in_force) = seen.router.rollout() {
            let before = self.phase_at(place).rollout(&in_force)?;
            if preflight(&in_force, &before)?.moves_anyone_to(Version::V2) {
                return Err(NoWayBack::Forward);
            }
        }
        self.put(seen, &mut now, place, || true)?;
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
        let stored = self.try_store_back(progress, seen);
        self.now().unsure = stored.is_err();
        self.look(progress);
        stored
    }

    fn try_store_back(&self, progress: &mut Progress, seen: Seen<'_>) -> Result<(), KeepError> {
        if self.now().unsure {
            // Also stores a step back that the disk refused.
            progress.reload()?;
        }
        loop {
            let (stored, step) = {
                let mut now = self.now();
                let stored = progress.state().phase();
                if stored <= now.place {
                    now.back.clear();
                    return Ok(());
                }
                (stored, now.back.pop_front())
            };
            let (by, evidence) = match step {
                Some(step) => step,
                // A step forward that took too long to be stored: nobody was told of it, and it never was in force.
                None => {
                    let phase = &self.phase_at(stored).name;
                    let why = format!("{phase} was stored too late to come into force");
                    let by = Signature::new("cutover-service", &why)?;
                    (by, self.evidence(seen))
                }
            };
            progress.back(&by, &evidence, SystemTime::now())?;
        }
    }

    /// Puts the phase of this place into force.
    fn put(
        &self,
        seen: Seen<'_>,
        now: &mut Now,
        place: usize,
        still: impl FnOnce() -> bool,
    ) -> Result<(), Error> {
        if let Some(in_force) = seen.router.rollout() {
            let rollout = self.phase_at(place).rollout(&in_force)?;
            seen.router.apply_if(rollout, still)?;
        }
        (now.place, now.before) = (place, seen.outcomes.snapshot());
        Ok(())
    }
}
