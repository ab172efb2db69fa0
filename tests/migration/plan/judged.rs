//! What each gate says, by its limit and its figure; and where the figures come from.

use std::time::{Duration, SystemTime};

use cutover::migration::plan::{Evidence, Figures, Gate, GateResult, GateStatus, Plan, Shadowed};
use cutover::migration::shadow::Shadow;
use cutover::migration::{Guard, Outcome};
use cutover::{Request, Rollout, Router, Share};

use super::{at, sound};

fn answer(plan: &Plan, phase: usize, evidence: &Evidence, gate: Gate) -> GateResult {
    let answers = plan.judge(phase, at(0), evidence, None, at(1_000));
    answers
        .into_iter()
        .find(|answer| answer.gate == gate)
        .unwrap()
}

/// Each gate at its limit, just beyond it, and without a figure.
#[test]
fn each_gate_says_go_hold_or_no_go_by_its_limit() {
    let plan = Plan::contribution_form_v2();
    type Edit = fn(&mut Evidence);
    let cases: [(Gate, Edit, GateStatus); 17] = [
        (Gate::Brake, |_| (), GateStatus::Go),
        (Gate::Brake, |e| e.braked = true, GateStatus::NoGo),
        (Gate::Requests, |e| e.v2.requests = 1_000, GateStatus::Go),
        (Gate::Requests, |e| e.v2.requests = 999, GateStatus::Hold),
        (Gate::ErrorRate, |e| e.v2.errors = 999, GateStatus::Go),
        (Gate::ErrorRate, |e| e.v2.errors = 1_000, GateStatus::NoGo),
        (Gate::ErrorRate, |e| e.v2.requests = 0, GateStatus::Hold),
        (Gate::FailureRate, |e| e.v2.failures = 399, GateStatus::Go),
        (Gate::FailureRate, |e| e.v2.failures = 400, GateStatus::NoGo),
        (Gate::P95, |_| (), GateStatus::Go),
        (Gate::P95TimesV1, |_| (), GateStatus::Go),
        (Gate::Go, |_| (), GateStatus::Go),
        (Gate::Go, |e| e.go = None, GateStatus::Hold),
        (
            Gate::ShadowDivergences,
            |e| {
                e.shadow = Some(Shadowed {
                    comparisons: 9,
                    divergences: 1,
                })
            },
            GateStatus::NoGo,
        ),
        (
            Gate::ShadowDivergences,
            |e| e.shadow = Some(Shadowed::default()),
            GateStatus::Hold,
        ),
        (
            Gate::Evidence,
            |e| e.roll_back = Some(true),
            GateStatus::NoGo,
        ),
        (Gate::Evidence, |e| e.roll_back = None, GateStatus::Hold),
    ];
    for (case, (gate, edit, status)) in cases.into_iter().enumerate() {
        let mut evidence = sound();
        edit(&mut evidence);
        let answer = answer(&plan, 2, &evidence, gate);
        assert_eq!(answer.status, status, "case {case}: {answer}");
    }
}

#[test]
fn a_gate_shows_its_figure_and_its_limit() {
    let mut evidence = sound();
    evidence.v2.errors = 1_260;
    let answer = answer(&Plan::contribution_form_v2(), 2, &evidence, Gate::ErrorRate);
    assert_eq!((answer.figure, answer.limit), (Some(0.063), Some(0.05)));
    assert_eq!(
        answer.to_string(),
        "error_rate no-go: 0.0630 of v2's requests, to be below 0.05"
    );
}

#[test]
fn at_a_hundred_percent_there_is_no_v1_to_be_slower_than() {
    let mut evidence = sound();
    evidence.v1 = Figures::default();
    let plan = Plan::contribution_form_v2();
    let now = SystemTime::now();
    for phase in [0, 1, 4] {
        let answers = plan.judge(phase, now, &evidence, None, now);
        let asked = |gate| answers.iter().any(|answer| answer.gate == gate);
        assert!(
            asked(Gate::P95) && !asked(Gate::P95TimesV1),
            "phase {phase}"
        );
    }
    assert_eq!(
        answer(&plan, 3, &evidence, Gate::P95TimesV1).status,
        GateStatus::Hold
    );
}

#[test]
fn soak_is_wall_clock_time_and_a_clock_set_back_shows_none() {
    let plan = Plan::contribution_form_v2();
    let soak = |began, now| {
        let answers = plan.judge(2, at(began), &sound(), None, at(now));
        let answer = answers
            .into_iter()
            .find(|answer| answer.gate == Gate::Soak)
            .unwrap();
        (answer.status, answer.figure.unwrap())
    };
    assert_eq!(soak(10, 34), (GateStatus::Go, 86_400.0));
    assert_eq!(soak(10, 33), (GateStatus::Hold, 82_800.0));
    assert_eq!(soak(10, 2), (GateStatus::Hold, 0.0));
}

/// What the gates are given is what the other modules saw, all requests of it: at 0 % testers are all there is.
#[test]
fn evidence_is_what_was_seen() {
    let rollout = Rollout::builder("contribution-form-v2", Share::ZERO)
        .allow_requested(true)
        .build()
        .unwrap();
    let router = Router::builder()
        .rollout(rollout)
        .env(|_| None)
        .build()
        .unwrap();
    let guard = Guard::builder().build().unwrap();
    let outcomes = guard.outcomes();
    let tester = router.decide(&Request::new("tester").requested("v2"));
    for (outcome, times) in [
        (Outcome::Accepted, 95),
        (Outcome::Rejected, 3),
        (Outcome::Failed, 2),
    ] {
        for _ in 0..times {
            outcomes.record_ended(&tester, "tester", outcome, Duration::from_millis(150));
        }
    }
    let verdict = guard.evaluate();
    let shadow = Shadow::builder(|_, _, _| vec!["/fee".to_owned()])
        .build()
        .unwrap();
    let rollout = Rollout::builder("contribution-form-v2", Share::ZERO)
        .shadow(Share::FULL)
        .build()
        .unwrap();
    let shadowed = Router::builder()
        .rollout(rollout)
        .env(|_| None)
        .build()
        .unwrap()
        .decide(&Request::new("a"));
    let _ = shadow.run(&shadowed, "a", || Ok::<_, ()>(()), || Ok::<_, ()>(()));
    let seen = shadow.finish();
    let evidence = Evidence::of(&outcomes.snapshot(), Some(&verdict), Some(&seen), true);
    assert_eq!(
        (
            evidence.v2.requests,
            evidence.v2.errors,
            evidence.v2.failures
        ),
        (100, 5, 2)
    );
    assert!(
        (evidence.v2.p95_ms.unwrap() - 150.0).abs() < 3.0,
        "{evidence:?}"
    );
    assert_eq!(evidence.v1, Figures::default());
    assert_eq!((evidence.roll_back, evidence.braked), (Some(false), true));
    assert_eq!(
        evidence.shadow,
        Some(Shadowed {
            comparisons: 1,
            divergences: 1
        })
    );
    assert_eq!(evidence.verdict, Some(verdict.to_string()));
}
