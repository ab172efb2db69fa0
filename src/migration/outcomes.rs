//! Counting what happened to requests: added to by every request, without a lock; taken from by the guard's looks.

use std::array;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use crossbeam_utils::CachePadded;
use once_cell::race::OnceBox;

use super::cells::{Cells, cell, hash};
use super::frame::{Frame, nanos};
use super::in_flight::{InFlight, Places};
use super::latency::{Latencies, Recorder};
use super::outcome::Outcome;
use super::paired::Pairs;
use super::sample::Sample;
use super::snapshot::{KINDS, Snapshot, index, kind};
use crate::clock::Clock;
use crate::routing::{Decision, Reason};
use crate::sync::{Mutex, lock};
use crate::version::Version;

/// Threads that may record without sharing a cache line. With more, some share, and are a little slower.
const SHARDS: usize = 16;
/// Seconds that the rings have beyond the timeout: so long a look may be overdue before evidence is dropped.
const SPARE_SECONDS: u64 = 4;

/// Which bet an error counts for: the bet at 100 % takes the failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ring {
    Errors,
    Failures,
    Slow,
}

/// What happened to the requests of one process. Made by its guard, and judged by it alone: [`Guard::outcomes`].
///
/// Recording never waits, locks or fails. It allocates on the first request of its kind (version and outcome) on a shard
/// of threads: 4 KiB for each second of the request timeout and a few more, 64 KiB at 5 s; and 66 KiB on the first
/// error in each of these seconds. A success touches only the memory of its shard, but for one in 64.
///
/// [`Guard::outcomes`]: super::Guard::outcomes
pub struct Outcomes {
    clock: Arc<dyn Clock>,
    timeout: Duration,
    pub(super) frame: Frame,
    shards: [CachePadded<Shard>; SHARDS],
    /// What was moved out of the shards.
    totals: Mutex<Snapshot>,
    /// Errors by second and bet.
    rings: [Box<[OnceBox<Cells>]>; 3],
    pub(super) sample: Sample,
    places: Places,
    pub(super) pairs: Pairs,
}

/// A histogram for each kind of request, and no other count: an error is a request by construction.
struct Shard {
    /// Requests that are no evidence.
    apart: [OnceBox<Recorder>; KINDS],
    /// Requests that are, by second: those that the share decided.
    seconds: [OnceBox<Vec<Recorder>>; KINDS / 2],
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
            shards: array::from_fn(|_| CachePadded::new(Shard::new())),
            totals: Mutex::new(Snapshot::default()),
            rings: [ring(), ring(), ring()],
            sample: Sample::new(),
            places: Places::new(),
            pairs: Pairs::new(seconds),
        }
    }

    /// Records what happened to a request that has just ended: the decision it was routed by, its principal, its outcome
    /// and how long it took.
    ///
    /// The decision has to be the one the request was served by, however late it ends. The principal is who sent it: the
    /// id that was routed, unless there is something that clients can't make up, such as an account, an API key or a
    /// network.
    ///
    /// Record both versions by one deadline: a request that isn't finished after the guard's request timeout is recorded
    /// then, as failed, and what it says later is not. One that is recorded later counts as failed at the timeout, in the
    /// first second that is still open; if one version alone is recorded late, the guard's promise doesn't hold.
    /// [`begin`](Self::begin) takes care of that.
    pub fn record(
        &self,
        decision: &Decision,
        principal: impl AsRef<[u8]>,
        outcome: Outcome,
        latency: Duration,
    ) {
        let started = self.clock.now().saturating_sub(latency);
        self.record_started(decision, principal, outcome, started, latency);
    }

    /// Records a request of which it is known when it started: a reading of the guard's clock. Saves [`record`](Self::record)
    /// a reading of the clock, which costs more than all the rest.
    pub fn record_started(
        &self,
        decision: &Decision,
        principal: impl AsRef<[u8]>,
        outcome: Outcome,
        started: Duration,
        latency: Duration,
    ) {
        let principal = || hash(principal.as_ref());
        self.count(decision, principal, outcome, started, latency);
    }

    /// Begins a request, which is recorded by [`InFlight::end`]; as failed at the timeout, when it hasn't ended; and as
    /// abandoned when it is dropped before.
    #[must_use = "dropping it records the request as abandoned"]
    pub fn begin(self: &Arc<Self>, decision: &Decision, principal: impl AsRef<[u8]>) -> InFlight {
        let (hash, started) = (hash(principal.as_ref()), self.clock.now());
        let evidence = decision.reason() == Reason::Share
            && self
                .frame
                .second_of(decision.share(), started.as_secs())
                .is_some();
        let place = evidence
            .then(|| {
                let hint = hash ^ u64::from(started.subsec_nanos());
                self.places
                    .take(hint, started.as_secs(), decision.version(), cell(hash))
            })
            .flatten();
        InFlight::new(Arc::clone(self), *decision, hash, started, place)
    }

    /// What has happened so far. Requests that end meanwhile are in it or not; each that is, is there as a whole.
    ///
    /// Reads all counters: for once a second, not for once a request.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let totals = lock(&self.totals);
        let mut snapshot = totals.clone();
        for shard in &self.shards {
            for (recorder, sum) in shard.apart.iter().zip(&mut snapshot.kinds) {
                if let Some(recorder) = recorder.get() {
                    recorder.add_to(sum);
                }
            }
            for (seconds, sum) in shard.seconds.iter().zip(snapshot.randomised_mut()) {
                let seconds = seconds.get().into_iter().flatten();
                seconds.for_each(|recorder| recorder.add_to(sum));
            }
        }
        snapshot
    }

    /// Requests that were [begun](Self::begin), are evidence and have neither ended nor reached the timeout.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.places.waiting()
    }

    /// Moves the requests that started in this second out of the shards: how many by kind, as [`kind`] numbers them, and
    /// v1's latencies into `v1`.
    pub(super) fn take_second(&self, second: u64, v1: &mut Latencies) -> [u64; KINDS / 2] {
        let slot = self.frame.slot(second);
        let mut counts = [0; KINDS / 2];
        let mut totals = lock(&self.totals);
        for (at, (count, total)) in counts.iter_mut().zip(totals.randomised_mut()).enumerate() {
            let mut taken = Latencies::default();
            for shard in &self.shards {
                let recorder = shard.seconds.get(at).and_then(OnceBox::get);
                if let Some(recorder) = recorder.and_then(|seconds| seconds.get(slot)) {
                    *count += recorder.drain_into(&mut taken);
                }
            }
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

    /// What started up to this second and is in flight has failed.
    pub(super) fn expire(&self, last: u64) {
        self.places.expire(last, |second, version, cell| {
            if self.frame.is_since_change(second) {
                self.count_failed_at_timeout(second, version, cell);
            } else {
                self.count_apart(index(true, version, Outcome::Failed), self.timeout);
            }
        });
        self.pairs.expire(last, &self.frame);
    }

    /// Nothing that was not taken in is evidence any more: errors are forgotten, requests are only counted.
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

    pub(super) fn now(&self) -> Duration {
        self.clock.now()
    }

    pub(super) fn count(
        &self,
        decision: &Decision,
        principal: impl FnOnce() -> u64,
        outcome: Outcome,
        started: Duration,
        latency: Duration,
    ) {
        let version = decision.version();
        let slow = self.is_slow(version, latency);
        let (outcome, latency) = if slow && latency >= self.timeout {
            (Outcome::Failed, self.timeout)
        } else {
            (outcome, latency)
        };
        let randomised = decision.reason() == Reason::Share;
        let second = randomised.then(|| self.frame.second_of(decision.share(), started.as_secs()));
        let Some(second) = second.flatten() else {
            self.count_apart(index(randomised, version, outcome), latency);
            return;
        };
        self.recorder(second, version, outcome, latency);
        let sampled = Sample::has(decision.bucket());
        if sampled || slow || outcome.is_error() {
            self.count_principal(principal(), sampled, second, version, outcome, slow);
        }
    }

    /// A request that is no evidence.
    fn count_apart(&self, kind: usize, latency: Duration) {
        if let Some(apart) = self.shard().apart.get(kind) {
            let recorder = apart.get_or_init(|| Box::new(Recorder::new()));
            recorder.record(latency);
        }
    }

    #[cold]
    fn count_principal(
        &self,
        hash: u64,
        sampled: bool,
        second: u64,
        version: Version,
        outcome: Outcome,
        slow: bool,
    ) {
        if sampled {
            self.sample.count(hash, version);
        }
        self.count_error(second, version, outcome, slow, cell(hash));
    }

    fn is_slow(&self, version: Version, latency: Duration) -> bool {
        nanos(latency) > self.frame.slow_after(version)
    }

    fn recorder(&self, second: u64, version: Version, outcome: Outcome, latency: Duration) {
        let seconds = self.shard().seconds[kind(version, outcome)].get_or_init(|| {
            let seconds = 0..self.frame.seconds();
            Box::new(seconds.map(|_| Recorder::new()).collect())
        });
        if let Some(recorder) = seconds.get(self.frame.slot(second)) {
            recorder.record(latency);
        }
    }

    #[cold]
    fn count_failed_at_timeout(&self, second: u64, version: Version, cell: u32) {
        self.recorder(second, version, Outcome::Failed, self.timeout);
        self.count_error(second, version, Outcome::Failed, true, cell);
    }

    fn count_error(&self, second: u64, version: Version, outcome: Outcome, slow: bool, cell: u32) {
        let rings = [
            (Ring::Errors, outcome.is_error()),
            (Ring::Failures, outcome == Outcome::Failed),
            (Ring::Slow, slow),
        ];
        for (ring, counts) in rings {
            if let (true, Some(cells)) = (counts, self.cells_of(ring, second)) {
                cells
                    .get_or_init(|| Box::new(Cells::new()))
                    .set(cell, version);
            }
        }
    }

    fn cells_of(&self, ring: Ring, second: u64) -> Option<&OnceBox<Cells>> {
        self.rings.get(ring as usize)?.get(self.frame.slot(second))
    }

    fn shard(&self) -> &Shard {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static THREAD: usize = THREADS.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        &self.shards[THREAD.with(|thread| thread % SHARDS)]
    }
}

impl Shard {
    fn new() -> Self {
        Self {
            apart: array::from_fn(|_| OnceBox::new()),
            seconds: array::from_fn(|_| OnceBox::new()),
        }
    }
}

impl fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcomes")
            .field("snapshot", &self.snapshot())
            .finish_non_exhaustive()
    }
}
