//! The brake: a latch that keeps its first number and the reasons that it was pulled for.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::brake_state::BrakeState;
use super::braked_by::{BrakedBy, Brakings};
use super::status::{Refusal, Refused};
use crate::error::{Error, ErrorKind};
use crate::sync::Mutex;

/// A guard that pulls again and again, or a caller that passes on what a client sent, must not fill the memory.
const MOST_REASONS: usize = 16;
const LONGEST_REASON: usize = 512;

/// The number of a pulled brake: 1 for the first, then one more than the last, kept in the
/// [brake file](super::RouterBuilder::brake_file) over releases and restarts.
///
/// Whoever releases a brake names its number, so a release that was meant for an earlier brake never frees a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BrakeNumber(u32);

impl BrakeNumber {
    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl From<u32> for BrakeNumber {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for BrakeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A pulled brake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "AsStored")]
#[non_exhaustive]
pub struct Brake {
    /// What to release it by.
    pub number: BrakeNumber,
    /// The revision that was in force when it was pulled, 0 without a rollout. A document that releases it has a higher one.
    pub revision: u32,
    /// Why it was pulled, in order, each reason once: the first 16, each cut at 512 bytes.
    pub reasons: Vec<String>,
    /// How many pulls came with a further reason after those.
    pub further: u64,
}

/// Files written before brakes had numbers of their own lack the revision: the number was the revision then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AsStored {
    number: BrakeNumber,
    revision: Option<u32>,
    reasons: Vec<String>,
    further: u64,
}

impl From<AsStored> for Brake {
    fn from(stored: AsStored) -> Self {
        Self {
            number: stored.number,
            revision: stored.revision.unwrap_or(stored.number.0),
            reasons: stored.reasons,
            further: stored.further,
        }
    }
}

/// The brake, pulled or not, and the file that it is kept in, if any. Every call is in memory alone.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    pulled: Option<Brake>,
    /// The number of the last brake that was pulled, 0 before the first.
    last: u32,
    /// How often it was pulled: whoever waits for the disk sees whether it was pulled again meanwhile.
    pulls: u64,
    /// How often it was pulled, by whom.
    pub(crate) brakings: Brakings,
    /// Behind a lock of its own, which whoever waits for the disk holds. Taken before the lock that this latch is under.
    file: Option<Arc<Mutex<BrakeState>>>,
    /// Whether there is a reason that the file lacks. One of `further` isn't: a guard that pulls with ever new figures must
    /// not cost a write each time.
    unsaved: bool,
    /// What went wrong with the file when it was last needed.
    fault: Option<Refused>,
}

impl Latch {
    /// The brake that the file holds. One that can't be read holds one: nobody knows that it was released.
    pub(crate) fn open(file: BrakeState, revision: u32) -> Self {
        let mut latch = Self::default();
        match file.read() {
            Ok(kept) => (latch.pulled, latch.last) = (kept.brake, kept.last),
            Err(error) => {
                latch.last = later_than_any();
                latch.pull(revision, BrakedBy::Document, &error.to_string());
                latch.failed(&error);
            }
        }
        latch.file = Some(Arc::new(Mutex::new(file)));
        latch
    }

    pub(crate) fn pulled(&self) -> Option<&Brake> {
        self.pulled.as_ref()
    }

    pub(crate) fn last(&self) -> u32 {
        self.last
    }

    pub(crate) fn file(&self) -> Option<Arc<Mutex<BrakeState>>> {
        self.file.clone()
    }

    pub(crate) fn fault(&self) -> Option<Refusal> {
        self.fault.as_ref().map(Refused::aged)
    }

    /// Pulls the brake, or adds a reason to one that is pulled already.
    pub(crate) fn pull(&mut self, revision: u32, by: BrakedBy, why: &str) -> BrakeNumber {
        self.pulls = self.pulls.wrapping_add(1);
        if self.pulled.is_none() {
            self.brakings.count(by);
        }
        let last = &mut self.last;
        let brake = self.pulled.get_or_insert_with(|| {
            *last = last.saturating_add(1);
            Brake {
                number: BrakeNumber(*last),
                revision,
                reasons: Vec::new(),
                further: 0,
            }
        });
        let why = cut(why);
        if !brake.reasons.iter().any(|reason| reason == why) {
            if brake.reasons.len() < MOST_REASONS {
                brake.reasons.push(why.to_owned());
                self.unsaved = true;
            } else {
                brake.further = brake.further.saturating_add(1);
            }
        }
        brake.number
    }

    /// What the file lacks, and the pull that it is as of.
    pub(crate) fn unsaved(&self) -> Option<(Brake, u64)> {
        let brake = self.pulled.clone().filter(|_| self.unsaved)?;
        Some((brake, self.pulls))
    }

    /// The file has what was pulled up to this pull.
    pub(crate) fn saved(&mut self, pulls: u64) {
        self.unsaved &= self.pulls != pulls;
        self.fault = None;
    }

    /// The file may lack everything.
    pub(crate) fn forget_stored(&mut self) {
        self.unsaved = self.pulled.is_some();
    }

    /// Notes what went wrong with the file.
    pub(crate) fn failed(&mut self, error: &Error) -> Refusal {
        self.fault.insert(Refused::new(error, None)).aged()
    }

    /// Nothing is pulled from here on, here or in the file.
    pub(crate) fn let_go(&mut self) {
        (self.pulled, self.unsaved, self.fault) = (None, false, None);
    }

    /// How often the brake of this number was pulled.
    ///
    /// # Errors
    /// [`ErrorKind::Brake`]: it isn't the one that is pulled.
    pub(crate) fn pulls_of(&self, number: BrakeNumber, env: bool) -> Result<u64, Error> {
        match self.holds(number) {
            true => Ok(self.pulls),
            false => Err(self.not_held(env, number)),
        }
    }

    /// Whether this is the number of the brake that is pulled.
    pub(crate) fn holds(&self, number: BrakeNumber) -> bool {
        self.pulled
            .as_ref()
            .is_some_and(|brake| brake.number == number)
    }

    /// Whether a document of this revision may release the brake of this number.
    pub(crate) fn releases(&self, number: BrakeNumber, revision: u32) -> bool {
        self.pulled
            .as_ref()
            .is_some_and(|brake| brake.number == number && revision > brake.revision)
    }

    /// Says why a brake of this number can't be released.
    fn not_held(&self, env: bool, number: BrakeNumber) -> Error {
        let message = match (&self.pulled, env) {
            (Some(brake), _) => format!(
                "brake {number} is not pulled, brake {} is: release that",
                brake.number
            ),
            (None, true) => {
                "only CUTOVER_BRAKE holds the brake: unset it, then refresh or restart".to_owned()
            }
            (None, false) => format!("brake {number} is not pulled: there is nothing to release"),
        };
        Error::new(ErrorKind::Brake, "", message)
    }
}

/// A number that no brake has had, where the file that would know the last one can't be read: the seconds since 1970.
fn later_than_any() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(u32::MAX / 2, |since| {
        u32::try_from(since.as_secs()).unwrap_or(u32::MAX / 2)
    })
}

fn cut(why: &str) -> &str {
    let mut end = why.len().min(LONGEST_REASON);
    while !why.is_char_boundary(end) {
        end -= 1;
    }
    &why[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_bounded_in_number_and_length() {
        let mut latch = Latch::default();
        for pull_number in 0..1_000 {
            let why = format!("{pull_number}{}", "é".repeat(600));
            assert_eq!(latch.pull(7, BrakedBy::Guard, &why).get(), 1);
        }
        let brake = latch.pulled().unwrap();
        assert_eq!((brake.reasons.len(), brake.further), (16, 984));
        assert!(
            brake
                .reasons
                .iter()
                .all(|reason| (511..=512).contains(&reason.len()))
        );
    }

    #[test]
    fn a_repeated_reason_counts_once() {
        let mut latch = Latch::default();
        latch.pull(3, BrakedBy::Guard, "errors");
        latch.pull(4, BrakedBy::Guard, "errors");
        latch.pull(5, BrakedBy::Operator, "operator");
        let brake = latch.pulled().unwrap();
        assert_eq!(
            (brake.number.get(), brake.revision, brake.further),
            (1, 3, 0)
        );
        assert_eq!(brake.reasons, ["errors", "operator"]);
        let brakings = latch.brakings;
        assert_eq!((brakings.guard, brakings.operator), (1, 0));
    }

    #[test]
    fn a_brake_has_a_number_that_no_other_had() {
        let mut latch = Latch::default();
        assert_eq!(latch.pull(7, BrakedBy::Operator, "first").get(), 1);
        latch.let_go();
        assert_eq!(latch.pull(7, BrakedBy::Operator, "second").get(), 2);
        assert!(!latch.holds(BrakeNumber(1)), "a late release of the first");
    }
}
