//! The faults that drills put into v2: a share of its requests fails, or all of them take longer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cutover::Share;

/// How many of v2's requests fail, chosen by chance, and how much longer all of them take. Can be changed while requests are
/// served.
#[derive(Debug, Default)]
pub struct Fault {
    share: AtomicU32,
    delay_ms: AtomicU32,
}

impl Fault {
    /// None, until [`set`](Self::set).
    #[must_use]
    pub fn new(share: Share) -> Self {
        let fault = Self::default();
        fault.set(share);
        fault
    }

    /// From now on so many fail.
    pub fn set(&self, share: Share) {
        self.share.store(share.as_ppm(), Ordering::Relaxed);
    }

    /// From now on each takes so much longer, in whole milliseconds.
    pub fn set_delay(&self, delay: Duration) {
        let ms = u32::try_from(delay.as_millis()).unwrap_or(u32::MAX);
        self.delay_ms.store(ms, Ordering::Relaxed);
    }

    /// Takes as much longer.
    pub async fn hold_up(&self) {
        let ms = self.delay_ms.load(Ordering::Relaxed);
        if ms > 0 {
            tokio::time::sleep(Duration::from_millis(ms.into())).await;
        }
    }

    /// Whether this request fails.
    #[must_use]
    pub fn strikes(&self) -> bool {
        let share = self.share.load(Ordering::Relaxed);
        share > 0 && fastrand::u32(0..Share::FULL.as_ppm()) < share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_none_fail_at_the_ends_and_some_between() {
        let fault = Fault::default();
        assert!((0..1_000).all(|_| !fault.strikes()));
        fault.set(Share::FULL);
        assert!((0..1_000).all(|_| fault.strikes()));
        fault.set("50%".parse().unwrap());
        let struck = (0..10_000).filter(|_| fault.strikes()).count();
        assert!((4_000..6_000).contains(&struck), "{struck}"); // 20 standard deviations
    }
}
