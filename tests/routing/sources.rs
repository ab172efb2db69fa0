//! Following a source: what each look does to the router, its status and its listeners, and what may stand at a file's path.

mod files;
mod following;

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex};

use cutover::routing::Change;
use cutover::routing::source::{Follow, Source};
use cutover::{ErrorKind, Router, Share};

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
