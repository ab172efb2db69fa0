//! What a change of the share leaves behind: nothing that counts.

use std::sync::Arc;
use std::time::Duration;

use crate::migration::{Guard, Kept, Outcome};
use crate::{Clock, ManualClock, Request, Rollout, Router, Version};

const SECOND: Duration = Duration::from_secs(1);

fn world() -> (Router, Guard, Arc<ManualClock>) {
    let rollout = Rollout::builder("recorded", "10%".parse().unwrap());
    let router = Router::builder()
        .env(|_| None)
        .rollout(rollout.build().unwrap());
    let clock = Arc::new(ManualClock::new());
    clock.advance(100 * SECOND);
    let guard = Guard::builder()
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .kept(Kept::default(), |_| Ok(()));
    (router.build().unwrap(), guard.build().unwrap(), clock)
}

/// The rings have sixteen seconds: looks until they have come round twice, at a share that has no request.
fn failures_at_another_share(router: &Router, guard: &Guard, clock: &ManualClock) -> u64 {
    clock.advance(SECOND / 2);
    let other = Rollout::builder("recorded", "50%".parse().unwrap()).revision(2);
    router.apply(other.build().unwrap()).unwrap();
    (0..40)
        .map(|_| {
            let verdict = guard.step(router);
            clock.advance(SECOND);
            verdict.v1.failures + verdict.v2.failures
        })
        .max()
        .unwrap()
}

#[test]
fn what_was_recorded_before_a_change_of_the_share_never_counts_after_it() {
    let (router, guard, clock) = world();
    let _ = guard.step(&router);
    for n in 0..50 {
        let id = format!("user-{n}");
        let decision = router.decide(&Request::new(&id));
        let started = guard.outcomes().now();
        let outcomes = guard.outcomes();
        outcomes.record(&decision, &id, Outcome::Failed, started, SECOND / 10);
    }
    assert_eq!(failures_at_another_share(&router, &guard, &clock), 0);
    let seen = guard.outcomes().snapshot().randomised();
    assert_eq!(seen.errors(Version::V1) + seen.errors(Version::V2), 50);
}

#[test]
fn what_hangs_over_a_change_of_the_share_never_counts_after_it() {
    let (router, guard, clock) = world();
    let _ = guard.step(&router);
    let begin = |n| {
        let id = format!("user-{n}");
        guard
            .outcomes()
            .begin(&router.decide(&Request::new(&id)), &id)
    };
    let hanging: Vec<_> = (0..50).map(begin).collect();
    assert_eq!(failures_at_another_share(&router, &guard, &clock), 0);
    drop(hanging);
    let seen = guard.outcomes().snapshot();
    assert_eq!(seen.errors(Version::V1) + seen.errors(Version::V2), 50);
}

/// A start from before 1970 or in a far future, a latency of all times: nothing panics, and it is counted.
#[test]
fn any_start_and_latency_can_be_recorded() {
    let (router, guard, _) = world();
    let _ = guard.step(&router);
    let decision = router.decide(&Request::new("user-1"));
    let times = [Duration::ZERO, SECOND, 100 * SECOND, Duration::MAX];
    for started in times {
        for latency in times {
            let outcomes = guard.outcomes();
            outcomes.record(&decision, "user-1", Outcome::Accepted, started, latency);
        }
    }
    let seen = guard.outcomes().snapshot();
    assert_eq!(seen.requests(decision.version()), 16);
    assert_eq!(seen.count(decision.version(), Outcome::Failed), 8);
}
