//! What a router does for a source, which finds the same document and the same trouble again and again.

use std::time::Instant;

use crate::error::Error;
use crate::routing::rollout::Rollout;
use crate::routing::router::Router;
use crate::sync::lock;

impl Router {
    /// What [`apply`](Self::apply) does, but a rollout equal to the one in force changes nothing and tells nobody: it only
    /// settles what the source was refused for.
    pub(super) fn apply_from(&self, source: &str, rollout: Rollout) -> Result<(), Error> {
        let control = lock(&self.control);
        let equal = control.rollout.as_deref() == Some(&rollout);
        if equal && matches!(control.accept(&rollout), Ok(None)) {
            drop(control);
            self.settle(source);
            return Ok(());
        }
        drop(control);
        self.put(rollout, Some(source), || true)
    }

    /// Notes that the source has been read just now.
    pub(super) fn note_read(&self) {
        lock(&self.control).source_read = Some(Instant::now());
    }

    /// Notes why a source has no rollout to give. Once: while it stays the same trouble its age grows and nobody is told.
    pub(super) fn refused_from(&self, source: &str, error: &Error) {
        let control = lock(&self.control);
        let known = (control.refused.as_ref()).is_some_and(|last| last.is(error, source));
        if !known {
            self.refuse(control, error, Some(source));
        }
    }

    /// What this source was refused for is over.
    pub(super) fn settle(&self, source: &str) {
        let mut control = lock(&self.control);
        if (control.refused.as_ref()).is_some_and(|last| last.is_of(source)) {
            control.refused = None;
        }
    }
}
