//! 1,200 clients that hold connections and never let go: operators get in within a second, an honest client within ten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
#[path = "../examples/support/hostile.rs"]
mod hostile;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::{Process, V1};
use hostile::Crowd;
use reqwest::Client;
use tokio::time::{sleep, timeout};

/// Hostile clients of the public listener, and of the operators'.
const CLIENTS: usize = 1_200;
const OPERATORS: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn hostile_connections_lock_nobody_out() {
    // Two for each connection would do for both ends: the service has a process of its own.
    rlimit::increase_nofile_limit(4_096).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("db").display());
    let process = Process::start(&["--database-url", &database], &[]);
    let (address, admin) = (
        process.address.parse().unwrap(),
        process.admin.parse().unwrap(),
    );
    let clients = Crowd::gather(address, CLIENTS, "/api/suggest", "/openapi.json");
    let operators = Crowd::gather(admin, OPERATORS, "/brake/release", "/status");
    let opened = |crowd: &Crowd| crowd.counts.opened.load(Ordering::Relaxed);
    timeout(Duration::from_secs(60), async {
        while opened(&clients) < CLIENTS || opened(&operators) < OPERATORS {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the hostile clients connect");

    let honest = tokio::spawn(honest(format!("http://{}/api/suggest", process.address)));
    for n in 0..10 {
        let (status, took) = brake(&process.admin).await;
        assert!(
            status == 200 && took < Duration::from_secs(1),
            "brake {n}: {status} after {took:?}"
        );
        sleep(Duration::from_millis(500)).await;
    }
    honest.await.unwrap();
    // Whoever holds a connection without using it has been cut off.
    assert!(clients.counts.closed.load(Ordering::Relaxed) > CLIENTS / 2);
    drop((clients, operators));
    process.terminate();
    assert_eq!(process.wait(), Some(0));
}

/// Pulls the brake over a connection of its own: the status, or 0 when there is no answer in 10 s, and how long it took.
async fn brake(admin: &str) -> (u16, Duration) {
    let since = Instant::now();
    let sent = Client::new()
        .post(format!("http://{admin}/brake"))
        .header("x-who", "ana")
        .header("x-why", "a crowd")
        .timeout(Duration::from_secs(10))
        .send()
        .await;
    let status = sent.map_or(0, |response| response.status().as_u16());
    (status, since.elapsed())
}

/// Five clients, one after the other: each connects anew, tries again as clients do, and has its 201 within 10 s.
async fn honest(url: String) {
    for n in 0..5 {
        let since = Instant::now();
        let mut answers = Vec::new();
        while answers.last() != Some(&201) {
            assert!(
                since.elapsed() < Duration::from_secs(10),
                "client {n}: {answers:?} after {:?}",
                since.elapsed()
            );
            let sent = Client::new()
                .post(&url)
                .header("content-type", "application/json")
                .header("idempotency-key", format!("honest-{n}"))
                .timeout(Duration::from_secs(10))
                .body(V1)
                .send()
                .await;
            answers.push(sent.map_or(0, |response| response.status().as_u16()));
            sleep(Duration::from_millis(100)).await;
        }
        println!("client {n}: {answers:?} after {:?}", since.elapsed());
    }
}
