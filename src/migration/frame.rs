//! Which requests are evidence at the moment: those decided at the share in force, in a second that is not yet taken in.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::routing::Share;
use crate::sync::{AtomicU64, Ordering};
use crate::version::Version;

/// A share of a million fits into 20 bits; the second before which nothing counts is above them.
const SHARE_BITS: u32 = 20;
/// Of a share that no decision has.
const NOTHING: u64 = (1 << SHARE_BITS) - 1;

/// Written by the looks of the guard, read by every request.
#[derive(Debug)]
pub(super) struct Frame {
    /// The share in force, and the second from which on requests are evidence, in one word: nobody sees one without the
    /// other.
    in_force: AtomicU64,
    /// The first second that is not yet taken in.
    next: AtomicU64,
    /// Seconds that the rings have, minus one.
    mask: u64,
    /// Set when a request started in a second for which the rings have no room, as no look has come for so long.
    overrun: AtomicBool,
    /// How long a request of v1 and of v2 may take before it needs a closer look, in nanoseconds: it counts as slow, or
    /// has timed out.
    slow: [AtomicU64; 2],
    /// When a request has timed out.
    timeout: u64,
}

impl Frame {
    /// Nothing is evidence. The rings have `seconds`, a power of two.
    pub(super) fn new(seconds: u64, timeout: Duration) -> Self {
        let timeout = nanos(timeout);
        Self {
            in_force: AtomicU64::new(NOTHING),
            next: AtomicU64::new(0),
            mask: seconds - 1,
            overrun: AtomicBool::new(false),
            slow: [timeout - 1; 2].map(AtomicU64::new),
            timeout,
        }
    }

    /// The second in which a request counts that was decided at this share and started in this second; `None` when it is
    /// no evidence. One that comes after its second was taken in counts in the first that isn't.
    pub(super) fn second_of(&self, share: Share, started: u64) -> Option<u64> {
        let in_force = self.in_force.load(Ordering::Acquire);
        let same = in_force & NOTHING == u64::from(share.as_ppm());
        if !same || started < in_force >> SHARE_BITS {
            return None;
        }
        let next = self.next.load(Ordering::Relaxed);
        if started.wrapping_sub(next) <= self.mask {
            return Some(started);
        }
        if started < next {
            return Some(next);
        }
        self.overrun.store(true, Ordering::Relaxed);
        None
    }

    /// Whether requests that started in this second can be evidence at the share in force.
    pub(super) fn is_since_change(&self, second: u64) -> bool {
        second >= self.in_force.load(Ordering::Acquire) >> SHARE_BITS
    }

    /// Where in the rings a second is.
    pub(super) fn slot(&self, second: u64) -> usize {
        (second & self.mask) as usize
    }

    pub(super) fn seconds(&self) -> u64 {
        self.mask + 1
    }

    /// From now on nothing is evidence.
    pub(super) fn close(&self) {
        self.in_force.store(NOTHING, Ordering::Release);
        self.overrun.store(false, Ordering::Relaxed);
    }

    /// Requests decided at this share that start in this second or later are evidence.
    pub(super) fn open(&self, share: Share, from: u64) {
        self.next.store(from, Ordering::Relaxed);
        let word = from << SHARE_BITS | u64::from(share.as_ppm());
        self.in_force.store(word, Ordering::Release);
    }

    /// The seconds before this one are taken in.
    pub(super) fn advance(&self, next: u64) {
        self.next.store(next, Ordering::Relaxed);
    }

    pub(super) fn is_overrun(&self) -> bool {
        self.overrun.load(Ordering::Relaxed)
    }

    /// From when on requests of v1 and of v2 are slow; `None` for not before the timeout.
    pub(super) fn set_slow(&self, limits: Option<[Duration; 2]>) {
        for (at, slow) in self.slow.iter().enumerate() {
            let limit = limits.and_then(|limits| limits.get(at).copied().map(nanos));
            let most = self.timeout - 1;
            slow.store(
                limit.map_or(most, |limit| limit.min(most)),
                Ordering::Relaxed,
            );
        }
    }

    pub(super) fn slow_after(&self, version: Version) -> u64 {
        let [v1, v2] = &self.slow;
        let slow = match version {
            Version::V1 => v1,
            Version::V2 => v2,
        };
        slow.load(Ordering::Relaxed)
    }
}

/// Of a time of less than 584 years.
pub(super) fn nanos(time: Duration) -> u64 {
    time.as_secs()
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::from(time.subsec_nanos()))
}
