//! What a router's figures say of its brakes and of the source that it follows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use cutover::migration::metrics::Metrics;
use cutover::routing::source::{Follow, Source};
use cutover::routing::{BRAKE_VARIABLE, BrakedBy};
use cutover::{Rollout, Router};

use super::{sample, scene};

/// Whoever pulled the brake first is counted, once, also the environment and a file that can't be read.
#[test]
fn brakes_are_counted_by_who_pulled_them() {
    let brakings = |router: &Router| {
        let text = Metrics::new()
            .router(&router.status(), SystemTime::now())
            .to_string();
        ["guard", "operator", "environment", "document"]
            .map(|by| sample(&text, &format!("cutover_guard_brake_total{{by=\"{by}\"}}")))
    };
    let rollout = || {
        let share = "10%".parse().unwrap();
        Rollout::builder("contribution-form-v2", share)
            .build()
            .unwrap()
    };
    let set = Arc::new(AtomicBool::new(false));
    let env = Arc::clone(&set);
    let router = Router::builder()
        .rollout(rollout())
        .env(move |name| {
            let is_set = name == BRAKE_VARIABLE && env.load(Ordering::Relaxed);
            is_set.then(|| String::from("1"))
        })
        .build()
        .unwrap();
    assert_eq!(brakings(&router), [0.0; 4]);
    let number = router.brake("by hand");
    router.brake_by(BrakedBy::Guard, "a further reason");
    assert_eq!(brakings(&router), [0.0, 1.0, 0.0, 0.0]);
    router.release(number).unwrap();
    router.brake_by(BrakedBy::Guard, "errors");
    set.store(true, Ordering::Relaxed);
    router.refresh();
    router.refresh();
    assert_eq!(brakings(&router), [1.0, 1.0, 1.0, 0.0]);

    let folder = std::env::temp_dir().join(format!("cutover-braked-by-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("brake.json");
    std::fs::write(&file, "not JSON").unwrap();
    let unreadable = Router::builder()
        .rollout(rollout())
        .env(|_| None)
        .brake_file(&file)
        .build()
        .unwrap();
    assert_eq!(brakings(&unreadable), [0.0, 0.0, 0.0, 1.0]);
    drop(unreadable);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A source that is away, or that hangs, is seen by its age, whatever the last document said.
#[test]
fn the_age_of_a_source_grows_while_it_cannot_be_read() {
    struct Sometimes(Arc<AtomicBool>);
    impl Source for Sometimes {
        fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error + Send + Sync>> {
            match self.0.load(Ordering::Relaxed) {
                true => Ok(Some(b"not a rollout".to_vec())),
                false => Err("it is away".into()),
            }
        }
    }
    let (there, router) = (Arc::new(AtomicBool::new(true)), Arc::new(scene().router));
    assert_eq!(router.status().source_age, None);
    let mut follow = Follow::new(Arc::clone(&router), Sometimes(Arc::clone(&there)));
    follow.look();
    let pause = Duration::from_millis(30);
    std::thread::sleep(pause);
    there.store(false, Ordering::Relaxed);
    follow.look();
    let age = router.status().source_age.unwrap();
    assert!(age >= pause, "{age:?}");
    let text = Metrics::new()
        .router(&router.status(), SystemTime::now())
        .to_string();
    let shown = sample(&text, "cutover_rollout_source_age_seconds");
    assert!(shown >= age.as_secs_f64(), "{shown}");
    there.store(true, Ordering::Relaxed);
    let before = Instant::now();
    follow.look();
    assert!(router.status().source_age.unwrap() <= before.elapsed());
}
