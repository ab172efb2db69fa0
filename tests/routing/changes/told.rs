//! What status and listeners say, and what threads see meanwhile.

use std::sync::{Arc, OnceLock, mpsc};

use cutover::routing::{Change, RolloutBuilder};
use cutover::{ErrorKind, Reason, Request, Share};

use super::{V1, V2, rollout, router, taken, with_env};

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
