//! A service that is told to stop answers what is under way, takes nothing new, and ends with 0.

use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::common::{self, Process, V1, header, post};

#[tokio::test]
async fn what_is_under_way_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("db").display());
    let process = Process::start(&["--database-url", &database, "--drain", "2"], &[]);
    let framing = format!("content-length: {}", V1.len());
    let mut slow = common::begin(&process.address, &framing).await;
    slow.write_all(&V1.as_bytes()[..10]).await.unwrap();

    process.terminate();
    while ready(&process).await != 503 {}
    let url = format!("http://{}/api/suggest", process.address);
    let refused = post(url, None, V1).await;
    assert_eq!(
        (refused.status().as_u16(), header(&refused, "connection")),
        (503, "close")
    );
    slow.write_all(&V1.as_bytes()[10..]).await.unwrap();
    // The service closes the connection after the answer, and says so.
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(process.wait(), Some(0));

    let process = Process::start(&["--database-url", &database], &[]);
    assert_eq!(
        common::read(&process.address, "slow", "v1").await,
        (200, V1.to_owned())
    );
    process.kill();
}

async fn ready(process: &Process) -> u16 {
    let url = format!("http://{}/readyz", process.address);
    Client::new()
        .get(url)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}
