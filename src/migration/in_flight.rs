//! Requests under way: each ends once, by its own end, by the timeout or by being dropped.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use once_cell::race::OnceBox;

use super::outcome::Outcome;
use super::outcomes::{Outcomes, Principal};
use crate::routing::Decision;
use crate::sync::{AtomicU64, Ordering};
use crate::version::Version;

/// Requests that can be under way and be failed by a look at the timeout. What is beyond is recorded at its end.
const PLACES: usize = if cfg!(loom) { 2 } else { 8_192 };
/// Places that are tried before a request goes without.
const TRIES: usize = if cfg!(loom) { 2 } else { 16 };

/// A place's word: 0 when it is free, else its request: the cell in the low bits, then its version, whether it has been
/// failed, whether there is one, and the second of its start.
const V2: u64 = 1 << 18;
const FAILED: u64 = 1 << 19;
const TAKEN: u64 = 1 << 20;
const SECOND_SHIFT: u32 = 24;

/// A request under way, made by [`Outcomes::begin`].
///
/// [`end`](Self::end) records it. If it has not ended at the guard's request timeout, the guard's next look records it as
/// failed, and its end is ignored. Dropped before, it is recorded as [abandoned](Outcome::Abandoned): the client is gone.
#[must_use = "dropping it records the request as abandoned"]
pub struct InFlight {
    outcomes: Arc<Outcomes>,
    decision: Decision,
    hash: u64,
    started: Duration,
    place: Option<usize>,
    ended: bool,
}

impl InFlight {
    pub(super) fn new(
        outcomes: Arc<Outcomes>,
        decision: Decision,
        hash: u64,
        started: Duration,
        place: Option<usize>,
    ) -> Self {
        Self {
            outcomes,
            decision,
            hash,
            started,
            place,
            ended: false,
        }
    }

    /// Records how the request ended, unless it had failed by the timeout before.
    pub fn end(mut self, outcome: Outcome) {
        self.record(outcome);
    }

    fn record(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let place = self.place.take();
        if place.is_some_and(|place| self.outcomes.leave(place)) {
            return;
        }
        let latency = self.outcomes.now().saturating_sub(self.started);
        let (principal, second) = (Principal::Hash(self.hash), self.started.as_secs());
        self.outcomes
            .count_any(&self.decision, principal, outcome, second, latency);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.record(Outcome::Abandoned);
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight")
            .field("decision", &self.decision)
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

/// Where requests under way are found by a look: a table without a lock.
pub(super) struct Places(OnceBox<Vec<AtomicU64>>);

impl Places {
    pub(super) fn new() -> Self {
        Self(OnceBox::new())
    }

    /// A place for a request, near where the hint points, or `None` when those are taken.
    pub(super) fn take(
        &self,
        hint: u64,
        second: u64,
        version: Version,
        cell: u32,
    ) -> Option<usize> {
        let places = self
            .0
            .get_or_init(|| Box::new((0..PLACES).map(|_| AtomicU64::new(0)).collect()));
        let v2 = if version == Version::V2 { V2 } else { 0 };
        let word = second << SECOND_SHIFT | TAKEN | v2 | u64::from(cell);
        (0..TRIES)
            .map(|try_| (hint as usize).wrapping_add(try_) % PLACES)
            .find(|&at| {
                places.get(at).is_some_and(|place| {
                    place
                        .compare_exchange(0, word, Ordering::AcqRel, Ordering::Relaxed)
                        .is_ok()
                })
            })
    }

    /// Frees a place; whether its request had been failed by the timeout.
    pub(super) fn leave(&self, at: usize) -> bool {
        let place = self.0.get().and_then(|places| places.get(at));
        place.is_some_and(|place| place.swap(0, Ordering::AcqRel) & FAILED != 0)
    }

    /// Fails the requests that started before this second, and hands each over: its second, version and cell.
    pub(super) fn expire(&self, next: u64, mut failed: impl FnMut(u64, Version, u32)) {
        for place in self.0.get().into_iter().flatten() {
            let word = place.load(Ordering::Relaxed);
            let due = word & TAKEN != 0 && word & FAILED == 0 && word >> SECOND_SHIFT < next;
            if due
                && place
                    .compare_exchange(word, word | FAILED, Ordering::AcqRel, Ordering::Relaxed)
                    .is_ok()
            {
                let version = if word & V2 == 0 {
                    Version::V1
                } else {
                    Version::V2
                };
                failed(word >> SECOND_SHIFT, version, (word & (V2 - 1)) as u32);
            }
        }
    }

    /// Requests that have neither ended nor been failed.
    pub(super) fn waiting(&self) -> u64 {
        let places = self.0.get().into_iter().flatten();
        places
            .map(|place| place.load(Ordering::Relaxed))
            .filter(|word| word & TAKEN != 0 && word & FAILED == 0)
            .count() as u64
    }
}
