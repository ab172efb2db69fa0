//! What a guard keeps, how it pulls the brake, and what it is told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cutover::migration::metrics::Decisions;
use cutover::migration::{Action, Bet, Guard, Kept, Outcome, Reason};
use cutover::{ErrorKind, Router, Version};

use crate::guard_kit::{World, builder, errors, rollout, shadow_bet};

/// The brake has the reason, the verdict stays, and a release begins anew.
#[test]
fn a_rollback_pulls_the_brake_and_stands_until_it_is_released() {
    let world = World::at("10%");
    world.requests("bad", Version::V2, 20, Outcome::Failed);
    let verdict = world.settle();
    assert_eq!(verdict.action, Action::RollBack);
    let line =
        "roll back: v2 makes errors and v1 none; at least 11.00 ×, certain to 99.9% (20 principals";
    assert!(verdict.to_string().starts_with(line), "{verdict}");
    let brake = world.router.status().brake.unwrap();
    assert_eq!(
        format!("roll back: {}", brake.reasons[0]),
        verdict.to_string()
    );
    for verdict in [world.after(10), world.guard.verdict()] {
        assert_eq!(verdict.action, Action::RolledBack);
        let line = "rolled back, because v2 makes errors and v1 none";
        assert!(verdict.to_string().starts_with(line), "{verdict}");
    }
    assert_eq!(world.router.status().brake.unwrap().reasons.len(), 1);
    world.router.release(brake.number).unwrap();
    assert_eq!(world.after(10).action, Action::Hold);
    assert_eq!(world.guard.kept().rolled_back(), None);
}

/// What a guard has used of α is stored before it counts, and the next one goes on from there.
#[test]
fn a_restart_spends_nothing_twice() {
    let disk = Arc::new(Mutex::new(Kept::default()));
    let mut newest = [0; 2];
    for _ in 0..5 {
        let (kept, file) = (disk.lock().unwrap().clone(), Arc::clone(&disk));
        let guard = shadow_bet(Guard::builder()).kept(kept, move |kept| {
            *file.lock().unwrap() = kept.clone();
            Ok(())
        });
        let world = World::new(rollout(1, "10%"), guard);
        let verdict = world.step();
        for (newest, bet) in newest.iter_mut().zip([Bet::Error, Bet::Shadow]) {
            let window = verdict.bet(bet).unwrap().window;
            assert!(*newest < window, "{newest} and {window}");
            *newest = window;
        }
        // As on the disk, where it is JSON.
        let stored = disk.lock().unwrap().clone();
        let json = serde_json::to_string(&stored).unwrap();
        assert_eq!(serde_json::from_str::<Kept>(&json).unwrap(), stored);
    }
}

#[test]
fn a_file_keeps_it_too_and_a_damaged_one_is_refused() {
    let folder = std::env::temp_dir().join(format!("cutover-guard-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("guard.json");
    for window in 1..4 {
        let world = World::new(rollout(1, "10%"), Guard::builder().kept_in(&path));
        let verdict = world.step();
        assert!(verdict.bet(Bet::Error).unwrap().window >= window && verdict.kept);
    }
    std::fs::write(&path, "{").unwrap();
    let error = Guard::builder().kept_in(&path).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Without a place to keep its state, a guard is careful, and says so.
#[test]
fn a_guard_that_keeps_nothing_runs_at_a_hundredth_of_alpha() {
    let world = World::new(rollout(1, "10%"), Guard::builder());
    let verdict = world.step();
    assert_eq!((verdict.alpha, verdict.kept), (0.001 / 100.0, false));
    assert!(verdict.to_string().contains("hundredth"), "{verdict}");
}

/// When the number of a window can't be stored, the window doesn't begin.
#[test]
fn without_storage_there_is_no_evidence_and_people_are_told() {
    let full = |_: &Kept| Err(std::io::Error::other("disk full"));
    let world = World::new(
        rollout(1, "10%"),
        Guard::builder().kept(Kept::default(), full),
    );
    world.requests("bad", Version::V2, 50, Outcome::Failed);
    let verdict = world.settle();
    assert_eq!(verdict.action, Action::Hold);
    assert!(verdict.reasons.contains(&Reason::NotKept), "{verdict}");
    assert!(verdict.to_string().contains("disk full"), "{verdict}");
}

/// A look that is long overdue while requests arrive can't tell their seconds apart any more: evidence begins anew.
#[test]
fn an_overdue_look_begins_anew() {
    let world = World::at("10%");
    for _ in 0..60 {
        world.pass(Duration::from_secs(1));
        world.requests("bad", Version::V2, 20, Outcome::Failed);
    }
    assert_eq!(world.step().action, Action::Hold);
    assert_eq!(errors(&world.settle(), Bet::Failure), (0, 0));
    world.requests("worse", Version::V2, 20, Outcome::Failed);
    assert_eq!(world.settle().action, Action::RollBack);
}

/// What began at another share, whether it had ended or hung, says nothing about v2 at this one.
#[test]
fn a_change_of_the_share_leaves_nothing_behind() {
    let world = World::at("50%");
    let id = world.ids("hangs", Version::V2).next().unwrap();
    let hangs = world.guard.outcomes().begin(&world.decide(&id), &id);
    world.requests("ended", Version::V2, 10, Outcome::Failed);
    world.pass(Duration::from_secs(2));
    world.apply(rollout(2, "40%"));
    for _ in 0..40 {
        let verdict = world.after(1);
        assert_eq!(errors(&verdict, Bet::Failure), (0, 0));
        assert_eq!(verdict.v2.requests, 0);
    }
    hangs.end(Outcome::Accepted);
    let seen = world.guard.outcomes().snapshot();
    assert_eq!(seen.count(Version::V2, Outcome::Failed), 11);
    assert_eq!(seen.requests(Version::V2), 11);
}

/// The thread looks at every interval until it is stopped, and outlives a listener of the router that panics.
#[test]
fn a_watched_router_is_braked_and_guarded_on_after_its_release() {
    let world = World::at("10%");
    let router = Arc::new(
        Router::builder()
            .env(|_| None)
            .rollout(rollout(1, "10%").build().unwrap())
            .build()
            .unwrap(),
    );
    let heard = Arc::new(AtomicBool::new(false));
    let hears = Arc::clone(&heard);
    router.on_change(move |_| {
        hears.store(true, Ordering::Relaxed);
        panic!("a listener's own business");
    });
    let watch = world
        .guard
        .watch(Arc::clone(&router), Duration::ZERO)
        .unwrap();
    let until = |what: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !what() {
            assert!(start.elapsed() < Duration::from_secs(60), "never happened");
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    for round in 0..2 {
        world.requests(&format!("bad-{round}"), Version::V2, 20, Outcome::Failed);
        world.pass(Duration::from_secs(6));
        until(&|| router.status().braked);
        until(&|| heard.swap(false, Ordering::Relaxed));
        until(&|| world.guard.verdict().action == Action::RolledBack);
        let number = router.status().brake.unwrap().number;
        let release = std::panic::AssertUnwindSafe(|| router.release(number));
        assert!(std::panic::catch_unwind(release).is_err(), "the listener");
        until(&|| world.guard.verdict().action == Action::Hold);
        world.pass(Duration::from_secs(1));
    }
    watch.stop();
    world.requests("unseen", Version::V2, 50, Outcome::Failed);
    world.pass(Duration::from_secs(6));
    assert!(!router.status().braked);
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let number = "must be between 0 and 1, both excluded";
    for (guard, path, message) in [
        (
            builder().alpha(0.0),
            "/alpha",
            format!("alpha is 0: {number}"),
        ),
        (builder().beta(1.0), "/beta", format!("beta is 1: {number}")),
        (
            builder().p_max(f64::NAN),
            "/p_max",
            format!("p_max is NaN: {number}"),
        ),
        (
            builder().tolerance(0.9),
            "/tolerance",
            "tolerance is 0.9: must be a number of at least 1".to_owned(),
        ),
        (
            builder().weight(Bet::Slow, 0.5),
            "/weight",
            "weight is 1.3: the weights must be at least 0 and add up to at most 1".to_owned(),
        ),
        (
            builder().request_timeout(Duration::ZERO),
            "/request_timeout",
            "request_timeout is 0: must be from 1 to 3600 seconds".to_owned(),
        ),
    ] {
        let error = guard.build().unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Setting, path));
        assert_eq!(error.to_string(), message);
    }
}

/// A bet without weight is off; the others keep theirs.
#[test]
fn a_weight_of_0_turns_a_bet_off() {
    let world = World::new(rollout(1, "10%"), builder().weight(Bet::Failure, 0.0));
    let bets: Vec<Bet> = world.step().bets.iter().map(|report| report.bet).collect();
    assert_eq!(bets, [Bet::Error]);
}

/// A request that is decided on at the end of a second may begin in the next: it isn't missing when the first is taken in.
#[test]
fn requests_that_begin_in_the_next_second_are_not_missed() {
    let decisions = Arc::new(Decisions::new());
    let world = World::new(
        rollout(1, "50%"),
        builder().decisions(Arc::clone(&decisions)),
    );
    world.after(3);
    for n in 0..12 {
        let ids: Vec<_> = world
            .ids(&format!("late-{n}"), Version::V2)
            .take(20)
            .collect();
        for id in &ids {
            decisions.count(&world.decide(id));
        }
        let verdict = world.step();
        let missing = verdict.unrecorded.unwrap();
        assert_eq!((missing.v1, missing.v2), (0, 0), "{n}: {verdict}");
        world.pass(Duration::from_secs(1));
        for id in &ids {
            let (decision, outcomes) = (world.decide(id), world.guard.outcomes());
            outcomes.record_ended(&decision, id, Outcome::Accepted, Duration::ZERO);
        }
    }
}

/// A service that forgets to record v2's requests is told how many, and may not go on.
#[test]
fn requests_that_are_never_recorded_are_missed() {
    let decisions = Arc::new(Decisions::new());
    let guard = builder().p_max(0.01).decisions(Arc::clone(&decisions));
    let world = World::new(rollout(1, "50%"), guard);
    let second = |name: &str, forgets: bool| {
        for version in [Version::V1, Version::V2] {
            for id in world.ids(name, version).take(200) {
                let decision = world.decide(&id);
                decisions.count(&decision);
                if version == Version::V1 || !forgets {
                    let outcomes = world.guard.outcomes();
                    outcomes.record_ended(&decision, &id, Outcome::Accepted, Duration::ZERO);
                }
            }
        }
        world.after(1)
    };
    let mut sound = world.step();
    for n in 0..12 {
        sound = second(&format!("sound-{n}"), false);
    }
    let missing = sound.unrecorded.unwrap();
    assert_eq!(
        (missing.v1, missing.v2, sound.action),
        (0, 0, Action::Continue),
        "{sound}"
    );

    let mut verdict = sound;
    for n in 0..12 {
        verdict = second(&format!("forgets-{n}"), true);
    }
    let missing = verdict.unrecorded.unwrap();
    assert_eq!(missing.v1, 0);
    // Those of the last seconds are not missed yet.
    assert!((200..=2_400).contains(&missing.v2), "{missing:?}");
    assert_eq!(verdict.action, Action::Hold);
    assert!(verdict.reasons.contains(&Reason::Unrecorded), "{verdict}");
    let words = format!(
        "never recorded: at least 0 requests of v1 and {} of v2",
        missing.v2
    );
    assert!(verdict.to_string().contains(&words), "{verdict}");
}
