//! The plan as a document: the five phases, and what is no plan.

use cutover::ErrorKind;
use cutover::migration::plan::{Evidence, Gate, GateStatus, Plan};

use super::{at, sound};

#[test]
fn the_five_phases_are_those_of_the_contract() {
    let plan = Plan::contribution_form_v2();
    let phases: Vec<_> = plan
        .phases()
        .iter()
        .map(|p| {
            (
                &*p.name,
                p.share.to_string(),
                p.environment.as_str(),
                p.allow_requested,
                p.approval,
            )
        })
        .collect();
    assert_eq!(
        phases,
        [
            (
                "development",
                "100%".to_owned(),
                "development",
                false,
                false
            ),
            ("staging", "0%".to_owned(), "staging", true, false),
            ("canary", "10%".to_owned(), "production", false, false),
            ("production", "50%".to_owned(), "production", false, true),
            ("full", "100%".to_owned(), "production", false, true),
        ]
    );
    for phase in plan.phases() {
        let gates = &phase.gates;
        assert_eq!(
            (gates.error_rate, gates.failure_rate),
            (Some(0.05), Some(0.02))
        );
        assert_eq!((gates.p95_ms, gates.p95_times_v1), (Some(200), Some(1.10)));
        assert_eq!((gates.shadow_divergences, gates.evidence), (Some(0), true));
    }
}

#[test]
fn a_plan_is_the_same_after_json() {
    let plan = Plan::contribution_form_v2();
    assert_eq!(Plan::from_json(plan.to_json().as_bytes()).unwrap(), plan);
}

#[test]
fn documents_that_are_no_plan_are_refused_where_they_are_wrong() {
    let phase = |extra: &str| {
        format!(
            r#"{{"name":"a","share":"1%","environment":"staging","min_soak_s":1,"min_requests":1{extra}}}"#
        )
    };
    let plan = |phases: &str| format!(r#"{{"name":"p","phases":[{phases}]}}"#);
    assert!(Plan::from_json(plan(&phase("")).as_bytes()).is_ok());
    let refused = [
        (plan(""), "/phases"),
        (
            plan(&phase("").repeat(2).replace("}{", "},{")),
            "/phases/1/name",
        ),
        (
            plan(&phase(r#","gates":{"error_rate":0}"#)),
            "/phases/0/gates/error_rate",
        ),
        (
            plan(&phase(r#","gates":{"failure_rate":1.5}"#)),
            "/phases/0/gates/failure_rate",
        ),
        (
            plan(&phase(r#","gates":{"p95_times_v1":-1}"#)),
            "/phases/0/gates/p95_times_v1",
        ),
        (plan(&phase(r#","soak":1"#)), ""),
        (plan(&phase(r#","min_soak_s":2"#)), ""),
        (plan(&phase(r#","gates":{"p96_ms":1}"#)), ""),
        (plan(&phase("").replace("1%", "101%")), ""),
        (r#"{"name":"","phases":[]}"#.to_owned(), "/name"),
        ("[]".to_owned(), ""),
    ];
    for (document, path) in refused {
        let error = Plan::from_json(document.as_bytes()).unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Plan, path),
            "{document}: {error}"
        );
    }
}

#[test]
fn null_takes_a_gate_away_and_leaving_it_out_does_not() {
    let document = r#"{"name":"p","phases":[{"name":"a","share":"1%","environment":"staging","min_soak_s":0,
        "min_requests":0,"gates":{"shadow_divergences":null}}]}"#;
    let plan = Plan::from_json(document.as_bytes()).unwrap();
    let evidence = Evidence {
        shadow: None,
        ..sound()
    };
    let answers = plan.judge(0, at(0), &evidence, None, at(0));
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == GateStatus::Go && answer.gate != Gate::ShadowDivergences)
    );
    assert_eq!(answers.len(), 8);
}
