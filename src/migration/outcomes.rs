//! Counting what happened to requests: added to by every request, without a lock; taken from by the guard's looks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use once_cell::race::OnceBox;

use super::cells::{Cells, cell, hash};
use super::frame::{Frame, nanos, nanos_at_most};
use super::in_flight::{InFlight, Places};
use super::latency::Latencies;
use super::outcome::Outcome;
use super::paired::Pairs;
use super::sample::Sample;
use super::shards::{EVIDENCE, Shards};
use super::snapshot::{Snapshot, index, kind};
use crate::clock::Clock;
use crate::routing::{Decision, Reason, Share};
use crate::sync::{Mutex, lock};
use crate::version::Version;

/// Seconds that the rings have beyond the timeout. Three are in use when looks are on time; when one is overdue by more than
/// the rest while requests come, evidence is dropped.
const SPARE_SECONDS: u64 = if cfg!(loom) { 2 } else { 6 };

/// Which bet an error counts for: the bet at 100 % takes the failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ring {
    Errors,
    Failures,
    Slow,
}

/// What happened to the requests of one process. Made by its guard, and judged by it alone: [`Guard::outcomes`].
///
/// Recording never waits, locks or fails. It allocates 4 KiB for the first request of its kind (version and outcome) on a
/// shard of threads in each second of a ring that is little longer than the request timeout, 16 seconds at 5 s; and 66 KiB
/// for the first error in each of these. A success touches only the memory of its shard, but for one in 64.
///
/// [`Guard::outcomes`]: super::Guard::outcomes
pub struct Outcomes {
    clock: Arc<dyn Clock>,
    timeout: Duration,
    pub(super) frame: Frame,
    shards: Shards,
    /// What was moved out of the shards.
    totals: Mutex<Snapshot>,
    /// Errors by second and bet.
    rings: [Box<[OnceBox<Cells>]>; 3],
    pub(super) sample: Sample,
    places: Places,
    pub(super) pairs: Pairs,
}

/// A principal: its bytes as the caller has them, or their hash.
#[derive(Clone, Copy)]
pub(super) enum Principal<'a> {
    Bytes(&'a [u8]),
    Hash(u64),
}

impl Outcomes {
    /// A request that isn't finished after `timeout`, whole seconds, has failed.
    pub(super) fn new(clock: Arc<dyn Clock>, timeout: Duration) -> Self {
        let seconds = (timeout.as_secs() + SPARE_SECONDS).next_power_of_two();
        let ring = || (0..seconds).map(|_| OnceBox::new()).collect();
        Self {
            clock,
            timeout,
            frame: Frame::new(seconds, timeout),
            shards: Shards::new(seconds as usize),
            totals: Mutex::new(Snapshot::default()),
            rings: [ring(), ring(), ring()],
            sample: Sample::new(),
            places: Places::new(),
            pairs: Pairs::new(seconds),
        }
    }

    /// Records what happened to a request: the decision it was routed by, its principal, its outcome, when it started and
    /// how long it took.
    ///
    /// The decision has to be the one the request was served by, however late it ends. The principal is who sent it: the
    /// id that was routed, unless there is something that clients can't make up, such as an account, an API key or a
    /// network. The start is a reading of the guard's clock: take it by [`now`](Self::now), and measure the latency by that.
    ///
    /// ```
    /// # use cutover::migration::{Guard, Outcome};
    /// # use cutover::{Request, Rollout, Router};
    /// # let router = Router::new(Rollout::builder("contribution-form-v2", "10%".parse()?).build()?);
    /// # let guard = Guard::builder().build()?;
    /// let outcomes = guard.outcomes();
    /// let started = outcomes.now();
    /// let decision = router.decide(&Request::new("user-1"));
    /// // … serve it …
    /// let latency = outcomes.now() - started;
    /// outcomes.record(&decision, "user-1", Outcome::Accepted, started, latency);
    /// # Ok::<(), cutover::Error>(())
    /// ```
    ///
    /// Record both versions by one deadline: a request that isn't finished after the guard's request timeout is recorded
    /// then, as failed, and what it says later is not. One that is recorded later counts as failed at the timeout, in the
    /// first second that is still open; if one version alone is recorded late, the guard's promise doesn't hold.
    /// [`begin`](Self::begin) takes care of that.
    #[inline]
    pub fn record(
        &self,
        decision: &Decision,
        principal: impl AsRef<[u8]>,
        outcome: Outcome,
        started: Duration,
        latency: Duration,
    ) {
        let second = started.as_secs();
        if self
            .count_plain(decision, outcome, second, latency)
            .is_none()
        {
            let principal = Principal::Bytes(principal.as_ref());
            self.count_any(decision, principal, outcome, second, latency);
        }
    }

    /// [Records](Self::record) a request that has just ended, and of which only the latency is known. Reads the guard's
    /// clock, which costs more than all the rest of a record.
    pub fn record_ended(
        &self,
        decision: &Decision,
        principal: impl AsRef<[u8]>,
        outcome: Outcome,
        latency: Duration,
    ) {
        let started = self.clock.now().saturating_sub(latency);
        self.record(decision, principal, outcome, started, latency);
    }

    /// Begins a request, which is recorded by [`InFlight::end`]; as failed at the timeout, when it hasn't ended; and as
    /// abandoned when it is dropped before.
    #[must_use = "dropping it records the request as abandoned"]
    pub fn begin(self: &Arc<Self>, decision: &Decision, principal: impl AsRef<[u8]>) -> InFlight {
        let (hash, started) = (hash(principal.as_ref()), self.clock.now());
        let second = started.as_secs();
        let evidence = decision.reason() == Reason::Share
            && self.frame.entry(decision.share(), second).is_some();
        let place = evidence
            .then(|| {
                let hint = hash ^ u64::from(started.subsec_nanos());
                self.places
                    .take(hint, second, decision.version(), cell(hash))
            })
            .flatten();
        InFlight::new(Arc::clone(self), *decision, hash, started, place)
    }

    /// The time on the guard's clock.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// What has happened so far. Requests that end meanwhile are in it or not; each that is, is there as a whole.
    ///
    /// Reads all counters: for once a second, not for once a request.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let totals = lock(&self.totals);
        let mut snapshot = totals.clone();
        self.shards.add_to(&mut snapshot);
        snapshot
    }

    /// Requests that were [begun](Self::begin), are evidence and have neither ended nor reached the timeout.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.places.waiting()
    }

    /// Moves the requests that count in this second out of the shards: how many by kind, as [`kind`] numbers them, and v1's
    /// latencies into `v1`.
    pub(super) fn take_second(&self, second: u64, v1: &mut Latencies) -> [u64; EVIDENCE] {
        let slot = self.frame.slot(second);
        let mut counts = [0; EVIDENCE];
        let mut totals = lock(&self.totals);
        for (at, (count, total)) in counts.iter_mut().zip(totals.randomised_mut()).enumerate() {
            let mut taken = Latencies::default();
            *count = self.shards.take(slot, at, &mut taken);
            *total += &taken;
            if at < Outcome::ALL.len() {
                *v1 += &taken;
            }
        }
        counts
    }

    /// Hands over the cells that erred in this second, for this bet.
    pub(super) fn take_errors(&self, ring: Ring, second: u64, take: impl FnMut(u32, Version)) {
        if let Some(cells) = self.cells_of(ring, second).and_then(OnceBox::get) {
            cells.drain(take);
        }
    }

    /// What is in flight and started before the second `next` has failed. It counts in its second, or in `first`, the first
    /// that isn't taken in.
    pub(super) fn expire(&self, first: u64, next: u64) {
        self.places.expire(next, |second, version, cell| {
            self.count_expired(second, first, version, cell);
        });
        self.pairs.expire(first, next, &self.frame);
    }

    /// Drops the evidence that was not taken in: its requests are counted, and nothing follows from them.
    pub(super) fn drop_evidence(&self) {
        for second in 0..self.frame.seconds() {
            self.take_second(second, &mut Latencies::default());
        }
        let rings = self.rings.iter().flatten();
        rings
            .filter_map(OnceBox::get)
            .for_each(|cells| cells.drain(|_, _| ()));
        self.sample.clear();
        self.pairs.clear();
    }

    /// Frees a request's place; whether it had been failed by the timeout.
    pub(super) fn leave(&self, place: usize) -> bool {
        self.places.leave(place)
    }

    /// Counts a request in a histogram that there is already, which is all that most have to pay; `None` when it needs
    /// [more](Self::count_any) and isn't counted.
    #[inline(always)]
    fn count_plain(
        &self,
        decision: &Decision,
        outcome: Outcome,
        second: u64,
        latency: Duration,
    ) -> Option<()> {
        let version = decision.version();
        let nanos = nanos(latency)?;
        let more = decision.reason() != Reason::Share
            || outcome.is_error()
            || Sample::has(decision.bucket())
            || nanos > self.frame.slow_after(version);
        if more {
            return None;
        }
        let entry = self.frame.entry(decision.share(), second)?;
        let slot = self.frame.slot(entry.second);
        let recorder = self.shards.waiting(slot, kind(version, outcome))?;
        recorder.record(nanos);
        (self.frame.is_open(entry) || !recorder.take_back(nanos)).then_some(())
    }

    #[cold]
    #[inline(never)]
    pub(super) fn count_any(
        &self,
        decision: &Decision,
        principal: Principal<'_>,
        outcome: Outcome,
        second: u64,
        latency: Duration,
    ) {
        let version = decision.version();
        let slow = nanos_at_most(latency) > self.frame.slow_after(version);
        let (outcome, latency) = if slow && latency >= self.timeout {
            (Outcome::Failed, self.timeout)
        } else {
            (outcome, latency)
        };
        let nanos = nanos_at_most(latency);
        let share = (decision.reason() == Reason::Share).then(|| decision.share());
        loop {
            let Some(entry) = share.and_then(|share| self.frame.entry(share, second)) else {
                self.count_apart(share.is_some(), version, outcome, nanos);
                return;
            };
            let slot = self.frame.slot(entry.second);
            let Some(recorder) = self.shards.make_waiting(slot, kind(version, outcome)) else {
                return;
            };
            recorder.record(nanos);
            if self.frame.is_open(entry) || !recorder.take_back(nanos) {
                break;
            }
        }
        let sampled = Sample::has(decision.bucket());
        if sampled || slow || outcome.is_error() {
            let hash = match principal {
                Principal::Bytes(principal) => hash(principal),
                Principal::Hash(hash) => hash,
            };
            if sampled {
                let share = decision.share();
                let is_current = || self.frame.entry(share, second).is_some();
                self.sample.count(hash, version, is_current);
            }
            for ring in rings_of(outcome, slow) {
                self.mark(ring, decision.share(), second, cell(hash), version);
            }
        }
    }

    fn count_apart(&self, randomised: bool, version: Version, outcome: Outcome, nanos: u64) {
        if let Some(recorder) = self.shards.apart(index(randomised, version, outcome)) {
            recorder.record(nanos);
        }
    }

    /// Marks the cell of a principal that erred, in the second in which the request counts.
    fn mark(&self, ring: Ring, share: Share, second: u64, cell: u32, version: Version) {
        while let Some(entry) = self.frame.entry(share, second) {
            let Some(cells) = self.cells_of(ring, entry.second).map(cells) else {
                return;
            };
            let is_first = cells.set(cell, version);
            if self.frame.is_open(entry) || (is_first && !cells.unset(cell, version)) {
                return;
            }
        }
    }

    /// Counts what a look has found unfinished at the timeout: no look can come between.
    fn count_expired(&self, second: u64, first: u64, version: Version, cell: u32) {
        if second < self.frame.from() {
            self.count_apart(true, version, Outcome::Failed, nanos_at_most(self.timeout));
            return;
        }
        let second = second.max(first);
        let (slot, kind) = (self.frame.slot(second), kind(version, Outcome::Failed));
        if let Some(recorder) = self.shards.make_waiting(slot, kind) {
            recorder.record(nanos_at_most(self.timeout));
        }
        for ring in rings_of(Outcome::Failed, true) {
            if let Some(cells) = self.cells_of(ring, second).map(cells) {
                cells.set(cell, version);
            }
        }
    }

    fn cells_of(&self, ring: Ring, second: u64) -> Option<&OnceBox<Cells>> {
        self.rings.get(ring as usize)?.get(self.frame.slot(second))
    }
}

fn cells(made: &OnceBox<Cells>) -> &Cells {
    made.get_or_init(|| Box::new(Cells::new()))
}

/// The bets that a request counts for as an error.
fn rings_of(outcome: Outcome, slow: bool) -> impl Iterator<Item = Ring> {
    [
        (Ring::Errors, outcome.is_error()),
        (Ring::Failures, outcome == Outcome::Failed),
        (Ring::Slow, slow),
    ]
    .into_iter()
    .filter_map(|(ring, counts)| counts.then_some(ring))
}

impl fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcomes")
            .field("snapshot", &self.snapshot())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
