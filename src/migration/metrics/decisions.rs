//! How often each rule chose each version: counters sharded by thread.

use std::array;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

use super::VERSIONS;
use crate::routing::{Decision, Reason};
use crate::version::Version;

const REASONS: [Reason; 7] = [
    Reason::Brake,
    Reason::Requested,
    Reason::Env,
    Reason::Forced,
    Reason::Pinned,
    Reason::Share,
    Reason::NoRollout,
];
const CELLS: usize = VERSIONS.len() * REASONS.len();
/// Threads that may count without sharing a cache line.
const SHARDS: usize = 16;

/// How often each rule chose each version. Counting is one atomic addition: no lock, no allocation.
pub struct Decisions([CachePadded<[AtomicU64; CELLS]>; SHARDS]);

impl Decisions {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self(array::from_fn(|_| {
            CachePadded::new([const { AtomicU64::new(0) }; CELLS])
        }))
    }

    /// Counts a decision.
    pub fn count(&self, decision: &Decision) {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed));
        let shard = &self.0[THREAD.with(|thread| thread % SHARDS)];
        if let Some(cell) = shard.get(cell(decision.version(), decision.reason())) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counts by version and reason, all of them, in a fixed order.
    pub fn counts(&self) -> impl Iterator<Item = (Version, Reason, u64)> {
        let pairs = VERSIONS
            .into_iter()
            .flat_map(|version| REASONS.map(|reason| (version, reason)));
        pairs.map(|(version, reason)| {
            let at = cell(version, reason);
            let count = self
                .0
                .iter()
                .filter_map(|shard| shard.get(at))
                .map(|cell| cell.load(Ordering::Relaxed))
                .sum();
            (version, reason, count)
        })
    }
}

fn cell(version: Version, reason: Reason) -> usize {
    let reason = match reason {
        Reason::Brake => 0,
        Reason::Requested => 1,
        Reason::Env => 2,
        Reason::Forced => 3,
        Reason::Pinned => 4,
        Reason::Share => 5,
        Reason::NoRollout => 6,
    };
    usize::from(version == Version::V2) * REASONS.len() + reason
}

impl Default for Decisions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.counts().filter(|(_, _, count)| *count > 0))
            .finish()
    }
}
