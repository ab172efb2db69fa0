//! A file is replaced a hundred times a second, in every way and by bad documents too, while threads ask the router.
//!
//! Two seconds of it; `CUTOVER_FLIP_SECONDS` says otherwise.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cutover::routing::source::{File, Follow};
use cutover::{Reason, Request, Router, Share, Version};

use crate::folder::{Folder, WAYS};

/// Replacements of one kind in a row: ten seconds at a hundred a second are 40 rounds, ten of each way.
const IN_A_ROW: u32 = 25;
const PAUSE: Duration = Duration::from_millis(10);

/// Each revision has a share of its own, below 100 %, and every other one pins two ids the wrong way round.
fn share(revision: u32) -> Share {
    Share::ppm(revision.wrapping_mul(7_919) % 999_983).unwrap()
}

fn is_pinned(revision: u32) -> bool {
    revision % 2 == 1
}

fn good(revision: u32) -> String {
    let (low, high) = ids_at_the_edges();
    let pins = if is_pinned(revision) {
        format!(r#"{{"v1":["{low}"],"v2":["{high}"]}}"#)
    } else {
        "{}".to_owned()
    };
    let share = share(revision);
    format!(r#"{{"name":"n","revision":{revision},"share":"{share}","pins":{pins}}}"#)
}

/// Documents that may never decide anything, each with a share of 100 %, which no good one has.
fn bad(revision: u32) -> String {
    match revision % 5 {
        0 => String::new(),
        1 => format!(r#"{{"name":"n","revision":{revision},"share":"100%""#),
        2 => format!(r#"{{"name":"n","revision":{revision},"share":"100%","shares":1}}"#),
        3 => format!(r#"{{"name":"other","revision":{revision},"share":"100%"}}"#),
        _ => r#"{"name":"n","revision":0,"share":"100%"}"#.to_owned(),
    }
}

/// Ids whose buckets lie near either end: most shares give the first v2 and the second v1.
fn ids_at_the_edges() -> (String, String) {
    let seed = cutover::routing::Seed::new("n");
    let find = |is_it: fn(u32) -> bool| {
        let mut ids = (0..).map(|n| format!("edge-{n}"));
        ids.find(|id| is_it(seed.bucket(id.as_bytes()).get()))
            .unwrap()
    };
    (
        find(|bucket| bucket < 1_000),
        find(|bucket| bucket > 999_000),
    )
}

/// Asserts that one good document says all of this decision, and gives its revision.
fn check(router: &Router, id: &str, pinned: Option<Version>) -> u32 {
    let decision = router.decide(&Request::new(id));
    let revision = decision.revision();
    assert_eq!(decision.share(), share(revision), "{decision:?}");
    let (version, reason) = match pinned.filter(|_| is_pinned(revision)) {
        Some(version) => (version, Reason::Pinned),
        None if decision.bucket().get() < share(revision).as_ppm() => (Version::V2, Reason::Share),
        None => (Version::V1, Reason::Share),
    };
    assert_eq!(
        (decision.version(), decision.reason()),
        (version, reason),
        "{decision:?}"
    );
    revision
}

#[test]
fn a_file_that_flips_is_followed_from_good_to_good() {
    let seconds = std::env::var("CUTOVER_FLIP_SECONDS").map_or(2, |text| text.parse().unwrap());
    let folder = Folder::new("flip");
    let path = folder.path("rollout.json");
    let router = Router::builder().name("n").env(|_| None).build().unwrap();
    let router = Arc::new(router);
    let following = Follow::new(Arc::clone(&router), File::new(&path));
    let following = following.every(Duration::from_millis(1)).unwrap();

    let in_force = |revision: u32| {
        let begin = Instant::now();
        loop {
            let status = router.status();
            if status.revision == Some(revision) && status.last_error.is_none() {
                return;
            }
            assert!(
                begin.elapsed() < Duration::from_secs(30),
                "{revision}: {status:?}"
            );
            thread::sleep(Duration::from_millis(1));
        }
    };
    let (low, high) = ids_at_the_edges();
    let (done, decisions) = (AtomicBool::new(false), AtomicU64::new(0));
    let ask = || {
        let (mut newest, mut id) = (0, 0u64);
        while !done.load(Ordering::Relaxed) {
            for (id, pinned) in [
                (&*low, Some(Version::V1)),
                (&*high, Some(Version::V2)),
                (&*format!("user-{id}"), None),
            ] {
                let revision = check(&router, id, pinned);
                assert!(revision >= newest, "{revision} after {newest}");
                newest = revision;
                router.route(id);
            }
            id += 1;
            decisions.fetch_add(3, Ordering::Relaxed);
        }
    };
    // Before anybody asks: without a rollout there would be nothing to check a decision by.
    let mut revision = 1;
    fs::write(&path, good(revision)).unwrap();
    in_force(revision);
    thread::scope(|scope| {
        let asking = [scope.spawn(ask), scope.spawn(ask)];
        // Also when an assertion of this thread fails: the scope waits for the others.
        let writing = scope.spawn(|| {
            for round in 0..(seconds * 100 / IN_A_ROW).max(WAYS.len() as u32) {
                let replace = WAYS[round as usize % WAYS.len()];
                for flip in 0..IN_A_ROW {
                    revision += 1;
                    let document = if flip % 3 == 1 {
                        bad(revision)
                    } else {
                        good(revision)
                    };
                    replace(&folder, "rollout.json", document.as_bytes());
                    thread::sleep(PAUSE);
                }
                // The last of a row is good: it comes into force, and its trouble is over.
                in_force(revision);
            }
            let _ = fs::remove_file(&path);
        });
        let written = writing.join();
        done.store(true, Ordering::Relaxed);
        for asking in asking {
            asking.join().unwrap();
        }
        written.unwrap();
    });
    drop(following);
    let decisions = decisions.into_inner();
    println!("{revision} documents, {decisions} decisions");
    assert!(decisions > 0);
    let status = router.status();
    assert_eq!(
        (status.revision, status.share),
        (Some(revision), share(revision))
    );
}
