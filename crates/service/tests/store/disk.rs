//! A disk that is full, one that fails, and a database that is damaged, under a running service.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::process::Command;

use sqlx::Executor;

use crate::common::Process;
use crate::common::small_disk::SmallDisk;
use crate::kit::{Sender, ends, sqlite};

/// What is asserted of a full disk and of a failing one.
async fn refused_until_repaired(service: Process, database: &str, repair: impl FnOnce(&Process)) {
    let mut sender = Sender::new();
    let (status, body) = sender.send_until_refused(&service, 2_000).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &"storage_unavailable".into()),
        "{body}"
    );
    // It goes on like that. Small ones may fit in where larger ones don't: what is answered 201 has to be stored.
    for n in 0..300 {
        let bytes = if n % 3 == 0 { 20 } else { 60_000 };
        let (status, body) = sender.send(&service, bytes).await;
        assert!(status == 201 || status == 503, "{status} {body}");
    }
    sender.all_stored(database).await;
    sender
        .wait_until_ready_is(&service, 503, "storage_unavailable")
        .await;
    sender.send(&service, 60_000).await;
    assert!(
        sender
            .gauge(&service, "cutover_service_storage_failures")
            .await
            >= 1.0
    );

    repair(&service);
    sender.wait_until_ready_is(&service, 200, "").await;
    for _ in 0..50 {
        let (status, body) = sender.send(&service, 2_000).await;
        assert_eq!(status, 201, "{body}");
    }
    let failures = sender.gauge(&service, "cutover_service_storage_failures");
    assert!(failures.await.abs() < 0.5);
    // Before the service has closed the database, and after.
    sender.all_stored(database).await;
    ends(service).await;
    sender.all_stored(database).await;
}

#[tokio::test]
async fn a_full_disk() {
    let Some(disk) = SmallDisk::mount("2m") else {
        return;
    };
    let database = sqlite(disk.path());
    let service = Process::start(&["--database-url", &database], &[]);
    refused_until_repaired(service, &database, |_| disk.resize("64m")).await;
}

/// A service that can't make any file longer than this: the kernel refuses with EFBIG, which SQLite reports as an I/O error.
fn start_limited(kilobytes: usize, arguments: &[&str]) -> Process {
    let mut limited = Command::new("bash");
    let script = format!(r#"trap "" XFSZ; ulimit -S -f {kilobytes}; exec "$0" "$@""#);
    limited.args(["-c", &script, env!("CARGO_BIN_EXE_cutover-service")]);
    Process::run(limited, arguments, &[])
}

fn lift_limit(service: &Process) {
    let done = Command::new("prlimit")
        .args(["--pid", &service.id().to_string(), "--fsize=unlimited"])
        .status();
    assert!(done.unwrap().success());
}

#[tokio::test]
async fn an_io_error() {
    let folder = tempfile::tempdir().unwrap();
    let database = sqlite(folder.path());
    let service = start_limited(1_024, &["--database-url", &database]);
    refused_until_repaired(service, &database, lift_limit).await;
}

/// The log's disk is full, and the database's isn't: contributions are taken. The line that was cut is the last one lost.
#[tokio::test]
async fn the_submission_log_s_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.ndjson");
    let log_path = log.to_str().unwrap();
    let service = start_limited(
        64,
        &["--database-url", "sqlite::memory:", "--log", log_path],
    );
    let mut sender = Sender::new();
    let is_lost = || {
        service
            .log
            .lock()
            .unwrap()
            .contains("submission log is lost")
    };
    while !is_lost() {
        assert_eq!(sender.send(&service, 1_000).await.0, 201);
        assert!(sender.promised.len() < 1_000, "nothing is lost");
    }
    lift_limit(&service);
    let lost = sender.promised.len();
    for _ in 0..10 {
        assert_eq!(sender.send(&service, 1_000).await.0, 201);
    }
    ends(service).await;

    let text = fs::read_to_string(&log).unwrap();
    let logged: Vec<String> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|line| line["suggestionId"].as_str().unwrap().to_owned())
        .collect();
    for id in &sender.promised[lost..] {
        assert!(logged.contains(id), "{id} is not in the log");
    }
    assert_eq!(text.lines().count(), logged.len() + 1, "one line was cut");
}

#[tokio::test]
async fn a_damaged_file() {
    let folder = tempfile::tempdir().unwrap();
    let database = sqlite(folder.path());
    let service = Process::start(&["--database-url", &database], &[]);
    let mut sender = Sender::new();
    for _ in 0..200 {
        assert_eq!(sender.send(&service, 2_000).await.0, 201);
    }
    // Everything is moved into the file, and from there to nowhere.
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&database).await.unwrap();
    pool.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        .await
        .unwrap();
    pool.close().await;
    let file = File::options()
        .write(true)
        .open(folder.path().join("db"))
        .unwrap();
    let length = file.metadata().unwrap().len();
    file.write_all_at(&vec![0xA5; usize::try_from(length).unwrap() - 4_096], 4_096)
        .unwrap();

    let (status, body) = sender.send(&service, 2_000).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &"storage_corrupt".into()),
        "{body}"
    );
    // It stays so: no write that happens to succeed makes the file sound.
    for _ in 0..30 {
        assert_eq!(sender.send(&service, 20).await.0, 503);
        assert_eq!(
            sender.ready(&service).await,
            (503, "storage_corrupt".into())
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    ends(service).await;
}
