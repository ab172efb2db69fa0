//! What readers look at first: the gate word, and which ids the document in force surely does not pin.

use super::gate::Gate;
use super::pins::filter_place;
use crate::sync::{AtomicU64, Ordering, fence};

/// The filter's words. 16 bits for each of 1,024 pins let 15 of 16 ids past; with more pins fewer pass, and the others are
/// looked for in the snapshot, as they were without a filter: at more than twice the cost.
#[cfg(not(loom))]
const WORDS: usize = 256;
/// Loom tries every order of every store.
#[cfg(loom)]
const WORDS: usize = 1;

/// A filter that is larger by more than this is full when it is folded: not worth the time.
const FOLDS: usize = 16;

/// Word and filter are read together by a sequence lock (Boehm, "Can seqlocks get along with programming language memory
/// models?", MSPC 2012) whose readers never try again: who meets a writer takes the snapshot instead.
pub(super) struct Front {
    /// The word of the newest snapshot. Stored after the snapshot, with `Release`, and loaded with `Acquire`: whoever sees
    /// a word finds its snapshot, or a later one, and so never goes back to a state older than one it has seen in a word.
    /// Acquire loads cost what relaxed ones do (4 instructions on x86-64).
    word: AtomicU64,
    /// Odd while a writer is at it.
    edits: AtomicU64,
    filter: Box<[AtomicU64]>,
}

impl Front {
    /// `pins` is the filter of the document's pins.
    pub(super) fn new(gate: Gate, pins: &[u64]) -> Self {
        let filter = (0..WORDS).map(|at| AtomicU64::new(folded(pins, at)));
        Self {
            word: AtomicU64::new(gate.word()),
            edits: AtomicU64::new(0),
            filter: filter.collect(),
        }
    }

    #[inline]
    pub(super) fn gate(&self) -> Gate {
        Gate::from_word(self.word.load(Ordering::Acquire))
    }

    /// The gate as it is for an id of this hash, when its document surely does not pin it: one without pins.
    #[inline]
    pub(super) fn without_pin(&self, hash: u64) -> Option<Gate> {
        let before = self.edits.load(Ordering::Acquire);
        let gate = self.gate();
        let (word, bit) = filter_place(hash, WORDS);
        let pinned = self.filter.get(word)?.load(Ordering::Relaxed) & bit != 0;
        fence(Ordering::Acquire);
        let after = self.edits.load(Ordering::Relaxed);
        (!pinned && before == after && before & 1 == 0).then_some(gate.without_pins())
    }

    /// Begins to show readers another state: none is told of a missing pin until it is shown. The snapshot is stored in
    /// between, so that nobody who has read the new one is told by the old word. Writers take turns: the caller holds
    /// their lock.
    pub(super) fn edit(&self) -> Edit<'_> {
        let edits = self.edits.load(Ordering::Relaxed);
        self.edits.store(edits.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        Edit { front: self, edits }
    }
}

pub(super) struct Edit<'a> {
    front: &'a Front,
    edits: u64,
}

impl Edit<'_> {
    /// `pins` is the filter of the document's pins.
    pub(super) fn show(self, gate: Gate, pins: &[u64]) {
        for (at, word) in self.front.filter.iter().enumerate() {
            word.store(folded(pins, at), Ordering::Relaxed);
        }
        self.front.word.store(gate.word(), Ordering::Release);
        let edits = self.edits.wrapping_add(2);
        self.front.edits.store(edits, Ordering::Release);
    }
}

/// The word at `at` of a filter of pins, made to have [`WORDS`]: a smaller one is repeated, a larger one laid over itself.
/// Both have powers of two, so that a hash finds its bit.
fn folded(pins: &[u64], at: usize) -> u64 {
    match pins.len() {
        0 => 0,
        len if len <= WORDS => pins[at % len],
        len if len > FOLDS * WORDS => u64::MAX,
        _ => pins.iter().skip(at).step_by(WORDS).fold(0, |a, b| a | b),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::routing::bucket::Seed;
    use crate::routing::{Rollout, Share};
    use crate::version::Version;

    fn pinned(pins: usize) -> Rollout {
        let mut builder = Rollout::builder("n", Share::FULL);
        for pin in 0..pins {
            builder = builder.pin(format!("pin-{pin}"), Version::V1);
        }
        builder.build().unwrap()
    }

    /// However many pins there are, none is ever taken for an id without one; and up to a thousand pins most ids without
    /// one are told.
    #[test]
    fn no_pin_is_overlooked() {
        let seed = Seed::new("n");
        let front = Front::new(Gate::new(None, None, false), &[]);
        for pins in [0, 1, 3, 100, 1_000, 5_000, 20_000] {
            let rollout = pinned(pins);
            let gate = Gate::new(Some(&rollout), None, false);
            front.edit().show(gate, rollout.pin_table().filter());
            for pin in 0..pins {
                let hash = seed.hash(format!("pin-{pin}").as_bytes());
                assert_eq!(front.without_pin(hash), None, "{pin} of {pins}");
            }
            let others = (0..1_000).map(|other| seed.hash(format!("other-{other}").as_bytes()));
            let told = others.filter(|hash| front.without_pin(*hash) == Some(gate.without_pins()));
            let told = told.count();
            assert!(pins > 1_000 || told > 900, "{told} of 1,000 beside {pins}");
        }
    }

    /// A reader that meets a writer is sent to the snapshot.
    #[test]
    fn an_edit_in_progress_tells_nothing() {
        let gate = Gate::new(None, None, false);
        let front = Front::new(gate, &[]);
        assert_eq!(front.without_pin(7), Some(gate));
        let edit = front.edit();
        assert_eq!(front.without_pin(7), None);
        edit.show(gate, &[]);
        assert_eq!(front.without_pin(7), Some(gate));
    }
}
