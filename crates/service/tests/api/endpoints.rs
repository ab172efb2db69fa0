//! What clients are promised: shapes, statuses, one contribution per key, and records that both versions can read.

use std::time::{Duration, Instant};

use cutover::Share;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::common::{self, Process, V1, V2, header, parts, post, read, start, suggest, suggest_v2};

#[tokio::test]
async fn a_contribution_is_stored_by_the_version_that_the_share_says_and_read_in_both() {
    for (share, version) in [(Share::ZERO, "v1"), (Share::FULL, "v2")] {
        let service = start(|options| options.share = share).await;
        let response = post(suggest(&service), Some("a"), V1).await;
        assert_eq!(header(&response, "x-api-version"), version);
        assert_eq!(header(&response, "x-cutover-reason"), "share");
        let (status, body) = parts(response).await;
        assert_eq!(status, 201);
        assert_eq!(
            (&body["success"], &body["suggestionId"], &body["apiVersion"]),
            (&json!(true), &json!("a"), &json!(version))
        );
        assert_eq!(body["validation"]["errors"], json!([]));
        assert_eq!(
            body["validation"]["tierSummary"]["core"]["required"].as_u64(),
            Some(2)
        );

        let (status, v2) = read(service.address, "a", "v2").await;
        assert_eq!(status, 200);
        assert_eq!(
            v2,
            r#"{"@id":"node/temp_a","amenity":"toilets","lat":51.50,"lng":-0.1,"wheelchair":"unknown","access":"unknown","opening_hours":"sunrise-sunset","fee":true,"charge":"0.50 GBP"}"#
        );
        let (status, v1) = read(service.address, "a", "v1").await;
        assert_eq!(status, 200);
        cutover::contribution::equivalence::Comparer::new()
            .id("a")
            .compare(v1.as_bytes(), v2.as_bytes())
            .unwrap();
        let v1: Value = serde_json::from_str(&v1).unwrap();
        assert_eq!(
            (&v1["hours"], &v1["fee"]),
            (&json!("dawn to dusk"), &json!(0.5))
        );
        service.stop().await;
    }
}

#[tokio::test]
async fn a_new_id_is_a_uuid_and_v2_takes_v2_alone() {
    let service = start(|_| {}).await;
    let (status, body) = parts(post(suggest_v2(&service), None, V2).await).await;
    assert_eq!((status, &body["apiVersion"]), (201, &json!("v2")));
    let id = body["suggestionId"].as_str().unwrap();
    assert_eq!((id.len(), id.as_bytes()[14]), (36, b'7'));
    assert_eq!(read(service.address, id, "v2").await, (200, V2.to_owned()));
    let (status, v1) = read(service.address, id, "v1").await;
    assert_eq!(
        (status, v1.as_str()),
        (
            200,
            r#"{"@id":"way/1","lat":51.5,"lng":-0.1,"accessible":true,"access":"yes","hours":"24/7","fee":0}"#
        )
    );

    let (status, body) = parts(post(suggest_v2(&service), None, V1).await).await;
    assert_eq!(
        (status, &body["success"], &body["error"]["code"]),
        (400, &json!(false), &json!("validation_failed"))
    );
    let errors = body["validation"]["errors"].as_array().unwrap();
    assert!(errors.contains(&json!({
        "field": "hours",
        "code": "v1_member",
        "message": errors.iter().find(|error| error["field"] == "hours").unwrap()["message"],
        "tier": "core",
    })));
    assert_eq!(body["validation"]["warnings"], json!([]));
    assert_eq!(
        body["validation"]["tierSummary"]["core"],
        json!({"provided": 3, "valid": 2, "required": 8})
    );
    service.stop().await;
}

/// The same key and body twice are one contribution with one answer, whatever the router says by then; another body is
/// refused, also at the other endpoint.
#[tokio::test]
async fn a_key_stands_for_one_body() {
    let service = start(|options| options.share = Share::FULL).await;
    let first = parts(post(suggest(&service), Some("k"), V1).await).await;
    assert_eq!((first.0, &first.1["apiVersion"]), (201, &json!("v2")));
    service.app.router.brake("test");
    assert_eq!(
        parts(post(suggest(&service), Some("k"), V1).await).await,
        first
    );
    for (url, body) in [
        (suggest(&service), r#"{"lat":51.5,"lng":-0.1}"#),
        (suggest(&service), "{"),
        (suggest_v2(&service), V1),
        (suggest_v2(&service), V2),
    ] {
        let (status, body) = parts(post(url, Some("k"), body).await).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (422, &json!("idempotency_key_reused"))
        );
    }
    let (status, _) = read(service.address, "k", "v1").await;
    assert_eq!(status, 200);
    service.stop().await;
}

/// Of many requests under one key at once one is stored, and all get its answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_race_has_one_winner() {
    let cluster = common::postgres::Cluster::start();
    let postgres = cluster.as_ref().map(common::postgres::Cluster::url);
    for url in [Some(String::from("sqlite::memory:")), postgres]
        .into_iter()
        .flatten()
    {
        let service = start(|options| {
            options.database_url = url;
            options.share = "50%".parse().unwrap();
        })
        .await;
        let race = |key: &'static str| {
            let url = suggest(&service);
            (0..16).map(move |n| {
                let (url, body) = (url.clone(), format!(r#"{{"lat":51.5,"lng":{}}}"#, n % 2));
                tokio::spawn(async move { parts(post(url, Some(key), &body).await).await })
            })
        };
        let mut answers = Vec::new();
        for task in race("r").collect::<Vec<_>>() {
            answers.push(task.await.unwrap());
        }
        let stored: Vec<_> = answers.iter().filter(|answer| answer.0 == 201).collect();
        assert_eq!(stored.len(), 8, "{answers:?}");
        assert!(stored.iter().all(|answer| *answer == stored[0]));
        assert_eq!(answers.iter().filter(|answer| answer.0 == 422).count(), 8);
        service.stop().await;
    }
}

#[tokio::test]
async fn what_is_no_submission_is_refused_for_what_it_is() {
    let service = start(|_| {}).await;
    let large = |bytes: usize| format!(r#"{{"lat":1,"lng":1,"x":"{}"}}"#, "a".repeat(bytes));
    let (v1, v2) = (suggest(&service), suggest_v2(&service));
    for (url, limit) in [(&v1, 65_536), (&v2, 131_072)] {
        let (status, body) = parts(post(url.clone(), None, &large(limit)).await).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (413, &json!("payload_too_large"))
        );
    }
    assert_eq!(post(v1.clone(), None, &large(60_000)).await.status(), 201);

    let client = Client::new();
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/json; charset=utf-16"),
    ] {
        let mut request = client.post(&v1).body(V1);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let (status, body) = parts(request.send().await.unwrap()).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (415, &json!("unsupported_media_type"))
        );
    }
    for (body, code) in [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("[]", "invalid_type"),
    ] {
        let (status, body) = parts(post(v1.clone(), None, body).await).await;
        assert_eq!(
            (status, &body["validation"]["errors"][0]["code"]),
            (400, &json!(code))
        );
        assert_eq!(body["validation"]["errors"][0]["tier"], Value::Null);
    }
    let long = "k".repeat(1_025);
    for key in ["", &long] {
        let (status, body) = parts(post(v1.clone(), Some(key), V1).await).await;
        assert_eq!(
            (status, &body["validation"]["errors"][0]["field"]),
            (400, &json!("Idempotency-Key"))
        );
    }
    let base = format!("http://{}", service.address);
    for (path, status) in [
        ("/", 404),
        ("/api/suggest", 405),
        ("/api/contributions/none", 404),
        ("/api/contributions/%00", 404),
        ("/api/contributions/%ff", 400),
        ("/healthz", 200),
        ("/readyz", 200),
    ] {
        assert_eq!(
            parts(client.get(format!("{base}{path}")).send().await.unwrap())
                .await
                .0,
            status,
            "{path}"
        );
    }
    assert_eq!(read(service.address, "none", "v3").await.0, 406);
    service.stop().await;
}

/// Keys are texts, not paths: what a client may name a contribution by, it can read it by.
#[tokio::test]
async fn any_key_can_be_read_back() {
    let service = start(|_| {}).await;
    for (key, encoded) in [
        ("way/1", "way%2F1"),
        ("é", "%C3%A9"),
        (
            "a b'\"; DROP TABLE contributions",
            "a%20b%27%22%3B%20DROP%20TABLE%20contributions",
        ),
    ] {
        assert_eq!(
            post(suggest(&service), Some(key), V1).await.status(),
            201,
            "{key}"
        );
        assert_eq!(
            read(service.address, encoded, "v1").await,
            (200, V1.to_owned()),
            "{key}"
        );
    }
    service.stop().await;
}

#[tokio::test]
async fn beyond_its_places_the_service_answers_429_at_once_and_health_all_the_same() {
    let service = start(|options| options.concurrency = 1).await;
    let place = service.app.places.acquire().await.unwrap();
    let response = post(suggest(&service), None, V1).await;
    assert_eq!(header(&response, "retry-after"), "1");
    let (status, body) = parts(response).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (429, &json!("too_many_requests"))
    );
    let get = async |path: &str| {
        let url = format!("http://{}{path}", service.address);
        Client::new().get(url).send().await.unwrap().status()
    };
    assert_eq!(get("/api/contributions/x").await, 429);
    assert_eq!(get("/healthz").await, 200);
    drop(place);
    assert_eq!(post(suggest(&service), None, V1).await.status(), 201);
    service.stop().await;
}

#[tokio::test]
async fn a_slow_body_takes_no_place_and_is_not_waited_for_long() {
    let service = start(|options| {
        options.concurrency = 1;
        options.request_timeout = Duration::from_secs(3_600);
    })
    .await;
    let since = Instant::now();
    let mut slow = common::begin(service.address, "content-length: 24").await;
    assert_eq!(post(suggest(&service), None, V1).await.status(), 201);
    // One byte a second: the time for a body is for all of it.
    let mut answer = Vec::new();
    while answer.is_empty() {
        assert!(since.elapsed() < Duration::from_secs(20), "no answer");
        slow.write_all(b" ").await.unwrap();
        let wait = Duration::from_secs(1);
        let _ = tokio::time::timeout(wait, slow.read_buf(&mut answer)).await;
    }
    let _ = slow.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    service.stop().await;
}

#[tokio::test]
async fn while_it_drains_it_answers_503_and_is_not_ready_but_alive() {
    let service = start(|_| {}).await;
    service.app.drain();
    let (status, body) = parts(post(suggest(&service), None, V1).await).await;
    assert_eq!((status, &body["error"]["code"]), (503, &json!("draining")));
    let get = |path: &str| {
        Client::new()
            .get(format!("http://{}{path}", service.address))
            .send()
    };
    assert_eq!(get("/readyz").await.unwrap().status(), 503);
    assert_eq!(get("/healthz").await.unwrap().status(), 200);
    service.stop().await;
}

/// A client sees v2's failures without the fallback, and none with it; both times they are charged to v2.
#[tokio::test]
async fn the_fallback_hides_v2_s_failures_from_clients_and_not_from_the_figures() {
    for fallback in [false, true] {
        let service = start(|options| {
            options.share = Share::FULL;
            options.v2_fault = Share::FULL;
            options.no_fallback = !fallback;
        })
        .await;
        let response = post(suggest(&service), Some("f"), V1).await;
        let expected = if fallback {
            (201, "v1", "fallback")
        } else {
            (500, "v2", "share")
        };
        let reason = header(&response, "x-cutover-reason");
        assert_eq!(
            (
                response.status().as_u16(),
                header(&response, "x-api-version"),
                reason
            ),
            expected
        );
        let seen = service.app.guard.outcomes().snapshot();
        let failed = seen.count(cutover::Version::V2, cutover::migration::Outcome::Failed);
        assert_eq!((failed, seen.requests(cutover::Version::V1)), (1, 0));
        let metrics = Client::new()
            .get(format!("http://{}/metrics", service.address))
            .send();
        let metrics = metrics.await.unwrap().text().await.unwrap();
        assert!(
            metrics.contains(r#"cutover_requests_total{version="v2",outcome="failed"} 1"#),
            "{metrics}"
        );
        service.stop().await;
    }
}

#[tokio::test]
async fn v1_s_answers_announce_its_end_where_that_was_asked_for() {
    let announced: &[&str] = &[
        "--deprecated",
        "2027-01-31",
        "--sunset",
        "2027-07-31T12:00:00Z",
    ];
    let memory: &[&str] = &["--database-url", "sqlite::memory:"];
    let link: &[&str] = &["--deprecation-link", "https://example.com/v1#end"];
    for (arguments, said) in [
        (memory.to_vec(), ["", "", ""]),
        (
            [memory, announced, link].concat(),
            [
                "@1801353600",
                "Sat, 31 Jul 2027 12:00:00 GMT",
                "<https://example.com/v1#end>; rel=\"deprecation\"",
            ],
        ),
    ] {
        let process = Process::start(&arguments, &[]);
        let url = format!("http://{}/api/suggest", process.address);
        let response = post(url, Some("a"), V1).await;
        let names = ["deprecation", "sunset", "link"];
        assert_eq!(names.map(|name| header(&response, name)), said);
        let url = format!("http://{}/api/v2/suggest", process.address);
        let response = post(url, Some("b"), V2).await;
        assert_eq!(names.map(|name| header(&response, name)), [""; 3]);
    }
    let backwards: &[&str] = &["--deprecated", "2027-01-31", "--sunset", "2027-01-30"];
    let said = Process::refused(&[memory, backwards].concat());
    assert!(
        said.contains("the sunset is before the deprecation"),
        "{said}"
    );
}
