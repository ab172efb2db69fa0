//! Where requests are counted until a look takes them in: by shard of threads, second and kind, each a histogram.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use once_cell::race::OnceBox;

use super::latency::{Latencies, Recorder};
use super::snapshot::{KINDS, Snapshot};

/// Threads that may record without sharing a cache line. With more, some share, and are a little slower.
const SHARDS: usize = if cfg!(loom) { 1 } else { 16 };
/// Kinds of requests that are evidence: those that the share decided.
pub(super) const EVIDENCE: usize = KINDS / 2;

/// No other count than histograms: an error is a request by construction. Each is made when it is first needed.
pub(super) struct Shards {
    /// Of evidence, which waits for its look; by second of the ring, kind and shard.
    waiting: Box<[OnceBox<Recorder>]>,
    /// Of what is no evidence; by kind and shard.
    apart: Box<[OnceBox<Recorder>]>,
}

impl Shards {
    pub(super) fn new(seconds: usize) -> Self {
        let empty = |count| (0..count).map(|_| OnceBox::new()).collect();
        Self {
            waiting: empty(SHARDS * seconds * EVIDENCE),
            apart: empty(SHARDS * KINDS),
        }
    }

    /// Where this thread counts evidence of a slot of the ring and a kind; `None` when it has to be made.
    #[inline(always)]
    pub(super) fn waiting(&self, slot: usize, kind: usize) -> Option<&Recorder> {
        // A thread that has no shard yet finds nothing.
        self.waiting.get(at(SHARD.get(), slot, kind))?.get()
    }

    pub(super) fn make_waiting(&self, slot: usize, kind: usize) -> Option<&Recorder> {
        self.waiting
            .get(at(shard(), slot, kind))
            .map(|recorder| recorder.get_or_init(|| Box::new(Recorder::new())))
    }

    /// Where this thread counts what is no evidence.
    pub(super) fn apart(&self, kind: usize) -> Option<&Recorder> {
        self.apart
            .get(kind * SHARDS + shard())
            .map(|recorder| recorder.get_or_init(|| Box::new(Recorder::new())))
    }

    /// Moves what waits in this slot into `sum`; how much that was.
    pub(super) fn take(&self, slot: usize, kind: usize, sum: &mut Latencies) -> u64 {
        (0..SHARDS)
            .filter_map(|shard| self.waiting.get(at(shard, slot, kind))?.get())
            .map(|recorder| recorder.drain_into(sum))
            .sum()
    }

    /// Adds all that is here, and leaves it.
    pub(super) fn add_to(&self, sum: &mut Snapshot) {
        for (recorders, kinds) in [(&self.apart, KINDS), (&self.waiting, EVIDENCE)] {
            for (at, recorder) in recorders.iter().enumerate() {
                let kind = KINDS - kinds + at / SHARDS % kinds;
                if let (Some(recorder), Some(sum)) = (recorder.get(), sum.kinds.get_mut(kind)) {
                    recorder.add_to(sum);
                }
            }
        }
    }
}

/// Where a histogram of evidence is. Its second comes first: all of a second are near each other.
#[inline]
fn at(shard: usize, slot: usize, kind: usize) -> usize {
    (slot * EVIDENCE + kind) * SHARDS + shard
}

const NONE: usize = usize::MAX / 2;
thread_local!(static SHARD: Cell<usize> = const { Cell::new(NONE) });

/// The shard of this thread.
fn shard() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    if SHARD.get() == NONE {
        SHARD.set(THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS);
    }
    SHARD.get()
}
