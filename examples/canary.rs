//! A whole rollout in one process: v2 gets more while it is shown to be sound, breaks at 50 %, and is rolled back by itself.

use std::{sync::Arc, time::Duration};

use cutover::migration::{Action, Guard, Kept, Outcome, Outcomes};
use cutover::{Clock, Error, ManualClock, Request, Rollout, Router, Share, Version};

const SECOND: Duration = Duration::from_secs(1);

/// A second of the service: 200 users, of whom one in a hundred sends nonsense; a broken v2 fails one in eight.
fn serve(router: &Router, outcomes: &Outcomes, second: u64, broken: bool) {
    for user in second * 200..(second + 1) * 200 {
        let id = format!("user-{user}");
        let decision = router.decide(&Request::new(&id));
        let outcome = match decision.version() {
            _ if user % 100 == 7 => Outcome::Rejected,
            Version::V2 if broken && user % 8 == 0 => Outcome::Failed,
            _ => Outcome::Accepted,
        };
        outcomes.record_ended(&decision, &id, outcome, Duration::from_millis(30));
    }
}

fn main() -> Result<(), Error> {
    let name = "contribution-form-v2";
    let router = Router::builder().name(name).env(|_| None).build()?;
    let clock = Arc::new(ManualClock::new());
    let guard = Guard::builder()
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        // A service stores what it is given here, so that a restart knows what was spent of α.
        .kept(Kept::default(), |_kept| Ok(()))
        .build()?;
    let outcomes = guard.outcomes();

    let phases = [("canary", "10%"), ("production", "50%"), ("full", "100%")];
    for (revision, (phase, share)) in (1..).zip(phases) {
        println!("{phase}: {share} of the users get v2");
        let share: Share = share.parse()?;
        router.apply(Rollout::builder(name, share).revision(revision).build()?)?;
        for second in 1.. {
            let broken = phase == "production" && second > 20;
            if broken && second == 21 {
                println!("  second 21: v2 breaks, one request in eight fails");
            }
            serve(&router, outcomes, clock.now().as_secs(), broken);
            clock.advance(SECOND);
            let verdict = guard.step(&router);
            // A minute at least, however good it looks.
            let ends = verdict.action == Action::Continue && second >= 60;
            if ends || verdict.action == Action::RollBack {
                println!("  second {second}: {verdict}");
                break;
            }
        }
        if router.status().braked {
            break;
        }
    }

    let before = outcomes.snapshot();
    serve(&router, outcomes, clock.now().as_secs(), true);
    let after = outcomes.snapshot().since(&before);
    let [v1, v2] = [Version::V1, Version::V2].map(|version| after.requests(version));
    println!("the brake is pulled: the next second has {v1} requests on v1 and {v2} on v2");
    assert!(router.status().braked, "v2 was broken, and nobody noticed");
    assert_eq!(
        (router.status().share.to_string(), v1, v2),
        ("50%".to_owned(), 200, 0)
    );
    Ok(())
}
