//! One epoch of evidence: what the ids that erred for the first time in it, at its share, add to the two counts.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use once_cell::race::OnceBox;
use serde::Serialize;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::evidence::Errors;
use crate::routing::Share;
use crate::version::Version;

/// An epoch ends after so many counted errors: a long healthy stretch would hide a later break.
pub(super) const MOST_ERRORS: u64 = 4_096;

/// One bit for each value of the top 16 bits of an id's hash, in 8 KiB.
type Erring = [AtomicU64; 1 << 10];

/// Four counts of 16 bits in one word, so that nobody ever reads counts that never stood together. Each is at most
/// `MOST_ERRORS`, as their sum is.
const FIELD: u32 = 16;

#[derive(Debug)]
pub(super) struct Epoch {
    number: u64,
    share: Share,
    open: AtomicBool,
    /// Of both versions: with a bitmap for each, the version that errs less fills its own more slowly, so fewer of its
    /// errors are lost to collisions and the other looks better than it is (43 of 100 runs go wrong at 20,000 ids).
    erring: OnceBox<Erring>,
    counts: AtomicU64,
    seed: u64,
}

impl Epoch {
    /// An epoch that counts nothing before it is [opened](Self::open).
    pub(super) fn new(number: u64, share: Share) -> Self {
        Self {
            number,
            share,
            open: AtomicBool::new(false),
            erring: OnceBox::new(),
            counts: AtomicU64::new(0),
            seed: xxh3_64(b"cutover/errors"),
        }
    }

    pub(super) fn open(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    /// Counts an error of this id, unless the epoch is closed, full, of another share, or has the id's error already.
    pub(super) fn count(&self, share: Share, version: Version, failed: bool, id: &[u8]) {
        let listening = self.open.load(Ordering::Relaxed) && share == self.share && !self.is_full();
        if !listening || !self.first_error(id) {
            return;
        }
        let one = 1_u64 << (FIELD * field(version, failed));
        let counted = |counts| (sum(counts) < MOST_ERRORS).then_some(counts + one);
        let _ = self
            .counts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, counted);
    }

    pub(super) fn is_full(&self) -> bool {
        sum(self.counts.load(Ordering::Relaxed)) >= MOST_ERRORS
    }

    /// What has been counted, once the epoch is open.
    pub(super) fn tally(&self) -> Option<Tally> {
        let counts = self.counts.load(Ordering::Relaxed);
        let errors = |failed| Errors {
            v1: part(counts, field(Version::V1, failed)),
            v2: part(counts, field(Version::V2, failed)),
        };
        self.open.load(Ordering::Relaxed).then(|| Tally {
            epoch: self.number,
            share: self.share,
            rejected: errors(false),
            failed: errors(true),
        })
    }

    fn first_error(&self, id: &[u8]) -> bool {
        let erring = self
            .erring
            .get_or_init(|| Box::new([const { AtomicU64::new(0) }; 1 << 10]));
        let index = xxh3_64_with_seed(id, self.seed) >> 48;
        let bit = 1 << (index & 63);
        erring
            .get((index >> 6) as usize)
            .is_some_and(|word| word.fetch_or(bit, Ordering::Relaxed) & bit == 0)
    }
}

/// The errors counted as evidence in one epoch: first errors, by id, of requests that the share decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tally {
    /// Which epoch, from 1.
    pub epoch: u64,
    /// The share of v2 in it.
    pub share: Share,
    /// Those that were [`Rejected`](super::Outcome::Rejected).
    pub rejected: Errors,
    /// Those that [`Failed`](super::Outcome::Failed).
    pub failed: Errors,
}

impl Tally {
    /// All errors, rejected and failed.
    #[must_use]
    pub fn all(&self) -> Errors {
        self.rejected + self.failed
    }

    /// The tally of two processes. Wealth is not combined over epochs: of two different ones the later is kept, at equal
    /// numbers the one at the larger share.
    pub(super) fn merge(self, other: Self) -> Self {
        let (mine, its) = ((self.epoch, self.share), (other.epoch, other.share));
        if mine == its {
            Self {
                rejected: self.rejected + other.rejected,
                failed: self.failed + other.failed,
                ..self
            }
        } else if mine > its {
            self
        } else {
            other
        }
    }
}

fn field(version: Version, failed: bool) -> u32 {
    match (version, failed) {
        (Version::V1, false) => 0,
        (Version::V1, true) => 1,
        (Version::V2, false) => 2,
        (Version::V2, true) => 3,
    }
}

fn part(counts: u64, field: u32) -> u64 {
    (counts >> (FIELD * field)) & 0xFFFF
}

fn sum(counts: u64) -> u64 {
    (0..4).map(|field| part(counts, field)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(share: Share) -> Epoch {
        let epoch = Epoch::new(1, share);
        epoch.open();
        epoch
    }

    #[test]
    fn each_kind_of_error_has_its_own_count() {
        let epoch = epoch(Share::FULL);
        let kinds = [
            (Version::V1, false, 1),
            (Version::V1, true, 2),
            (Version::V2, false, 3),
            (Version::V2, true, 4),
        ];
        for (version, failed, errors) in kinds {
            for n in 0..errors {
                epoch.count(
                    Share::FULL,
                    version,
                    failed,
                    format!("{version}/{failed}/{n}").as_bytes(),
                );
            }
        }
        let tally = epoch.tally().unwrap();
        assert_eq!(tally.rejected, Errors { v1: 1, v2: 3 });
        assert_eq!(tally.failed, Errors { v1: 2, v2: 4 });
        assert_eq!(tally.all(), Errors { v1: 3, v2: 7 });
    }

    #[test]
    fn a_full_epoch_counts_no_more() {
        let epoch = epoch(Share::FULL);
        for n in 0..6_000_u32 {
            epoch.count(Share::FULL, Version::V2, true, &n.to_le_bytes());
        }
        assert!(epoch.is_full());
        assert_eq!(
            epoch.tally().unwrap().all(),
            Errors {
                v1: 0,
                v2: MOST_ERRORS
            }
        );
    }

    /// The index is frozen by the contract, so that any process of a fleet sees the same ids as one.
    #[test]
    fn the_bit_of_an_id_is_the_top_of_its_seeded_hash() {
        let epoch = epoch(Share::FULL);
        epoch.count(Share::FULL, Version::V1, true, b"user-1");
        let index = (xxh3_64_with_seed(b"user-1", xxh3_64(b"cutover/errors")) >> 48) as usize;
        let set: Vec<usize> = (0..1 << 16)
            .filter(|bit| {
                epoch.erring.get().unwrap()[bit / 64].load(Ordering::Relaxed) >> (bit % 64) & 1 == 1
            })
            .collect();
        assert_eq!(set, [index]);
    }

    #[test]
    fn merging_adds_within_an_epoch_and_keeps_the_later_of_two() {
        let tally = |epoch, v2| Tally {
            epoch,
            share: Share::FULL,
            rejected: Errors { v1: 1, v2 },
            failed: Errors::default(),
        };
        assert_eq!(
            tally(3, 5).merge(tally(3, 7)).all(),
            Errors { v1: 2, v2: 12 }
        );
        assert_eq!(tally(3, 5).merge(tally(4, 7)), tally(4, 7));
        assert_eq!(tally(4, 7).merge(tally(3, 5)), tally(4, 7));
    }
}
