//! What the guard promises: its rules and their limits, the four traps, the brake, and that errors never exceed requests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(loom))]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cutover::migration::evidence::{Errors, ln_limit};
use cutover::migration::{Action, Guard, GuardBuilder, Outcome, Outcomes, Rule, Snapshot, Verdict};
use cutover::routing::RolloutBuilder;
use cutover::{
    Clock, Decision, ErrorKind, ManualClock, Reason, Request, Rollout, Router, Share, Version,
};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const TIMEOUT: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(7);

fn share(text: &str) -> Share {
    text.parse().unwrap()
}

fn rollout(revision: u32, text: &str) -> RolloutBuilder {
    Rollout::builder("guard-test", share(text)).revision(revision)
}

/// A router, its outcomes and a guard, at a moment that tests move by hand.
struct World {
    router: Router,
    outcomes: Arc<Outcomes>,
    guard: Arc<Guard>,
    clock: Arc<ManualClock>,
}

impl World {
    /// In the quiet of the first epoch.
    fn new(rollout: RolloutBuilder, guard: GuardBuilder) -> Self {
        let router = Router::builder()
            .env(|_| None)
            .rollout(rollout.build().unwrap())
            .build()
            .unwrap();
        let outcomes = Arc::new(Outcomes::new());
        let guard = Arc::new(
            guard
                .request_timeout(TIMEOUT)
                .build(Arc::clone(&outcomes))
                .unwrap(),
        );
        let world = Self {
            router,
            outcomes,
            guard,
            clock: Arc::new(ManualClock::new()),
        };
        world.step();
        world
    }

    /// With errors counting.
    fn listening(rollout: RolloutBuilder, guard: GuardBuilder) -> Self {
        let world = Self::new(rollout, guard);
        world.after(TIMEOUT);
        world
    }

    fn at(text: &str) -> Self {
        Self::listening(rollout(1, text), Guard::builder())
    }

    fn step(&self) -> Verdict {
        self.guard.step(&self.router, self.clock.now())
    }

    fn after(&self, wait: Duration) -> Verdict {
        self.clock.advance(wait);
        self.step()
    }

    fn decide(&self, id: &str) -> Decision {
        self.router.decide(&Request::new(id))
    }

    fn request(&self, id: &str, outcome: Outcome) {
        self.outcomes.record(&self.decide(id), id, outcome, SOON);
    }

    /// So many requests by so many ids that the share gives this version.
    fn requests(&self, name: &str, version: Version, count: usize, outcome: Outcome) {
        let ids: Vec<String> = self.ids(name, version).take(count).collect();
        assert_eq!(ids.len(), count, "the share gives {version} to nobody");
        ids.iter().for_each(|id| self.request(id, outcome));
    }

    fn ids(&self, name: &str, version: Version) -> impl Iterator<Item = String> {
        (0..2_000_000)
            .map(move |n| format!("{name}-{n}"))
            .filter(move |id| self.decide(id).version() == version)
    }

    fn errors(&self) -> Errors {
        self.outcomes
            .snapshot()
            .tally()
            .map(|tally| tally.all())
            .unwrap_or_default()
    }
}

fn met(verdict: &Verdict, rule: Rule) -> bool {
    verdict.check(rule).unwrap().applies
}

/// Thresholds are judged from 100 requests of v2 on, and exactly at a limit nothing happens yet.
#[test]
fn the_error_rate_holds_above_ten_percent_and_rolls_back_above_fifteen() {
    for (errors, action, high, excessive) in [
        (10, Action::Hold, false, false),
        (11, Action::Hold, true, false),
        (15, Action::Hold, true, false),
        (16, Action::RollBack, true, true),
    ] {
        // In the quiet after a change, so that there is no evidence, only the rates.
        let world = World::new(rollout(1, "50%"), Guard::builder());
        world.requests("bad", Version::V2, errors, Outcome::Rejected);
        world.requests("good", Version::V2, 99 - errors, Outcome::Accepted);
        assert_eq!(
            world
                .guard
                .evaluate(SOON)
                .check(Rule::ErrorRateHigh)
                .unwrap()
                .figure,
            None
        );
        world.requests("last", Version::V2, 1, Outcome::Accepted);
        let verdict = world.guard.evaluate(SOON);
        assert_eq!(verdict.action, action, "{verdict}");
        assert_eq!(
            verdict.check(Rule::ErrorRateHigh).unwrap().figure,
            Some(errors as f64 / 100.0)
        );
        assert_eq!(
            (
                met(&verdict, Rule::ErrorRateHigh),
                met(&verdict, Rule::ErrorRateExcessive)
            ),
            (high, excessive)
        );
    }
}

/// Failures roll back only above 2 % *and* above twice v1's: when both versions suffer, v2 is not to blame.
#[test]
fn failures_roll_back_only_when_v2_has_twice_those_of_v1() {
    for (v1, v2, limit, action) in [
        (0, 4, 0.02, Action::Hold),
        (0, 5, 0.02, Action::RollBack),
        (4, 8, 0.04, Action::Hold),
        (4, 9, 0.04, Action::RollBack),
    ] {
        let world = World::new(rollout(1, "50%"), Guard::builder());
        for (version, failures) in [(Version::V1, v1), (Version::V2, v2)] {
            world.requests("bad", version, failures, Outcome::Failed);
            world.requests("good", version, 200 - failures, Outcome::Accepted);
        }
        let verdict = world.guard.evaluate(SOON);
        let check = verdict.check(Rule::FailureRate).unwrap();
        assert_eq!(
            (check.figure, check.limit),
            (Some(v2 as f64 / 200.0), limit)
        );
        assert_eq!(verdict.action, action, "{verdict}");
    }
}

#[test]
fn every_verdict_names_every_rule_with_its_limit() {
    let verdict = World::at("10%").step();
    let named: Vec<(&str, Option<f64>, f64)> = verdict
        .checks
        .iter()
        .map(|check| (check.rule.as_str(), check.figure, check.limit))
        .collect();
    let expected = [
        ("error_rate_high", None, 0.10),
        ("error_rate_excessive", None, 0.15),
        ("failure_rate", None, 0.02),
        ("evidence", Some(0.0), ln_limit(0.001, 1)),
        ("go_evidence", Some(0.0), -(0.05_f64.ln())),
        ("clean_run", Some(0.0), 300.0),
    ];
    assert_eq!(named, expected);
    assert_eq!(verdict.action, Action::Hold);
    let line = "hold: not enough evidence yet; v2: 0 requests, 0 errors, 0 of them failures; v1: 0 requests, 0 errors, \
                0 of them failures; epoch 1 at 10%: evidence of 0 ids for v2 (0 failed), 0 for v1 (0 failed)";
    assert_eq!(verdict.to_string(), line);
}

#[test]
fn a_run_without_errors_is_a_go_and_one_error_ends_it() {
    let world = World::at("50%");
    world.requests("good", Version::V2, 299, Outcome::Accepted);
    world.requests("slow down", Version::V2, 50, Outcome::RateLimited);
    assert_eq!(world.step().action, Action::Hold);
    world.requests("last", Version::V2, 1, Outcome::Accepted);
    let verdict = world.step();
    assert!(
        met(&verdict, Rule::CleanRun) && verdict.action == Action::Continue,
        "{verdict}"
    );
    world.requests("bad", Version::V2, 1, Outcome::Failed);
    assert_eq!(world.step().action, Action::Hold);
}

/// With errors on both sides, it takes errors to show that v2 is fine: about 147 at 50 %.
#[test]
fn equal_error_rates_become_a_go_by_evidence() {
    let world = World::at("50%");
    for (version, errors) in [(Version::V1, 120), (Version::V2, 100)] {
        world.requests("good", version, 5_000, Outcome::Accepted);
        world.requests("bad", version, errors, Outcome::Rejected);
    }
    let verdict = world.step();
    assert!(
        met(&verdict, Rule::GoEvidence) && !met(&verdict, Rule::CleanRun),
        "{verdict}"
    );
    assert_eq!(verdict.action, Action::Continue);
}

/// At 0 % and 100 % nothing is randomised: hold, whatever the errors.
#[test]
fn without_randomisation_there_is_no_evidence() {
    for (text, version) in [("0%", Version::V1), ("100%", Version::V2)] {
        let world = World::at(text);
        world.requests("good", version, 100_000, Outcome::Accepted);
        world.requests("bad", version, 1_000, Outcome::Rejected);
        let verdict = world.step();
        assert_eq!(verdict.check(Rule::Evidence).unwrap().figure, None);
        assert_eq!(verdict.check(Rule::GoEvidence).unwrap().figure, None);
        assert_eq!(verdict.action, Action::Hold, "{verdict}");
    }
}

/// The failures of a v2 are seen though users' own mistakes are twenty times as many, and alike in both versions.
#[test]
fn failures_are_evidence_of_their_own() {
    let world = World::listening(rollout(1, "10%"), Guard::builder().min_requests(u64::MAX));
    world.requests("typo", Version::V1, 1_800, Outcome::Rejected);
    world.requests("typo", Version::V2, 200, Outcome::Rejected);
    assert_eq!(world.step().action, Action::Hold);
    world.requests("crash", Version::V2, 6, Outcome::Failed);
    let verdict = world.step();
    assert!(
        verdict.action == Action::RollBack && met(&verdict, Rule::Evidence),
        "{verdict}"
    );
}

/// Trap (a): an id that tries again and again counts once in an epoch, and again in the next.
#[test]
fn retries_of_one_id_are_one_error() {
    let world = World::listening(rollout(1, "10%"), Guard::builder().min_requests(u64::MAX));
    let id = world.ids("stuck", Version::V2).next().unwrap();
    for _ in 0..1_000 {
        world.request(&id, Outcome::Failed);
    }
    assert_eq!(world.errors(), Errors { v1: 0, v2: 1 });
    assert!(!met(&world.step(), Rule::Evidence));
    world
        .router
        .apply(rollout(2, "20%").build().unwrap())
        .unwrap();
    world.step();
    world.after(TIMEOUT);
    world.request(&id, Outcome::Failed);
    assert_eq!(world.errors(), Errors { v1: 0, v2: 1 });
}

/// Trap (a), its second half: one bitmap for both versions. An id of v1 that shares its bit with an erring one of v2 loses
/// its error, just as the other way round.
#[test]
fn both_versions_share_one_bitmap() {
    let world = World::at("50%");
    let bit = |id: &str| xxh3_64_with_seed(id.as_bytes(), xxh3_64(b"cutover/errors")) >> 48;
    let one = world.ids("first", Version::V2).next().unwrap();
    let same = world
        .ids("second", Version::V1)
        .find(|id| bit(id) == bit(&one))
        .unwrap();
    let other = world
        .ids("second", Version::V1)
        .find(|id| bit(id) != bit(&one))
        .unwrap();
    world.request(&one, Outcome::Failed);
    world.request(&same, Outcome::Failed);
    assert_eq!(world.errors(), Errors { v1: 0, v2: 1 });
    world.request(&other, Outcome::Failed);
    assert_eq!(world.errors(), Errors { v1: 1, v2: 1 });
}

/// Trap (b): v2 fails at once where v1 takes its timeout to fail, so just after a change all errors are v2's. For one
/// request timeout nothing is recorded, bits included: an id that erred in the quiet counts when it errs after it.
#[test]
fn nothing_counts_for_one_request_timeout_after_a_change_of_the_share() {
    let world = World::listening(rollout(1, "1%"), Guard::builder().min_requests(u64::MAX));
    world
        .router
        .apply(rollout(2, "50%").build().unwrap())
        .unwrap();
    world.step();
    let fast = |world: &World| world.requests("fast", Version::V2, 50, Outcome::Failed);
    fast(&world);
    world.after(TIMEOUT - Duration::from_nanos(1));
    fast(&world);
    let verdict = world.step();
    assert_eq!(
        (verdict.tally, met(&verdict, Rule::Evidence)),
        (None, false)
    );
    assert_eq!(world.errors(), Errors::default());
    world.after(Duration::from_nanos(1));
    assert_eq!(world.errors(), Errors::default());
    fast(&world);
    assert_eq!(world.errors(), Errors { v1: 0, v2: 50 });
}

/// Trap (b), its second half: an error belongs to the share at which its request was assigned, however late it ends.
#[test]
fn an_error_counts_at_the_share_of_its_decision_or_not_at_all() {
    let world = World::at("50%");
    let id = world.ids("slow", Version::V2).next().unwrap();
    let decision = world.decide(&id);
    world
        .router
        .apply(rollout(2, "60%").build().unwrap())
        .unwrap();
    // Before the guard has noticed the change: a decision at 60 % says nothing about 50 %.
    world.request(&id, Outcome::Failed);
    assert_eq!(world.errors(), Errors::default());
    world.step();
    world.after(TIMEOUT);
    world.outcomes.record(&decision, &id, Outcome::Failed, SOON);
    assert_eq!(world.errors(), Errors::default());
    world.request(&id, Outcome::Failed);
    assert_eq!(world.errors(), Errors { v1: 0, v2: 1 });
}

/// Trap (c): 40 epochs' worth of health, then v2 errs three times as often as v1. Were the errors of the healthy stretch
/// not forgotten, they would outweigh the break.
#[test]
fn a_long_healthy_stretch_does_not_hide_a_break() {
    let world = healthy_for_forty_epochs(|_, _| ());
    world.requests("broken", Version::V1, 100, Outcome::Failed);
    world.requests("broken", Version::V2, 300, Outcome::Failed);
    let verdict = world.step();
    assert!(met(&verdict, Rule::Evidence), "{verdict}");
}

/// An epoch is full at 4,096 errors; the next, at an unchanged share, begins without the quiet, one level higher.
#[test]
fn an_epoch_ends_after_4096_errors() {
    let world = healthy_for_forty_epochs(|world, epoch| {
        assert_eq!(world.guard.epoch(), epoch);
        assert_eq!(world.errors().v1 + world.errors().v2, 4_096);
    });
    world.requests("next", Version::V2, 1, Outcome::Failed);
    assert_eq!(world.errors(), Errors { v1: 0, v2: 1 });
    let limit = world.step().check(Rule::Evidence).unwrap().limit;
    assert_eq!(limit, ln_limit(0.001, 41));
}

/// Rates are of all requests since the share changed: were they to start again with each epoch, v2 would be judged each
/// time by its first hundred, and one in a hundred of those is bad by chance.
#[test]
fn a_full_epoch_does_not_forget_the_rates() {
    let world = World::listening(rollout(1, "50%"), Guard::builder().alpha(1e-9));
    for version in [Version::V1, Version::V2] {
        world.requests("good", version, 40_000, Outcome::Accepted);
        world.requests("bad", version, 2_300, Outcome::Rejected);
    }
    assert_ne!(world.step().action, Action::RollBack);
    assert_eq!(world.guard.epoch(), 2);
    world.requests("unlucky", Version::V2, 20, Outcome::Rejected);
    world.requests("lucky", Version::V2, 80, Outcome::Accepted);
    let verdict = world.step();
    assert_eq!(verdict.v2.requests, 42_400);
    assert_ne!(verdict.action, Action::RollBack, "{verdict}");
}

fn healthy_for_forty_epochs(at_the_end_of_each: impl Fn(&World, u64)) -> World {
    let world = World::listening(rollout(1, "50%"), Guard::builder().min_requests(u64::MAX));
    for epoch in 1..=40 {
        // Some bits collide: enough ids for 4,096 that don't.
        for n in 0..2_300 {
            let healthy = format!("healthy-{epoch}-{n}");
            for version in [Version::V1, Version::V2] {
                world.requests(&healthy, version, 1, Outcome::Failed);
            }
        }
        at_the_end_of_each(&world, epoch);
        let verdict = world.step();
        assert!(!met(&verdict, Rule::Evidence), "{verdict}");
    }
    world
}

/// Trap (d): versions that someone chose are no evidence, neither as errors nor as rates; the metrics have them.
#[test]
fn requests_that_were_not_randomised_are_not_evidence() {
    let pinned = (0..200).map(|n| format!("pinned-{n}"));
    let document = pinned
        .clone()
        .fold(rollout(1, "10%").allow_requested(true), |document, id| {
            document.pin(id, Version::V2)
        });
    let world = World::listening(document, Guard::builder());
    for id in pinned {
        world.request(&id, Outcome::Failed);
        let asked = format!("asked-{id}");
        let decision = world
            .router
            .decide(&Request::new(&asked).requested(Version::V2));
        assert_eq!(decision.reason(), Reason::Requested);
        world
            .outcomes
            .record(&decision, &asked, Outcome::Failed, SOON);
    }
    let forced = rollout(2, "10%").force(Version::V2);
    world.router.apply(forced.build().unwrap()).unwrap();
    world.requests("forced", Version::V2, 200, Outcome::Failed);
    assert_eq!(world.errors(), Errors::default());
    let verdict = world.step();
    assert_eq!(
        (verdict.action, verdict.v2.requests),
        (Action::Hold, 0),
        "{verdict}"
    );
    assert_eq!(
        world
            .outcomes
            .snapshot()
            .count(Version::V2, Outcome::Failed),
        600
    );
}

/// `duplicate_detected` and `rate_limited` count as requests, not as errors.
#[test]
fn duplicates_and_limits_are_requests_and_no_errors() {
    let world = World::at("50%");
    for outcome in Outcome::ALL {
        world.requests(outcome.as_str(), Version::V2, 10, outcome);
    }
    let seen = world.outcomes.snapshot();
    assert_eq!(
        (seen.requests(Version::V2), seen.errors(Version::V2)),
        (50, 20)
    );
    assert_eq!(
        (seen.error_rate(Version::V2), seen.failure_rate(Version::V2)),
        (Some(0.4), Some(0.2))
    );
    assert_eq!(
        (seen.requests(Version::V1), seen.error_rate(Version::V1)),
        (0, None)
    );
    assert_eq!(world.errors(), Errors { v1: 0, v2: 20 });
}

/// The brake carries the evidence; under it no epoch of v2 runs, and its release begins a new one, in quiet.
#[test]
fn a_roll_back_pulls_the_brake_with_its_figures_and_its_release_starts_anew() {
    let world = World::at("10%");
    world.requests("bad", Version::V2, 20, Outcome::Failed);
    let verdict = world.step();
    assert_eq!(verdict.action, Action::RollBack);
    let brake = world.router.status().brake.unwrap();
    assert_eq!(brake.reasons, [verdict.to_string()]);
    assert!(
        brake.reasons[0].starts_with("roll_back: evidence 4"),
        "{}",
        brake.reasons[0]
    );
    assert!(
        brake.reasons[0]
            .contains("epoch 1 at 10%: evidence of 20 ids for v2 (20 failed), 0 for v1")
    );
    assert!((0..100).all(|n| world.router.route(format!("bad-{n}")) == Version::V1));

    assert_eq!(
        (world.after(TIMEOUT).action, world.guard.epoch()),
        (Action::Hold, 2)
    );
    world.router.release(brake.number).unwrap();
    assert_eq!((world.step().tally, world.guard.epoch()), (None, 3));
    assert_eq!(world.after(TIMEOUT).action, Action::Hold);
    assert!(world.router.status().brake.is_none());
}

/// Epochs are numbered on and on: over every change of the share, back as well, and over a restart.
#[test]
fn epochs_never_start_again() {
    let world = World::new(rollout(1, "10%"), Guard::builder().epochs_before(7));
    assert_eq!(world.guard.epoch(), 8);
    world.step();
    assert_eq!(world.guard.epoch(), 8);
    for (revision, text, epoch) in [(2, "50%", 9), (3, "10%", 10), (4, "10%", 10)] {
        world
            .router
            .apply(rollout(revision, text).build().unwrap())
            .unwrap();
        world.step();
        assert_eq!(world.guard.epoch(), epoch);
    }
    let limit = world.step().check(Rule::Evidence).unwrap().limit;
    assert_eq!(
        world.after(TIMEOUT).check(Rule::Evidence).unwrap().limit,
        limit
    );
    assert_eq!(limit, ln_limit(0.001, 10));
}

/// The thread looks at once and at every interval until it is stopped, and outlives a listener of the router that panics.
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
    let clock: Arc<dyn Clock> = world.clock.clone();
    let watch = world
        .guard
        .watch(Arc::clone(&router), clock, Duration::ZERO)
        .unwrap();
    let until = |what: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !what() {
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "it never happened"
            );
            std::thread::yield_now();
        }
    };
    for round in 0..2 {
        world.requests(&format!("bad-{round}"), Version::V2, 20, Outcome::Failed);
        until(&|| router.status().braked);
        until(&|| heard.swap(false, Ordering::Relaxed));
        until(&|| world.guard.snapshot().tally().is_none());
        let number = router.status().brake.unwrap().number;
        let epoch = world.guard.epoch();
        let released =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| router.release(number)));
        assert!(
            released.is_err(),
            "the listener panics in the thread of the change"
        );
        until(&|| world.guard.epoch() > epoch);
        world.clock.advance(TIMEOUT);
        until(&|| {
            world
                .guard
                .snapshot()
                .tally()
                .is_some_and(|tally| tally.share == share("10%"))
        });
    }
    watch.stop();
    world.requests("unseen", Version::V2, 50, Outcome::Failed);
    assert!(!router.status().braked);
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    for (guard, path, message) in [
        (
            Guard::builder().alpha(0.0),
            "/alpha",
            "0 is out of range: give alpha a number between 0 and 1",
        ),
        (
            Guard::builder().beta(1.0),
            "/beta",
            "1 is out of range: give beta a number between 0 and 1",
        ),
        (
            Guard::builder().p_max(f64::NAN),
            "/p_max",
            "NaN is out of range: give p_max a number between 0 and 1",
        ),
        (
            Guard::builder().tolerance(0.9),
            "/tolerance",
            "0.9 is out of range: give tolerance a number from 1 on",
        ),
    ] {
        let error = guard.build(Arc::new(Outcomes::new())).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Setting, path));
        assert_eq!(error.to_string(), message);
    }
}

/// Two machines judged as one: their requests and their evidence add up.
#[test]
fn snapshots_of_a_fleet_add_up() {
    let worlds = [World::at("10%"), World::at("10%")];
    for (n, world) in worlds.iter().enumerate() {
        world.requests(&format!("bad-{n}"), Version::V2, 3, Outcome::Failed);
        world.requests(&format!("good-{n}"), Version::V1, 50, Outcome::Accepted);
        assert_eq!(world.step().action, Action::Hold);
    }
    let fleet: Snapshot = worlds.iter().map(|world| world.guard.snapshot()).sum();
    assert_eq!(
        (fleet.requests(Version::V2), fleet.requests(Version::V1)),
        (6, 100)
    );
    assert_eq!(fleet.latencies(Version::V1).count(), 100);
    assert_eq!(fleet.tally().unwrap().failed, Errors { v1: 0, v2: 6 });
    let verdict = worlds[0].guard.judge(&fleet);
    assert_eq!(verdict.action, Action::RollBack, "{verdict}");
}

/// Whatever is read while others record: errors are requests, nothing counted is lost again, and at the end all is there.
#[test]
fn in_no_snapshot_do_errors_exceed_requests() {
    let world = World::at("50%");
    let ids: Vec<String> = world.ids("busy", Version::V2).take(2_000).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = [0, 1]
            .map(|half| {
                let (world, ids) = (&world, &ids[half * 1_000..][..1_000]);
                scope.spawn(move || {
                    for _ in 0..5 {
                        ids.iter().for_each(|id| world.request(id, Outcome::Failed));
                    }
                })
            })
            .into();
        let reader = scope.spawn(|| {
            let mut before = world.outcomes.snapshot();
            while !done.load(Ordering::Relaxed) {
                let now = world.outcomes.snapshot();
                let (errors, requests) = (now.errors(Version::V2), now.requests(Version::V2));
                assert!(errors <= requests);
                assert!(before.requests(Version::V2) <= requests);
                let between = now.clone().since(&before);
                assert!(between.errors(Version::V2) <= between.requests(Version::V2));
                assert!(now.tally().unwrap().all().v2 >= before.tally().unwrap().all().v2);
                before = now;
            }
        });
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(world.outcomes.snapshot().errors(Version::V2), 10_000);
    let bits: std::collections::HashSet<u64> = ids
        .iter()
        .map(|id| xxh3_64_with_seed(id.as_bytes(), xxh3_64(b"cutover/errors")) >> 48)
        .collect();
    assert_eq!(
        world.errors(),
        Errors {
            v1: 0,
            v2: bits.len() as u64
        }
    );
}
