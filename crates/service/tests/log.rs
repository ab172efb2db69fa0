//! Two logs: the submissions', one line for each request with what people sent, and the service's own, without any of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::{Process, V1, post, start, suggest};
use cutover::Share;
use reqwest::Client;
use serde_json::Value;

#[tokio::test]
async fn each_submission_has_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.ndjson");
    let service = start(|options| {
        options.log = Some(path.clone());
        options.share = Share::FULL;
        options.concurrency = 1;
    })
    .await;
    let url = || suggest(&service);
    assert_eq!(post(url(), Some("a"), V1).await.status(), 201);
    assert_eq!(post(url(), Some("a"), V1).await.status(), 201);
    assert_eq!(
        post(url(), Some("b"), r#"{"lat":91,"lng":0}"#)
            .await
            .status(),
        400
    );
    service.app.fault.set(Share::FULL);
    assert_eq!(post(url(), Some("c"), V1).await.status(), 201);
    let place = service.app.places.acquire().await.unwrap();
    assert_eq!(post(url(), Some("d"), V1).await.status(), 429);
    drop(place);
    let log = service.app.log.as_ref().unwrap();
    log.flush(Duration::from_secs(60));

    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let found: Vec<_> = lines
        .iter()
        .map(|line| {
            ["suggestionId", "action", "apiVersion"].map(|name| line[name].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        found,
        [
            ["a", "submitted", "v2"],
            ["a", "duplicate_detected", "v2"],
            ["b", "validation_failed", "v2"],
            ["c", "server_error", "v2"],
            ["c", "submitted", "v1"],
            ["d", "rate_limited", "v2"],
        ]
    );
    assert_eq!(lines[0]["data"]["@id"], "node/temp_a");
    assert_eq!(
        lines[2]["result"]["validation"]["errors"][0]["field"],
        "lat"
    );
    for line in &lines {
        assert!(
            line["timestamp"].as_str().unwrap().ends_with('Z')
                && line["durationMs"].as_f64().unwrap() >= 0.0
        );
    }
    service.stop().await;
}

/// At its most talkative the service's own log has no payload, id, key or token in it.
#[tokio::test]
async fn the_service_s_own_log_has_nothing_of_what_was_sent() {
    const TOKEN: &str = "operator-token-0123456789";
    let process = Process::start(
        &[
            "--database-url",
            "sqlite::memory:",
            "--share",
            "100%",
            "--v2-fault",
            "0.5",
        ],
        &[("RUST_LOG", "debug"), ("CUTOVER_ADMIN_TOKEN", TOKEN)],
    );
    let url = format!("http://{}/api/suggest", process.address);
    for n in 0..10 {
        let key = format!("jane-doe-key-{n}");
        post(
            url.clone(),
            Some(&key),
            r#"{"lat":51.512345,"lng":-0.1,"name":"Jane Doe's"}"#,
        )
        .await;
        post(
            url.clone(),
            Some(&key),
            r#"{"lat":"jane","lng":-0.1,"jane-member":1}"#,
        )
        .await;
        common::read(&process.address, &key, "v2").await;
    }
    for token in [TOKEN, "wrong-token-0123456789"] {
        let brake = Client::new()
            .post(format!("http://{}/brake", process.admin))
            .bearer_auth(token);
        brake
            .header("x-who", "ana")
            .header("x-why", "drill")
            .send()
            .await
            .unwrap();
    }
    let written = || process.log.lock().unwrap().clone();
    while !written().contains("an operator made a change") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let written = written();
    for secret in ["jane", "Jane", "51.512345", "token-0123456789"] {
        assert!(!written.contains(secret), "{secret} is in\n{written}");
    }
    assert!(
        written.contains("/api/contributions/{id}") && written.contains("ana"),
        "{written}"
    );
    process.kill();
}
