//! The brake: a latch that keeps its first number, and every reason that it was pulled for.

use std::fmt;

use serde::Serialize;

use crate::error::{Error, ErrorKind};

/// A guard that pulls again and again, or a caller that passes on what a client sent, must not fill the memory.
const MOST_REASONS: usize = 16;
const LONGEST_REASON: usize = 512;

/// The number of a pulled brake: the revision that was in force when it was pulled (0 without a rollout).
///
/// Whoever releases names it, so that nobody releases a brake that was pulled after they looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Brake {
    /// What to release it by.
    pub number: BrakeNumber,
    /// Why it was pulled, in order, each reason once: the first 16, each cut at 512 bytes.
    pub reasons: Vec<String>,
    /// How many pulls came with a further reason after those.
    pub further: u64,
}

/// Pulls a brake, or adds a reason to one that is pulled already.
pub(crate) fn pull(latch: &mut Option<Brake>, revision: u32, why: &str) -> BrakeNumber {
    let brake = latch.get_or_insert_with(|| Brake {
        number: BrakeNumber(revision),
        reasons: Vec::new(),
        further: 0,
    });
    let why = cut(why);
    if !brake.reasons.iter().any(|reason| reason == why) {
        if brake.reasons.len() < MOST_REASONS {
            brake.reasons.push(why.to_owned());
        } else {
            brake.further = brake.further.saturating_add(1);
        }
    }
    brake.number
}

/// Whether this is the number of the brake that is pulled.
pub(crate) fn holds(latch: Option<&Brake>, number: BrakeNumber) -> bool {
    latch.is_some_and(|brake| brake.number == number)
}

/// Says why a brake of this number can't be released.
pub(crate) fn not_held(latch: Option<&Brake>, env: bool, number: BrakeNumber) -> Error {
    let message = match (latch, env) {
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
        let mut latch = None;
        for pull_number in 0..1_000 {
            let why = format!("{pull_number}{}", "é".repeat(600));
            assert_eq!(pull(&mut latch, 7, &why).get(), 7);
        }
        let brake = latch.unwrap();
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
        let mut latch = None;
        pull(&mut latch, 3, "errors");
        pull(&mut latch, 4, "errors");
        pull(&mut latch, 5, "operator");
        let brake = latch.unwrap();
        assert_eq!((brake.number.get(), brake.further), (3, 0));
        assert_eq!(brake.reasons, ["errors", "operator"]);
    }
}
