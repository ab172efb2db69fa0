//! What changes a router and what it refuses: rollouts, the brake, the environment; and what status and listeners say.

mod brake;
mod environment;
mod told;

use std::sync::{Arc, Mutex};

use cutover::routing::RolloutBuilder;
use cutover::{ErrorKind, Rollout, Router, Share, Version};

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
