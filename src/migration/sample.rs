//! The principals of one bucket in 64: how many of them each version has seen since the share changed.
//!
//! By the bucket, which the decision has: a hash of every principal would cost more than all the rest of a record.

use super::cells::{Cells, cell};
use crate::routing::{Bucket, Share};
use crate::sync::{AtomicU64, Ordering};
use crate::version::Version;

/// So many principals stand behind one of the sample.
pub(super) const ONE_IN: u64 = 64;

#[derive(Debug)]
pub(super) struct Sample {
    seen: once_cell::race::OnceBox<Cells>,
    counts: [AtomicU64; 2],
}

impl Sample {
    pub(super) fn new() -> Self {
        Self {
            seen: once_cell::race::OnceBox::new(),
            counts: [const { 0 }; 2].map(AtomicU64::new),
        }
    }

    /// Whether ids of this bucket are in the sample.
    pub(super) fn has(bucket: Bucket) -> bool {
        bucket.get() % ONE_IN as u32 == 0
    }

    /// v2's share of the buckets of the sample.
    pub(super) fn share(share: Share) -> f64 {
        let part = |ppm: u32| f64::from(ppm.div_ceil(ONE_IN as u32));
        part(share.as_ppm()) / part(Share::FULL.as_ppm())
    }

    /// A request of this principal, whose id is in a bucket of the sample.
    pub(super) fn count(&self, hash: u64, version: Version) {
        let seen = self.seen.get_or_init(|| Box::new(Cells::new()));
        if seen.set(cell(hash), version) {
            let [v1, v2] = &self.counts;
            let count = match version {
                Version::V1 => v1,
                Version::V2 => v2,
            };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Principals of the sample that v1 and v2 have seen.
    pub(super) fn counts(&self) -> [u64; 2] {
        let [v1, v2] = &self.counts;
        [v1, v2].map(|count| count.load(Ordering::Relaxed))
    }

    pub(super) fn clear(&self) {
        if let Some(seen) = self.seen.get() {
            seen.drain(|_, _| ());
        }
        for count in &self.counts {
            count.store(0, Ordering::Relaxed);
        }
    }
}
