//! The shadow for futures: candidates run as tasks of the caller's Tokio runtime.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::tally::{Pair, Ran, Snapshot};
use super::{Inner, ShadowBuilder, sampled};
use crate::migration::paired::Paired;
use crate::routing::Decision;

/// [`Shadow`](super::Shadow) for futures. The runtime needs its timer. A candidate that is late is cancelled.
pub struct AsyncShadow<A> {
    inner: Arc<Inner<A>>,
    /// How many more candidates may run.
    places: Arc<AtomicUsize>,
}

impl<A: Clone + Send + Sync + 'static> AsyncShadow<A> {
    /// Answers by `primary`, and has the other version answer in a task of its own if the decision's id is in the shadow
    /// sample. As [`Shadow::run`](super::Shadow::run); a candidate for which there is no place or no runtime is skipped.
    ///
    /// A caller who gives up while the primary runs gives up both; once it has answered, the candidate runs on.
    ///
    /// # Errors
    /// Those of the primary.
    pub async fn run<E, F: Send + 'static>(
        &self,
        decision: &Decision,
        id: &str,
        primary: impl Future<Output = Result<A, E>>,
        candidate: impl Future<Output = Result<A, F>> + Send + 'static,
    ) -> Result<A, E> {
        let paired = self.pair(decision, id.as_bytes());
        let answer = primary.await;
        if sampled(decision) {
            self.submit(decision, id, &answer, paired, candidate);
        }
        answer
    }

    /// The same with noise: as [`Shadow::run_with_noise`](super::Shadow::run_with_noise).
    ///
    /// # Errors
    /// Those of the primary.
    pub async fn run_with_noise<E, F: Send + 'static, G: Send + 'static>(
        &self,
        decision: &Decision,
        id: &str,
        primary: impl Future<Output = Result<A, E>>,
        candidate: impl Future<Output = Result<A, F>> + Send + 'static,
        again: impl Future<Output = Result<A, G>> + Send + 'static,
    ) -> Result<A, E> {
        let paired = self.pair(decision, id.as_bytes());
        let answer = primary.await;
        if sampled(decision) {
            let again = self.inner.noisy(id).then_some(again);
            let pair = Pair::new(decision, id, &answer, paired);
            self.spawn(pair, candidate, again);
        }
        answer
    }

    /// What was found so far.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.inner.snapshot()
    }

    /// Evidence for the guard, if it takes any of this request, which is about to begin.
    pub(crate) fn pair(&self, decision: &Decision, id: &[u8]) -> Option<Paired> {
        self.inner.pair(decision, id)
    }

    /// Has the candidate answer, and compares its answer with the primary's.
    pub(crate) fn submit<E, F: Send + 'static>(
        &self,
        decision: &Decision,
        id: &str,
        answer: &Result<A, E>,
        paired: Option<Paired>,
        candidate: impl Future<Output = Result<A, F>> + Send + 'static,
    ) {
        let pair = Pair::new(decision, id, answer, paired);
        self.spawn(pair, candidate, None::<std::future::Ready<Result<A, F>>>);
    }

    /// Counts a candidate that can't run.
    #[cfg(feature = "tower")]
    pub(crate) fn skip(&self) {
        self.inner.tally(|tally| tally.skipped += 1);
    }

    fn spawn<F: Send + 'static, G: Send + 'static>(
        &self,
        mut pair: Pair<A>,
        candidate: impl Future<Output = Result<A, F>> + Send + 'static,
        again: Option<impl Future<Output = Result<A, G>> + Send + 'static>,
    ) {
        let (Some(place), Ok(runtime)) = (Place::take(&self.places), Handle::try_current()) else {
            self.inner.tally(|tally| tally.skipped += 1);
            return;
        };
        let inner = Arc::clone(&self.inner);
        runtime.spawn(async move {
            let _place = place;
            let ran = attempt(&inner, candidate).await;
            inner.settle(&mut pair, ran);
            if let Some(again) = again {
                let ran = attempt(&inner, again).await;
                inner.settle_noise(&pair, ran);
            }
        });
    }
}

/// In a task of its own, as that is where a runtime catches panics.
async fn attempt<A: Send + 'static, F: Send + 'static, T>(
    inner: &Inner<T>,
    candidate: impl Future<Output = Result<A, F>> + Send + 'static,
) -> Ran<A> {
    let mut task = tokio::spawn(candidate);
    match timeout(inner.timeout, &mut task).await {
        Ok(Ok(Ok(answer))) => Ran::Answered(answer),
        Ok(Ok(Err(_))) => Ran::Failed,
        Ok(Err(_)) => Ran::Panicked,
        Err(_) => {
            task.abort();
            Ran::Late
        }
    }
}

/// A place that is free again when this is dropped, however its task ends.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(places: &Arc<AtomicUsize>) -> Option<Self> {
        let one_less = |free: usize| free.checked_sub(1);
        let taken = places.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        taken.ok().map(|_| Self(Arc::clone(places)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl<A: Clone + Send + Sync + 'static> ShadowBuilder<A> {
    /// A shadow for futures: no threads of its own, and nobody waits for a place.
    #[must_use]
    pub fn build_async(self) -> AsyncShadow<A> {
        let places = Arc::new(AtomicUsize::new(self.concurrency));
        AsyncShadow {
            inner: self.inner(),
            places,
        }
    }
}

impl<A> fmt::Debug for AsyncShadow<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncShadow")
            .field("snapshot", &self.inner.snapshot())
            .finish_non_exhaustive()
    }
}
