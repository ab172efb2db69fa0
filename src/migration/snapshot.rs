//! What has happened up to a moment, in numbers that add up: over threads, over processes, and from one moment to a later.

use std::iter::Sum;
use std::ops::AddAssign;

use super::latency::Latencies;
use super::outcome::Outcome;
use crate::version::Version;

/// Randomised or not, version, outcome.
pub(super) const KINDS: usize = 2 * 2 * Outcome::ALL.len();

/// Where requests of a version and outcome are counted, among those that the share decided and among those that it didn't.
pub(super) fn kind(version: Version, outcome: Outcome) -> usize {
    usize::from(version == Version::V2) * Outcome::ALL.len() + outcome as usize
}

/// Where they are counted among all; those that the share decided are in the second half.
pub(super) fn index(randomised: bool, version: Version, outcome: Outcome) -> usize {
    usize::from(randomised) * (KINDS / 2) + kind(version, outcome)
}

/// What has happened to the requests up to a moment.
///
/// Every count is a sum over the same buckets of latency, so in none do errors exceed requests. Snapshots add up
/// (`+=`, [`Sum`]), so those of several processes are one.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub(super) kinds: [Latencies; KINDS],
}

impl Snapshot {
    /// Requests that a version served.
    #[must_use]
    pub fn requests(&self, version: Version) -> u64 {
        Outcome::ALL
            .iter()
            .map(|&outcome| self.count(version, outcome))
            .sum()
    }

    /// Requests of a version with this outcome.
    #[must_use]
    pub fn count(&self, version: Version, outcome: Outcome) -> u64 {
        self.of(version, outcome).map(Latencies::count).sum()
    }

    /// Requests of a version that were rejected or failed.
    #[must_use]
    pub fn errors(&self, version: Version) -> u64 {
        Outcome::ALL
            .iter()
            .filter(|outcome| outcome.is_error())
            .map(|&outcome| self.count(version, outcome))
            .sum()
    }

    /// The part of a version's requests that were rejected or failed, 0 to 1; `None` without requests.
    #[must_use]
    pub fn error_rate(&self, version: Version) -> Option<f64> {
        rate(self.errors(version), self.requests(version))
    }

    /// The part of a version's requests that failed, 0 to 1; `None` without requests.
    #[must_use]
    pub fn failure_rate(&self, version: Version) -> Option<f64> {
        rate(self.count(version, Outcome::Failed), self.requests(version))
    }

    /// How long the requests of a version took, whatever became of them.
    #[must_use]
    pub fn latencies(&self, version: Version) -> Latencies {
        let mut sum = Latencies::default();
        for outcome in Outcome::ALL {
            self.of(version, outcome)
                .for_each(|latencies| sum += latencies);
        }
        sum
    }

    /// Only the requests that the share decided: those that tell something about v2 itself. A pinned, requested or
    /// forced version was chosen by someone, and who chose may differ from the rest.
    #[must_use]
    pub fn randomised(mut self) -> Self {
        for apart in self.kinds.iter_mut().take(KINDS / 2) {
            *apart = Latencies::default();
        }
        self
    }

    /// The requests that the share decided, as [`kind`] numbers them.
    pub(super) fn randomised_mut(&mut self) -> impl Iterator<Item = &mut Latencies> {
        self.kinds.iter_mut().skip(KINDS / 2)
    }

    /// What happened since `earlier`, an earlier snapshot of the same.
    #[must_use]
    pub fn since(mut self, earlier: &Self) -> Self {
        for (now, then) in self.kinds.iter_mut().zip(&earlier.kinds) {
            *now = std::mem::take(now).since(then);
        }
        self
    }

    fn of(&self, version: Version, outcome: Outcome) -> impl Iterator<Item = &Latencies> {
        [false, true]
            .into_iter()
            .filter_map(move |randomised| self.kinds.get(index(randomised, version, outcome)))
    }
}

impl AddAssign<&Snapshot> for Snapshot {
    /// Adds what happened elsewhere.
    fn add_assign(&mut self, other: &Snapshot) {
        for (sum, more) in self.kinds.iter_mut().zip(&other.kinds) {
            *sum += more;
        }
    }
}

impl Sum for Snapshot {
    fn sum<I: Iterator<Item = Self>>(snapshots: I) -> Self {
        snapshots.fold(Self::default(), |mut sum, snapshot| {
            sum += &snapshot;
            sum
        })
    }
}

fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
