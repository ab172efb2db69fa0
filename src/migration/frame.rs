//! Which requests are evidence at the moment: those decided at the share in force, in a second that is still open.
//!
//! A request is counted and only then asks again whether its second is [still open](Frame::is_open). Counting is an atomic
//! exchange on what a look exchanges too, after it has closed the second: of the two, the later one sees what the other did
//! before. So a count that the look didn't find belongs to a request that finds its second closed, takes the count back and
//! counts in the next; nothing stays behind for the second that has the same place in the rings.

use std::time::Duration;

use crate::routing::Share;
use crate::sync::{AtomicBool, AtomicU64, Ordering};
use crate::version::Version;

/// A share of a million fits into 20 bits; the first open second is above them.
const SHARE_BITS: u32 = 20;
/// Of a share that no decision has.
const NOTHING: u64 = (1 << SHARE_BITS) - 1;

/// Written by the looks of the guard, read by every request.
#[derive(Debug)]
pub(super) struct Frame {
    /// The share in force, and the first second that is not yet taken in: one word, so nobody sees one without the other.
    open: AtomicU64,
    /// The second from which on requests are evidence at this share.
    from: AtomicU64,
    /// Seconds that the rings have, minus one: so many are open. The one before them is being taken in.
    mask: u64,
    /// Set when a request started in a second for which the rings have no room, as no look has come for so long.
    overrun: AtomicBool,
    /// How long a request of v1 and of v2 may take before it needs a closer look, in nanoseconds: it counts as slow, or
    /// has timed out.
    slow: [AtomicU64; 2],
    /// When a request has timed out.
    timeout: u64,
}

/// The second in which a request counts, and what the frame was when that was decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) second: u64,
    seen: u64,
}

impl Frame {
    /// Nothing is evidence. The rings have `seconds`, a power of two.
    pub(super) fn new(seconds: u64, timeout: Duration) -> Self {
        let timeout = nanos_at_most(timeout);
        Self {
            open: AtomicU64::new(NOTHING),
            from: AtomicU64::new(0),
            mask: seconds - 1,
            overrun: AtomicBool::new(false),
            slow: [timeout - 1; 2].map(AtomicU64::new),
            timeout,
        }
    }

    /// The second in which a request counts that was decided at this share and started in this second; `None` when it is
    /// no evidence. One that comes after its second was taken in counts in the first that isn't.
    #[inline(always)]
    pub(super) fn entry(&self, share: Share, started: u64) -> Option<Entry> {
        let seen = self.open.load(Ordering::Acquire);
        // At another share the low bits differ; rotated, they make the number of seconds too large.
        let word = started << SHARE_BITS | u64::from(share.as_ppm());
        if word.wrapping_sub(seen).rotate_right(SHARE_BITS) < self.mask {
            let second = started;
            return Some(Entry { second, seen });
        }
        self.late_entry(seen, share, started)
    }

    #[cold]
    fn late_entry(&self, seen: u64, share: Share, started: u64) -> Option<Entry> {
        let next = seen >> SHARE_BITS;
        let same = seen & NOTHING == u64::from(share.as_ppm());
        if !same || started < self.from.load(Ordering::Relaxed) {
            return None;
        }
        if started < next {
            return Some(Entry { second: next, seen });
        }
        self.overrun.store(true, Ordering::Relaxed);
        None
    }

    /// Whether what was counted by this entry will be taken in as of its second: asked after it was counted.
    #[inline]
    pub(super) fn is_open(&self, entry: Entry) -> bool {
        let now = self.open.load(Ordering::Acquire);
        now == entry.seen || is_later(now, entry)
    }

    /// Where in the rings a second is.
    #[inline]
    pub(super) fn slot(&self, second: u64) -> usize {
        (second & self.mask) as usize
    }

    pub(super) fn seconds(&self) -> u64 {
        self.mask + 1
    }

    /// The second from which on requests are evidence at this share.
    pub(super) fn from(&self) -> u64 {
        self.from.load(Ordering::Relaxed)
    }

    /// From now on nothing is evidence.
    pub(super) fn close(&self) {
        self.open.store(NOTHING, Ordering::Release);
        self.overrun.store(false, Ordering::Relaxed);
    }

    /// Requests decided at this share that start in this second or later are evidence.
    pub(super) fn open(&self, share: Share, from: u64) {
        self.from.store(from, Ordering::Relaxed);
        let word = from << SHARE_BITS | u64::from(share.as_ppm());
        self.open.store(word, Ordering::Release);
    }

    /// The seconds before this one are closed, and may be taken in.
    pub(super) fn advance(&self, next: u64) {
        let share = self.open.load(Ordering::Relaxed) & NOTHING;
        self.open
            .store(next << SHARE_BITS | share, Ordering::Release);
    }

    pub(super) fn is_overrun(&self) -> bool {
        self.overrun.load(Ordering::Relaxed)
    }

    /// From when on requests of v1 and of v2 are slow; `None` for not before the timeout.
    pub(super) fn set_slow(&self, limits: Option<[Duration; 2]>) {
        for (at, slow) in self.slow.iter().enumerate() {
            let limit = limits.and_then(|limits| limits.get(at).copied().map(nanos_at_most));
            let most = self.timeout - 1;
            slow.store(
                limit.map_or(most, |limit| limit.min(most)),
                Ordering::Relaxed,
            );
        }
    }

    #[inline]
    pub(super) fn slow_after(&self, version: Version) -> u64 {
        let [v1, v2] = &self.slow;
        let slow = match version {
            Version::V1 => v1,
            Version::V2 => v2,
        };
        slow.load(Ordering::Relaxed)
    }
}

/// Whether the frame has only moved on since the entry, and not past its second.
#[cold]
fn is_later(now: u64, entry: Entry) -> bool {
    let same = now & NOTHING == entry.seen & NOTHING;
    same && now >> SHARE_BITS <= entry.second
}

/// In nanoseconds; `None` for more than 272 years.
#[inline]
pub(super) fn nanos(time: Duration) -> Option<u64> {
    let seconds = time.as_secs();
    (seconds >> 33 == 0).then(|| seconds * 1_000_000_000 + u64::from(time.subsec_nanos()))
}

/// In nanoseconds; `u64::MAX` for more than 272 years.
pub(super) fn nanos_at_most(time: Duration) -> u64 {
    nanos(time).unwrap_or(u64::MAX)
}
