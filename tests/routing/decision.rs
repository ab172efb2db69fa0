//! CONTRACT 5's table, row by row, and who wins over whom.

use cutover::routing::RolloutBuilder;
use cutover::{Decision, Reason, Request, Rollout, Router, Share, Version};
use proptest::prelude::*;

use Version::{V1, V2};

/// In bucket 857,162 of this name (a golden vector).
const ID: &str = "user-1";
const BUCKET: u32 = 857_162;

fn rollout(ppm: u32) -> RolloutBuilder {
    Rollout::builder("contribution-form-v2", Share::ppm(ppm).unwrap()).revision(7)
}

fn router(rollout: RolloutBuilder, env: &'static [(&str, &str)]) -> Router {
    Router::builder()
        .env(|name| {
            env.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
        .rollout(rollout.build().unwrap())
        .build()
        .unwrap()
}

fn why(decision: Decision) -> (Version, Reason) {
    (decision.version(), decision.reason())
}

#[test]
fn row_6_the_bucket_is_compared_with_the_share() {
    for (ppm, version) in [(0, V1), (BUCKET, V1), (BUCKET + 1, V2), (1_000_000, V2)] {
        let router = router(rollout(ppm), &[]);
        let decision = router.decide(&Request::new(ID));
        assert_eq!(why(decision), (version, Reason::Share), "{ppm} ppm");
        assert_eq!(decision.bucket().get(), BUCKET);
        assert_eq!((decision.revision(), decision.share().as_ppm()), (7, ppm));
        assert_eq!(
            (router.route(ID), router.route_bytes(ID.as_bytes())),
            (version, version)
        );
    }
}

#[test]
fn row_5_a_pin_beats_the_share() {
    for (ppm, version) in [(0, V2), (1_000_000, V1)] {
        let router = router(rollout(ppm).pin(ID, version).pin("another", version), &[]);
        assert_eq!(
            why(router.decide(&Request::new(ID))),
            (version, Reason::Pinned)
        );
        assert_eq!(router.route(ID), version);
        assert_eq!(
            router.decide(&Request::new("user-2")).reason(),
            Reason::Share
        );
        assert_ne!(router.route("user-2"), version);
    }
}

#[test]
fn row_4_force_beats_a_pin() {
    for (version, other) in [(V1, V2), (V2, V1)] {
        let router = router(rollout(500_000).pin(ID, other).force(version), &[]);
        assert_eq!(
            why(router.decide(&Request::new(ID))),
            (version, Reason::Forced)
        );
        assert_eq!(router.route(ID), version);
    }
}

#[test]
fn row_3_the_environment_beats_force() {
    let v1 = router(
        rollout(1_000_000).force(V2),
        &[("CUTOVER_API_VERSION", "v1")],
    );
    assert_eq!(why(v1.decide(&Request::new(ID))), (V1, Reason::Env));
    let v2 = router(
        rollout(0).force(V1).pin(ID, V1),
        &[("CUTOVER_API_VERSION", "v2")],
    );
    assert_eq!(why(v2.decide(&Request::new(ID))), (V2, Reason::Env));
    assert_eq!((v1.route(ID), v2.route(ID)), (V1, V2));
}

#[test]
fn row_2_a_request_beats_the_environment_where_the_rollout_allows_it() {
    let env = &[("CUTOVER_API_VERSION", "v1")];
    let allowed = router(rollout(0).allow_requested(true).force(V1), env);
    let decision = allowed.decide(&Request::new(ID).requested("v2"));
    assert_eq!(why(decision), (V2, Reason::Requested));
    assert_eq!(
        why(allowed.decide(&Request::new(ID).requested(V2))),
        (V2, Reason::Requested)
    );
    assert_eq!(
        allowed
            .decide(&Request::new(ID).requested(Some("v2")))
            .version(),
        V2
    );
    // `route` has no request to look at.
    assert_eq!(allowed.route(ID), V1);
    let denied = router(rollout(0), &[]);
    assert_eq!(
        why(denied.decide(&Request::new(ID).requested("v2"))),
        (V1, Reason::Share)
    );
}

#[test]
fn row_2_an_unknown_version_asked_for_is_ignored() {
    let router = router(rollout(1_000_000).allow_requested(true), &[]);
    for text in ["", "V1", "v3", " v1", "v1 ", "1", "v1\0"] {
        let decision = router.decide(&Request::new(ID).requested(text));
        assert_eq!(why(decision), (V2, Reason::Share), "{text:?}");
    }
    let none = Request::new(ID).requested(None::<&str>);
    assert_eq!(router.decide(&none).reason(), Reason::Share);
}

#[test]
fn row_1_the_brake_beats_everything() {
    let all = || {
        rollout(1_000_000)
            .allow_requested(true)
            .force(V2)
            .pin(ID, V2)
    };
    let wish = Request::new(ID).requested("v2");
    let router1 = router(all(), &[("CUTOVER_API_VERSION", "v2")]);
    assert_eq!(why(router1.decide(&wish)), (V2, Reason::Requested));
    let number = router1.brake("test");
    assert_eq!(why(router1.decide(&wish)), (V1, Reason::Brake));
    assert_eq!(router1.route(ID), V1);
    router1.release(number).unwrap();
    assert_eq!(why(router1.decide(&wish)), (V2, Reason::Requested));

    let by_env = router(
        all(),
        &[("CUTOVER_BRAKE", "1"), ("CUTOVER_API_VERSION", "v2")],
    );
    assert_eq!(why(by_env.decide(&wish)), (V1, Reason::Brake));
}

#[test]
fn without_a_rollout_no_rule_applies() {
    let router = Router::builder()
        .name("contribution-form-v2")
        .env(|name| Some(if name == "CUTOVER_BRAKE" { "1" } else { "v2" }.to_owned()))
        .build()
        .unwrap();
    router.brake("also");
    let decision = router.decide(&Request::new(ID).requested("v2"));
    assert_eq!(why(decision), (V1, Reason::NoRollout));
    assert_eq!((decision.bucket().get(), decision.revision()), (BUCKET, 0));
    assert_eq!(
        (decision.share(), decision.in_shadow()),
        (Share::ZERO, false)
    );
    assert_eq!(router.route(ID), V1);
    let explanation = router.explain(&Request::new(ID));
    assert_eq!(explanation.rules.len(), 6);
    for considered in explanation.rules {
        assert_eq!((considered.version, considered.applied), (None, false));
        assert_eq!(considered.because, "no rollout is in force");
    }
}

#[test]
fn the_shadow_sample_is_by_its_own_seed() {
    // user-1 is in shadow bucket 517,721, whatever decides.
    for (shadow, sampled) in [
        (0, false),
        (517_721, false),
        (517_722, true),
        (1_000_000, true),
    ] {
        for base in [
            rollout(0),
            rollout(1_000_000),
            rollout(0).force(V2),
            rollout(0).pin(ID, V2),
        ] {
            let router = router(base.shadow(Share::ppm(shadow).unwrap()), &[]);
            assert_eq!(
                router.decide(&Request::new(ID)).in_shadow(),
                sampled,
                "{shadow}"
            );
            router.brake("test");
            assert_eq!(
                router.decide(&Request::new(ID)).in_shadow(),
                sampled,
                "{shadow} braked"
            );
        }
    }
}

#[test]
fn a_fixed_router_is_fixed() {
    for version in [V1, V2] {
        let router = Router::fixed(version);
        let decision = router.decide(&Request::new(ID).requested("v1").requested("v2"));
        assert_eq!(why(decision), (version, Reason::Forced));
        assert_eq!(router.route(ID), version);
    }
}

#[test]
fn reason_codes_are_the_contracts() {
    let codes = [
        (Reason::Brake, "brake"),
        (Reason::Requested, "requested"),
        (Reason::Env, "env"),
        (Reason::Forced, "forced"),
        (Reason::Pinned, "pinned"),
        (Reason::Share, "share"),
        (Reason::NoRollout, "no_rollout"),
    ];
    for (reason, code) in codes {
        assert_eq!(
            (reason.as_str(), reason.to_string()),
            (code, code.to_owned())
        );
        assert_eq!(serde_json::to_value(reason).unwrap(), code);
    }
}

#[test]
fn explain_shows_each_rule_and_the_one_that_applied() {
    let router = router(
        rollout(100_000).pin(ID, V2),
        &[("CUTOVER_API_VERSION", "nonsense")],
    );
    let explanation = router.explain(&Request::new(ID).requested("v2"));
    let rules = serde_json::to_value(&explanation.rules).unwrap();
    let row = |rule: &str, version: Option<&str>, applied: bool, because: &str| serde_json::json!({"rule": rule, "version": version, "applied": applied, "because": because});
    let expected = serde_json::json!([
        row("brake", None, false, "the brake is not pulled"),
        row(
            "requested",
            None,
            false,
            "the rollout does not allow requests"
        ),
        row("env", None, false, "the environment says nothing"),
        row("forced", None, false, "nothing is forced"),
        row("pinned", Some("v2"), true, "the document pins the id to v2"),
        row(
            "share",
            Some("v1"),
            false,
            "bucket 857162 ≥ share 100000 (10%)"
        ),
    ]);
    assert_eq!(rules, expected);
    assert_eq!(explanation.decision, router.decide(&Request::new(ID)));

    router.brake("5xx");
    router.brake("operator");
    let explanation = router.explain(&Request::new(ID));
    assert_eq!(
        explanation.rules[0].because,
        "brake 1 is pulled: 5xx; operator"
    );
    assert!(explanation.rules[0].applied && !explanation.rules[4].applied);
    assert_eq!(explanation.rules[4].version, Some(V2));
}

#[test]
fn routers_and_rollouts_go_between_threads() {
    fn both<T: Send + Sync + 'static>() {}
    both::<Router>();
    both::<Rollout>();
    both::<Decision>();
    both::<Request<'static>>();
    both::<cutover::Error>();
    both::<cutover::routing::Status>();
    both::<cutover::routing::Change>();
}

#[derive(Debug, Clone, Copy)]
struct World {
    brake: bool,
    wish: Option<Version>,
    allow: bool,
    env: Option<Version>,
    force: Option<Version>,
    pin: Option<Version>,
    ppm: u32,
    shadow: bool,
}

fn worlds() -> impl Strategy<Value = World> {
    let version = || prop_oneof![Just(None), Just(Some(V1)), Just(Some(V2))];
    let share = prop_oneof![Just(0), Just(1_000_000), Just(BUCKET), Just(BUCKET + 1)];
    (
        any::<[bool; 3]>(),
        version(),
        version(),
        version(),
        version(),
        share,
    )
        .prop_map(
            |([brake, allow, shadow], wish, env, force, pin, ppm)| World {
                brake,
                wish,
                allow,
                env,
                force,
                pin,
                ppm,
                shadow,
            },
        )
}

proptest! {
    /// Whatever is set at once, the decision is the table's, read from the top; `route` is the same without the wish, and
    /// the rule that `explain` marks is the one that decided.
    #[test]
    fn the_table_is_read_from_the_top(world in worlds()) {
        let mut builder = rollout(world.ppm).allow_requested(world.allow);
        if let Some(version) = world.force { builder = builder.force(version); }
        if let Some(version) = world.pin { builder = builder.pin(ID, version); }
        if world.shadow { builder = builder.shadow(Share::FULL); }
        let env = world.env.map(Version::as_str);
        let router = Router::builder()
            .env(move |name| env.filter(|_| name == "CUTOVER_API_VERSION").map(str::to_owned))
            .rollout(builder.build().unwrap())
            .build()
            .unwrap();
        if world.brake { router.brake("test"); }

        let table = |wish: Option<Version>| {
            if world.brake { return (V1, Reason::Brake); }
            if let (Some(version), true) = (wish, world.allow) { return (version, Reason::Requested); }
            if let Some(version) = world.env { return (version, Reason::Env); }
            if let Some(version) = world.force { return (version, Reason::Forced); }
            if let Some(version) = world.pin { return (version, Reason::Pinned); }
            (if BUCKET < world.ppm { V2 } else { V1 }, Reason::Share)
        };
        let request = Request::new(ID).requested(world.wish);
        let decision = router.decide(&request);
        prop_assert_eq!(why(decision), table(world.wish));
        prop_assert_eq!(router.route(ID), table(None).0);
        prop_assert_eq!((decision.bucket().get(), decision.revision(), decision.share().as_ppm()), (BUCKET, 7, world.ppm));
        prop_assert_eq!(decision.in_shadow(), world.shadow);

        let explanation = router.explain(&request);
        prop_assert_eq!(explanation.decision, decision);
        let first = explanation.rules.iter().find(|rule| rule.version.is_some()).unwrap();
        prop_assert_eq!((first.version, first.rule), (Some(decision.version()), decision.reason()));
        let applied: Vec<_> = explanation.rules.iter().filter(|rule| rule.applied).collect();
        prop_assert_eq!(applied, vec![first]);
    }
}
