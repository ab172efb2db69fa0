//! The gates that wait for certainty: the guard's "continue", and the bounds of a percentile.

use std::time::{Duration, SystemTime};

use cutover::migration::plan::{
    Evidence, Figures, Gate, GateResult, GateStatus, Plan, Requirement, Soundness,
};
use cutover::migration::{Action, Guard, Outcome, Verdict};
use cutover::{ErrorKind, Request, Rollout, Router, Version};

use crate::guard_kit::{World, builder, rollout};

const STAGING: usize = 1;
const CANARY: usize = 2;

fn gate(phase: usize, evidence: &Evidence, gate: Gate) -> GateResult {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let answers = Plan::contribution_form_v2().judge(phase, now, evidence, None, now);
    answers
        .into_iter()
        .find(|answer| answer.gate == gate)
        .unwrap()
}

#[test]
fn canary_and_production_wait_for_the_guard_to_say_continue() {
    let plan = Plan::contribution_form_v2();
    let required: Vec<_> = plan
        .phases()
        .iter()
        .filter(|phase| phase.go == Requirement::Required)
        .map(|phase| &*phase.name)
        .collect();
    assert_eq!(required, ["canary", "production"]);
    assert!(plan.to_json().contains(r#""go": "required""#));
}

/// Plans written before there was the gate have no such member.
#[test]
fn a_phase_asks_for_it_only_when_it_says_so() {
    let plan = |share: &str, more: &str| {
        let document = format!(
            r#"{{"name":"p","phases":[{{"name":"a","share":"{share}","environment":"production","min_soak_s":0,"min_requests":0{more}}}]}}"#
        );
        Plan::from_json(document.as_bytes())
    };
    let asks = |more| {
        let now = SystemTime::now();
        let answers = plan("5%", more)
            .unwrap()
            .judge(0, now, &Evidence::default(), None, now);
        answers.iter().any(|answer| answer.gate == Gate::Go)
    };
    assert!(!asks(""));
    assert!(!asks(r#","go":"not_required""#));
    assert!(asks(r#","go":"required""#));
    assert!(plan("5%", r#","go":true"#).is_err());
    for share in ["0%", "100%"] {
        let error = plan(share, r#","go":"required""#).unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Plan, "/phases/0/go")
        );
    }
}

#[test]
fn the_guard_has_not_seen_enough() {
    let evidence = |go| Evidence {
        go,
        roll_back: Some(true),
        ..Evidence::default()
    };
    let seen = Soundness {
        shown: false,
        principals: 640,
        clean_principals: 3_744,
        remaining_s: Some(3 * 3_600),
    };
    let waiting = gate(CANARY, &evidence(Some(seen)), Gate::Go);
    assert_eq!(
        waiting.to_string(),
        "go hold: v2 is not shown to be sound yet: about 640 principals of v2 seen, 3744 without an error would do; \
         probably in 3 h at the present traffic"
    );
    assert_eq!(
        gate(CANARY, &evidence(None), Gate::Go).status,
        GateStatus::Hold
    );
    let shown = Soundness {
        shown: true,
        ..seen
    };
    assert_eq!(
        gate(CANARY, &evidence(Some(shown)), Gate::Go).status,
        GateStatus::Go
    );
    let other = Evidence {
        verdict: Some("hold: v2 did not get its share".to_owned()),
        ..evidence(Some(Soundness {
            remaining_s: None,
            ..seen
        }))
    };
    let reason = gate(CANARY, &other, Gate::Go).reason;
    assert!(
        reason.ends_with(r#"the guard says "hold: v2 did not get its share""#),
        "{reason}"
    );
}

/// The guard's figures and its time to go, and its word when it has seen enough.
#[test]
fn it_says_what_the_guard_says() {
    let world = World::new(rollout(1, "10%"), builder());
    let evidence = |verdict: &Verdict| {
        let seen = world.guard.outcomes().snapshot();
        Evidence::of(&seen, Some(verdict), None, false)
    };
    world.requests("few", Version::V2, 900, Outcome::Accepted);
    world.requests("few", Version::V1, 8_100, Outcome::Accepted);
    let few = world.settle();
    assert_eq!(few.action, Action::Hold, "{few}");
    let seen = evidence(&few).go.unwrap();
    let go = few.go.unwrap();
    assert_eq!(
        (seen.principals, seen.clean_principals, seen.shown),
        (go.principals, 3_744, false)
    );
    assert_eq!(seen.remaining_s, go.remaining.map(|time| time.as_secs()));
    let answer = gate(CANARY, &evidence(&few), Gate::Go);
    assert_eq!(answer.status, GateStatus::Hold);
    assert!(answer.reason.contains("; probably in "), "{answer}");

    world.requests("many", Version::V2, 5_000, Outcome::Accepted);
    world.requests("many", Version::V1, 45_000, Outcome::Accepted);
    let many = world.settle();
    assert_eq!(many.action, Action::Continue, "{many}");
    let answer = gate(CANARY, &evidence(&many), Gate::Go);
    assert_eq!(answer.status, GateStatus::Go, "{answer}");

    // What v2 does wrong is for the other gates to say.
    world.requests("bad", Version::V2, 100, Outcome::Failed);
    let broken = world.settle();
    assert_eq!(broken.action, Action::RollBack, "{broken}");
    let answers = evidence(&broken);
    assert_eq!(gate(CANARY, &answers, Gate::Go).status, GateStatus::Hold);
    let gate = gate(CANARY, &answers, Gate::Evidence);
    assert_eq!(gate.status, GateStatus::NoGo);
}

fn figures(lower: impl Into<Option<f64>>, upper: impl Into<Option<f64>>) -> Figures {
    Figures {
        p95_ms: Some(150.0),
        p95_lower_ms: lower.into(),
        p95_upper_ms: upper.into(),
        requests: 10_000,
        ..Figures::default()
    }
}

#[test]
fn a_percentile_is_go_or_no_go_when_both_its_bounds_are() {
    let p95 = |v2| {
        let evidence = Evidence {
            v2,
            ..Evidence::default()
        };
        gate(CANARY, &evidence, Gate::P95)
    };
    let cases = [
        (figures(120.0, 200.0), GateStatus::Go),
        (figures(None, 200.0), GateStatus::Go),
        (figures(120.0, 200.1), GateStatus::Hold),
        (figures(200.0, 300.0), GateStatus::Hold),
        (figures(120.0, None), GateStatus::Hold),
        (figures(None, None), GateStatus::Hold),
        (figures(f64::NAN, f64::NAN), GateStatus::Hold),
        (figures(200.1, 300.0), GateStatus::NoGo),
        (figures(200.1, None), GateStatus::NoGo),
    ];
    for (v2, status) in cases {
        let answer = p95(v2);
        assert_eq!(answer.status, status, "{answer}, of {v2:?}");
        assert_eq!(answer.figure, Some(150.0));
    }
    assert_eq!(
        p95(figures(120.0, 210.0)).to_string(),
        "p95 hold: certainly 120.00 to 210.00 ms; at most 200 ms is allowed: wait for more requests"
    );
    let few = Figures {
        requests: 600,
        ..figures(120.0, None)
    };
    assert_eq!(
        p95(few).reason,
        "certainly 120.00 ms or more; at most 200 ms is allowed: wait for at least 23 more requests, 600 of 623 are there"
    );
}

#[test]
fn compared_with_v1_both_versions_bounds_count() {
    let times = |phase, v1, v2| {
        let evidence = Evidence {
            v1,
            v2,
            ..Evidence::default()
        };
        gate(phase, &evidence, Gate::P95TimesV1).status
    };
    let v1 = figures(100.0, 120.0);
    assert_eq!(times(CANARY, v1, figures(90.0, 109.0)), GateStatus::Go);
    assert_eq!(times(CANARY, v1, figures(90.0, 111.0)), GateStatus::Hold);
    assert_eq!(times(CANARY, v1, figures(131.0, 160.0)), GateStatus::Hold);
    assert_eq!(times(CANARY, v1, figures(133.0, 160.0)), GateStatus::NoGo);
    assert_eq!(
        times(CANARY, figures(None, 120.0), figures(90.0, 109.0)),
        GateStatus::Hold
    );
    assert_eq!(
        times(CANARY, figures(0.0, 0.0), figures(90.0, 109.0)),
        GateStatus::Hold
    );
    // Testers chose v2 themselves: that their requests take longer says nothing of v2, nor that they don't.
    let now = SystemTime::now();
    let answers = Plan::contribution_form_v2().judge(STAGING, now, &Evidence::default(), None, now);
    assert!(answers.iter().all(|answer| answer.gate != Gate::P95TimesV1));
}

/// Bad luck among few requests stops nobody, and good luck lets nobody on.
#[test]
fn a_few_slow_requests_are_no_proof() {
    let p95 = |fast: u32, slow: u32| {
        let guard = Guard::builder().build().unwrap();
        let rollout = Rollout::builder("gate", "10%".parse().unwrap()).pin("b", Version::V2);
        let router = Router::builder().rollout(rollout.build().unwrap());
        let b = router
            .env(|_| None)
            .build()
            .unwrap()
            .decide(&Request::new("b"));
        let outcomes = guard.outcomes();
        for n in 0..fast + slow {
            let took = Duration::from_millis(if n < slow { 300 } else { 20 });
            outcomes.record_ended(&b, "b", Outcome::Accepted, took);
        }
        let evidence = Evidence::of(&outcomes.snapshot(), None, None, false);
        gate(CANARY, &evidence, Gate::P95)
    };
    let unlucky = p95(94, 6);
    assert!(unlucky.figure.unwrap() > 200.0);
    assert_eq!(unlucky.status, GateStatus::Hold, "{unlucky}");
    let lucky = p95(96, 4);
    assert!(lucky.figure.unwrap() < 200.0);
    assert_eq!(lucky.status, GateStatus::Hold, "{lucky}");
    assert_eq!(p95(9_400, 600).status, GateStatus::Hold);
    assert_eq!(p95(9_200, 800).status, GateStatus::NoGo);
    assert_eq!(p95(9_900, 100).status, GateStatus::Go);
    assert_eq!(p95(700, 0).status, GateStatus::Go);
}
