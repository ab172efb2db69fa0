//! The environment of the process: read at a refresh alone.

use cutover::{Reason, Request, Router};

use super::{V1, V2, rollout, taken, with_env};

#[test]
fn the_environment_is_read_at_refresh_alone() {
    let (router, set) = with_env(rollout(7, 100));
    for (value, pulled) in [
        ("1", true),
        ("", false),
        ("true", true),
        ("0", false),
        ("00", true),
        (" ", true),
    ] {
        let before = router.route("a");
        set("CUTOVER_BRAKE", Some(value));
        assert_eq!(router.route("a"), before, "not before the refresh");
        router.refresh();
        assert_eq!(router.status().env.brake, pulled, "{value:?}");
        assert_eq!(router.route("a"), if pulled { V1 } else { V2 }, "{value:?}");
    }
    set("CUTOVER_BRAKE", None);
    router.refresh();
    for (value, version) in [
        ("v1", Some(V1)),
        ("v2", Some(V2)),
        ("V1", None),
        ("", None),
        ("v1 ", None),
    ] {
        set("CUTOVER_API_VERSION", Some(value));
        router.refresh();
        let env = router.status().env;
        assert_eq!(env.version, version, "{value:?}");
        assert_eq!(env.ignored.as_deref(), version.is_none().then_some(value));
        let reason = if version.is_some() {
            Reason::Env
        } else {
            Reason::Share
        };
        assert_eq!(router.decide(&Request::new("a")).reason(), reason);
    }
}

#[test]
fn only_a_refresh_without_it_releases_the_environments_brake() {
    let (router, set) = with_env(rollout(7, 100));
    set("CUTOVER_BRAKE", Some("1"));
    router.refresh();
    let error = router.release(7).unwrap_err();
    assert_eq!(
        error.to_string(),
        "only CUTOVER_BRAKE holds the brake: unset it, then refresh or restart"
    );
    taken(&router, rollout(8, 100).releases_brake(7));
    assert_eq!(router.route("a"), V1);
    // Pulled by hand as well: each holds it by itself.
    let number = router.brake("operator");
    set("CUTOVER_BRAKE", None);
    router.refresh();
    assert_eq!(router.route("a"), V1);
    router.release(number).unwrap();
    assert_eq!(router.route("a"), V2);
}

#[test]
fn the_variable_for_the_version_can_have_another_name() {
    let env = |name: &str| (name == "FORM_API_VERSION").then(|| "v2".to_owned());
    let builder = || {
        Router::builder()
            .env(env)
            .rollout(rollout(7, 0).build().unwrap())
    };
    assert_eq!(builder().build().unwrap().route("a"), V1);
    let renamed = builder()
        .version_variable("FORM_API_VERSION")
        .build()
        .unwrap();
    assert_eq!(renamed.decide(&Request::new("a")).reason(), Reason::Env);
}
