//! What the shadow has found, in bounded memory: counts by path with a few ids each, and the noise to take off.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Side;
use crate::migration::cells::hash;
use crate::migration::evidence::Errors;
use crate::migration::paired::Paired;
use crate::routing::Decision;
use crate::version::Version;

/// A comparison that finds a path of its own in every answer must not fill the memory.
const MOST_PATHS: usize = 256;
const MOST_IDS: usize = 4;
/// The longest contribution id; a cut id would reproduce nothing, so a longer one isn't kept.
const LONGEST_ID: usize = 1_024;
/// A path that is noisy differs by chance more or less often; beyond three standard deviations, 1 in 700 does by chance.
const DEVIATIONS: f64 = 3.0;

/// What the shadow has found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// Pairs of answers, one of each version, that were compared.
    pub comparisons: u64,
    /// Of these, different in some path; noise is in it.
    pub differing: u64,
    /// Pairs of answers of the same version that were compared, for the noise.
    pub noise_comparisons: u64,
    /// Candidates that didn't run: all places were taken, or the tower layer had no whole copy of the request and v1's answer.
    pub skipped: u64,
    /// Candidates whose answer came too late.
    pub late: u64,
    /// Candidates and comparisons that panicked.
    pub panicked: u64,
    /// Requests that went wrong in both versions.
    pub both_failed: u64,
    /// Requests that went wrong in exactly one version, by that version.
    pub discordant: Discordant,
    /// Where answers differ, by path.
    pub paths: Vec<PathCount>,
    /// Differences in paths beyond the first 256.
    pub further: u64,
}

/// Requests that went wrong in exactly one of the versions. An id counts once, as its retries are no news (two ids in 65,536
/// share a place). What the guard's bet counts of them is less: see [`ShadowBuilder::guard`](super::ShadowBuilder::guard).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Discordant {
    /// In v1 alone.
    pub v1: u64,
    /// In v2 alone.
    pub v2: u64,
}

impl From<Discordant> for Errors {
    fn from(Discordant { v1, v2 }: Discordant) -> Self {
        Self { v1, v2 }
    }
}

/// How often answers differ in a path.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PathCount {
    /// As the comparison calls it.
    pub path: String,
    /// How many comparisons of the two versions differ in it.
    pub differing: u64,
    /// How many comparisons of one version with itself do.
    pub noise: u64,
    /// What is left of `differing` without the noise: in a path that never differs by itself all, in a noisy one what is
    /// beyond the noise, if that is more than chance makes.
    pub excess: u64,
    /// The first few ids whose answers differ in it, to reproduce it with.
    pub ids: Vec<String>,
}

impl Snapshot {
    /// How many requests the versions treat differently, at least: the excess of the path that differs most, and those that
    /// went wrong in v2 alone, less those that did in v1 alone, which may be chance. This is what the plan's gate asks for.
    #[must_use]
    pub fn divergences(&self) -> u64 {
        let most = self.paths.iter().map(|path| path.excess).max();
        let most = most.unwrap_or(0).max(u64::from(self.further > 0));
        most + (self.discordant.v2).saturating_sub(self.discordant.v1)
    }
}

/// A request that the primary has answered.
pub(super) struct Pair<A> {
    version: Version,
    pub(super) id: String,
    /// `None` when it went wrong.
    pub(super) answer: Option<A>,
    paired: Option<Paired>,
}

impl<A> Pair<A> {
    pub(super) fn new<E>(
        decision: &Decision,
        id: &str,
        answer: &Result<A, E>,
        mut paired: Option<Paired>,
    ) -> Self
    where
        A: Clone,
    {
        if let Some(paired) = &mut paired {
            paired.went(decision.version(), answer.is_ok());
        }
        let answer = answer.as_ref().ok().cloned();
        Self {
            version: decision.version(),
            id: id.to_owned(),
            answer,
            paired,
        }
    }

    /// The guard takes what the candidate did, unless that is late.
    pub(super) fn settle(&mut self, ran: &Ran<A>) {
        let other = self.other();
        if let Some(mut paired) = self.paired.take() {
            match ran {
                Ran::Answered(_) => paired.went(other, true),
                Ran::Failed | Ran::Panicked => paired.went(other, false),
                Ran::Late => {}
            }
        }
    }

    pub(super) fn side<'a>(&self, answer: &'a A) -> Side<'a, A> {
        Side {
            version: self.version,
            answer,
        }
    }

    pub(super) fn other_side<'a>(&self, answer: &'a A) -> Side<'a, A> {
        Side {
            version: self.other(),
            answer,
        }
    }

    fn other(&self) -> Version {
        match self.version {
            Version::V1 => Version::V2,
            Version::V2 => Version::V1,
        }
    }
}

/// What became of a candidate.
pub(super) enum Ran<A> {
    Answered(A),
    Failed,
    Panicked,
    Late,
}

/// The counts; each is whole after each statement.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Snapshot,
    pub(super) skipped: u64,
    paths: BTreeMap<String, PathCount>,
    /// One bit for each value of the top 16 bits of a discordant id's hash: 8 KiB, once there is one.
    discordant_ids: Vec<u64>,
}

impl Tally {
    /// `differ`: `None` when there was nothing to compare, `Some(None)` when comparing panicked.
    pub(super) fn count<A>(
        &mut self,
        pair: &Pair<A>,
        ran: &Ran<A>,
        differ: Option<Option<Vec<String>>>,
    ) {
        if matches!(ran, Ran::Panicked) {
            self.counts.panicked += 1;
        }
        match (pair.answer.is_some(), ran) {
            // Whose fault it is that it came late, the candidate's or the pool's, nobody knows: it is evidence of nothing.
            (_, Ran::Late) => self.counts.late += 1,
            (true, Ran::Failed | Ran::Panicked) => self.count_discordant(pair.other(), &pair.id),
            (false, Ran::Answered(_)) => self.count_discordant(pair.version, &pair.id),
            (false, Ran::Failed | Ran::Panicked) => self.counts.both_failed += 1,
            (true, Ran::Answered(_)) => {}
        }
        match differ {
            None => {}
            Some(None) => self.counts.panicked += 1,
            Some(Some(paths)) => {
                self.counts.comparisons += 1;
                self.counts.differing += u64::from(!paths.is_empty());
                for path in paths {
                    let Some(count) = self.path(path) else {
                        continue;
                    };
                    count.differing += 1;
                    if count.ids.len() < MOST_IDS
                        && pair.id.len() <= LONGEST_ID
                        && !count.ids.contains(&pair.id)
                    {
                        count.ids.push(pair.id.clone());
                    }
                }
            }
        }
    }

    pub(super) fn count_noise(&mut self, differ: Option<Vec<String>>) {
        let Some(paths) = differ else {
            self.counts.panicked += 1;
            return;
        };
        self.counts.noise_comparisons += 1;
        for path in paths {
            if let Some(count) = self.path(path) {
                count.noise += 1;
            }
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let (comparisons, noise_comparisons) =
            (self.counts.comparisons, self.counts.noise_comparisons);
        let finished = |count: &PathCount| {
            let excess = excess(count.differing, comparisons, count.noise, noise_comparisons);
            PathCount {
                excess,
                ..count.clone()
            }
        };
        let paths = self.paths.values().map(finished).collect();
        Snapshot {
            skipped: self.skipped,
            paths,
            ..self.counts.clone()
        }
    }

    fn path(&mut self, path: String) -> Option<&mut PathCount> {
        if self.paths.len() >= MOST_PATHS && !self.paths.contains_key(&path) {
            self.counts.further += 1;
            return None;
        }
        let count = || PathCount {
            path: path.clone(),
            ..PathCount::default()
        };
        Some(self.paths.entry(path.clone()).or_insert_with(count))
    }

    fn count_discordant(&mut self, failed: Version, id: &str) {
        if self.discordant_ids.is_empty() {
            self.discordant_ids = vec![0; 1 << 10];
        }
        let index = hash(id.as_bytes()) >> 48;
        let bit = 1 << (index & 63);
        let Some(word) = self.discordant_ids.get_mut((index >> 6) as usize) else {
            return;
        };
        if *word & bit == 0 {
            *word |= bit;
            match failed {
                Version::V1 => self.counts.discordant.v1 += 1,
                Version::V2 => self.counts.discordant.v2 += 1,
            }
        }
    }
}

/// How many of the `d` differences in `n` comparisons are more than noise, `e` differences in `m` comparisons of one version
/// with itself. A path that was never seen to differ by itself has no noise to take off.
fn excess(d: u64, n: u64, e: u64, m: u64) -> u64 {
    if e == 0 {
        return d;
    }
    let [d, n, e, m] = [d, n, e, m].map(|count| count as f64);
    // Both counts are of one binomial if noise is all there is.
    let rate = (d + e) / (n + m);
    let deviation = (rate * (1.0 - rate) * n * (1.0 + n / m)).sqrt();
    let beyond = d - e * n / m;
    // A cast from f64 saturates at 0.
    if beyond > DEVIATIONS * deviation {
        beyond.round() as u64
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_taken_off_and_what_is_beyond_it_stays() {
        assert_eq!(excess(7, 1_000, 0, 0), 7, "no noise was measured");
        assert_eq!(excess(7, 1_000, 0, 100), 7, "the path is not noisy");
        assert_eq!(excess(520, 1_000, 50, 100), 0, "within chance");
        assert_eq!(excess(400, 1_000, 50, 100), 0, "less than the noise");
        assert_eq!(excess(1_000, 1_000, 50, 100), 500);
    }

    #[test]
    fn memory_is_bounded_in_paths_and_ids() {
        let mut tally = Tally::default();
        for n in 0..2_000 {
            let pair = Pair {
                version: Version::V1,
                id: format!("id-{n}"),
                answer: Some(()),
                paired: None,
            };
            let paths = vec!["/same".to_owned(), format!("/{n:04}")];
            tally.count(&pair, &Ran::Answered(()), Some(Some(paths)));
        }
        let long = Pair {
            version: Version::V1,
            id: "x".repeat(1_025),
            answer: Some(()),
            paired: None,
        };
        tally.count(
            &long,
            &Ran::Answered(()),
            Some(Some(vec!["/0001".to_owned()])),
        );
        let seen = tally.snapshot();
        assert_eq!((seen.paths.len(), seen.further), (MOST_PATHS, 2_000 - 255));
        let same = seen.paths.iter().find(|path| path.path == "/same").unwrap();
        assert_eq!(
            (same.differing, &same.ids[..]),
            (
                2_000,
                &["id-0", "id-1", "id-2", "id-3"].map(str::to_owned)[..]
            )
        );
        let other = seen.paths.iter().find(|path| path.path == "/0001").unwrap();
        assert_eq!(
            (other.differing, other.ids.len()),
            (2, 1),
            "an id that is too long is counted and not kept"
        );
    }
}
