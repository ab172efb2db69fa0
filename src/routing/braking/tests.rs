//! A disk that stands still: who waits for it, who doesn't, and what holds when it goes on.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::durable::crash::CrashDisk;
use crate::durable::{Disk, Opened};
use crate::{ErrorKind, Rollout, Router, Share, Version};

const PATH: &str = "/folder/brake.json";
const SOON: Duration = Duration::from_secs(20);

/// Whether the disk stands still, and who is told that somebody waits for it.
#[derive(Debug, Default)]
struct Gate {
    shut: Mutex<Option<Sender<()>>>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut shut = self.shut.lock().unwrap();
        while let Some(waiting) = &*shut {
            let _ = waiting.send(());
            shut = self.opened.wait(shut).unwrap();
        }
    }

    /// From now on the disk stands still; the receiver hears of each step that waits.
    fn shut(&self) -> Receiver<()> {
        let (waiting, waits) = channel();
        *self.shut.lock().unwrap() = Some(waiting);
        waits
    }

    fn open(&self) {
        *self.shut.lock().unwrap() = None;
        self.opened.notify_all();
    }
}

#[derive(Clone, Debug)]
struct Still {
    disk: CrashDisk,
    gate: Arc<Gate>,
}

impl Disk for Still {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Opened>> {
        self.gate.pass();
        self.disk.create(path)
    }
    fn append(&self, path: &Path, at: u64) -> io::Result<Box<dyn Opened>> {
        self.disk.append(path, at)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        self.disk.sync_dir(folder)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.gate.pass();
        self.disk.remove(path)
    }
    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        self.disk.read(path, max)
    }
}

fn rollout(revision: u32, share: Share) -> Rollout {
    let rollout = Rollout::builder("n", share).revision(revision);
    rollout.releases_brake(1).build().unwrap()
}

fn router(disk: &Still) -> Router {
    let router = Router::builder().env(|_| None);
    let router = router.rollout(rollout(7, Share::FULL));
    router
        .brake_file_on(Arc::new(disk.clone()), PATH)
        .build()
        .unwrap()
}

fn still() -> Still {
    Still {
        disk: CrashDisk::new(),
        gate: Arc::default(),
    }
}

/// The reasons of the brake that the next process would find.
fn stored(disk: &Still) -> Vec<String> {
    let status = router(disk).status();
    status.brake.map_or_else(Vec::new, |brake| brake.reasons)
}

/// Whoever pulls, changes or inspects a router goes on while another waits for the disk.
#[test]
fn only_who_stores_waits_for_the_disk() {
    let disk = still();
    let router = router(&disk);
    let waits = disk.gate.shut();
    std::thread::scope(|scope| {
        let stores = scope.spawn(|| router.brake("first"));
        waits.recv_timeout(SOON).unwrap();
        let (done, came) = channel();
        let others = scope.spawn(|| {
            let done = done;
            router.pull("second");
            router.apply(rollout(7, Share::ZERO)).unwrap();
            done.send(router.status()).unwrap();
        });
        let status = came.recv_timeout(SOON);
        disk.gate.open();
        let status = status.expect("the others wait for the disk");
        assert_eq!(status.brake.unwrap().reasons, ["first", "second"]);
        assert_eq!(status.share, Share::ZERO);
        stores.join().unwrap();
        others.join().unwrap();
    });
    assert_eq!(
        stored(&disk),
        ["first"],
        "what was written when it was written"
    );
    router.store_brake().unwrap();
    assert_eq!(stored(&disk), ["first", "second"]);
}

type Release = fn(&Router, bool) -> Result<(), crate::Error>;

const RELEASES: [Release; 2] = [
    |router, still| router.release_if(1, || still),
    |router, still| router.apply_if(rollout(8, Share::FULL), || still),
];

/// A release that nobody waits for any more once the disk is done leaves the brake on, here and on the disk.
#[test]
fn a_release_that_was_given_up_leaves_the_brake_on() {
    for release in RELEASES {
        let disk = still();
        let router = router(&disk);
        router.brake("why");
        let error = release(&router, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(
            (router.route("a"), router.status().revision),
            (Version::V1, Some(7))
        );
        assert_eq!(router.status().state_error, None);
        assert_eq!(stored(&disk), ["why"]);
        release(&router, true).unwrap();
        assert_eq!((router.route("a"), stored(&disk)), (Version::V2, vec![]));
    }
}

/// A pull that comes while a release waits for the disk is not lost: its caller was told that all is v1.
#[test]
fn a_pull_during_a_release_keeps_the_brake_on() {
    for release in RELEASES {
        let disk = still();
        let router = router(&disk);
        router.brake("first");
        let waits = disk.gate.shut();
        std::thread::scope(|scope| {
            let releases = scope.spawn(|| release(&router, true));
            waits.recv_timeout(SOON).unwrap();
            router.pull("first");
            disk.gate.open();
            let error = releases.join().unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Brake);
            assert!(error.to_string().contains("pulled again"), "{error}");
        });
        assert_eq!(
            (router.route("a"), stored(&disk)),
            (Version::V1, vec!["first".to_owned()])
        );
    }
}
