//! Following by a thread: it looks at once and again, ends when it is dropped, and outlives panics.

use std::fs;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use cutover::ErrorKind;
use cutover::routing::Change;
use cutover::routing::source::{File, Follow};

use super::{Script, document, router, shows};
use crate::folder::Folder;

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn following_looks_at_once_and_again() {
    let (router, _) = router();
    let folder = Folder::new("again");
    let path = folder.path("rollout.json");
    fs::write(&path, document(1)).unwrap();
    let following = Follow::new(Arc::clone(&router), File::new(&path)).every(Duration::ZERO);
    let following = following.unwrap();
    let name = path.to_str().unwrap();
    shows(&router, Some(1), name, None);
    fs::write(&path, document(2)).unwrap();
    eventually("revision 2", || router.status().revision == Some(2));
    drop(following);
    // Only this router is left: the thread has let go of its own.
    assert_eq!(Arc::strong_count(&router), 1);
    fs::write(&path, document(3)).unwrap();
    shows(&router, Some(2), name, None);
}

#[test]
fn dropping_does_not_wait_for_the_interval() {
    let (router, _) = router();
    let script = Script::default();
    script.document(&document(1));
    let following = Follow::new(Arc::clone(&router), script).every(Duration::MAX);
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        drop(following);
        done.send(()).unwrap();
    });
    is_done.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(Arc::strong_count(&router), 1);
}

#[test]
fn a_listener_may_end_the_following() {
    let (router, _) = router();
    let script = Script::default();
    script.document(&document(1));
    let following = Follow::new(Arc::clone(&router), script.clone()).every(Duration::ZERO);
    let held = Mutex::new(Some(following.unwrap()));
    let (dropped, is_dropped) = mpsc::channel();
    router.on_change(move |_| {
        drop(held.lock().unwrap().take());
        dropped.send(()).unwrap();
    });
    script.document(&document(2));
    is_dropped.recv_timeout(Duration::from_secs(30)).unwrap();
    eventually("the end of the following", || {
        Arc::strong_count(&router) == 1
    });
}

#[test]
fn a_listener_that_panics_ends_nothing() {
    let (router, _) = router();
    let script = Script::default();
    script.document(&document(1));
    let following = Follow::new(Arc::clone(&router), script.clone()).every(Duration::ZERO);
    router.on_change(|change| {
        assert!(
            !matches!(change, Change::Applied { revision: 2, .. }),
            "a test's panic"
        );
    });
    script.document(&document(2));
    eventually("revision 2", || router.status().revision == Some(2));
    script.document(&document(3));
    eventually("revision 3", || router.status().revision == Some(3));
    drop(following);
}

#[test]
fn a_document_whose_listener_panics_is_judged_all_the_same() {
    let (router, _) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    script.document(&document(1));
    follow.look();
    router.on_change(|_| panic!("a test's panic"));
    let mut look = || {
        script.document(&document(0));
        let look = std::panic::AssertUnwindSafe(|| follow.look());
        std::panic::catch_unwind(look).is_ok()
    };
    assert!(!look(), "the panic of a listener is its caller's");
    // Revision 0 has a lower share, and so is a way back: it is in force, and found so.
    for _ in 0..2 {
        assert!(look());
        shows(&router, Some(0), "script", None);
    }
    script.document("{");
    let look = std::panic::AssertUnwindSafe(|| follow.look());
    std::panic::catch_unwind(look).unwrap_err();
    for _ in 0..2 {
        script.document("{");
        follow.look();
        shows(
            &router,
            Some(0),
            "script",
            Some((ErrorKind::Document, "not JSON")),
        );
    }
}
