//! The windows of one bet: who counts in each. A principal counts once in a window, with its first error since it began.

use std::collections::VecDeque;
use std::time::Duration;

use super::cells::CELL_BITS;
use super::evidence::Errors;
use crate::version::Version;

/// The newest windows are open, so many of them.
const OPEN: usize = 256;
/// A window that has counted so many errors is followed by the next: a long healthy stretch would hide a later break.
pub(super) const ENOUGH: u64 = 64;
/// So is one of this age.
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);

/// One window: its number in the life of the rollout, the second in which it began, and what has counted in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) number: u64,
    pub(super) begin: u64,
    pub(super) errors: Errors,
}

/// The open windows of a bet, the oldest first, over one table of what each principal did last.
#[derive(Debug, Default)]
pub(super) struct Windows {
    open: VecDeque<Window>,
    /// For each cell the second of its last error, plus 1; 0 before its first. Made when it is needed.
    last_error: Vec<u32>,
}

impl Windows {
    pub(super) fn open(&self) -> &VecDeque<Window> {
        &self.open
    }

    pub(super) fn close(&mut self) {
        self.open.clear();
    }

    pub(super) fn begin(&mut self, number: u64, begin: u64) {
        while self.open.len() >= OPEN {
            self.open.pop_front();
        }
        self.open.push_back(Window {
            number,
            begin,
            errors: Errors::default(),
        });
    }

    /// An error of this cell in this second, which is the cell's only one of the second. Seconds come in order.
    ///
    /// It counts in each window that began after the cell's last error and not after this one: there it is the first.
    pub(super) fn count(&mut self, second: u64, cell: u32, version: Version) {
        if self.last_error.is_empty() {
            self.last_error = vec![0; 1 << CELL_BITS];
        }
        let Some(last) = self.last_error.get_mut(cell as usize) else {
            return;
        };
        let (after, now) = (u64::from(*last), u32::try_from(second + 1));
        // Until the year 2106.
        *last = now.unwrap_or(u32::MAX);
        for window in self.open.iter_mut().rev() {
            if window.begin < after {
                break;
            }
            if window.begin <= second {
                match version {
                    Version::V1 => window.errors.v1 += 1,
                    Version::V2 => window.errors.v2 += 1,
                }
            }
        }
    }

    /// Requests of this second that count beside the errors, as v1's: at 100 %, those that didn't fail.
    pub(super) fn count_rest(&mut self, second: u64, requests: u64) {
        for window in &mut self.open {
            if window.begin <= second {
                window.errors.v1 += requests;
            }
        }
    }

    /// Whether the next window is due: there is none, or the newest has counted enough or is old.
    pub(super) fn is_next_due(&self, now: Duration, enough: f64) -> bool {
        self.open.back().is_none_or(|newest| {
            let counted = newest.errors.v1.saturating_add(newest.errors.v2) as f64;
            counted >= enough || now >= Duration::from_secs(newest.begin).saturating_add(OLDEST)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(windows: &Windows) -> Vec<(u64, u64)> {
        let errors = windows.open().iter().map(|window| window.errors);
        errors.map(|errors| (errors.v2, errors.v1)).collect()
    }

    /// In each window a principal counts with its first error since that window began, whatever it did before.
    #[test]
    fn a_principal_counts_once_in_each_window() {
        let mut windows = Windows::default();
        windows.begin(1, 10);
        windows.count(9, 1, Version::V2);
        windows.count(10, 1, Version::V2);
        windows.count(11, 1, Version::V1);
        windows.count(12, 2, Version::V1);
        assert_eq!(counted(&windows), [(1, 1)]);
        windows.begin(2, 14);
        windows.count(13, 3, Version::V2);
        assert_eq!(counted(&windows), [(2, 1), (0, 0)]);
        windows.count(14, 1, Version::V1);
        windows.count(14, 3, Version::V2);
        windows.count(15, 1, Version::V1);
        windows.count(15, 4, Version::V2);
        assert_eq!(counted(&windows), [(3, 1), (2, 1)]);
    }

    #[test]
    fn the_newest_256_windows_are_open() {
        let mut windows = Windows::default();
        for number in 1..=300 {
            windows.begin(number, 10 * number);
        }
        assert_eq!(windows.open().len(), OPEN);
        assert_eq!(windows.open().front().map(|window| window.number), Some(45));
    }

    #[test]
    fn a_window_is_followed_after_64_errors_or_a_day() {
        let mut windows = Windows::default();
        let due = |windows: &Windows, second| {
            windows.is_next_due(Duration::from_secs(second), ENOUGH as f64)
        };
        assert!(due(&windows, 0));
        windows.begin(1, 0);
        (0..63).for_each(|cell| windows.count(1, cell, Version::V1));
        assert!(!due(&windows, 86_399) && due(&windows, 86_400));
        windows.count(1, 63, Version::V2);
        assert!(due(&windows, 6));
    }
}
