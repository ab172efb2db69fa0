//! What a guard must not forget when the process ends, and where it is kept.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use serde::{Deserialize, Serialize};

use super::bet::Bet;
use crate::durable::{self, System};
use crate::error::{Error, ErrorKind};

/// Numbers are reserved ahead: as many as were used, so that one restart costs little, and at most so many.
const MOST_AHEAD: u64 = 64;

/// What has to outlive the process, so that α is spent once in the life of a rollout: which numbers of windows were used,
/// what counts as slow, and how often v1 failed before it went.
///
/// Its JSON is for whoever stores it, and not to be edited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// By bet, the greatest number that a window may have had.
    #[serde(with = "by_bet")]
    pub(super) windows: [u64; Bet::ALL.len()],
    /// Requests of v1 that took longer are slow, in nanoseconds.
    pub(super) slow_ns: Option<u64>,
    /// Requests of v1 since the last change of the share below 100 %: those that failed, and the rest.
    pub(super) v1: (u64, u64),
    /// Why this guard rolled back, while it stands.
    pub(super) rolled_back: Option<String>,
}

/// The numbers in JSON: one for each bet, in their order. Bets that were added later are left out until they have had a window, so
/// that state is read by older versions as long as they know all that is in it.
mod by_bet {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Bet;

    const FIRST_BETS: usize = 4;
    type Numbers = [u64; Bet::ALL.len()];

    pub(super) fn serialize<S: Serializer>(
        numbers: &Numbers,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let used = numbers.iter().rposition(|&number| number > 0);
        let known = used.map_or(0, |last| last + 1).max(FIRST_BETS);
        let numbers: Vec<u64> = numbers.iter().copied().take(known).collect();
        numbers.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Numbers, D::Error> {
        let given = Vec::<u64>::deserialize(deserializer)?;
        let mut numbers = Numbers::default();
        if !(FIRST_BETS..=numbers.len()).contains(&given.len()) {
            let message = "windows of other bets than this version has";
            return Err(D::Error::custom(message));
        }
        for (number, given) in numbers.iter_mut().zip(given) {
            *number = given;
        }
        Ok(numbers)
    }
}

impl Kept {
    /// Of a rollout that has had so many windows of each bet.
    #[must_use]
    pub fn after(windows: u64) -> Self {
        Self {
            windows: [windows; Bet::ALL.len()],
            ..Self::default()
        }
    }

    /// Each bet has had at least so many windows.
    pub(super) fn had_windows(&mut self, windows: u64) {
        for had in &mut self.windows {
            *had = windows.max(*had);
        }
    }

    /// The greatest number that a window may have had, of any bet.
    #[must_use]
    pub fn windows(&self) -> u64 {
        self.windows.into_iter().max().unwrap_or(0)
    }

    /// Why the guard rolled back, if that is the last thing that it did.
    #[must_use]
    pub fn rolled_back(&self) -> Option<&str> {
        self.rolled_back.as_deref()
    }
}

/// Stores what it is given before it returns.
pub(super) type Store = Box<dyn Fn(&Kept) -> io::Result<()> + Send + Sync>;

/// A file of state is this long at most: a reason for a rollback is a line.
const MOST_BYTES: u64 = 1 << 16;

/// What is kept in this file, nothing if there is none, and how to replace it.
pub(super) fn in_file(path: PathBuf) -> Result<(Kept, Store), Error> {
    let kept = read(&path).map_err(|error| {
        let message = format!(
            "the guard's state file {} can't be read ({error}): repair it; without it the rollout spends α anew",
            path.display()
        );
        Error::new(ErrorKind::State, "", message).with_source(error)
    })?;
    let store = move |kept: &Kept| {
        let json = serde_json::to_vec(kept)?;
        durable::replace(&System, &path, &json)
    };
    Ok((kept, Box::new(store)))
}

fn read(path: &Path) -> io::Result<Kept> {
    match durable::find(&System, path, MOST_BYTES)? {
        Some(json) => Ok(serde_json::from_slice(&json)?),
        None => Ok(Kept::default()),
    }
}

/// What is kept, with the place to keep it in, if there is one.
pub(super) struct Keeper {
    kept: Kept,
    /// The number of the newest window, by bet; it is at most the one that is kept.
    used: [u64; Bet::ALL.len()],
    store: Option<Store>,
    /// Why the last attempt to store failed.
    pub(super) error: Option<String>,
}

impl Keeper {
    pub(super) fn new(kept: Kept, store: Option<Store>) -> Self {
        Self {
            used: kept.windows,
            kept,
            store,
            error: None,
        }
    }

    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    pub(super) fn has_a_place(&self) -> bool {
        self.store.is_some()
    }

    /// The number of the next window of each of these bets, stored before it is given out; `None` when it can't be stored.
    pub(super) fn next_windows(&mut self, bets: &[Bet]) -> Option<Vec<u64>> {
        let mut ahead = self.kept.clone();
        let numbers: Vec<u64> = bets
            .iter()
            .map(|&bet| {
                let number = self.used[bet as usize].saturating_add(1);
                let reserved = &mut ahead.windows[bet as usize];
                if number > *reserved {
                    *reserved = number.saturating_add(number.min(MOST_AHEAD) - 1);
                }
                number
            })
            .collect();
        if ahead != self.kept && !self.put(ahead) {
            return None;
        }
        for (&bet, &number) in bets.iter().zip(&numbers) {
            self.used[bet as usize] = number;
        }
        Some(numbers)
    }

    /// Changes what is kept, and stores it. What couldn't be stored is in force all the same.
    pub(super) fn update(&mut self, change: impl FnOnce(&mut Kept)) {
        let mut changed = self.kept.clone();
        change(&mut changed);
        if changed != self.kept && !self.put(changed.clone()) {
            self.kept = changed;
        }
    }

    /// How often v1 has failed, and not: stored with the next number, or by [`save`](Self::save).
    pub(super) fn note_v1(&mut self, failed: u64, rest: u64) {
        self.kept.v1 = (failed, rest);
    }

    /// Why the guard rolled back: stored by the next [`save`](Self::save).
    pub(super) fn note_rollback(&mut self, why: String) {
        self.kept.rolled_back = Some(why);
    }

    pub(super) fn save(&mut self) {
        self.put(self.kept.clone());
    }

    fn put(&mut self, kept: Kept) -> bool {
        let stored = self.store.as_ref().map_or(Ok(()), |store| store(&kept));
        self.error = stored.err().map(|error| error.to_string());
        if self.error.is_none() {
            self.kept = kept;
        }
        self.error.is_none()
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("kept", &self.kept)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A number is stored before it is given out, so whoever starts from what is stored never gives it out again.
    #[test]
    fn no_number_is_given_out_twice_over_restarts() {
        let disk = Arc::new(Mutex::new(Kept::default()));
        let mut last = 0;
        for windows in [1, 3, 1, 200, 2] {
            let (kept, file) = (disk.lock().unwrap().clone(), Arc::clone(&disk));
            let store = move |kept: &Kept| {
                *file.lock().unwrap() = kept.clone();
                Ok(())
            };
            let mut keeper = Keeper::new(kept, Some(Box::new(store)));
            for _ in 0..windows {
                let number = keeper.next_windows(&[Bet::Error]).unwrap()[0];
                assert!(last < number && number <= disk.lock().unwrap().windows[0]);
                last = number;
            }
        }
        assert!(last < 207 + 2 * 64 + 8, "{last}");
    }

    /// State of before there was a bet opens, and state that doesn't need it is as it was.
    #[test]
    fn bets_that_came_later_begin_at_0() {
        let read =
            |windows: &str| serde_json::from_str::<Kept>(&format!("{{\"windows\":{windows}}}"));
        let kept = read("[1,2,3,4]").unwrap();
        assert_eq!(kept.windows, [1, 2, 3, 4, 0]);
        let written = serde_json::to_string(&kept).unwrap();
        assert!(written.contains("\"windows\":[1,2,3,4]"), "{written}");
        let all = Kept {
            windows: [1, 0, 0, 0, 5],
            ..Kept::default()
        };
        let written = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Kept>(&written).unwrap(), all);
        assert!(read("[1,2,3]").is_err() && read("[1,2,3,4,5,6]").is_err());
    }

    #[test]
    fn without_storage_no_window_begins() {
        let full = |_: &Kept| Err(io::Error::other("disk full"));
        let mut keeper = Keeper::new(Kept::default(), Some(Box::new(full)));
        assert_eq!(keeper.next_windows(&[Bet::Error]), None);
        assert_eq!(keeper.error.as_deref(), Some("disk full"));
        assert_eq!(keeper.kept(), &Kept::default());
    }
}
