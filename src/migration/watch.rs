//! A thread that looks at a guard at an interval, so that nobody has to.

use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::guard::Guard;
use crate::error::{Error, ErrorKind};
use crate::routing::Router;
use crate::ticker::Ticker;

/// A guard at work, until this is dropped.
///
/// Dropping it waits for a look that is under way. A listener of the router that drops it, on the guard's own thread,
/// doesn't wait: that look is the last.
#[derive(Debug)]
#[must_use = "the guard stops when this is dropped"]
pub struct Watch {
    _ticker: Ticker,
}

impl Watch {
    /// Stops the guard, and waits until it has. The brake stays as it is.
    pub fn stop(self) {
        drop(self);
    }
}

impl Guard {
    /// Starts a thread that [steps](Self::step) at once and then at this interval ([`Guard::INTERVAL`] is a good one; at
    /// least 1 ms): from the error that decides until every thread sees v1, at most one interval passes.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the system gives no thread.
    pub fn watch<R>(self: &Arc<Self>, router: R, interval: Duration) -> Result<Watch, Error>
    where
        R: Deref<Target = Router> + Send + 'static,
    {
        let guard = Arc::clone(self);
        // A listener of the router that panics does so after the brake is pulled: the guard outlives it.
        let look = move || drop(guard.step(&router));
        let ticker = Ticker::start("cutover-guard", Duration::ZERO, interval, look);
        Ok(Watch {
            _ticker: ticker.map_err(no_thread)?,
        })
    }
}

#[cold]
fn no_thread(error: io::Error) -> Error {
    let message = format!(
        "can't start the guard's thread ({error}): raise the limit on threads, or call step from your own"
    );
    Error::new(ErrorKind::Io, "", message).with_source(error)
}
