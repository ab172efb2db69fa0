//! Whoever watches or follows a router may stop doing so from one of its listeners, which runs on the very thread that is to
//! stop.

use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cutover::migration::{Guard, Outcome};
use cutover::routing::source::{File, Follow};
use cutover::{ManualClock, Request, Rollout, Router, Share, Version};

/// Long enough for the busiest machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

type Kept = Arc<Mutex<Option<Box<dyn Any + Send>>>>;

/// Drops what is kept when the router next changes, and tells whether that went without a panic.
fn drops_at_the_next_change(router: &Router, kept: &Kept) -> Receiver<bool> {
    let (tell, told) = channel();
    let kept = Arc::clone(kept);
    router.on_change(move |_| {
        let Some(kept) = kept.lock().unwrap().take() else {
            return;
        };
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(kept)));
        let _ = tell.send(dropped.is_ok());
    });
    told
}

fn router() -> Arc<Router> {
    let rollout = Rollout::builder("test", "50%".parse::<Share>().unwrap());
    let rollout = rollout.revision(1).build().unwrap();
    let router = Router::builder().rollout(rollout).env(|_| None);
    Arc::new(router.build().unwrap())
}

#[test]
fn a_listener_may_drop_the_watch_that_pulled_the_brake() {
    let router = router();
    let kept = Kept::default();
    let told = drops_at_the_next_change(&router, &kept);

    let clock = Arc::new(ManualClock::new());
    let guard = Guard::builder().clock(clock.clone()).build().unwrap();
    let guard = Arc::new(guard);
    let outcomes = Arc::clone(guard.outcomes());
    let watch = guard.watch(Arc::clone(&router), Duration::from_millis(1));
    *kept.lock().unwrap() = Some(Box::new(watch.unwrap()));

    // v2 fails whatever it gets, a second of the clock after the other, until the guard has had enough.
    let give_up = Instant::now() + PATIENCE;
    let dropped = (0..).find_map(|n| {
        assert!(Instant::now() < give_up, "the guard never pulled the brake");
        clock.advance(Duration::from_secs(1));
        let id = format!("user-{n}");
        let decision = router.decide(&Request::new(&id));
        let outcome = match decision.version() {
            Version::V1 => Outcome::Accepted,
            Version::V2 => Outcome::Failed,
        };
        outcomes.record_ended(&decision, &id, outcome, Duration::ZERO);
        told.recv_timeout(Duration::from_millis(2)).ok()
    });
    assert_eq!(dropped, Some(true));
    assert!(router.status().braked);
}

#[test]
fn a_listener_may_drop_the_following_that_brought_the_change() {
    let router = router();
    let kept = Kept::default();
    let told = drops_at_the_next_change(&router, &kept);

    let file = std::env::temp_dir().join(format!("cutover-drops-{}.json", std::process::id()));
    fs::write(&file, r#"{"name":"test","share":"50%","revision":1}"#).unwrap();
    let follow = Follow::new(Arc::clone(&router), File::new(&file));
    let following = follow.every(Duration::from_millis(1)).unwrap();
    *kept.lock().unwrap() = Some(Box::new(following));
    fs::write(&file, r#"{"name":"test","share":"60%","revision":2}"#).unwrap();
    assert_eq!(told.recv_timeout(PATIENCE), Ok(true));
    let _ = fs::remove_file(&file);
}
