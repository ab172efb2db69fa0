//! Decisions whose requests were never recorded: every request is, by the timeout, or the evidence is of the others only.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::ledger::Counts;
use super::metrics::Decisions;
use crate::routing::Reason;
use crate::version::Version;

/// More readings than looks a second apart need for the longest timeout.
const MOST_READINGS: usize = 8_192;

/// Decided by the share more than the request timeout ago and never recorded, since the share changed: at least so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unrecorded {
    /// Of v1's requests.
    pub v1: u64,
    /// Of v2's requests.
    pub v2: u64,
    /// Of how many that were decided.
    #[serde(skip)]
    pub(super) decided: [u64; 2],
}

impl Unrecorded {
    /// Whether more than one in a hundred of a version's requests are missing.
    pub(super) fn is_much(&self) -> bool {
        [self.v1, self.v2]
            .into_iter()
            .zip(self.decided)
            .any(|(missing, decided)| missing > decided / 100)
    }
}

/// Holds what was decided against what was taken in.
///
/// What was decided by a look began within a second of it, so all of it has been taken in once the next second has, or it is
/// missing. Not once the look's own second has: a request is counted just before it begins, and the counts are read after
/// the look's time is, by a thread that may have to wait for a processor in between.
pub(super) struct Reconciliation {
    decisions: Option<Arc<Decisions>>,
    /// What had been decided at the first look in which only requests that count were.
    base: Option<[u64; 2]>,
    /// The second after a look's, and what had been decided by the look; of those that are not taken in.
    readings: VecDeque<(u64, [u64; 2])>,
    found: Unrecorded,
}

impl Reconciliation {
    pub(super) fn new(decisions: Option<Arc<Decisions>>) -> Self {
        Self {
            decisions,
            base: None,
            readings: VecDeque::new(),
            found: Unrecorded::default(),
        }
    }

    /// `None` when nobody counts decisions.
    pub(super) fn found(&self) -> Option<Unrecorded> {
        self.decisions.as_ref().map(|_| self.found)
    }

    pub(super) fn restart(&mut self) {
        *self = Self::new(self.decisions.take());
    }

    /// A look: requests from `since` on count, those before `next` are taken in, so many in `all`.
    pub(super) fn look(&mut self, now: Duration, since: Duration, next: u64, all: &Counts) {
        let Some(decisions) = &self.decisions else {
            return;
        };
        let decided = by_share(decisions);
        let second = now.as_secs();
        if second <= since.as_secs() + 1 {
            return;
        }
        let base = *self.base.get_or_insert(decided);
        let is_new = self
            .readings
            .back()
            .is_none_or(|&(last, _)| last < second + 1);
        if is_new && self.readings.len() < MOST_READINGS {
            self.readings.push_back((second + 1, decided));
        }
        while let Some(&(_, decided)) = self.readings.front().filter(|(at, _)| *at < next) {
            self.readings.pop_front();
            let [one, two] = [0, 1].map(|at: usize| decided[at].saturating_sub(base[at]));
            let [v1, v2] = all;
            self.found = Unrecorded {
                v1: one.saturating_sub(v1.requests),
                v2: two.saturating_sub(v2.requests),
                decided: [one, two],
            };
        }
    }
}

fn by_share(decisions: &Decisions) -> [u64; 2] {
    let of = |asked: Version| {
        let counts = decisions.counts();
        let counts =
            counts.filter(|&(version, reason, _)| (version, reason) == (asked, Reason::Share));
        counts.map(|(_, _, count)| count).sum()
    };
    [Version::V1, Version::V2].map(of)
}

impl fmt::Debug for Reconciliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconciliation")
            .field("found", &self.found())
            .finish_non_exhaustive()
    }
}
