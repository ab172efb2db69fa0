//! Recording allocates nothing once a kind of request has been seen on a thread, errors included.

use std::sync::Arc;
use std::time::Duration;

use allocation_counter::measure;
use cutover::migration::{Guard, Outcome};
use cutover::{ManualClock, Request, Rollout, Router};

#[test]
fn recording_allocates_on_first_use_and_then_no_more() {
    let rollout = Rollout::builder("allocations", "50%".parse().unwrap())
        .build()
        .unwrap();
    let router = Router::builder()
        .env(|_| None)
        .rollout(rollout)
        .build()
        .unwrap();
    // The clock stands: all is in one second, and evidence.
    let guard = Guard::builder().clock(Arc::new(ManualClock::new()));
    let guard = guard.build().unwrap();
    guard.step(&router);
    let outcomes = guard.outcomes();
    let ids: Vec<String> = (0..1_000).map(|n| format!("user-{n}")).collect();
    let record_all = || {
        for id in &ids {
            let decision = router.decide(&Request::new(id));
            for outcome in Outcome::ALL {
                outcomes.record_ended(
                    &decision,
                    id,
                    outcome,
                    Duration::from_micros(id.len() as u64),
                );
            }
        }
    };
    assert!(
        measure(record_all).count_total > 0,
        "the histograms of this thread"
    );
    assert_eq!(measure(record_all).count_total, 0);
}
