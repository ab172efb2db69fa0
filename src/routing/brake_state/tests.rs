//! The brake against crashes, failures and kills at every step of its state's way to the disk.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use crate::durable::crash::CrashDisk;
use crate::durable::{Disk, Opened, System};
use crate::{Rollout, Router, Share, Version};

const PATH: &str = "/folder/brake.json";
const OLD: &str = r#"{"name":"n","salt":"n","brake":{"number":3,"reasons":["old"],"further":0}}"#;

fn rollout(revision: u32) -> Rollout {
    let rollout = Rollout::builder("n", Share::FULL).revision(revision);
    rollout.releases_brake(3).build().unwrap()
}

fn router(disk: impl Disk + 'static, path: impl AsRef<Path>) -> Router {
    let router = Router::builder().env(|_| None).rollout(rollout(7));
    router
        .brake_file_on(Arc::new(disk), path.as_ref())
        .build()
        .unwrap()
}

/// The reasons of the brake that the next process would find; none when it is not pulled.
fn found(disk: impl Disk + 'static, path: impl AsRef<Path>) -> Vec<String> {
    let status = router(disk, path).status();
    assert_eq!(status.state_error, None);
    status.brake.map_or_else(Vec::new, |brake| brake.reasons)
}

fn disk(before: Option<&str>) -> CrashDisk {
    let disk = CrashDisk::new();
    if let Some(before) = before {
        disk.put(Path::new(PATH), before.as_bytes());
    }
    disk
}

/// Ways to release brake 3.
const RELEASES: [fn(&Router) -> bool; 2] = [
    |router| router.release(3).is_ok(),
    |router| router.apply(rollout(8)).is_ok(),
];

/// Whatever a power failure at any step of a pull leaves, the next process has the new brake or what was there before; once
/// the pull has returned without an error, it has the new one. In memory the brake is on in any case.
#[test]
fn a_crash_while_pulling_leaves_the_state_from_before_or_the_brake() {
    for (before, old, new) in [
        (None, &[][..], &["new"][..]),
        (Some(OLD), &["old"], &["old", "new"]),
    ] {
        for steps in 0.. {
            let disk = disk(before);
            let router = router(disk.clone(), PATH);
            disk.crash_after(steps);
            router.brake("new");
            assert_eq!(router.route("a"), Version::V1);
            let saved = router.status().state_error.is_none();
            for left in disk.after_crash() {
                let found = found(left, PATH);
                assert!(
                    found == new || !saved && found == old,
                    "step {steps}: {found:?}"
                );
            }
            if saved {
                assert!(steps >= 5, "create, write, sync, rename, sync the folder");
                break;
            }
        }
    }
}

/// Whatever a power failure at any step of a release leaves, the next process has the brake as it was or none; it has none
/// once the release has returned without an error. With an error the brake stays on.
#[test]
fn a_crash_while_releasing_leaves_the_brake_or_none() {
    for release in RELEASES {
        for steps in 0.. {
            let disk = disk(Some(OLD));
            let router = router(disk.clone(), PATH);
            disk.crash_after(steps);
            let released = release(&router);
            assert_eq!(router.status().braked, !released);
            for left in disk.after_crash() {
                let found = found(left, PATH);
                assert!(
                    found.is_empty() || !released && found == ["old"],
                    "step {steps}"
                );
            }
            if released {
                assert_eq!(steps, 2, "remove, sync the folder");
                break;
            }
        }
    }
}

/// A disk that asks before each step, and writes in two halves with a step between them.
#[derive(Clone)]
struct Stepping<D> {
    disk: D,
    step: Arc<dyn Fn() -> io::Result<()> + Send + Sync>,
}

/// Does `then` at the step of this number, counted from 0 since the disk was made.
fn at_step<D>(disk: D, number: usize, then: fn() -> io::Result<()>) -> Stepping<D> {
    let steps = AtomicUsize::new(0);
    let step = move || match steps.fetch_add(1, Ordering::Relaxed) == number {
        true => then(),
        false => Ok(()),
    };
    Stepping {
        disk,
        step: Arc::new(step),
    }
}

impl<D> fmt::Debug for Stepping<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stepping")
    }
}

impl<D: Disk> Disk for Stepping<D> {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Opened>> {
        (self.step)()?;
        let (disk, step) = (self.disk.create(path)?, self.step.clone());
        Ok(Box::new(Stepping { disk, step }))
    }
    fn append(&self, path: &Path, at: u64) -> io::Result<Box<dyn Opened>> {
        self.disk.append(path, at)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        (self.step)()?;
        self.disk.rename(from, to)
    }
    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        (self.step)()?;
        self.disk.sync_dir(folder)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        (self.step)()?;
        self.disk.remove(path)
    }
    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        self.disk.read(path, max)
    }
}

impl Opened for Stepping<Box<dyn Opened>> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        (self.step)()?;
        self.disk.write(first)?;
        (self.step)()?;
        self.disk.write(second)
    }
    fn sync(&mut self) -> io::Result<()> {
        (self.step)()?;
        self.disk.sync()
    }
}

fn failing() -> io::Result<()> {
    Err(io::Error::other("no space left"))
}

/// A pull whose write fails at any step is shown, and the next pull for the same reason writes it.
#[test]
fn a_pull_that_was_not_written_is_written_by_the_next() {
    let mut failed = 0;
    loop {
        let disk = disk(Some(OLD));
        let router = router(at_step(disk.clone(), failed, failing), PATH);
        assert_eq!(router.brake("new").get(), 3);
        let Some(fault) = router.status().state_error else {
            break;
        };
        assert_eq!(
            fault.message,
            "the brake's state file /folder/brake.json can't be written (no space left): \
             pull again once it can, or a restart may lose the brake"
        );
        assert_eq!(router.brake("new").get(), 3);
        assert_eq!(router.status().state_error, None);
        for left in disk.after_crash() {
            assert_eq!(found(left, PATH), ["old", "new"]);
        }
        failed += 1;
    }
    assert_eq!(
        failed, 6,
        "create, write twice, sync, rename, sync the folder"
    );
}

/// A release that fails at any step is an error, and leaves the brake on, here and, whatever a power failure then leaves,
/// in the next process.
#[test]
fn a_release_that_failed_leaves_the_brake_on() {
    for release in RELEASES {
        let mut failed = 0;
        loop {
            let disk = disk(Some(OLD));
            let router = router(at_step(disk.clone(), failed, failing), PATH);
            if release(&router) {
                break;
            }
            let status = router.status();
            assert_eq!((status.braked, status.revision), (true, Some(7)));
            assert!(status.state_error.unwrap().message.contains("stays on"));
            for left in disk.after_crash() {
                assert_eq!(found(left, PATH), ["old"], "step {failed}");
            }
            assert!(release(&router), "it can be tried again");
            assert_eq!(router.status().state_error, None);
            failed += 1;
        }
        assert_eq!(failed, 2, "remove, sync the folder");
    }
}

/// While the disk is still at work, all is v1 already.
#[test]
fn the_brake_is_on_before_the_disk_has_it() {
    let (reached, at_disk) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = stop.clone();
    let disk = Stepping {
        disk: disk(None),
        step: Arc::new(move || {
            if stopping.load(Ordering::Relaxed) {
                let _ = reached.send(());
                let _ = wait.lock().unwrap().recv();
            }
            Ok(())
        }),
    };
    let router = router(disk, PATH);
    stop.store(true, Ordering::Relaxed);
    assert_eq!(router.route("a"), Version::V2);
    std::thread::scope(|scope| {
        scope.spawn(|| router.brake("new"));
        at_disk.recv().unwrap();
        let seen = router.route("a");
        drop(go);
        assert_eq!(seen, Version::V1);
    });
}

/// What the process that is to be killed gets: what to do, at which step to die, and the path of the state.
const KILL: &str = "CUTOVER_TEST_KILL";

#[test]
#[ignore = "the process that the next test kills"]
fn killed() {
    let Ok(order) = std::env::var(KILL) else {
        return;
    };
    let mut order = order.splitn(3, ' ');
    let mut next = || order.next().unwrap();
    let (act, step, path) = (next(), next().parse().unwrap(), PathBuf::from(next()));
    let router = router(at_step(System, step, || std::process::abort()), path);
    match act {
        "brake" => assert_eq!(
            router.brake("new").get(),
            router.status().brake.unwrap().number.get()
        ),
        _ => router.release(3).unwrap(),
    }
    // At once: nothing that runs at the end of a process may be what saves the brake.
    std::process::exit(0);
}

/// Kills a process at each step of the write in turn; what is left is read by this one.
#[test]
fn a_kill_at_any_step_never_loses_the_brake() {
    let folder = std::env::temp_dir().join(format!("cutover-kill-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("brake.json");
    for (act, before, old, new) in [
        ("brake", None, &[][..], &["new"][..]),
        ("brake", Some(OLD), &["old"], &["old", "new"]),
        ("release", Some(OLD), &["old"], &[]),
    ] {
        let mut kills = 0;
        loop {
            let _ = fs::remove_file(&path);
            if let Some(before) = before {
                fs::write(&path, before).unwrap();
            }
            let child = Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "routing::brake_state::tests::killed",
                    "--ignored",
                ])
                .env(KILL, format!("{act} {kills} {}", path.display()))
                .output()
                .unwrap();
            let found = found(System, &path);
            if child.status.success() {
                assert_eq!(found, new, "{act} returned");
                break;
            }
            assert_ne!(
                child.status.code(),
                Some(101),
                "killed, not failed: {child:?}"
            );
            assert!(
                found == old || found == new,
                "{act}, step {kills}: {found:?}"
            );
            kills += 1;
        }
        let least = if act == "brake" { 6 } else { 2 };
        assert!(kills >= least, "{act} was killed at {kills} steps");
    }
    fs::remove_dir_all(&folder).unwrap();
}
