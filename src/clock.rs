//! Time as the migration reads it: since 1970, never backwards; handed in, so that tests control it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// A monotonic clock: time since 1970, or since any other origin where nothing is kept or shared between processes.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Time since this clock's origin; never less than an earlier answer.
    fn now(&self) -> Duration;
}

/// The machine's monotonic clock. It starts at the time since 1970 that the wall clock shows when this value is made, and
/// doesn't follow it from then on: setting the wall clock doesn't move it.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
    at: Duration,
}

impl SystemClock {
    /// A clock that starts at the present time.
    #[must_use]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            at: SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.at.saturating_add(self.started.elapsed())
    }
}

/// A clock that stands at zero until it is told to [`advance`](Self::advance): for tests and simulations.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that stands at zero.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Moves the clock forward, by whole nanoseconds. It reaches 584 years and stays there.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let moved = |now: u64| Some(now.saturating_add(by));
        let _ = self
            .0
            .fetch_update(Ordering::Release, Ordering::Relaxed, moved);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told_and_never_back() {
        let clock = ManualClock::new();
        assert_eq!(clock.now(), Duration::ZERO);
        clock.advance(Duration::from_millis(1_500));
        clock.advance(Duration::from_nanos(1));
        assert_eq!(clock.now(), Duration::new(1, 500_000_001));
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn the_system_clock_never_goes_back() {
        let clock = SystemClock::new();
        let readings: Vec<Duration> = (0..1_000).map(|_| clock.now()).collect();
        assert!(readings.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
