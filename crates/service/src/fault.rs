//! The fault that drills put into v2: a share of its requests fails.

use std::sync::atomic::{AtomicU32, Ordering};

use cutover::Share;

/// How many of v2's requests fail, chosen by chance. Can be changed while requests are served.
#[derive(Debug, Default)]
pub struct Fault(AtomicU32);

impl Fault {
    /// None, until [`set`](Self::set).
    #[must_use]
    pub fn new(share: Share) -> Self {
        Self(AtomicU32::new(share.as_ppm()))
    }

    /// From now on so many fail.
    pub fn set(&self, share: Share) {
        self.0.store(share.as_ppm(), Ordering::Relaxed);
    }

    /// Whether this request fails.
    #[must_use]
    pub fn strikes(&self) -> bool {
        let share = self.0.load(Ordering::Relaxed);
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
