//! What changes a router and what it refuses: rollouts, the brake, the environment; and what status and listeners say.

use std::sync::{Arc, Mutex, OnceLock, mpsc};

use cutover::routing::{Change, RolloutBuilder};
use cutover::{ErrorKind, Reason, Request, Rollout, Router, Share, Version};

use Version::{V1, V2};

fn rollout(revision: u32, percent: u32) -> RolloutBuilder {
    Rollout::builder("n", Share::ppm(percent * 10_000).unwrap()).revision(revision)
}

fn router(rollout: RolloutBuilder) -> Router {
    Router::builder()
        .env(|_| None)
        .rollout(rollout.build().unwrap())
        .build()
        .unwrap()
}

#[track_caller]
fn refused(router: &Router, rollout: RolloutBuilder, kind: ErrorKind, path: &str, message: &str) {
    let before = router.rollout();
    let error = router.apply(rollout.build().unwrap()).unwrap_err();
    assert_eq!((error.kind(), error.path()), (kind, path));
    assert_eq!(error.to_string(), message);
    assert_eq!(router.rollout(), before, "the last good one stays");
    let shown = router.status().last_error.unwrap();
    assert_eq!(
        (shown.kind, &*shown.path, &*shown.message),
        (kind, path, message)
    );
}

#[track_caller]
fn taken(router: &Router, rollout: RolloutBuilder) {
    let rollout = rollout.build().unwrap();
    let (revision, share) = (rollout.revision(), rollout.share());
    router.apply(rollout).unwrap();
    let status = router.status();
    assert_eq!((status.revision, status.share), (Some(revision), share));
    assert_eq!(status.last_error, None);
}

#[test]
fn another_name_or_salt_is_refused() {
    let router = router(rollout(1, 10));
    let message = |what| {
        format!(
            "the document has another {what} than the router, which would re-bucket everyone: \
             restore it, or start a new router"
        )
    };
    let other = Rollout::builder("other", Share::ZERO).revision(2);
    refused(
        &router,
        other,
        ErrorKind::Identity,
        "/name",
        &message("name"),
    );
    let same_salt = Rollout::builder("other", Share::ZERO).revision(2).salt("n");
    refused(
        &router,
        same_salt,
        ErrorKind::Identity,
        "/name",
        "the document has another name than the router: restore it, or start a new router",
    );
    refused(
        &router,
        rollout(2, 10).salt("s"),
        ErrorKind::Identity,
        "/salt",
        &message("salt"),
    );
    // A salt that says what the name says anyway is the same salt.
    taken(&router, rollout(2, 10).salt("n"));
}

#[test]
fn a_higher_or_equal_revision_replaces() {
    let router = router(rollout(7, 10));
    taken(&router, rollout(8, 20));
    taken(&router, rollout(8, 90));
    taken(&router, rollout(8, 5));
    taken(&router, rollout(u32::MAX, 5));
}

/// Each step begins at revision 7 with 50 %; `true`: the lower revision moves nobody to v2 and is taken.
#[test]
fn a_lower_revision_is_taken_only_on_the_way_back() {
    // Buckets under the salt "n", so that the rows below say what they mean.
    let bucket = |id: &str| cutover::routing::Seed::new("n").bucket(id).get();
    let low = (0..)
        .map(|n| format!("low-{n}"))
        .find(|id| bucket(id) < 100_000)
        .unwrap();
    let high = (0..)
        .map(|n| format!("high-{n}"))
        .find(|id| bucket(id) > 900_000)
        .unwrap();
    let base = || rollout(7, 50);
    let cases: [(&str, RolloutBuilder, RolloutBuilder, bool); 18] = [
        ("same share", base(), rollout(6, 50), true),
        ("lower share", base(), rollout(6, 49), true),
        (
            "higher share by 1 ppm",
            base(),
            Rollout::builder("n", Share::ppm(500_001).unwrap()),
            false,
        ),
        ("force v1", base(), rollout(6, 100).force(V1), true),
        ("force v2", base(), rollout(6, 0).force(V2), false),
        (
            "from force v2 to a share",
            base().force(V2),
            rollout(6, 100),
            true,
        ),
        (
            "from force v1 to a share",
            base().force(V1),
            rollout(6, 1),
            false,
        ),
        (
            "from force v1 to nobody",
            base().force(V1),
            rollout(6, 0),
            true,
        ),
        (
            "pin to v2 of one who has v1",
            base(),
            rollout(6, 0).pin(&high, V2),
            false,
        ),
        (
            "pin to v2 of one who has v2",
            base(),
            rollout(6, 0).pin(&low, V2),
            true,
        ),
        (
            "pin to v1",
            base(),
            rollout(6, 50).pin(&low, V1).pin(&high, V1),
            true,
        ),
        (
            "pin to v1 lifted, within the share",
            base().pin(&low, V1),
            rollout(6, 50),
            false,
        ),
        (
            "pin to v1 lifted, beyond the share",
            base().pin(&high, V1),
            rollout(6, 50),
            true,
        ),
        (
            "pin to v1 turned",
            base().pin(&low, V1),
            rollout(6, 0).pin(&low, V2),
            false,
        ),
        (
            "pin to v2 lifted",
            base().pin(&high, V2),
            rollout(6, 50),
            true,
        ),
        (
            "pin to v2 kept, lower share",
            base().pin(&high, V2),
            rollout(6, 0).pin(&high, V2),
            true,
        ),
        (
            "pin under force v1",
            base(),
            rollout(6, 0).force(V1).pin(&high, V2),
            true,
        ),
        (
            "pin to v2 under force v2 before",
            base().force(V2),
            rollout(6, 0).pin(&high, V2),
            true,
        ),
    ];
    for (name, before, after, is_taken) in cases {
        let router = router(before);
        let after = after.build().unwrap();
        let message = format!(
            "revision {} is lower than 7, which is in force, and would move ids to v2: \
             give the document a revision of at least 7",
            after.revision()
        );
        match router.apply(after) {
            Ok(()) => assert!(is_taken, "{name}"),
            Err(error) => {
                assert!(!is_taken, "{name}: {error}");
                assert_eq!(
                    (error.kind(), error.path()),
                    (ErrorKind::Revision, "/revision")
                );
                assert_eq!(error.to_string(), message);
            }
        }
    }
}

#[test]
fn the_brake_is_a_latch_with_the_first_number() {
    let router = router(rollout(7, 100));
    assert_eq!(router.brake("first").get(), 1);
    taken(&router, rollout(9, 100));
    assert_eq!(router.brake("second").get(), 1);
    let brake = router.status().brake.unwrap();
    assert_eq!(
        (brake.number.get(), brake.reasons),
        (1, vec!["first".to_owned(), "second".into()])
    );
    assert_eq!(router.route("a"), V1);

    let error = router.release(9).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Brake);
    assert_eq!(
        error.to_string(),
        "brake 9 is not pulled, brake 1 is: release that"
    );
    assert_eq!(router.route("a"), V1);
    router.release(1).unwrap();
    assert_eq!((router.route("a"), router.status().brake), (V2, None));
    let error = router.release(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "brake 1 is not pulled: there is nothing to release"
    );
    assert_eq!(router.brake("again").get(), 2);
}

#[test]
fn a_document_releases_the_brake_that_it_names() {
    let router = router(rollout(7, 100));
    router.brake("test");
    // Not its revision, not its number, not higher: taken, but the brake stays.
    for other in [
        rollout(7, 100).releases_brake(1),
        rollout(8, 100),
        rollout(8, 100).releases_brake(7),
    ] {
        taken(&router, other);
        assert_eq!(router.decide(&Request::new("a")).reason(), Reason::Brake);
    }
    taken(&router, rollout(8, 100).releases_brake(1));
    assert_eq!(router.route("a"), V2);
    assert!(!router.status().braked);
}

#[test]
fn a_document_of_a_lower_revision_does_not_release_people_to_v2() {
    let router = router(rollout(3, 100));
    router.brake("test");
    taken(&router, rollout(9, 100));
    let message = "revision 5 is lower than 9, which is in force, and would move ids to v2: \
                   give the document a revision of at least 9";
    let kind = ErrorKind::Revision;
    refused(
        &router,
        rollout(5, 50).releases_brake(1),
        kind,
        "/revision",
        message,
    );
    let pinned = rollout(5, 0).pin("a", V2).releases_brake(1);
    refused(&router, pinned, kind, "/revision", message);
    taken(&router, rollout(5, 0).releases_brake(1));
    assert!(!router.status().braked);
}

#[test]
fn a_brake_without_a_rollout_holds_the_first_one() {
    let router = Router::builder().name("n").env(|_| None).build().unwrap();
    assert_eq!(router.brake("before the first").get(), 1);
    taken(&router, rollout(1, 100));
    assert_eq!(router.route("a"), V1);
    taken(&router, rollout(1, 100).releases_brake(1));
    assert_eq!(router.route("a"), V2);
}

/// A router whose environment the test sets, one variable at a time.
fn with_env(rollout: RolloutBuilder) -> (Router, impl Fn(&str, Option<&str>)) {
    let env = Arc::new(Mutex::new(std::collections::HashMap::new()));
    let read = Arc::clone(&env);
    let router = Router::builder()
        .env(move |name: &str| read.lock().unwrap().get(name).cloned())
        .rollout(rollout.build().unwrap())
        .build()
        .unwrap();
    let set = move |name: &str, value: Option<&str>| {
        let mut env = env.lock().unwrap();
        match value {
            Some(value) => env.insert(name.to_owned(), value.to_owned()),
            None => env.remove(name),
        };
    };
    (router, set)
}

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

#[test]
fn a_router_needs_one_name() {
    let refuse = |builder: cutover::routing::RouterBuilder, message: &str| {
        let error = builder.env(|_| None).build().unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string()),
            (ErrorKind::Identity, message.to_owned())
        );
    };
    let both = "the rollout has another name or salt than the router: give one";
    let document = || rollout(1, 0).build().unwrap();
    refuse(
        Router::builder(),
        "a router needs a rollout, or the name of those to come",
    );
    refuse(
        Router::builder().salt("s"),
        "a router needs a rollout, or the name of those to come",
    );
    refuse(Router::builder().name("m").rollout(document()), both);
    refuse(Router::builder().salt("s").rollout(document()), both);
    let named = Router::builder()
        .name("n")
        .salt("n")
        .rollout(document())
        .env(|_| None);
    assert_eq!(named.build().unwrap().status().revision, Some(1));
    let salted = Router::builder()
        .name("n")
        .salt("s")
        .env(|_| None)
        .build()
        .unwrap();
    taken(&salted, rollout(1, 0).salt("s"));
    refused(
        &salted,
        rollout(2, 0),
        ErrorKind::Identity,
        "/salt",
        "the document has another salt than the router, which would re-bucket everyone: \
         restore it, or start a new router",
    );
}

#[test]
fn a_bad_document_shows_in_the_status_until_a_good_one() {
    let router = router(rollout(7, 100));
    let error = router
        .apply_json(br#"{"name":"n","share":"110%"}"#)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Document, "/share")
    );
    let status = serde_json::to_value(router.status()).unwrap();
    assert_eq!(status["last_error"]["path"], "/share");
    assert_eq!(status["last_error"]["message"], error.to_string());
    assert!(status["last_error"]["age_ms"].is_u64());
    assert_eq!(
        (&status["revision"], &status["share"]),
        (&7.into(), &"100%".into())
    );
    assert_eq!(router.route("a"), V2);
    router
        .apply_json(br#"{"name":"n","share":"0%","revision":8}"#)
        .unwrap();
    assert_eq!((router.status().last_error, router.route("a")), (None, V1));
}

#[test]
fn the_status_as_json() {
    let (router, set) = with_env(
        rollout(7, 10)
            .shadow(Share::FULL)
            .pin("a", V1)
            .allow_requested(true),
    );
    set("CUTOVER_API_VERSION", Some("v3"));
    router.refresh();
    router.brake("5xx");
    let mut status = serde_json::to_value(router.status()).unwrap();
    assert!(status["since_unix_ms"].take().as_u64().unwrap() > 1_600_000_000_000);
    let expected = serde_json::json!({
        "name": "n", "salt": "n", "revision": 7, "share": "10%", "shadow": "100%",
        "shadow_runs": false, "force": null, "allow_requested": true, "pins": 1, "since_unix_ms": null, "braked": true,
        "brake": {"number": 1, "revision": 7, "reasons": ["5xx"], "further": 0}, "state_error": null,
        "env": {"brake": false, "version": null, "ignored": "v3"}, "last_error": null, "source_age_ms": null,
        "brakings": {"guard": 0, "operator": 1, "environment": 0, "document": 0},
    });
    assert_eq!(status, expected);
}

#[test]
fn listeners_hear_each_change_after_it_took_effect() {
    let (router, set) = with_env(rollout(7, 0));
    let router = Arc::new(router);
    let (send, heard) = mpsc::channel();
    let own = Arc::downgrade(&router);
    router.on_change(move |change| {
        // Calls back into the router, which must not deadlock.
        let router = own.upgrade().unwrap();
        router.on_change(|_| ());
        let seen = (router.route("a"), router.status().braked);
        send.send((serde_json::to_string(change).unwrap(), seen))
            .unwrap();
    });
    let next = move || heard.try_recv();
    let event = |json: &str, version, braked| Ok((json.to_owned(), (version, braked)));

    taken(&router, rollout(8, 100));
    assert_eq!(
        next(),
        event(r#"{"applied":{"revision":8,"share":"100%"}}"#, V2, false)
    );
    router.brake("why");
    assert_eq!(
        next(),
        event(
            r#"{"braked":{"number":1,"by":"operator","why":"why"}}"#,
            V1,
            true
        )
    );
    taken(&router, rollout(9, 100).releases_brake(1));
    assert_eq!(
        next(),
        event(r#"{"applied":{"revision":9,"share":"100%"}}"#, V2, false)
    );
    assert_eq!(next(), event(r#"{"released":{"number":1}}"#, V2, false));
    router.brake("why");
    next().unwrap();
    router.release(2).unwrap();
    assert_eq!(next(), event(r#"{"released":{"number":2}}"#, V2, false));
    router.release(2).unwrap_err();
    router.refresh();
    assert_eq!(next(), Err(mpsc::TryRecvError::Empty), "nothing changed");
    set("CUTOVER_API_VERSION", Some("v1"));
    router.refresh();
    assert_eq!(
        next(),
        event(
            r#"{"env":{"brake":false,"version":"v1","ignored":null}}"#,
            V1,
            false
        )
    );
    router.apply_json(b"[]").unwrap_err();
    let (refused, _) = next().unwrap();
    assert!(
        refused.contains(r#""message":"a rollout document must be a JSON object""#),
        "{refused}"
    );
}

#[test]
fn a_panicking_listener_leaves_a_working_router() {
    let router = Arc::new(router(rollout(7, 100)));
    router.on_change(|change| assert!(!matches!(change, Change::Braked { .. }), "on purpose"));
    let braking = Arc::clone(&router);
    let thread = std::thread::spawn(move || braking.brake("test"));
    assert!(thread.join().is_err());
    assert_eq!(
        router.route("a"),
        V1,
        "the brake was pulled before the listener was called"
    );
    router.release(1).unwrap();
    assert_eq!(router.route("a"), V2);
}

/// Threads route while documents, all of which give everyone one version by different rules, replace each other: nobody
/// ever gets what no document gives.
#[test]
fn a_decision_never_mixes_two_documents() {
    let documents: [fn(u32) -> RolloutBuilder; 3] = [
        |revision| rollout(revision, 0).pin("a", V2),
        |revision| rollout(revision, 100).pin("b", V1),
        |revision| rollout(revision, 100).shadow(Share::FULL),
    ];
    let router = Arc::new(router(documents[0](0)));
    let done = Arc::new(OnceLock::new());
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (router, done) = (Arc::clone(&router), Arc::clone(&done));
            std::thread::spawn(move || {
                let mut decisions = 0;
                while done.get().is_none() || decisions < 1_000 {
                    let decision = router.decide(&Request::new("a"));
                    let expected = match decision.revision() % 3 {
                        0 => (Reason::Pinned, Share::ZERO, false),
                        1 => (Reason::Share, Share::FULL, false),
                        _ => (Reason::Share, Share::FULL, true),
                    };
                    let got = (decision.reason(), decision.share(), decision.in_shadow());
                    assert_eq!(got, expected, "{decision:?}");
                    assert_eq!((decision.version(), router.route("a")), (V2, V2));
                    decisions += 1;
                }
            })
        })
        .collect();
    for revision in 1..2_000 {
        router
            .apply(documents[revision as usize % 3](revision).build().unwrap())
            .unwrap();
    }
    done.set(()).unwrap();
    for reader in readers {
        reader.join().unwrap();
    }
}
