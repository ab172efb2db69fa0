//! The brake with a state file: what survives a restart, what can't be read, and what the router leaves alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use cutover::routing::{Change, RolloutBuilder};
use cutover::{ErrorKind, Rollout, Router, Share, Version};

use crate::brake_folder::Folder;

use Version::{V1, V2};

fn rollout(revision: u32) -> RolloutBuilder {
    Rollout::builder("n", Share::FULL).revision(revision)
}

fn router_of(rollout: RolloutBuilder, path: &Path) -> Router {
    let router = Router::builder()
        .env(|_| None)
        .rollout(rollout.build().unwrap());
    router.brake_file(path).build().unwrap()
}

fn router(path: &Path) -> Router {
    router_of(rollout(7), path)
}

/// The number of the brake that is pulled.
fn number(router: &Router) -> u32 {
    router.status().brake.unwrap().number.get()
}

fn reasons(router: &Router) -> Vec<String> {
    let brake = router.status().brake;
    brake.map_or_else(Vec::new, |brake| brake.reasons)
}

#[test]
fn the_brake_survives_a_restart_with_its_number_and_reasons() {
    let folder = Folder::new("brake-restart");
    let path = folder.path();
    assert_eq!(router(&path).route("a"), V2, "no file, no brake");
    assert!(folder.names().is_empty());

    let before = router(&path);
    before.brake("5xx");
    before.brake("operator");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        r#"{"name":"n","salt":"n","last":1,"brake":{"number":1,"revision":7,"reasons":["5xx","operator"],"further":0}}"#
    );
    assert_eq!(folder.names(), ["brake.json"]);

    let brake = before.status().brake;
    drop(before);
    let after = router_of(rollout(9), &path);
    assert_eq!(after.route("a"), V1);
    assert_eq!(after.status().brake, brake);
    assert_eq!(after.status().state_error, None);
    assert_eq!(after.release(7).unwrap_err().kind(), ErrorKind::Brake);
    drop(after);
    let after = router_of(rollout(9), &path);
    assert!(after.status().braked, "a refused release leaves the file");
    after.release(1).unwrap();
    drop(after);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        r#"{"name":"n","salt":"n","last":1,"brake":null}"#
    );
    assert_eq!(router(&path).route("a"), V2);
}

#[test]
fn a_document_releases_a_brake_of_an_earlier_process() {
    let folder = Folder::new("brake-document");
    let path = folder.path();
    router(&path).brake("5xx");
    let router = router(&path);
    router.apply(rollout(8).build().unwrap()).unwrap();
    assert_eq!(folder.names(), ["brake.json"], "another document leaves it");
    router
        .apply(rollout(9).releases_brake(1).build().unwrap())
        .unwrap();
    drop(router);
    assert_eq!(self::router(&path).route("a"), V2);
}

#[test]
fn the_longest_reasons_are_read_back() {
    let folder = Folder::new("brake-longest");
    let path = folder.path();
    let first = router(&path);
    for number in 0..20 {
        first.brake(format!("{number}{}", "\0".repeat(600)));
    }
    let written = reasons(&first);
    drop(first);
    let after = router(&path);
    assert_eq!(after.status().state_error, None);
    assert_eq!(reasons(&after), written);
}

/// Builds a router on a file that can't be read, and looks at what it says.
#[track_caller]
fn held(path: &Path, why: &str) -> Router {
    let router = router(path);
    let status = router.status();
    assert_eq!((status.braked, router.route("a")), (true, V1));
    let brake = status.brake.unwrap();
    assert_eq!((brake.revision, brake.reasons.len()), (7, 1));
    assert!(
        brake.number.get() > 1_700_000_000,
        "the number of the last brake can't be read: {}",
        brake.number
    );
    assert!(brake.reasons[0].contains(why), "{:?}", brake.reasons);
    let error = status.state_error.unwrap();
    assert_eq!(error.kind, ErrorKind::Io);
    assert!(error.message.starts_with(&brake.reasons[0]), "{error:?}");
    router
}

#[test]
fn a_damaged_file_pulls_the_brake_and_is_set_aside_by_the_release() {
    let folder = Folder::new("brake-damaged");
    let path = folder.path();
    let good = r#"{"name":"n","salt":"n","brake":{"number":7,"reasons":["5xx"],"further":0}}"#;
    let huge = " ".repeat(1 << 20) + good;
    for (content, why) in [
        ("", "EOF"),
        ("{}", "missing field"),
        (&good[..50], "EOF"),
        (&good.replace("further", "other"), "unknown field"),
        (&good.replace("7", "-7"), "invalid value"),
        (&format!("{good}{good}"), "trailing"),
        (&huge, "longer than"),
    ] {
        fs::write(&path, content).unwrap();
        let router = held(&path, why);
        router.brake("another");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            content,
            "it holds the brake as it is"
        );
        router.release(number(&router)).unwrap();
        assert_eq!((router.route("a"), router.status().state_error), (V2, None));
        assert_eq!(folder.names(), ["brake.json", "brake.json.unreadable"]);
        assert_eq!(
            fs::read_to_string(folder.0.join("brake.json.unreadable")).unwrap(),
            content
        );
        router.brake("again");
        drop(router);
        let router = self::router(&path);
        assert_eq!(reasons(&router), ["again"]);
        router.release(number(&router)).unwrap();
        fs::remove_file(folder.0.join("brake.json.unreadable")).unwrap();
    }
}

#[test]
fn a_file_that_cannot_be_reached_holds_the_brake_until_it_can() {
    let folder = Folder::new("brake-unreachable");
    fs::write(folder.0.join("file"), "").unwrap();
    fs::create_dir(folder.path()).unwrap();
    for path in [
        folder.path(),
        folder.0.join("file/brake.json"),
        folder.0.join("not-mounted/brake.json"),
        PathBuf::new(),
    ] {
        let router = held(&path, "can't be read");
        assert_eq!(
            router.release(number(&router)).unwrap_err().kind(),
            ErrorKind::Io
        );
        assert_eq!(router.route("a"), V1);
    }
    let path = folder.0.join("not-mounted/brake.json");
    let router = held(&path, "can't be read");
    fs::create_dir(folder.0.join("not-mounted")).unwrap();
    router.release(number(&router)).unwrap();
    assert_eq!(router.route("a"), V2);
}

/// Where the process of the next tests goes once it has its router; into a folder that is gone before, when empty.
const GOES: &str = "CUTOVER_TEST_GOES";

#[test]
#[ignore = "the process that the next tests start, as one that changes its folder has to be alone"]
fn goes() {
    let Ok(elsewhere) = std::env::var(GOES) else {
        return;
    };
    if elsewhere.is_empty() {
        fs::remove_dir(std::env::current_dir().unwrap()).unwrap();
        let router = held(Path::new("brake.json"), "can't be read");
        assert_eq!(
            router.release(number(&router)).unwrap_err().kind(),
            ErrorKind::Io
        );
        return;
    }
    let router = router(Path::new("brake.json"));
    std::env::set_current_dir(elsewhere).unwrap();
    router.brake("5xx");
    assert_eq!(router.status().state_error, None);
}

#[track_caller]
fn process_that_goes(from: &Path, to: &str) {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "brake_state::goes", "--ignored"])
        .env(GOES, to)
        .current_dir(from)
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
}

#[test]
fn a_relative_path_is_one_of_the_folder_that_the_router_was_built_in() {
    let (folder, elsewhere) = (Folder::new("brake-from"), Folder::new("brake-to"));
    process_that_goes(&folder.0, elsewhere.0.to_str().unwrap());
    assert!(elsewhere.names().is_empty());
    assert_eq!(reasons(&router(&folder.path())), ["5xx"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_relative_path_in_a_folder_that_is_gone_holds_the_brake() {
    let folder = Folder::new("brake-gone");
    process_that_goes(&folder.0, "");
}

/// What it leads to may be on a volume that is not mounted.
#[cfg(unix)]
#[test]
fn a_symlink_to_nowhere_holds_the_brake() {
    let folder = Folder::new("brake-dangling");
    for target in ["not-mounted/brake.json", "nothing.json"] {
        std::os::unix::fs::symlink(folder.0.join(target), folder.path()).unwrap();
        let router = held(&folder.path(), "can't be read (a symbolic link to nowhere)");
        router.brake("again");
        assert_eq!(
            router.release(number(&router)).unwrap_err().kind(),
            ErrorKind::Io
        );
        assert_eq!(folder.names(), ["brake.json"], "the link stays");
        fs::remove_file(folder.path()).unwrap();
        router.release(number(&router)).unwrap();
        assert_eq!(router.route("a"), V2);
        fs::remove_file(folder.path()).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_holds_the_brake() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("brake-permission");
    router(&folder.path()).brake("5xx");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o000)).unwrap();
    // For root it is readable all the same, and a brake.
    let status = router(&folder.path()).status();
    assert!(status.braked);
    let readable = fs::read(folder.path()).is_ok();
    assert_eq!(status.state_error.is_none(), readable);
}

#[test]
fn another_routers_file_pulls_the_brake_and_is_left_alone() {
    let folder = Folder::new("brake-foreign");
    let path = folder.path();
    let of = |name: &str, salt: &str| Rollout::builder(name, Share::FULL).salt(salt).revision(7);
    for (name, salt) in [("other", "n"), ("n", "pepper")] {
        let other = router_of(of(name, salt), &path);
        other.brake("5xx");
        drop(other);
        let stored = fs::read(&path).unwrap();

        let whose = format!("is that of the router {name:?} with the salt {salt:?}");
        let router = held(&path, &whose);
        router.brake("mine");
        let error = router.release(number(&router)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.to_string().ends_with(
            "give each router a file of its own, or move that one away if its router is gone"
        ));
        let releasing = rollout(8).releases_brake(number(&router)).build().unwrap();
        assert_eq!(router.apply(releasing).unwrap_err().kind(), ErrorKind::Io);
        assert_eq!((router.route("a"), router.status().revision), (V1, Some(7)));
        assert_eq!(fs::read(&path).unwrap(), stored);

        drop(router);
        let other = router_of(of(name, salt), &path);
        other.release(number(&other)).unwrap();
    }
}

#[test]
fn a_brake_that_cannot_be_written_is_pulled_and_says_so() {
    let folder = Folder::new("brake-unwritten");
    let inner = folder.0.join("inner");
    fs::create_dir(&inner).unwrap();
    let path = inner.join("brake.json");
    let router = router(&path);
    let (send, heard) = mpsc::channel();
    router.on_change(move |change| send.send(change.clone()).unwrap());
    let failed = |change| match change {
        Change::StateFailed(fault) => fault.message,
        other => panic!("{other:?}"),
    };

    fs::remove_dir_all(&inner).unwrap();
    assert_eq!(router.brake("5xx").get(), 1);
    assert_eq!(router.route("a"), V1);
    assert!(matches!(heard.try_recv().unwrap(), Change::Braked { .. }));
    let message = failed(heard.try_recv().unwrap());
    assert_eq!(router.status().state_error.unwrap().message, message);
    router.apply(rollout(8).build().unwrap()).unwrap();
    assert!(matches!(heard.try_recv().unwrap(), Change::Applied { .. }));
    assert!(
        router.status().state_error.is_some(),
        "a document has nothing to do with it"
    );

    let error = router.release(number(&router)).unwrap_err();
    assert_eq!(error.to_string(), failed(heard.try_recv().unwrap()));
    assert_eq!(router.route("a"), V1, "it stays on");

    fs::create_dir(&inner).unwrap();
    router.brake("5xx");
    assert_eq!(router.status().state_error, None);
    drop(router);
    assert_eq!(reasons(&self::router(&path)), ["5xx"]);
}

/// While threads pull, release and apply documents that release, memory and disk change in one order: at the end the next
/// process finds what this one has.
#[test]
fn memory_and_disk_agree_after_a_race() {
    let folder = Folder::new("brake-race");
    let path = folder.path();
    let router = router(&path);
    std::thread::scope(|scope| {
        for thread in 0..3_u32 {
            let router = &router;
            scope.spawn(move || {
                for round in 0..40 {
                    let number = router.brake(format!("{thread}")).get();
                    if (round + thread) % 3 == 0 {
                        let _ = router.release(number);
                    }
                    let next = router.status().revision.unwrap() + 1;
                    let _ = router.apply(rollout(next).releases_brake(number).build().unwrap());
                }
                if thread == 0 {
                    router.brake("last");
                }
            });
        }
    });
    let status = router.status();
    assert_eq!(status.state_error, None);
    drop(router);
    assert_eq!(self::router(&path).status().brake, status.brake);
    assert_eq!(folder.names(), ["brake.json"]);
}

/// Opening a pipe waits for somebody to write to it, and a device that is set aside is a device lost.
#[cfg(unix)]
#[test]
fn what_is_no_file_holds_the_brake_and_stays_where_it_is() {
    let folder = Folder::new("brake-no-file");
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("SKIPPED: no mkfifo");
        return;
    }
    let router = held(&folder.path(), "not a regular file");
    let number = router.brake("again");
    assert_eq!(router.release(number).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(router.route("a"), V1);
    assert_eq!(folder.names(), ["brake.json"]);
}
