//! What happened to a request, and how often: counters sharded by thread, added to without a lock or an allocation.

use std::array;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use crossbeam_utils::CachePadded;
use once_cell::race::OnceBox;
use serde::Serialize;

use super::epoch::Epoch;
use super::latency::Recorder;
use super::snapshot::{CELLS, Snapshot, cell};
use crate::routing::{Decision, Reason};

/// What happened to a request. Both versions must draw the lines between these in the same way, with the same timeout:
/// a v2 that calls its failures something else looks better than it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It was served.
    Accepted,
    /// Its content was refused: validation, 4xx. An error.
    Rejected,
    /// The service broke: 5xx, timeout, panic. An error.
    Failed,
    /// It had been served before. Counts as a request and not as an error.
    DuplicateDetected,
    /// It was turned away unseen. Counts as a request and not as an error.
    RateLimited,
}

impl Outcome {
    /// All there are, in this order.
    pub const ALL: [Self; 5] = [
        Self::Accepted,
        Self::Rejected,
        Self::Failed,
        Self::DuplicateDetected,
        Self::RateLimited,
    ];

    /// The outcome as logs and metrics have it, e.g. `duplicate_detected`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::DuplicateDetected => "duplicate_detected",
            Self::RateLimited => "rate_limited",
        }
    }

    /// Whether it is an error: `Rejected` or `Failed`.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Rejected | Self::Failed)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Threads that may record without sharing a cache line. With more, some share, and are a little slower.
const SHARDS: usize = 16;

/// What happened to the requests of one process.
///
/// Recording never waits, locks or fails; it allocates only on the first request of its kind (version, outcome, decided
/// by the share or not) on a shard of threads: 8 KiB, 2.6 MB if every kind happened on every shard; and 8 KiB on the
/// first error of an epoch. The way of a success touches only the memory of its shard.
pub struct Outcomes {
    shards: [CachePadded<Shard>; SHARDS],
    epoch: ArcSwapOption<Epoch>,
}

/// A histogram for each kind of request, and no other count: an error is a request by construction.
type Shard = [OnceBox<Recorder>; CELLS];

impl Outcomes {
    /// Nothing has happened.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shards: array::from_fn(|_| CachePadded::new(array::from_fn(|_| OnceBox::new()))),
            epoch: ArcSwapOption::empty(),
        }
    }

    /// Records what happened to a request: the decision it was routed by, its id, its outcome and how long it took.
    ///
    /// The decision has to be the one the request was served by, however late it ends: an error belongs to the share
    /// that was in force when its version was chosen. The id has to be the one that was routed: it is what was
    /// randomised, so it is what is counted.
    pub fn record(
        &self,
        decision: &Decision,
        id: impl AsRef<[u8]>,
        outcome: Outcome,
        latency: Duration,
    ) {
        let randomised = decision.reason() == Reason::Share;
        let cell = cell(randomised, decision.version(), outcome);
        self.shard()[cell]
            .get_or_init(|| Box::new(Recorder::new()))
            .record(latency);
        if randomised && outcome.is_error() {
            self.count_error(decision, id.as_ref(), outcome);
        }
    }

    /// What has happened so far. Requests that end meanwhile are in it or not; each that is, is there as a whole.
    ///
    /// Reads up to 2.6 MB of counters: for once a second, not for once a request.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let tally = self.epoch.load().as_ref().and_then(|epoch| epoch.tally());
        let mut snapshot = Snapshot {
            tally,
            ..Snapshot::default()
        };
        for shard in &self.shards {
            for (recorder, sum) in shard.iter().zip(&mut snapshot.cells) {
                if let Some(recorder) = recorder.get() {
                    recorder.add_to(sum);
                }
            }
        }
        snapshot
    }

    /// From now on errors count in this epoch, and those that are on their way into an earlier one go with it.
    pub(super) fn begin(&self, epoch: Arc<Epoch>) {
        self.epoch.store(Some(epoch));
    }

    #[cold]
    fn count_error(&self, decision: &Decision, id: &[u8], outcome: Outcome) {
        if let Some(epoch) = self.epoch.load().as_ref() {
            epoch.count(
                decision.share(),
                decision.version(),
                outcome == Outcome::Failed,
                id,
            );
        }
    }

    fn shard(&self) -> &Shard {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed));
        &self.shards[THREAD.with(|thread| thread % SHARDS)]
    }
}

impl Default for Outcomes {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcomes")
            .field("snapshot", &self.snapshot())
            .finish_non_exhaustive()
    }
}
