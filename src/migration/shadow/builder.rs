//! How a shadow is set up: how much may run, for how long, and whom it tells.

use std::fmt;
use std::io;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

use super::tally::Tally;
use super::{Compare, Inner, Job, Shadow, work};
use crate::error::{Error, ErrorKind};
use crate::migration::Guard;
use crate::migration::outcomes::Outcomes;
use crate::routing::{Seed, Share};

/// Sets up a [`Shadow`]; made by [`Shadow::builder`].
#[must_use = "a builder does nothing until it is built"]
pub struct ShadowBuilder<A> {
    compare: Box<Compare<A>>,
    pub(super) concurrency: usize,
    queue: usize,
    timeout: Duration,
    noise: Share,
    outcomes: Option<Arc<Outcomes>>,
}

impl<A> ShadowBuilder<A> {
    pub(super) fn new(compare: Box<Compare<A>>) -> Self {
        Self {
            compare,
            concurrency: 2,
            queue: 64,
            timeout: Duration::from_secs(30),
            noise: Share::ppm(100_000).unwrap_or(Share::ZERO),
            outcomes: None,
        }
    }
}

impl<A: Clone + Send + 'static> ShadowBuilder<A> {
    /// How many candidates run at a time, at least 1; 2 unless set.
    pub fn concurrency(mut self, candidates: usize) -> Self {
        self.concurrency = candidates.max(1);
        self
    }

    /// How many more may wait for a thread; 64 unless set. Those that find no place are skipped. Tasks don't wait.
    pub fn queue(mut self, candidates: usize) -> Self {
        self.queue = candidates;
        self
    }

    /// How long a candidate may take; 30 s unless set. The answer of one that takes longer is thrown away and counted as
    /// late. A thread can't be stopped, so a candidate that hangs keeps its place until it ends; a task is.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// For how much of the sample noise is measured; 10 % unless set.
    pub fn noise(mut self, share: Share) -> Self {
        self.noise = share;
        self
    }

    /// Has this guard bet on what the shadow finds: requests that went wrong in v2 alone are evidence that it is worse, those
    /// that did in v1 alone that it isn't. Nothing changes unless the guard gives [`Bet::Shadow`] a part of its α:
    ///
    /// ```
    /// use cutover::migration::shadow::Shadow;
    /// use cutover::migration::{Bet, Guard};
    ///
    /// let guard = Guard::builder()
    ///     .weight(Bet::Failure, 0.25) // it has 0.35 otherwise
    ///     .weight(Bet::Shadow, 0.10)
    ///     .build()?;
    /// let shadow = Shadow::<String>::builder(|_id, one, two| {
    ///     if one.answer == two.answer { Vec::new() } else { vec![String::new()] }
    /// });
    /// let shadow = shadow.guard(&guard).build()?;
    /// # Ok::<(), cutover::Error>(())
    /// ```
    ///
    /// A request counts if the share decided its version, by the second in which it started, and an id once in each of the
    /// bet's windows. Where v1 went wrong, or has not answered within the guard's request timeout, and it isn't known in time
    /// whether v2 did too, the request speaks for v2: size the shadow so that it rarely skips. A v2 that hangs in the shadow
    /// isn't evidence: that may be the shadow's fault. At 0 % the bet holds and doesn't roll back, as v2 serves nobody.
    ///
    /// [`Bet::Shadow`]: crate::migration::Bet::Shadow
    pub fn guard(mut self, guard: &Guard) -> Self {
        self.outcomes = guard.takes_pairs().cloned();
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the system gives no thread.
    pub fn build(self) -> Result<Shadow<A>, Error> {
        let (queue, jobs) = sync_channel::<Job>(self.queue);
        let jobs = Arc::new(Mutex::new(jobs));
        let workers = (0..self.concurrency)
            .map(|_| {
                let jobs = Arc::clone(&jobs);
                let thread = Builder::new().name("cutover-shadow".to_owned());
                thread.spawn(move || work(&jobs)).map_err(no_thread)
            })
            .collect::<Result<_, _>>()?;
        Ok(Shadow {
            inner: self.inner(),
            queue: Some(queue),
            workers,
        })
    }

    pub(super) fn inner(self) -> Arc<Inner<A>> {
        Arc::new(Inner {
            compare: self.compare,
            timeout: self.timeout,
            outcomes: self.outcomes,
            noise: self.noise,
            noise_seed: Seed::new("cutover/noise"),
            tally: Mutex::new(Tally::default()),
        })
    }
}

#[cold]
fn no_thread(error: io::Error) -> Error {
    let message = format!(
        "the shadow got no thread ({error}): raise the limit on threads, or do without the shadow"
    );
    Error::new(ErrorKind::Io, "", message).with_source(error)
}

impl<A> fmt::Debug for ShadowBuilder<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShadowBuilder")
            .field("concurrency", &self.concurrency)
            .field("queue", &self.queue)
            .field("timeout", &self.timeout)
            .field("noise", &self.noise)
            .finish_non_exhaustive()
    }
}
