//! Which principals erred, for which version: two bits for each of 2¹⁸ cells, set without a lock.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::sync::{AtomicU64, Ordering};
use crate::version::Version;

/// A loom model can't have 8,192 words.
pub(super) const CELL_BITS: u32 = if cfg!(loom) { 7 } else { 18 };
const CELLS_IN_A_WORD: u32 = 32;
const WORDS: usize = 1 << (CELL_BITS - 5);

/// XXH3_64 of `cutover/errors`, a unit test computes it.
const SEED: u64 = 0x9A82_9ABB_25AD_DFCA;

/// The hash that a principal is counted by. Frozen: a fleet's processes must agree on it.
pub(super) fn hash(principal: &[u8]) -> u64 {
    xxh3_64_with_seed(principal, SEED)
}

/// The cell of a principal: the top bits of its hash.
pub(super) fn cell(hash: u64) -> u32 {
    (hash >> (u64::BITS - CELL_BITS)) as u32
}

/// Cells, each empty or of the version that came first; of [added](Self::add) versions v1 wins.
#[derive(Debug)]
pub(super) struct Cells {
    words: Box<[AtomicU64]>,
    /// One bit for each word that isn't 0, so that few cells are found without a look at all.
    used: Box<[AtomicU64]>,
}

impl Cells {
    pub(super) fn new() -> Self {
        let zeros = |count| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            words: zeros(WORDS),
            used: zeros(WORDS.div_ceil(64)),
        }
    }

    /// Puts this version into the cell, unless there is one in it; whether it did, and then it sees what whoever drained
    /// before did before that.
    pub(super) fn set(&self, cell: u32, version: Version) -> bool {
        let at = (cell / CELLS_IN_A_WORD) as usize;
        let shift = 2 * (cell % CELLS_IN_A_WORD);
        let (both, bit) = (3 << shift, bit(version) << shift);
        let (Some(word), Some(used)) = (self.words.get(at), self.used.get(at / 64)) else {
            return false;
        };
        let first = |word: u64| (word & both == 0).then_some(word | bit);
        let set = word
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, first)
            .is_ok();
        if set {
            used.fetch_or(1 << (at % 64), Ordering::AcqRel);
        }
        set
    }

    /// Adds this version to the cell. Of both, v1 is the one that is handed over.
    pub(super) fn add(&self, cell: u32, version: Version) {
        let at = (cell / CELLS_IN_A_WORD) as usize;
        if let (Some(word), Some(used)) = (self.words.get(at), self.used.get(at / 64)) {
            word.fetch_or(
                bit(version) << (2 * (cell % CELLS_IN_A_WORD)),
                Ordering::Relaxed,
            );
            used.fetch_or(1 << (at % 64), Ordering::AcqRel);
        }
    }

    /// Takes this version out of the cell again; whether it was still in it.
    pub(super) fn unset(&self, cell: u32, version: Version) -> bool {
        let shift = 2 * (cell % CELLS_IN_A_WORD);
        let (both, bit) = (3 << shift, bit(version) << shift);
        let without = |word: u64| (word & both == bit).then_some(word & !both);
        self.words
            .get((cell / CELLS_IN_A_WORD) as usize)
            .is_some_and(|word| {
                word.fetch_update(Ordering::AcqRel, Ordering::Relaxed, without)
                    .is_ok()
            })
    }

    /// Takes what was [added](Self::add) for this version out of the cell again.
    pub(super) fn take_out(&self, cell: u32, version: Version) {
        let bit = bit(version) << (2 * (cell % CELLS_IN_A_WORD));
        if let Some(word) = self.words.get((cell / CELLS_IN_A_WORD) as usize) {
            word.fetch_and(!bit, Ordering::AcqRel);
        }
    }

    /// How many cells have v1 and v2 in them.
    pub(super) fn counts(&self) -> [u64; 2] {
        const V1: u64 = u64::MAX / 3;
        let mut counts = [0; 2];
        for word in self.words.iter().map(|word| word.load(Ordering::Relaxed)) {
            counts[0] += u64::from((word & V1).count_ones());
            counts[1] += u64::from((word & !V1).count_ones());
        }
        counts
    }

    /// Empties the cells, and hands over each that was used with its version. A cell that is set meanwhile is handed over
    /// now or the next time: never twice, never not at all.
    pub(super) fn drain(&self, mut take: impl FnMut(u32, Version)) {
        for (block, used) in self.used.iter().enumerate() {
            // An exchange of zeros, too: who sets a cell after it has to see that.
            let mut used = used.swap(0, Ordering::AcqRel);
            while used != 0 {
                let at = block * 64 + used.trailing_zeros() as usize;
                used &= used - 1;
                let mut word = self
                    .words
                    .get(at)
                    .map_or(0, |word| word.swap(0, Ordering::Relaxed));
                while word != 0 {
                    let within = word.trailing_zeros() / 2;
                    let version = if word >> (2 * within) & 1 == 1 {
                        Version::V1
                    } else {
                        Version::V2
                    };
                    word &= !(3 << (2 * within));
                    take(at as u32 * CELLS_IN_A_WORD + within, version);
                }
            }
        }
    }
}

fn bit(version: Version) -> u64 {
    match version {
        Version::V1 => 1,
        Version::V2 => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(cells: &Cells) -> Vec<(u32, Version)> {
        let mut found = Vec::new();
        cells.drain(|cell, version| found.push((cell, version)));
        found
    }

    /// Every cell is its own, the first version in it stays, and once handed over it is empty.
    #[test]
    fn a_cell_holds_the_first_version_until_it_is_drained() {
        let cells = Cells::new();
        assert_eq!(drained(&cells), []);
        for cell in (0..1 << CELL_BITS).step_by(7) {
            let version = if cell % 2 == 0 {
                Version::V1
            } else {
                Version::V2
            };
            assert!(cells.set(cell, version));
            assert!(!cells.set(cell, Version::V1) && !cells.set(cell, Version::V2));
        }
        let found = drained(&cells);
        assert_eq!(found.len(), (1_usize << CELL_BITS).div_ceil(7));
        for (cell, version) in found {
            assert_eq!(version == Version::V1, cell % 2 == 0);
        }
        assert_eq!(drained(&cells), []);
        assert!(cells.set(0, Version::V2) && cells.set(33, Version::V1));
        assert_eq!(cells.counts(), [1, 1]);
        assert!(!cells.unset(33, Version::V2) && cells.unset(33, Version::V1));
        assert!(!cells.unset(33, Version::V1));
        assert_eq!(drained(&cells), [(0, Version::V2)]);
        for version in [Version::V2, Version::V1, Version::V2] {
            cells.add(1, version);
        }
        cells.add(2, Version::V2);
        assert_eq!(drained(&cells), [(1, Version::V1), (2, Version::V2)]);
    }

    /// Frozen by the contract, so that the processes of a fleet mean the same principal by the same cell.
    #[test]
    fn the_cell_of_a_principal_is_the_top_of_its_seeded_hash() {
        assert_eq!(SEED, xxhash_rust::xxh3::xxh3_64(b"cutover/errors"));
        assert_eq!(
            u64::from(cell(hash(b"user-1"))),
            xxh3_64_with_seed(b"user-1", SEED) >> (64 - CELL_BITS)
        );
    }
}
