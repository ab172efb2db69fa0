//! Requests that both versions were given: those on which one version alone went wrong, by the second of their start.

use std::fmt;
use std::sync::Arc;

use once_cell::race::OnceBox;

use super::cells::{Cells, cell, hash};
use super::frame::Frame;
use super::in_flight::Places;
use super::outcomes::Outcomes;
use crate::routing::{Decision, Reason, Share};
use crate::version::Version;

#[cfg(all(test, not(loom)))]
mod tests;

/// Both versions' answers to one request, as they come in: evidence when one of them alone went wrong.
///
/// v2 alone counts once both answers are known, if that is before a look takes in the second of the request's start. v1
/// alone counts too when it can't be ruled out by then, or when this is dropped before: what is not known speaks for v2.
/// So neither an answer that takes long, nor a client that doesn't wait for it, can make a sound v2 look bad.
pub(crate) struct Paired {
    outcomes: Arc<Outcomes>,
    share: Share,
    second: u64,
    cell: u32,
    primary: Version,
    /// In the table of those that may turn out to be v1's error; `None` once that is ruled out.
    place: Option<usize>,
    /// What each version did, v1 first: whether it went well.
    went: [Option<bool>; 2],
}

impl Paired {
    /// `None` when the request is no evidence, or there is no room for another one.
    pub(super) fn begin(outcomes: &Arc<Outcomes>, decision: &Decision, id: &[u8]) -> Option<Self> {
        let started = outcomes.now();
        let (share, second) = (decision.share(), started.as_secs());
        if decision.reason() != Reason::Share
            || outcomes
                .frame
                .entry(share, second)
                .map(|entry| entry.second)
                != Some(second)
        {
            return None;
        }
        let hash = hash(id);
        let hint = hash ^ u64::from(started.subsec_nanos());
        let place = outcomes
            .pairs
            .waiting
            .take(hint, second, Version::V1, cell(hash))?;
        Some(Self {
            outcomes: Arc::clone(outcomes),
            share,
            second,
            cell: cell(hash),
            primary: decision.version(),
            place: Some(place),
            went: [None; 2],
        })
    }

    /// What a version did with the request.
    pub(crate) fn went(&mut self, version: Version, well: bool) {
        self.went[usize::from(version == Version::V2)] = Some(well);
        let [v1, v2] = self.went;
        if v1 == Some(true) || v2 == Some(false) {
            if let Some(place) = self.place.take() {
                self.outcomes.pairs.waiting.leave(place);
            }
        }
        if (v1, v2) == (Some(true), Some(false)) {
            self.count(Version::V2);
        }
    }

    /// v2 counts in its own second or not at all; v1, whenever it comes, in one that is open.
    fn count(&self, version: Version) {
        let frame = &self.outcomes.frame;
        let Some(entry) = frame.entry(self.share, self.second) else {
            return;
        };
        if version == Version::V2 && entry.second != self.second {
            return;
        }
        let slot = frame.slot(entry.second);
        self.outcomes.pairs.add(slot, self.cell, version);
        // A look came between: what it left behind would count in the next second of this slot.
        if version == Version::V2 && !frame.is_open(entry) {
            self.outcomes.pairs.take_out(slot, self.cell, version);
        }
    }
}

impl Drop for Paired {
    fn drop(&mut self) {
        // The panic is the primary's answer; a candidate's is caught.
        if std::thread::panicking() {
            self.went(self.primary, false);
        }
        let Some(place) = self.place.take() else {
            return;
        };
        let counted = self.outcomes.pairs.waiting.leave(place);
        if !counted {
            self.count(Version::V1);
        }
    }
}

/// What the guard's looks take in of such requests.
pub(super) struct Pairs {
    waiting: Places,
    /// By second, the cells for which one version alone went wrong.
    alone: Box<[OnceBox<Cells>]>,
}

impl Pairs {
    /// The rings have so many seconds.
    pub(super) fn new(seconds: u64) -> Self {
        Self {
            waiting: Places::new(),
            alone: (0..seconds).map(|_| OnceBox::new()).collect(),
        }
    }

    fn add(&self, slot: usize, cell: u32, version: Version) {
        if let Some(cells) = self.alone.get(slot) {
            let cells = cells.get_or_init(|| Box::new(Cells::new()));
            cells.add(cell, version);
        }
    }

    fn take_out(&self, slot: usize, cell: u32, version: Version) {
        if let Some(cells) = self.alone.get(slot).and_then(OnceBox::get) {
            cells.take_out(cell, version);
        }
    }

    /// What started before the second `next` and may still be v1's error is taken for one, in its second or in `first`, the
    /// first that isn't taken in.
    pub(super) fn expire(&self, first: u64, next: u64, frame: &Frame) {
        self.waiting.expire(next, |second, _, cell| {
            if second >= frame.from() {
                self.add(frame.slot(second.max(first)), cell, Version::V1);
            }
        });
    }

    /// Hands over the cells for which one version alone went wrong in the second of this slot.
    pub(super) fn take(&self, slot: usize, take: impl FnMut(u32, Version)) {
        if let Some(cells) = self.alone.get(slot).and_then(OnceBox::get) {
            cells.drain(take);
        }
    }

    pub(super) fn clear(&self) {
        for cells in self.alone.iter().filter_map(OnceBox::get) {
            cells.drain(|_, _| ());
        }
    }
}

impl fmt::Debug for Paired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paired")
            .field("second", &self.second)
            .field("went", &self.went)
            .finish_non_exhaustive()
    }
}
