//! A thread that looks at a guard at an interval, so that nobody has to.

use std::io;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::guard::Guard;
use crate::error::{Error, ErrorKind};
use crate::routing::Router;

/// An interval of nothing would be a thread that does nothing else.
const SHORTEST: Duration = Duration::from_millis(1);

/// A guard at work. It stops when this is dropped; whoever drops it waits for the look that is under way.
#[derive(Debug)]
#[must_use = "the guard stops when this is dropped"]
pub struct Watch {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Stops the guard, and waits until it has. The brake stays as it is.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
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
        let (stop, stopped) = channel::<()>();
        let guard = Arc::clone(self);
        let interval = interval.max(SHORTEST);
        let look = move || {
            loop {
                // A listener of the router that panics does so here, after the brake is pulled: the guard outlives it.
                let _ = catch_unwind(AssertUnwindSafe(|| guard.step(&router)));
                if stopped.recv_timeout(interval) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        let thread = Builder::new()
            .name("cutover-guard".to_owned())
            .spawn(look)
            .map_err(no_thread)?;
        Ok(Watch {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

#[cold]
fn no_thread(error: io::Error) -> Error {
    let message = format!(
        "the guard got no thread ({error}): raise the limit on threads, or call step from your own"
    );
    Error::new(ErrorKind::Io, "", message).with_source(error)
}
