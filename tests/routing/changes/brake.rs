//! The brake, and the documents that release it.

use cutover::{ErrorKind, Reason, Request, Router};

use super::{V1, V2, refused, rollout, router, taken};

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
