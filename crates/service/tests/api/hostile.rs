//! What nobody should send: bytes that are no HTTP, payloads that are nearly JSON. Nothing fails, and all is well after.

use std::time::Duration;

use cutover_service::Service;
use fastrand::Rng;
use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{self, V1, V2, start, suggest, suggest_v2};
use crate::payloads::broken;

async fn metrics(service: &Service) -> String {
    let url = format!("http://{}/metrics", service.address);
    Client::new()
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
}

#[tokio::test]
async fn broken_payloads_are_answered_and_never_fail() {
    let service = start(|options| options.share = "50%".parse().unwrap()).await;
    let mut rng = Rng::with_seed(7);
    let client = Client::new();
    let mut taken = 0;
    for n in 0..600 {
        let (url, payload) = if n % 2 == 0 {
            (suggest(&service), V1)
        } else {
            (suggest_v2(&service), V2)
        };
        let sent = client
            .post(url)
            .header("content-type", "application/json")
            .body(broken(payload, &mut rng))
            .send();
        let response = sent.await.unwrap();
        match response.status().as_u16() {
            201 => {
                taken += 1;
                let body: serde_json::Value = response.json().await.unwrap();
                let id = body["suggestionId"].as_str().unwrap();
                for version in ["v1", "v2"] {
                    let (status, record) = common::read(service.address, id, version).await;
                    assert_eq!(status, 200, "{record}");
                    serde_json::from_str::<serde_json::Value>(&record).unwrap();
                }
            }
            400 => {}
            other => panic!("{other}: {}", response.text().await.unwrap()),
        }
    }
    assert!((1..600).contains(&taken), "{taken}: both ends are tried");
    assert_eq!(answered_500(&metrics(&service).await), 0);
    service.stop().await;
}

#[tokio::test]
async fn what_is_no_http_is_dropped() {
    let service = start(|_| {}).await;
    let mut rng = Rng::with_seed(7);
    for _ in 0..100 {
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        let length = rng.usize(1..2_000);
        let mut bytes: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(length).collect();
        if rng.bool() {
            bytes.splice(0..0, *b"POST /api/suggest HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n");
        }
        // The service may hang up before it has all.
        drop(stream.write_all(&bytes).await);
        drop(stream.shutdown().await);
        let mut answer = Vec::new();
        let read =
            tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "the connection hangs");
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert_eq!(answered_500(&metrics(&service).await), 0);
    service.stop().await;
}

/// How many requests were answered 500, by the metrics, which have a line for each answer from the start.
fn answered_500(metrics: &str) -> u64 {
    let counts: Vec<u64> = metrics
        .lines()
        .filter(|line| line.contains("status=\"500\""))
        .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
        .collect();
    assert!(!counts.is_empty(), "{metrics}");
    counts.iter().sum()
}
