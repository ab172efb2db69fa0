//! A guard that bets on what a shadow finds.

use std::sync::Arc;
use std::time::Duration;

use cutover::migration::{Bet, Guard};
use cutover::{Clock, ManualClock, Share};

/// A guard whose only bet is on what the shadow finds, with everyone on v1, and a clock that stands.
pub(crate) fn guard() -> (Guard, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    let guard = Guard::builder()
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .weight(Bet::Error, 0.0)
        .weight(Bet::Shadow, 0.35)
        .build()
        .unwrap();
    guard.observe(Share::ZERO);
    (guard, clock)
}

/// Requests that went wrong in v2 alone, and in v1 alone.
pub(crate) fn alone(guard: &Guard, clock: &ManualClock) -> (u64, u64) {
    clock.advance(Duration::from_secs(6));
    let errors = guard.evaluate().bet(Bet::Shadow).unwrap().errors;
    (errors.v2, errors.v1)
}
