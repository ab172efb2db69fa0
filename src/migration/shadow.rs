//! The other version beside the one that answers: the caller gets the primary's answer, always, at the primary's latency;
//! a sample of the requests is given to the other version too, and the answers are compared.
//!
//! The candidate runs elsewhere and after the primary has answered, in bounded numbers: when all places are taken it is
//! skipped and counted. Its panics are caught, its errors are counted, and it can't delay anybody. What it must not do is
//! write: it is the same request for the second time.
//!
//! Two answers of the *same* version may differ too, by a timestamp or an order. That noise is measured by running the
//! primary's version twice for a part of the sample ([`Shadow::run_with_noise`]), path by path, and taken off.

mod builder;
mod payloads;
mod tally;
#[cfg(feature = "tokio")]
mod task;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::routing::{Decision, Reason, Seed, Share};
use crate::version::Version;

use super::outcomes::Outcomes;
use super::paired::Paired;
use tally::{Pair, Ran, Tally};

pub use builder::ShadowBuilder;
pub use tally::{Discordant, PathCount, Snapshot};
#[cfg(feature = "tokio")]
pub use task::AsyncShadow;

/// One of two answers that are compared: the version that gave it, and what it said.
#[derive(Debug)]
pub struct Side<'a, A> {
    /// Who answered.
    pub version: Version,
    /// What.
    pub answer: &'a A,
}

type Compare<A> = dyn Fn(&str, Side<'_, A>, Side<'_, A>) -> Vec<String> + Send + Sync;
type Job = Box<dyn FnOnce() + Send>;

/// Runs the other version beside the one that answers, on threads of its own.
///
/// ```
/// use cutover::migration::shadow::Shadow;
/// use cutover::{Request, Rollout, Router, Share, Version};
///
/// let rollout = Rollout::builder("contribution-form-v2", Share::ZERO).shadow(Share::FULL).build()?;
/// let router = Router::new(rollout);
/// let shadow = Shadow::builder(|_id, one, two| {
///     if one.answer == two.answer { Vec::new() } else { vec!["/total".to_owned()] }
/// })
/// .build()?;
///
/// let decision = router.decide(&Request::new("user-1"));
/// let answer = shadow.run(&decision, "user-1", || Ok::<_, ()>(41), || Ok::<_, ()>(42));
/// assert_eq!(answer, Ok(41));
///
/// let seen = shadow.finish();
/// assert_eq!((seen.comparisons, seen.divergences()), (1, 1));
/// assert_eq!((&*seen.paths[0].path, &*seen.paths[0].ids[0]), ("/total", "user-1"));
/// # Ok::<(), cutover::Error>(())
/// ```
pub struct Shadow<A> {
    inner: Arc<Inner<A>>,
    queue: Option<SyncSender<Job>>,
    workers: Vec<JoinHandle<()>>,
}

/// What threads and tasks have in common.
struct Inner<A> {
    compare: Box<Compare<A>>,
    timeout: Duration,
    /// Of the guard that bets on what is found.
    outcomes: Option<Arc<Outcomes>>,
    noise: Share,
    noise_seed: Seed,
    tally: Mutex<Tally>,
}

impl<A: Clone + Send + 'static> Shadow<A> {
    /// Sets up a shadow whose answers this compares: it is given the id and both sides, v1's first, and gives the paths in
    /// which they differ, none when they are the same. Of noise, both sides are of one version.
    pub fn builder(
        compare: impl Fn(&str, Side<'_, A>, Side<'_, A>) -> Vec<String> + Send + Sync + 'static,
    ) -> ShadowBuilder<A> {
        ShadowBuilder::new(Box::new(compare))
    }

    /// Answers by `primary`, and has the other version answer elsewhere if the decision's id is in the shadow sample.
    ///
    /// `primary` is of [`Decision::version`], `candidate` of the other. `Err` is a request that went wrong; a primary that
    /// panics does so here. Under a brake the candidate doesn't run: it may be why the brake is
    /// pulled. Beyond the primary's time, this takes that of cloning the answer, if the id is in the sample.
    pub fn run<E, F: 'static>(
        &self,
        decision: &Decision,
        id: &str,
        primary: impl FnOnce() -> Result<A, E>,
        candidate: impl FnOnce() -> Result<A, F> + Send + 'static,
    ) -> Result<A, E> {
        let paired = self.inner.pair(decision, id.as_bytes());
        let answer = primary();
        if sampled(decision) {
            let pair = Pair::new(decision, id, &answer, paired);
            self.submit(pair, candidate, None::<fn() -> Result<A, F>>);
        }
        answer
    }

    /// The same, and for a part of the sample, chosen by id, has `again` answer too, which is of the primary's version.
    /// Where it differs from the primary the two versions would have differed anyway, and [`Snapshot`] takes that off.
    pub fn run_with_noise<E, F, G>(
        &self,
        decision: &Decision,
        id: &str,
        primary: impl FnOnce() -> Result<A, E>,
        candidate: impl FnOnce() -> Result<A, F> + Send + 'static,
        again: impl FnOnce() -> Result<A, G> + Send + 'static,
    ) -> Result<A, E> {
        let paired = self.inner.pair(decision, id.as_bytes());
        let answer = primary();
        if sampled(decision) {
            let again = self.inner.noisy(id).then_some(again);
            let pair = Pair::new(decision, id, &answer, paired);
            self.submit(pair, candidate, again);
        }
        answer
    }

    /// What was found so far. Takes the workers' lock and copies: for once a second, not for once a request.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.inner.snapshot()
    }

    /// Waits for the candidates that run or wait, and says what was found. Dropping a shadow doesn't wait.
    pub fn finish(mut self) -> Snapshot {
        drop(self.queue.take());
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
        self.inner.snapshot()
    }

    fn submit<F, G>(
        &self,
        mut pair: Pair<A>,
        candidate: impl FnOnce() -> Result<A, F> + Send + 'static,
        again: Option<impl FnOnce() -> Result<A, G> + Send + 'static>,
    ) {
        let inner = Arc::clone(&self.inner);
        let job: Job = Box::new(move || {
            let ran = attempt(candidate, inner.timeout);
            inner.settle(&mut pair, ran);
            if let Some(again) = again {
                let ran = attempt(again, inner.timeout);
                inner.settle_noise(&pair, ran);
            }
        });
        let taken = self
            .queue
            .as_ref()
            .is_some_and(|queue| queue.try_send(job).is_ok());
        if !taken {
            self.inner.tally(|tally| tally.skipped += 1);
        }
    }
}

impl<A> Inner<A> {
    fn noisy(&self, id: &str) -> bool {
        self.noise.contains(self.noise_seed.bucket(id.as_bytes()))
    }

    fn snapshot(&self) -> Snapshot {
        self.tally(|tally| tally.snapshot())
    }

    fn tally<T>(&self, count: impl FnOnce(&mut Tally) -> T) -> T {
        // Counts are whole after each statement, and no code of a user's runs under this lock.
        count(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Evidence for the guard, if it takes any of this request.
    fn pair(&self, decision: &Decision, id: &[u8]) -> Option<Paired> {
        let outcomes = self.outcomes.as_ref().filter(|_| sampled(decision))?;
        Paired::begin(outcomes, decision, id)
    }

    fn settle(&self, pair: &mut Pair<A>, ran: Ran<A>) {
        pair.settle(&ran);
        let differ = match (&pair.answer, &ran) {
            (Some(primary), Ran::Answered(candidate)) => {
                let (mut one, mut two) = (pair.side(primary), pair.other_side(candidate));
                if one.version > two.version {
                    (one, two) = (two, one);
                }
                Some(self.paths(&pair.id, one, two))
            }
            _ => None,
        };
        self.tally(|tally| tally.count(pair, &ran, differ));
    }

    fn settle_noise(&self, pair: &Pair<A>, ran: Ran<A>) {
        if let (Some(first), Ran::Answered(again)) = (&pair.answer, &ran) {
            let differ = self.paths(&pair.id, pair.side(first), pair.side(again));
            self.tally(|tally| tally.count_noise(differ));
        }
    }

    /// `None` when the comparison panicked.
    fn paths(&self, id: &str, one: Side<'_, A>, two: Side<'_, A>) -> Option<Vec<String>> {
        let mut paths = catch_unwind(AssertUnwindSafe(|| (self.compare)(id, one, two))).ok()?;
        // A path counts once for each pair: so no path differs more often than there were comparisons.
        paths.sort_unstable();
        paths.dedup();
        Some(paths)
    }
}

/// The sample is a fact about the id; without a rollout there is none, and under a brake the other version rests.
pub(crate) fn sampled(decision: &Decision) -> bool {
    decision.in_shadow() && decision.reason() != Reason::Brake
}

fn attempt<A, F>(candidate: impl FnOnce() -> Result<A, F>, timeout: Duration) -> Ran<A> {
    let began = Instant::now();
    let ran = catch_unwind(AssertUnwindSafe(|| candidate().ok()));
    match ran {
        _ if began.elapsed() > timeout => Ran::Late,
        Ok(Some(answer)) => Ran::Answered(answer),
        Ok(None) => Ran::Failed,
        Err(_) => Ran::Panicked,
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // The candidate's panics are caught and counted closer by; this is for an answer that panics when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

impl<A> fmt::Debug for Shadow<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shadow")
            .field("snapshot", &self.inner.snapshot())
            .finish_non_exhaustive()
    }
}
