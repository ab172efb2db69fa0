//! The brake's file has one router at a time, in this process and others.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use cutover::routing::RouterBuilder;
use cutover::{Error, ErrorKind, Rollout, Router, Share};

fn builder() -> RouterBuilder {
    let rollout = Rollout::builder("n", Share::FULL).revision(7).build();
    Router::builder().env(|_| None).rollout(rollout.unwrap())
}

fn build(path: &Path) -> Result<Router, Error> {
    builder().brake_file(path).build()
}

/// What the process that is to be killed gets: the path of the brake's file.
const HOLDS: &str = "CUTOVER_TEST_HOLDS";

#[test]
#[ignore = "the process that the next test kills while it has the brake's file"]
fn holds() {
    let Ok(path) = std::env::var(HOLDS) else {
        return;
    };
    let router = builder().lock_note("admin 127.0.0.1:8081");
    let router = router.brake_file(path).build().unwrap();
    router.brake("5xx");
    thread::sleep(Duration::from_secs(600));
}

/// Two writers of one file would lose each other's brakes. The lock of a killed process is free at once.
#[test]
fn a_second_router_is_told_who_has_the_file_until_that_one_is_gone() {
    let folder = std::env::temp_dir().join(format!("cutover-brake-lock-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("brake.json");
    let own = build(&path).unwrap();
    let error = build(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.to_string().contains("by this process"), "{error}");
    drop(own);

    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "brake_lock::holds", "--ignored"])
        .env(HOLDS, &path)
        .spawn()
        .unwrap();
    while !path.exists() {
        assert!(holder.try_wait().unwrap().is_none(), "it holds the file");
        thread::sleep(Duration::from_millis(10));
    }
    let error = build(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let named = format!("is in use by process {} on ", holder.id());
    assert!(error.to_string().contains(&named), "{error}");
    assert!(
        error.to_string().contains(" (admin 127.0.0.1:8081): "),
        "{error}"
    );

    holder.kill().unwrap();
    holder.wait().unwrap();
    let brake = build(&path).unwrap().status().brake.unwrap();
    assert_eq!(brake.reasons, ["5xx"]);
    fs::remove_dir_all(&folder).unwrap();
}
