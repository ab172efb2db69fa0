//! A SQLite file that is moved, deleted or replaced under a running service.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection, Executor};

use crate::common::{Process, read};
use crate::kit::{SOON, Sender, ends, sqlite};

async fn refuses(sender: &mut Sender, service: &Process) {
    let (status, body) = sender.send(service, 20).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &"storage_replaced".into()),
        "{body}"
    );
    assert_eq!(
        sender.ready(service).await,
        (503, "storage_replaced".into())
    );
    let (status, body) = read(&service.address, "sent-1", "v1").await;
    assert_eq!(status, 503, "{body}");
}

#[tokio::test]
async fn moved_away_and_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let (file, away) = (folder.path().join("db"), folder.path().join("away"));
    let database = sqlite(folder.path());
    let service = Process::start(&["--database-url", &database], &[]);
    let mut sender = Sender::new();
    assert_eq!(sender.send(&service, 20).await.0, 201);

    fs::rename(&file, &away).unwrap();
    refuses(&mut sender, &service).await;
    assert!(!file.exists(), "no empty database takes its place");

    fs::rename(&away, &file).unwrap();
    sender.wait_until_ready_is(&service, 200, "").await;
    assert_eq!(sender.send(&service, 20).await.0, 201);
    ends(service).await;
    sender.all_stored(&database).await;
}

#[tokio::test]
async fn replaced_by_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("db"), folder.path().join("copy"));
    let database = sqlite(folder.path());
    let service = Process::start(&["--database-url", &database], &[]);
    let mut sender = Sender::new();
    assert_eq!(sender.send(&service, 20).await.0, 201);

    fs::copy(&file, &copy).unwrap();
    let before = fs::read(&copy).unwrap();
    fs::rename(&copy, &file).unwrap();
    refuses(&mut sender, &service).await;
    // The one that took its place is left as it is, also when the service closes the other.
    ends(service).await;
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn deleted() {
    let folder = tempfile::tempdir().unwrap();
    let service = Process::start(&["--database-url", &sqlite(folder.path())], &[]);
    let mut sender = Sender::new();
    assert_eq!(sender.send(&service, 20).await.0, 201);
    for name in ["db", "db-wal", "db-shm"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    for _ in 0..5 {
        refuses(&mut sender, &service).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(!folder.path().join("db").exists());

    // The process still has the files open: they can be copied, and everything is in the copy.
    let descriptors = format!("/proc/{}/fd", service.id());
    if !Path::new(&descriptors).exists() {
        eprintln!("SKIPPED: there is no /proc to copy the deleted files from");
        return;
    }
    let rescued = tempfile::tempdir().unwrap();
    for descriptor in fs::read_dir(descriptors).unwrap() {
        let descriptor = descriptor.unwrap().path();
        let target = fs::read_link(&descriptor).unwrap_or_default();
        for name in ["db", "db-wal"] {
            if target
                .to_string_lossy()
                .ends_with(&format!("/{name} (deleted)"))
            {
                fs::copy(&descriptor, rescued.path().join(name)).unwrap();
            }
        }
    }
    sender.all_stored(&sqlite(rescued.path())).await;
    ends(service).await;
}

/// What is committed is in the write-ahead log until SQLite moves it into the file. A process that is killed after its
/// log was deleted loses that, so the service moves it as soon as it notices.
#[tokio::test]
async fn the_write_ahead_log_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let database = sqlite(folder.path());
    let service = Process::start(&["--database-url", &database], &[]);
    let mut sender = Sender::new();
    for _ in 0..20 {
        assert_eq!(sender.send(&service, 20).await.0, 201);
    }
    let length = || fs::metadata(folder.path().join("db")).unwrap().len();
    let before = length();
    fs::remove_file(folder.path().join("db-wal")).unwrap();
    refuses(&mut sender, &service).await;
    let since = Instant::now();
    while length() == before {
        assert!(since.elapsed() < SOON, "nothing is moved into the file");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The pages are written in order, and then synced.
    tokio::time::sleep(Duration::from_millis(500)).await;
    service.kill();
    sender.all_stored(&database).await;
}

/// Another process, such as a backup or somebody's shell, has the write lock.
#[tokio::test]
async fn locked_by_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let database = sqlite(folder.path());
    let service = Process::start(&["--database-url", &database], &[]);
    let mut sender = Sender::new();
    assert_eq!(sender.send(&service, 20).await.0, 201);
    sqlx::any::install_default_drivers();
    let mut other = AnyConnection::connect(&database).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let (status, body) = sender.send(&service, 20).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &"storage_unavailable".into()),
        "{body}"
    );
    assert_eq!(sender.ready(&service).await.0, 503);
    assert_eq!(read(&service.address, "sent-1", "v1").await.0, 200);

    other.execute("ROLLBACK").await.unwrap();
    sender.wait_until_ready_is(&service, 200, "").await;
    assert_eq!(sender.send(&service, 20).await.0, 201);
    ends(service).await;
    sender.all_stored(&database).await;
}
