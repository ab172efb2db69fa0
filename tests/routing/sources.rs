//! Following a source: what each look does to the router, its status and its listeners, and what may stand at a file's path.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::fs;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use cutover::routing::Change;
use cutover::routing::source::{File, Follow, Source};
use cutover::{ErrorKind, Rollout, Router, Share};

use crate::folder::{self, Folder};

type Loaded = Result<Option<Vec<u8>>, Box<dyn StdError + Send + Sync>>;

/// Gives what a test puts in, one for each look, and then no change.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<VecDeque<Step>>>);

type Step = Box<dyn FnOnce() -> Loaded + Send>;

impl Script {
    fn then(&self, loaded: Loaded) {
        self.0.lock().unwrap().push_back(Box::new(|| loaded));
    }

    fn then_panic(&self) {
        let step = || panic!("a test's panic");
        self.0.lock().unwrap().push_back(Box::new(step));
    }

    fn document(&self, document: &str) {
        self.then(Ok(Some(document.as_bytes().to_vec())));
    }
}

impl Source for Script {
    fn load(&mut self) -> Loaded {
        let next = self.0.lock().unwrap().pop_front();
        next.map_or(Ok(None), |step| step())
    }

    fn name(&self) -> String {
        "script".to_owned()
    }
}

fn document(revision: u32) -> String {
    format!(r#"{{"name":"n","revision":{revision},"share":"{revision}%"}}"#)
}

/// A router without a rollout, and what it tells its listeners.
fn router() -> (Arc<Router>, Arc<Mutex<Vec<Change>>>) {
    let router = Router::builder().name("n").env(|_| None).build().unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    router.on_change(move |change| telling.lock().unwrap().push(change.clone()));
    (Arc::new(router), told)
}

fn applied(revision: u32) -> Change {
    Change::Applied {
        revision,
        share: Share::ppm(revision * 10_000).unwrap(),
    }
}

/// Asserts what is in force and, by a part of the message, what is wrong with the source of this name.
#[track_caller]
fn shows(router: &Router, revision: Option<u32>, source: &str, trouble: Option<(ErrorKind, &str)>) {
    let status = router.status();
    assert_eq!(status.revision, revision, "{status:?}");
    match (trouble, status.last_error) {
        (None, None) => {}
        (Some((kind, part)), Some(error)) => {
            assert_eq!((error.source.as_deref(), error.kind), (Some(source), kind));
            assert!(error.message.contains(part), "{}", error.message);
        }
        (want, found) => panic!("want {want:?}, found {found:?}"),
    }
}

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_document_is_applied_once_however_often_it_is_found() {
    let (router, told) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    for _ in 0..3 {
        script.document(&document(1));
        script.then(Ok(None));
    }
    // Other bytes, the same rollout.
    script.document(r#"{ "share": "10000ppm", "revision": 1, "name": "n" }"#);
    for _ in 0..7 {
        follow.look();
        shows(&router, Some(1), "script", None);
    }
    assert_eq!(*told.lock().unwrap(), [applied(1)]);
    script.document(&document(2));
    follow.look();
    shows(&router, Some(2), "script", None);
    assert_eq!(*told.lock().unwrap(), [applied(1), applied(2)]);
}

#[test]
fn a_bad_document_leaves_the_last_good_one_and_is_told_once() {
    let (router, told) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    script.document(&document(1));
    follow.look();
    for bad in ["", "{", "null", r#"{"name":"n","share":"11"}"#] {
        told.lock().unwrap().clear();
        for _ in 0..3 {
            script.document(bad);
            follow.look();
            shows(&router, Some(1), "script", Some((ErrorKind::Document, "")));
        }
        assert_eq!(told.lock().unwrap().len(), 1, "{bad:?}: {told:?}");
    }
    assert_eq!(router.status().last_error.unwrap().path, "/share");
    // The good one again: nothing to apply, nobody to tell, and no error any more.
    told.lock().unwrap().clear();
    script.document(&document(1));
    follow.look();
    shows(&router, Some(1), "script", None);
    assert_eq!(*told.lock().unwrap(), []);
}

#[test]
fn what_the_router_refuses_is_shown_with_its_source() {
    let (router, told) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    script.document(&document(5));
    script.document(r#"{"name":"n","revision":4,"share":"9%"}"#);
    script.document(r#"{"name":"other","revision":6,"share":"9%"}"#);
    follow.look();
    follow.look();
    shows(
        &router,
        Some(5),
        "script",
        Some((ErrorKind::Revision, "at least 5")),
    );
    follow.look();
    shows(
        &router,
        Some(5),
        "script",
        Some((ErrorKind::Identity, "another name")),
    );
    assert_eq!(told.lock().unwrap().len(), 3);
    let shown = serde_json::to_value(router.status()).unwrap();
    assert_eq!(shown["last_error"]["source"], "script");
    assert_eq!(shown["last_error"]["path"], "/name");
}

#[test]
fn a_failing_source_leaves_the_last_good_one_and_its_trouble_grows_old() {
    let (router, told) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    script.document(&document(1));
    follow.look();
    told.lock().unwrap().clear();
    let trouble = Some((ErrorKind::Io, "the source gave no document: no connection"));
    script.then(Err("no connection".into()));
    follow.look();
    shows(&router, Some(1), "script", trouble);
    let young = router.status().last_error.unwrap().age;
    for _ in 0..3 {
        script.then(Err("no connection".into()));
        follow.look();
        shows(&router, Some(1), "script", trouble);
        // Not begun anew: monotonic time can only have gone on.
        assert!(router.status().last_error.unwrap().age >= young);
    }
    assert_eq!(told.lock().unwrap().len(), 1, "{told:?}");
    // Well again, said by either way of saying that nothing has changed.
    script.then(Ok(None));
    follow.look();
    shows(&router, Some(1), "script", None);
    script.then(Err("no connection".into()));
    script.document(&document(1));
    follow.look();
    follow.look();
    shows(&router, Some(1), "script", None);
    assert_eq!(told.lock().unwrap().len(), 2, "{told:?}");
}

#[test]
fn a_bad_document_is_shown_again_after_its_source_failed() {
    let (router, _) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    script.document("{");
    script.then(Err("no connection".into()));
    follow.look();
    follow.look();
    shows(
        &router,
        None,
        "script",
        Some((ErrorKind::Io, "no connection")),
    );
    script.document("{");
    follow.look();
    shows(
        &router,
        None,
        "script",
        Some((ErrorKind::Document, "not JSON")),
    );
}

#[test]
fn a_source_that_panics_is_followed_on() {
    let (router, _) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    script.then_panic();
    follow.look();
    shows(
        &router,
        None,
        "script",
        Some((ErrorKind::Io, "it panicked")),
    );
    script.document(&document(1));
    follow.look();
    shows(&router, Some(1), "script", None);
}

#[test]
fn what_the_program_applies_stays_until_the_document_is_edited() {
    let (router, _) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    script.document(&document(1));
    script.document(&document(1));
    follow.look();
    router.apply_json(document(3).as_bytes()).unwrap();
    follow.look();
    shows(&router, Some(3), "script", None);
    // What the program itself was refused for is not the source's to settle.
    router.apply_json(b"{").unwrap_err();
    script.document(&document(1));
    follow.look();
    let error = router.status().last_error.unwrap();
    assert_eq!((error.source, error.kind), (None, ErrorKind::Document));
    script.document(&document(4));
    follow.look();
    shows(&router, Some(4), "script", None);
}

#[test]
fn a_refused_document_does_not_come_into_force_later_by_itself() {
    let (router, _) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    let early = r#"{"name":"n","revision":4,"share":"9%"}"#;
    script.document(&document(5));
    script.document(early);
    follow.look();
    follow.look();
    // The way back, by hand. The router would take revision 4 now.
    router.apply_json(document(3).as_bytes()).unwrap();
    script.document(early);
    follow.look();
    let refused = Some((ErrorKind::Revision, "at least 5"));
    shows(&router, Some(3), "script", refused);
    script.document(&format!("{early}\n"));
    follow.look();
    shows(&router, Some(4), "script", None);
}

#[test]
fn a_document_that_comes_back_releases_what_it_may() {
    let (router, told) = router();
    let script = Script::default();
    let mut follow = Follow::new(Arc::clone(&router), script.clone());
    script.document(&document(1));
    follow.look();
    router.brake("test");
    script.document(r#"{"name":"n","revision":2,"share":"2%","releases_brake":1}"#);
    follow.look();
    assert!(!router.status().braked);
    assert_eq!(told.lock().unwrap().len(), 4, "{told:?}");
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

/// The look must come back: what it waits for here never comes.
fn look_at(path: &std::path::Path, router: &Arc<Router>) {
    let (done, is_done) = mpsc::channel();
    let mut follow = Follow::new(Arc::clone(router), File::new(path));
    thread::spawn(move || {
        follow.look();
        done.send(()).unwrap();
    });
    is_done
        .recv_timeout(Duration::from_secs(30))
        .expect("the look hangs");
}

#[test]
fn what_is_no_readable_file_is_refused_and_never_waited_for() {
    let (router, _) = router();
    let folder = Folder::new("odd");
    let odd = |name: &str, part: &str| {
        let path = folder.path(name);
        look_at(&path, &router);
        shows(
            &router,
            None,
            path.to_str().unwrap(),
            Some((ErrorKind::Io, part)),
        );
    };
    odd("missing.json", "put the document there");
    fs::create_dir(folder.path("directory")).unwrap();
    odd("directory", "something else than a file");
    fs::write(folder.path("file"), "{}").unwrap();
    odd("file/below", "can't be read");
    odd(&"long".repeat(2_000), "can't be read");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        use std::process::Command;
        symlink(folder.path("loop"), folder.path("loop")).unwrap();
        odd("loop", "can't be read");
        symlink(folder.path("nowhere"), folder.path("dangling")).unwrap();
        odd("dangling", "put the document there");
        symlink("/dev/zero", folder.path("zeros")).unwrap();
        odd("zeros", "something else than a file");
        match Command::new("mkfifo").arg(folder.path("fifo")).status() {
            Ok(status) if status.success() => odd("fifo", "something else than a file"),
            other => println!("SKIPPED the FIFO: mkfifo says {other:?}"),
        }
        let secret = folder.path("secret.json");
        fs::write(&secret, document(1)).unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&secret).is_ok() {
            println!("SKIPPED the permissions: this user may read everything");
        } else {
            odd("secret.json", "let the process read it");
        }
    }
}

#[test]
fn a_file_that_grows_to_a_gigabyte_is_not_read() {
    let (router, _) = router();
    let folder = Folder::new("large");
    let path = folder.path("rollout.json");
    fs::write(&path, document(1)).unwrap();
    let mut follow = Follow::new(Arc::clone(&router), File::new(&path));
    follow.look();
    // Sparse: it takes no room on the disk.
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(1 << 30).unwrap();
    follow.look();
    let name = path.to_str().unwrap();
    shows(
        &router,
        Some(1),
        name,
        Some((ErrorKind::Document, "larger than 256 MiB")),
    );
    file.set_len(document(1).len() as u64).unwrap();
    follow.look();
    shows(&router, Some(1), name, None);
}

#[test]
fn each_way_of_replacing_a_file_is_seen() {
    let (router, told) = router();
    let folder = Folder::new("ways");
    let path = folder.path("rollout.json");
    let name = path.to_str().unwrap();
    let mut follow = Follow::new(Arc::clone(&router), File::new(&path));
    follow.look();
    shows(
        &router,
        None,
        name,
        Some((ErrorKind::Io, "put the document there")),
    );
    for (revision, replace) in (1..).zip(folder::WAYS) {
        replace(&folder, "rollout.json", document(revision).as_bytes());
        follow.look();
        shows(&router, Some(revision), name, None);
    }
    // Deleted and made again as it was: an error while it is away, and no change of the rollout.
    told.lock().unwrap().clear();
    let last = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    follow.look();
    let revision = router.rollout().as_deref().map(Rollout::revision);
    shows(
        &router,
        revision,
        name,
        Some((ErrorKind::Io, "put the document there")),
    );
    fs::write(&path, last).unwrap();
    follow.look();
    shows(&router, revision, name, None);
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[test]
fn an_edit_that_changes_neither_length_nor_time_is_seen() {
    let (router, _) = router();
    let folder = Folder::new("ticks");
    let path = folder.path("rollout.json");
    let mut follow = Follow::new(Arc::clone(&router), File::new(&path));
    let time = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for revision in 1..=9 {
        fs::write(&path, document(revision)).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(time).unwrap();
        follow.look();
        shows(&router, Some(revision), path.to_str().unwrap(), None);
    }
}
