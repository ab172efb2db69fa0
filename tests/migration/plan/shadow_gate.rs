//! What the plan's gate makes of the shadow: it wants one, and it wants v2 to treat requests as v1 does.

use std::time::{Duration, SystemTime};

use cutover::migration::Guard;
use cutover::migration::plan::{Evidence, Gate, GateResult, GateStatus, Plan};
use cutover::migration::shadow::{self, Shadow};
use cutover::{Request, Rollout, Router, Share};

/// What the gate says in the canary, given what the shadow found.
fn gate(found: Option<&shadow::Snapshot>) -> GateResult {
    let evidence = Evidence::of(
        &Guard::builder().build().unwrap().outcomes().snapshot(),
        None,
        found,
        false,
    );
    let now = SystemTime::now();
    let answers = Plan::contribution_form_v2().judge(2, now, &evidence, None, now);
    let asked = |answer: &GateResult| answer.gate == Gate::ShadowDivergences;
    answers.into_iter().find(asked).unwrap()
}

/// The snapshot of a shadow whose candidate, v2, answers so.
fn found(v2: &[Result<u8, ()>]) -> shadow::Snapshot {
    let rollout = Rollout::builder("test", Share::ZERO).shadow(Share::FULL);
    let router = Router::builder().rollout(rollout.build().unwrap());
    let router = router.env(|_| None).build().unwrap();
    let shadow = Shadow::<u8>::builder(|_, one, two| match one.answer == two.answer {
        true => Vec::new(),
        false => vec!["/".to_owned()],
    });
    let shadow = shadow.timeout(Duration::from_secs(600)).build().unwrap();
    for (user, answer) in v2.iter().copied().enumerate() {
        let id = format!("user-{user}");
        let decision = router.decide(&Request::new(&id));
        let _ = shadow.run(&decision, &id, || Ok::<_, ()>(1), move || answer);
    }
    shadow.finish()
}

#[test]
fn it_says_when_nobody_shadows() {
    let answer = gate(None);
    assert_eq!((answer.status, answer.figure), (GateStatus::Hold, None));
    assert!(answer.reason.starts_with("no shadow runs"), "{answer}");
    let answer = gate(Some(&found(&[])));
    assert_eq!((answer.status, answer.figure), (GateStatus::Hold, None));
    assert!(answer.reason.contains("nothing yet"), "{answer}");
}

#[test]
fn it_is_passed_when_v2_treats_requests_as_v1_does() {
    let status = |v2: &[Result<u8, ()>]| gate(Some(&found(v2))).status;
    assert_eq!(status(&[Ok(1), Ok(1)]), GateStatus::Go);
    assert_eq!(status(&[Ok(1), Ok(2)]), GateStatus::NoGo);
    assert_eq!(
        status(&[Ok(1), Err(())]),
        GateStatus::NoGo,
        "v2 alone fails one"
    );
    assert_eq!(status(&[Err(())]), GateStatus::NoGo, "v2 alone fails all");
}
