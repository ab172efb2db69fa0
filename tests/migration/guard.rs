//! What the guard counts and says: by start and by principal, its bets, what holds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cutover::migration::shadow::Shadow;
use cutover::migration::{Action, Bet, Outcome, Reason, Verdict};
use cutover::{Decision, Reason as Decided, Request, Share, Version};

use crate::guard_kit::{SOON, World, builder, errors, rollout, shadow_bet};

/// Retries of a principal are one error, in each window.
#[test]
fn a_principal_counts_once() {
    let world = World::at("10%");
    let id = world.ids("stuck", Version::V2).next().unwrap();
    for _ in 0..100 {
        world.request(&id, Outcome::Failed);
        world.after(1);
    }
    let verdict = world.settle();
    assert_eq!(errors(&verdict, Bet::Failure), (1, 0));
    assert_eq!(verdict.action, Action::Hold);
}

/// Each bet has a table of its own: a principal that was rejected still counts when it fails.
#[test]
fn a_rejection_hides_no_failure() {
    let world = World::at("10%");
    world.requests("wrong", Version::V2, 5, Outcome::Rejected);
    world.after(1);
    world.requests("wrong", Version::V2, 5, Outcome::Failed);
    let verdict = world.settle();
    assert_eq!(errors(&verdict, Bet::Error), (5, 0));
    assert_eq!(errors(&verdict, Bet::Failure), (5, 0));
    assert_eq!(verdict.reasons, [Reason::Failure]);
}

/// An outage of both versions, in which v2 fails at once and v1 at its timeout: nobody's fault, and by start nothing shows.
#[test]
fn a_common_outage_rolls_nothing_back() {
    let world = World::at("10%");
    let mut hanging = Vec::new();
    for second in 0..20 {
        for id in world.ids("down", Version::V1).skip(second * 90).take(90) {
            hanging.push(world.guard.outcomes().begin(&world.decide(&id), &id));
        }
        for id in world.ids("down", Version::V2).skip(second * 10).take(10) {
            world.request(&id, Outcome::Failed);
        }
        let action = world.after(1).action;
        assert_ne!(action, Action::RollBack, "after {second} s");
    }
    let verdict = world.settle();
    let failures = (verdict.v2.failures, verdict.v1.failures);
    assert_eq!(failures, (200, 1_800));
    assert_ne!(verdict.action, Action::RollBack);
}

/// A second counts when its requests have had the timeout, and the share that its decisions were made at.
#[test]
fn a_change_of_share_begins_anew_without_a_pause() {
    let world = World::at("1%");
    let late = world.decide(&world.ids("late", Version::V2).next().unwrap());
    world.requests("early", Version::V2, 5, Outcome::Failed);
    world.apply(rollout(2, "50%"));
    assert_eq!(world.step().action, Action::Hold);
    // Decided before the change: no evidence, whenever it ends.
    let outcomes = world.guard.outcomes();
    outcomes.record_ended(&late, "late", Outcome::Failed, SOON);
    world.after(1);
    world.requests("after", Version::V2, 50, Outcome::Failed);
    assert_eq!(errors(&world.after(5), Bet::Failure), (0, 0));
    let verdict = world.after(1);
    assert_eq!(errors(&verdict, Bet::Failure), (50, 0));
    assert_eq!(verdict.action, Action::RollBack);
}

/// Three principals that clients can make up don't count, a few more do.
#[test]
fn the_allowance_is_for_hostile_clients() {
    for (rejected, action) in [(3, Action::Hold), (8, Action::RollBack)] {
        let world = World::at("10%");
        world.requests("hostile", Version::V2, rejected, Outcome::Rejected);
        assert_eq!(world.settle().action, action, "{rejected}");
    }
}

#[test]
fn rejections_can_hold_instead() {
    let world = World::new(rollout(1, "10%"), builder().on_rejections(Action::Hold));
    world.requests("strict", Version::V2, 50, Outcome::Rejected);
    let verdict = world.settle();
    assert_eq!(verdict.action, Action::Hold);
    assert_eq!(verdict.reasons, [Reason::Error]);
}

/// At 100 % v2 is held against twice what v1 was last known to fail, or 2 %.
#[test]
fn at_100_percent_failures_are_held_against_a_rate() {
    for (failing, action) in [(15, Action::Hold), (60, Action::RollBack)] {
        let world = World::at("100%");
        world.requests("bad", Version::V2, failing, Outcome::Failed);
        world.requests("good", Version::V2, 1_000 - failing, Outcome::Accepted);
        let verdict = world.settle();
        assert_eq!(verdict.action, action, "{verdict}");
        let report = verdict.bet(Bet::Absolute).unwrap();
        assert_eq!(report.errors.v1, 1_000 - failing as u64);
        assert_eq!(report.tolerated_rate, Some(0.02));
        assert!(report.bounds().lower < failing as f64 / 1_000.0);
    }
    // A v1 that was known to fail at 4 %.
    let world = World::at("50%");
    world.requests("bad", Version::V1, 40, Outcome::Failed);
    world.requests("good", Version::V1, 960, Outcome::Accepted);
    world.settle();
    world.apply(rollout(2, "100%"));
    let verdict = world.step();
    let tolerated = verdict.bet(Bet::Absolute).unwrap().tolerated_rate.unwrap();
    assert!((0.10..0.16).contains(&tolerated), "{tolerated}");
}

/// What is slow is learned from v1, and then v2's slow requests count like errors.
#[test]
fn a_slow_v2_is_found() {
    let world = World::at("10%");
    world.requests("learn", Version::V1, 1_000, Outcome::Accepted);
    world.settle();
    assert!(world.after(2).bet(Bet::Slow).is_some());
    let slow = world.ids("slow", Version::V2).take(20);
    for id in slow {
        world.guard.outcomes().record_ended(
            &world.decide(&id),
            &id,
            Outcome::Accepted,
            Duration::from_millis(90),
        );
    }
    let verdict = world.settle();
    assert_eq!(verdict.reasons, [Reason::Slow], "{verdict}");
    let report = verdict.bet(Bet::Slow).unwrap();
    let limit = report.slow_after.unwrap().as_secs_f64();
    assert!((limit - SOON.as_secs_f64()).abs() < 0.02 * limit);
}

/// High rates of the last five minutes hold, whatever the evidence.
#[test]
fn high_rates_hold() {
    let world = World::at("50%");
    for version in [Version::V1, Version::V2] {
        world.requests("bad", version, 12, Outcome::Rejected);
        world.requests("good", version, 88, Outcome::Accepted);
    }
    let verdict = world.settle();
    assert_eq!(verdict.action, Action::Hold);
    assert_eq!(verdict.reasons, [Reason::ErrorRate]);
    world.after_quietly(300);
    assert_eq!(world.step().reasons, []);
}

/// Principals without an error are a go when there are enough of them; one error ends that.
#[test]
fn enough_principals_without_an_error_are_a_go() {
    let world = World::new(rollout(1, "50%"), builder().p_max(0.01));
    for version in [Version::V1, Version::V2] {
        world.requests("good", version, 900, Outcome::Accepted);
    }
    let verdict = world.settle();
    assert_eq!(verdict.action, Action::Continue, "{verdict}");
    assert_eq!(verdict.reasons, [Reason::NoErrors]);
    world.requests("bad", Version::V2, 1, Outcome::Failed);
    let verdict = world.settle();
    assert_eq!((verdict.action, verdict.reasons.len()), (Action::Hold, 0));
    assert!(verdict.to_string().starts_with("hold: not enough evidence"));
}

/// With errors on both sides, errors show that v2 is fine.
#[test]
fn equal_errors_become_a_go() {
    let world = World::at("50%");
    for version in [Version::V1, Version::V2] {
        world.requests("good", version, 4_000, Outcome::Accepted);
        world.requests("bad", version, 160, Outcome::Rejected);
    }
    let verdict = world.settle();
    assert_eq!(verdict.reasons, [Reason::FewerErrors], "{verdict}");
    assert_eq!(verdict.action, Action::Continue);
}

/// Records of v2 that get lost show in the sample of principals, and hold.
#[test]
fn a_share_that_is_off_holds() {
    let world = World::at("50%");
    world.requests("seen", Version::V1, 20_000, Outcome::Accepted);
    world.requests("seen", Version::V2, 5_000, Outcome::Accepted);
    let verdict = world.settle();
    assert_eq!(verdict.reasons, [Reason::SampleRatio], "{verdict}");
    assert_eq!(verdict.action, Action::Hold);
}

/// Versions that someone chose are no evidence; the metrics have them.
#[test]
fn requests_that_were_not_randomised_are_no_evidence() {
    let world = World::new(
        rollout(1, "10%")
            .allow_requested(true)
            .pin("pinned", Version::V2),
        builder(),
    );
    let outcomes = world.guard.outcomes();
    for n in 0..200 {
        let asked = format!("asked-{n}");
        let decision = world
            .router
            .decide(&Request::new(&asked).requested(Version::V2));
        assert_eq!(decision.reason(), Decided::Requested);
        outcomes.record_ended(&decision, &asked, Outcome::Failed, SOON);
        world.request("pinned", Outcome::Failed);
    }
    world.apply(rollout(2, "10%").force(Version::V2));
    world.requests("forced", Version::V2, 200, Outcome::Failed);
    let verdict = world.settle();
    assert_eq!(errors(&verdict, Bet::Failure), (0, 0));
    assert_eq!(verdict.v2.requests, 0);
    let seen = world.guard.outcomes().snapshot();
    assert_eq!(seen.count(Version::V2, Outcome::Failed), 600);
}

#[test]
fn only_rejected_and_failed_are_errors() {
    let world = World::at("50%");
    for outcome in Outcome::ALL {
        world.requests(outcome.as_str(), Version::V2, 10, outcome);
    }
    let seen = world.guard.outcomes().snapshot();
    let v2 = (seen.requests(Version::V2), seen.errors(Version::V2));
    assert_eq!(v2, (60, 20));
    assert_eq!(seen.error_rate(Version::V1), None);
    assert_eq!(errors(&world.settle(), Bet::Error), (20, 0));
}

/// A request under way ends once: by its end, by the timeout, or dropped.
#[test]
fn a_request_under_way_ends_once() {
    let world = World::at("50%");
    let begin = |name: &str, version| {
        let id = world.ids(name, version).next().unwrap();
        world.guard.outcomes().begin(&world.decide(&id), &id)
    };
    begin("ends", Version::V2).end(Outcome::Accepted);
    drop(begin("leaves", Version::V1));
    let hangs = [begin("hangs", Version::V1), begin("hangs", Version::V2)];
    assert_eq!(world.guard.outcomes().in_flight(), 2);
    let verdict = world.settle();
    assert_eq!(errors(&verdict, Bet::Failure), (1, 1));
    assert_eq!(world.guard.outcomes().in_flight(), 0);
    let [one, two] = hangs;
    one.end(Outcome::Accepted);
    drop(two);
    let seen = world.guard.outcomes().snapshot();
    let all = |version| Outcome::ALL.map(|outcome| seen.count(version, outcome));
    assert_eq!(all(Version::V1), [0, 0, 1, 0, 0, 1]);
    assert_eq!(all(Version::V2), [1, 0, 1, 0, 0, 0]);
}

/// Whatever is read while others record: errors are requests, nothing counted is lost again, and at the end all is there.
#[test]
fn in_no_snapshot_do_errors_exceed_requests() {
    let world = World::at("50%");
    let ids: Vec<String> = world.ids("busy", Version::V2).take(2_000).collect();
    let decisions: Vec<Decision> = ids.iter().map(|id| world.decide(id)).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers = [0, 1].map(|half| {
            let (world, ids) = (&world, &ids[half * 1_000..][..1_000]);
            let decisions = &decisions[half * 1_000..];
            scope.spawn(move || {
                for _ in 0..20 {
                    for (id, decision) in ids.iter().zip(decisions) {
                        let outcomes = world.guard.outcomes();
                        outcomes.record_ended(decision, id, Outcome::Failed, SOON);
                    }
                }
            })
        });
        let reader = scope.spawn(|| {
            let mut before = world.guard.outcomes().snapshot();
            while !done.load(Ordering::Relaxed) {
                world.pass(Duration::from_millis(300));
                let _ = world.guard.evaluate();
                let now = world.guard.outcomes().snapshot();
                let (errors, requests) = (now.errors(Version::V2), now.requests(Version::V2));
                assert!(errors <= requests);
                assert!(before.requests(Version::V2) <= requests);
                before = now;
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    let seen = world.guard.outcomes().snapshot();
    assert_eq!(seen.errors(Version::V2), 40_000);
}

/// So many requests of a shadow, of which one version alone fails; what the guard says once it has taken them in.
fn shadowed(world: &World, count: u64, fails: Version) -> Verdict {
    let shadow = Shadow::<()>::builder(|_, _, _| Vec::new())
        .guard(&world.guard)
        .build()
        .unwrap();
    for n in 0..count {
        let id = format!("shadowed-{n}");
        let decision = world.decide(&id);
        let answers = move |version| if version == fails { Err(()) } else { Ok(()) };
        let other = match decision.version() {
            Version::V1 => Version::V2,
            Version::V2 => Version::V1,
        };
        let answer = shadow.run(
            &decision,
            &id,
            || answers(decision.version()),
            move || answers(other),
        );
        assert_eq!(answer, answers(decision.version()));
    }
    let seen = shadow.finish();
    assert_eq!(seen.discordant.v1 + seen.discordant.v2, count);
    world.settle()
}

/// A v2 that goes wrong where v1 doesn't is rolled back by what its shadow finds, if the guard bets on that.
#[test]
fn a_shadow_that_finds_v2_wrong_rolls_it_back() {
    let at = |share: &str, guard| World::new(rollout(1, share).shadow(Share::FULL), guard);
    for share in ["10%", "100%"] {
        let verdict = shadowed(&at(share, shadow_bet(builder())), 20, Version::V2);
        assert_eq!(verdict.action, Action::RollBack, "{verdict}");
        assert_eq!(verdict.reasons, [Reason::Shadow]);
        let words = verdict.to_string();
        let (start, end) = (
            "roll back: v2 makes errors on the same requests and v1 none; at least 1.2",
            " ×, certain to 99.9% (20 principals in v2 alone, 0 in v1 alone, in window 1)",
        );
        assert!(words.starts_with(start) && words.ends_with(end), "{words}");
    }
    let worse_v1 = shadowed(&at("10%", shadow_bet(builder())), 20, Version::V1);
    assert_eq!(
        (worse_v1.action, errors(&worse_v1, Bet::Shadow)),
        (Action::Hold, (0, 20))
    );

    // Nobody is served by v2: the share must not be raised, and there is nothing to roll back.
    let nobody = shadowed(&at("0%", shadow_bet(builder())), 20, Version::V2);
    assert_eq!(
        (nobody.action, &nobody.reasons[..]),
        (Action::Hold, &[Reason::Shadow][..])
    );

    let off = shadowed(&at("10%", builder()), 20, Version::V2);
    assert_eq!((off.action, off.bet(Bet::Shadow)), (Action::Hold, None));
}
