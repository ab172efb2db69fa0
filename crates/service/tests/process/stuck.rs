//! What could hold everyone up: a state disk that hangs, a log that nobody reads, large documents. The brake is answered all
//! the same, and SIGTERM ends the service.

use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::{Client, Response};

use crate::common::slow::SlowDisk;
use crate::common::{Process, V1};

/// More than the log's pipe holds (64 KiB), at 100 bytes a request and more.
const REQUESTS: usize = 1_000;

/// Pulls the brake, which is answered within a second.
async fn brake(process: &Process) {
    let since = Instant::now();
    let pulled = Client::new()
        .post(format!("http://{}/brake", process.admin))
        .header("x-who", "ana")
        .header("x-why", "test")
        .timeout(Duration::from_secs(10))
        .send()
        .await;
    assert_eq!(pulled.expect("an answer").status(), 200);
    let took = since.elapsed();
    assert!(took < Duration::from_secs(1), "the brake took {took:?}");
}

/// Requests until whatever they write to is full, and longer.
async fn many(process: &Process, send: impl AsyncFn(&Client) -> reqwest::Result<Response>) {
    let client = Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    for n in 0..REQUESTS {
        let answer = send(&client).await;
        let answer = answer.unwrap_or_else(|error| panic!("request {n}: {error}"));
        assert!(answer.status().is_success(), "request {n}");
    }
    brake(process).await;
}

/// SIGTERM ends it, with 0, before `limit`.
async fn ends(process: Process, limit: Duration) {
    process.terminate();
    let ended = tokio::task::spawn_blocking(move || process.wait());
    let code = tokio::time::timeout(limit, ended).await;
    assert_eq!(code.expect("it ends").unwrap(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_state_disk_is_not_waited_for_at_the_end() {
    let Some(disk) = SlowDisk::new() else {
        return;
    };
    let state = disk.state().display().to_string();
    let database = "sqlite::memory:";
    let arguments = [
        "--database-url",
        database,
        "--state",
        &state,
        "--drain",
        "0",
    ];
    let process = Process::start(&arguments, &disk.environment());
    disk.slow();
    brake(&process).await;
    // Each sync takes 15 s, and a file that is stored takes two.
    ends(process, Duration::from_secs(13)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::await_holding_lock, reason = "a thread waits for it, no task")]
async fn a_reader_of_the_service_s_own_log_that_hangs_holds_nobody_up() {
    let arguments = ["--database-url", "sqlite::memory:", "--drain", "0"];
    let process = Process::start(&arguments, &[("RUST_LOG", "debug")]);
    // Its reader waits for this lock, and reads no more.
    let log = std::sync::Arc::clone(&process.log);
    let hanging = log.lock().unwrap();
    let url = format!("http://{}/healthz", process.address);
    many(&process, async |client| client.get(&url).send().await).await;
    ends(process, Duration::from_secs(20)).await;
    drop(hanging);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_log_that_nobody_reads_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("log");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let path = pipe.to_str().unwrap();
    let arguments = [
        "--database-url",
        "sqlite::memory:",
        "--log",
        path,
        "--drain",
        "0",
    ];
    let process = Process::start(&arguments, &[]);
    let url = format!("http://{}/api/suggest", process.address);
    many(&process, async |client| {
        let post = client.post(&url).header("content-type", "application/json");
        post.body(V1).send().await
    })
    .await;
    ends(process, Duration::from_secs(20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_documents_that_are_looked_at_hold_nobody_up() {
    let process = Process::start(&["--database-url", "sqlite::memory:", "--drain", "0"], &[]);
    let pins: Vec<String> = (0..300_000).map(|n| format!("{n:036}")).collect();
    let document = serde_json::json!({
        "name": "contribution-form-v2", "revision": 1, "share": "10%", "pins": {"v2": pins},
    })
    .to_string();
    let url = format!("http://{}/rollout?dry_run=true", process.admin);
    // More than there are threads that serve.
    let count = 2 * std::thread::available_parallelism().map_or(4, usize::from);
    let puts: Vec<_> = (0..count)
        .map(|_| {
            let put = Client::new().put(&url).body(document.clone());
            let put = put.header("x-who", "ana").header("x-why", "test");
            let put = put.header("if-match", "\"0\"");
            tokio::spawn(async move { put.send().await.unwrap().status() })
        })
        .collect();
    while puts.iter().any(|put| !put.is_finished()) {
        brake(&process).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for put in puts {
        assert_eq!(put.await.unwrap(), 200);
    }
    ends(process, Duration::from_secs(20)).await;
}
