//! The number of a brake: no two brakes of a rollout have the same one, so no release that comes late frees another.

use std::fs;
use std::path::Path;

use cutover::{ErrorKind, Rollout, Router, Share, Version};

use crate::brake_folder::Folder;

use Version::{V1, V2};

fn rollout(name: &str, revision: u32, releases: Option<u32>) -> Rollout {
    let mut rollout = Rollout::builder(name, Share::FULL).revision(revision);
    if let Some(number) = releases {
        rollout = rollout.releases_brake(number);
    }
    rollout.build().unwrap()
}

fn router(name: &str, path: &Path) -> Router {
    let router = Router::builder().env(|_| None);
    router
        .rollout(rollout(name, 7, None))
        .brake_file(path)
        .build()
        .unwrap()
}

#[test]
fn a_later_brake_is_not_freed_by_the_number_of_an_earlier_one() {
    let folder = Folder::new("brake-number");
    let path = folder.path();
    for number in 1..4 {
        // A process for each: the number is kept over releases and restarts.
        let router = router("n", &path);
        assert_eq!(router.brake("5xx").get(), number);
        let late = router.release(number - 1).unwrap_err();
        assert_eq!(late.kind(), ErrorKind::Brake);
        let late = rollout("n", 8, Some(number - 1));
        router.apply(late).unwrap();
        assert_eq!(router.route("a"), V1);
        router.release(number).unwrap();
        assert_eq!(router.route("a"), V2);
    }
}

/// Files from before brakes had numbers of their own hold the brake, under the number that they name.
#[test]
fn a_brake_of_an_earlier_version_is_held_and_released() {
    let folder = Folder::new("brake-earlier");
    let path = folder.path();
    let stored = r#"{"name":"n","salt":"n","brake":{"number":7,"reasons":["5xx"],"further":0}}"#;
    fs::write(&path, stored).unwrap();
    let router = router("n", &path);
    assert_eq!(
        (
            router.route("a"),
            router.status().brake.unwrap().number.get()
        ),
        (V1, 7)
    );
    let same = rollout("n", 7, Some(7));
    router.apply(same).unwrap();
    assert_eq!(router.route("a"), V1, "pulled at revision 7");
    let next = rollout("n", 8, Some(7));
    router.apply(next).unwrap();
    assert_eq!((router.route("a"), router.brake("next").get()), (V2, 8));
}

/// Once its brake is released, the file holds nobody, and the router of the next rollout may have it.
#[test]
fn a_file_without_a_brake_can_be_handed_on() {
    let folder = Folder::new("brake-handed-on");
    let path = folder.path();
    let before = router("n", &path);
    before.brake("5xx");
    before.release(1).unwrap();
    drop(before);
    let next = router("next", &path);
    assert_eq!(next.route("a"), V2);
    assert_eq!(next.brake("5xx").get(), 2);
}
