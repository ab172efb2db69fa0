//! Pulling and releasing a router's brake: pulled in memory first and then on the disk, released the other way round.
//!
//! The disk has a lock of its own. Whoever waits for the disk holds that one, and never the lock that writers of other
//! changes and readers of the status take turns on.

use super::brake::BrakeNumber;
use super::brake_state::BrakeState;
use super::braked_by::BrakedBy;
use super::change::Change;
use super::control::Control;
use super::router::{Router, announce};
use super::status::Refused;
use crate::error::{Error, ErrorKind};
use crate::sync::{MutexGuard, lock};

impl Router {
    /// Pulls the brake: all is v1 when this returns. A brake that is pulled already keeps its number and gets the reason
    /// added; of the reasons the first 16 are kept, each up to 512 bytes.
    ///
    /// With a [brake file](super::RouterBuilder::brake_file) the brake is on the disk when this returns, and survives a
    /// crash; nobody but the caller waits for the disk. When the file can't be written the brake is pulled all the same:
    /// listeners get [`Change::StateFailed`], [`status`](Self::status) shows the error, and the next pull tries again.
    /// A program that must not wait for a disk calls [`pull`](Self::pull), and [`store_brake`](Self::store_brake) on
    /// another thread.
    pub fn brake(&self, why: impl AsRef<str>) -> BrakeNumber {
        self.brake_by(BrakedBy::Operator, why)
    }

    /// Pulls the brake as [`brake`](Self::brake) does, and counts it as this one's in [`Status::brakings`].
    ///
    /// [`Status::brakings`]: super::Status::brakings
    pub fn brake_by(&self, by: BrakedBy, why: impl AsRef<str>) -> BrakeNumber {
        let number = self.pull_by(by, why.as_ref());
        // What failed is in the status, and listeners have heard of it.
        let _ = self.store_brake();
        number
    }

    /// Pulls the brake as [`brake`](Self::brake) does, in memory alone: never waits for the disk.
    ///
    /// Until [`store_brake`](Self::store_brake) has returned, a restart may lose the brake.
    pub fn pull(&self, why: impl AsRef<str>) -> BrakeNumber {
        self.pull_by(BrakedBy::Operator, why.as_ref())
    }

    fn pull_by(&self, by: BrakedBy, why: &str) -> BrakeNumber {
        let mut control = lock(&self.control);
        let revision = control.revision().unwrap_or(0);
        let number = control.latch.pull(revision, by, why);
        let why = why.to_owned();
        self.publish(control, &[Change::Braked { number, by, why }]);
        number
    }

    /// Stores a pulled brake in the brake file, and waits for the disk. Does nothing when it is stored, when the brake is
    /// not pulled, and without a brake file.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]: it isn't stored; the brake stays pulled, and calling this again tries again.
    pub fn store_brake(&self) -> Result<(), Error> {
        let file = lock(&self.control).latch.file();
        file.map_or(Ok(()), |file| self.save(&lock(&file)))
    }

    /// Releases the brake of this number. What the environment holds stays.
    ///
    /// # Errors
    /// [`ErrorKind::Brake`] when it isn't the number of the brake that is pulled, and when it was pulled again meanwhile.
    /// [`ErrorKind::Io`] when the brake file could not be removed, or is another router's. The brake stays on.
    pub fn release(&self, number: impl Into<BrakeNumber>) -> Result<(), Error> {
        self.release_if(number, || true)
    }

    /// Releases the brake as [`release`](Self::release) does if, once the disk is done, `still` says so; it is asked at
    /// most once, immediately before the release takes effect. Otherwise the brake stays on and is stored again.
    ///
    /// For programs that wait for the disk only so long: when they have told somebody that the brake is on, a disk that
    /// is late must not release it. `still` must not call the router.
    ///
    /// # Errors
    /// As [`release`](Self::release), and [`ErrorKind::Cancelled`] when `still` says no.
    pub fn release_if(
        &self,
        number: impl Into<BrakeNumber>,
        still: impl FnOnce() -> bool,
    ) -> Result<(), Error> {
        let number = number.into();
        match self.unlatch(number, |_| if_still(still)) {
            Ok(control) => {
                self.publish(control, &[Change::Released { number }]);
                Ok(())
            }
            Err(error) => {
                if error.kind() == ErrorKind::Io {
                    let failed = Change::StateFailed(Refused::new(&error, None).aged());
                    announce(lock(&self.control), &[failed]);
                }
                Err(error)
            }
        }
    }

    /// Takes the brake from the disk and then, if `wanted` agrees under the writers' lock, from memory. Returns that lock:
    /// readers see the change when its holder publishes it.
    pub(super) fn unlatch(
        &self,
        number: BrakeNumber,
        wanted: impl FnOnce(&Control) -> Result<(), Error>,
    ) -> Result<MutexGuard<'_, Control>, Error> {
        let file = lock(&self.control).latch.file();
        let file = file.as_deref().map(lock);
        let control = lock(&self.control);
        let pulls = control.latch.pulls_of(number, control.env.brake)?;
        let last = control.latch.last();
        drop(control);
        let removed = file.as_ref().map_or(Ok(()), |file| file.remove(last));
        let failed = removed.is_err();

        let mut control = lock(&self.control);
        let agreed = removed.and_then(|()| {
            // Whoever pulled it again was told that all is v1, and the operator who releases has not seen why.
            if control.latch.pulls_of(number, control.env.brake)? != pulls {
                return Err(pulled_again(number));
            }
            wanted(&control)
        });
        let Err(error) = agreed else {
            control.latch.let_go();
            return Ok(control);
        };
        // The file may be gone, though not for sure. What stays on here stays on there, if the disk lets us; if it
        // doesn't, the next pull tries again.
        control.latch.forget_stored();
        drop(control);
        if let Some(file) = &file {
            let _ = self.save(file);
        }
        if failed {
            lock(&self.control).latch.failed(&error);
        }
        Err(error)
    }

    /// Writes the brake as it is pulled now. The file's lock is the caller's, so that of two writes the later is the newer.
    fn save(&self, file: &BrakeState) -> Result<(), Error> {
        let Some((brake, pulls)) = lock(&self.control).latch.unsaved() else {
            return Ok(());
        };
        let stored = file.write(&brake);
        let mut control = lock(&self.control);
        match &stored {
            Ok(()) => control.latch.saved(pulls),
            Err(error) => {
                let failure = control.latch.failed(error);
                announce(control, &[Change::StateFailed(failure)]);
            }
        }
        stored
    }
}

/// Whether the caller still wants the change.
pub(super) fn if_still(still: impl FnOnce() -> bool) -> Result<(), Error> {
    if still() {
        return Ok(());
    }
    let message = "nothing was changed: the change was given up before it could take effect";
    Err(Error::new(ErrorKind::Cancelled, "", message))
}

#[cold]
fn pulled_again(number: BrakeNumber) -> Error {
    let message = format!(
        "brake {number} was pulled again while it was being released: read why, then release it"
    );
    Error::new(ErrorKind::Brake, "", message)
}

#[cfg(test)]
mod tests;
