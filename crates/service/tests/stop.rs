//! A service that is told to stop answers what is under way, takes nothing new, and ends with 0.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Process, V1, post};
use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn what_is_under_way_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("db").display());
    let process = Process::start(&["--database-url", &database, "--drain", "2"], &[]);
    let mut slow = TcpStream::connect(&process.address).await.unwrap();
    let head = format!(
        "POST /api/suggest HTTP/1.1\r\nhost: x\r\nidempotency-key: slow\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        V1.len()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.write_all(&V1.as_bytes()[..10]).await.unwrap();
    // The head has to be there before the signal: only then it is under way.
    while !metrics(&process)
        .await
        .contains("cutover_service_places_free 255")
    {}

    process.terminate();
    while ready(&process).await != 503 {}
    let url = format!("http://{}/api/suggest", process.address);
    assert_eq!(post(url, None, V1).await.status(), 503);
    slow.write_all(&V1.as_bytes()[10..]).await.unwrap();
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 201");
    drop(slow);
    assert_eq!(process.wait(), Some(0));

    let process = Process::start(&["--database-url", &database], &[]);
    assert_eq!(
        common::read(&process.address, "slow", "v1").await,
        (200, V1.to_owned())
    );
    process.kill();
}

async fn metrics(process: &Process) -> String {
    let url = format!("http://{}/metrics", process.address);
    Client::new()
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
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
