//! Whether the writer gets its work done, and when it should try again by itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::StoreError;
use super::database::DEADLINE;

/// How often a writer with nothing to do looks whether its connection is alive.
const IDLE: Duration = Duration::from_secs(5);

/// The pauses between the attempts of a writer that fails: doubled each time, so that a short outage is short and a long
/// one isn't made worse.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What is known of the writer.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Writes that have failed since the last one that succeeded.
    failures: u32,
    /// Why the last one failed.
    reason: Option<StoreError>,
    /// When the write that is under way began.
    since: Option<Instant>,
}

impl Health {
    /// A write begins.
    pub(super) fn begin(&self) {
        self.state().since = Some(Instant::now());
    }

    /// It has ended.
    pub(super) fn end(&self, outcome: Result<(), StoreError>) {
        let mut state = self.state();
        state.since = None;
        match outcome {
            _ if state.reason == Some(StoreError::Corrupt) => {}
            Ok(()) => (state.failures, state.reason) = (0, None),
            Err(error) => {
                state.failures = state.failures.saturating_add(1);
                state.reason = Some(error);
            }
        }
    }

    /// A damaged file doesn't become sound by a write that happens to touch none of the damage: it stays so until restart.
    pub(super) fn found_corrupt(&self) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        state.reason = Some(StoreError::Corrupt);
    }

    /// Whether a contribution would be stored, as far as is known.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let state = self.state();
        let is_late = state.since.is_some_and(|since| since.elapsed() > DEADLINE);
        match state.reason {
            Some(reason) => Err(reason),
            None if is_late => Err(StoreError::Unavailable),
            None => Ok(()),
        }
    }

    /// Writes that have failed in a row.
    pub(super) fn failures(&self) -> u32 {
        self.state().failures
    }

    /// How long the writer waits for work before it looks by itself.
    pub(super) fn pause(&self) -> Duration {
        match self.failures() {
            0 => IDLE,
            n => FIRST_PAUSE
                .saturating_mul(1 << n.min(16).saturating_sub(1))
                .min(LONGEST_PAUSE),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_success_is_enough_but_not_for_a_damaged_file() {
        let health = Health::default();
        assert_eq!((health.check(), health.pause()), (Ok(()), IDLE));
        for pause in [100, 200, 400] {
            health.end(Err(StoreError::Unavailable));
            assert_eq!(health.pause(), Duration::from_millis(pause));
        }
        assert_eq!(health.check(), Err(StoreError::Unavailable));
        for _ in 0..40 {
            health.end(Err(StoreError::Replaced));
        }
        assert_eq!(health.check(), Err(StoreError::Replaced));
        assert_eq!((health.failures(), health.pause()), (43, LONGEST_PAUSE));
        health.end(Ok(()));
        assert_eq!((health.check(), health.failures()), (Ok(()), 0));
        health.found_corrupt();
        health.end(Ok(()));
        assert_eq!(health.check(), Err(StoreError::Corrupt));
    }
}
