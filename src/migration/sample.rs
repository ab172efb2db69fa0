//! The principals of one bucket in 64: how many of them each version has seen since the share changed.
//!
//! By the bucket, which the decision has: a hash of every principal would cost more than all the rest of a record.

use once_cell::race::OnceBox;

use super::cells::{Cells, cell};
use crate::routing::{Bucket, Share};
use crate::version::Version;

/// So many principals stand behind one of the sample.
pub(super) const ONE_IN: u64 = 64;

#[derive(Debug)]
pub(super) struct Sample(OnceBox<Cells>);

impl Sample {
    pub(super) fn new() -> Self {
        Self(OnceBox::new())
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

    /// A request of this principal, whose id is in a bucket of the sample; `is_current` says whether it still counts.
    pub(super) fn count(&self, hash: u64, version: Version, is_current: impl FnOnce() -> bool) {
        let (seen, cell) = (self.0.get_or_init(|| Box::new(Cells::new())), cell(hash));
        if seen.set(cell, version) && !is_current() {
            seen.unset(cell, version);
        }
    }

    /// Principals of the sample that v1 and v2 have seen.
    pub(super) fn counts(&self) -> [u64; 2] {
        self.0.get().map(Cells::counts).unwrap_or_default()
    }

    pub(super) fn clear(&self) {
        if let Some(seen) = self.0.get() {
            seen.drain(|_, _| ());
        }
    }
}
