//! One principal in 64, chosen by its hash: how many of them each version has seen since the share changed.

use super::cells::{Cells, cell};
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

    /// A request of this principal, of which most are not in the sample.
    pub(super) fn note(&self, hash: u64, version: Version) {
        if hash % ONE_IN == 0 {
            self.count(hash, version);
        }
    }

    #[cold]
    fn count(&self, hash: u64, version: Version) {
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
