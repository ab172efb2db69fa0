//! Two logs: the submissions', one line for each request with what people sent, and the service's own, without any of it.

use std::time::{Duration, Instant};

use cutover::Share;
use cutover::migration::{Bet, Verdict};
use reqwest::Client;
use serde_json::{Value, json};

use crate::common::{self, Process, V1, post, start, suggest, suggest_v2};

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

/// With `--principal-header` the guard counts an account once, however many ids it sends; the log has the account hashed, the
/// share and the revision.
#[tokio::test]
async fn a_principal_is_counted_once_and_logged_hashed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.ndjson");
    let service = start(|options| {
        options.log = Some(path.clone());
        options.share = "50%".parse().unwrap();
        options.v2_fault = Share::FULL;
        options.request_timeout = Duration::from_secs(1);
        options.principal_header = Some("x-account".parse().unwrap());
        options.principal_key = Some("0123456789abcdef".to_owned());
    })
    .await;
    let send = async |key: String, account: Option<&str>| {
        let mut request = Client::new()
            .post(suggest(&service))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(V1);
        if let Some(account) = account {
            request = request.header("x-account", account);
        }
        assert_eq!(request.send().await.unwrap().status(), 201);
    };
    let mut sent = 0;
    let guard = &service.app.guard;
    let failures = |verdict: &Verdict| verdict.bet(Bet::Failure).map_or(0, |bet| bet.errors.v2);
    let give_up = Instant::now() + Duration::from_secs(60);
    // By the id, half of these would be principals of v2 that failed.
    while guard.verdict().v2.failures < 30 {
        assert!(Instant::now() < give_up, "{}", guard.verdict());
        for _ in 0..10 {
            send(format!("id-{sent}"), Some("Jane Doe")).await;
            sent += 1;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(failures(&guard.verdict()), 1, "{}", guard.verdict());
    send("alone".to_owned(), None).await;
    send("odd".to_owned(), Some("")).await;
    post(suggest_v2(&service), Some("direct"), common::V2).await;
    service
        .app
        .log
        .as_ref()
        .unwrap()
        .flush(Duration::from_secs(60));

    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("Jane"), "{text}");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |id: &str| {
        lines
            .iter()
            .find(|line| line["suggestionId"] == id)
            .unwrap()
    };
    assert_eq!(of("id-0")["principal"], of("id-1")["principal"]);
    let hash = of("id-0")["principal"].as_str().unwrap();
    assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    for id in ["id-0", "alone"] {
        assert_eq!(
            (&of(id)["share"], &of(id)["revision"]),
            (&"50%".into(), &0.into())
        );
    }
    for id in ["alone", "odd", "direct"] {
        assert!(of(id).get("principal").is_none(), "{}", of(id));
    }
    assert_eq!(of("direct")["reason"], "direct");
    let reasons = |reason: &str| lines.iter().filter(|line| line["reason"] == reason).count();
    assert_eq!(
        reasons("share"),
        sent + 2,
        "a fallback is a line of its own"
    );
    assert!(reasons("fallback") > 10);

    let status = reqwest::get(format!("http://{}/status", service.admin)).await;
    let status: Value = status.unwrap().json().await.unwrap();
    let senders = &status["principals"];
    assert_eq!(
        (&senders["requests"], &senders["principals"]),
        (&(sent + 2).into(), &3.into())
    );
    assert_eq!(status["warnings"], json!([]), "of so few, nothing is said");
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
