//! How long each way back takes: from the command to the first answer that v1 gives to somebody who was on v2.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::Client;

use crate::common::{Process, header, start};
use crate::world::SOON;

/// Whoever waits at night calls this seconds.
const SECONDS: Duration = Duration::from_secs(10);

const PLAN: &str = r#"{"name":"contribution-form-v2","phases":[
    {"name":"none","share":"0%","environment":"production","min_soak_s":0,"min_requests":0,"gates":GATES},
    {"name":"all","share":"100%","environment":"production","min_soak_s":0,"min_requests":0,"gates":GATES}
]}"#;
const GATES: &str = r#"{"error_rate":null,"failure_rate":null,"p95_ms":null,"p95_times_v1":null,"shadow_divergences":null,"evidence":false}"#;

/// The version that serves one contribution more.
async fn served_by(address: impl std::fmt::Display, http: &Client) -> Option<String> {
    let sent = http
        .post(format!("http://{address}/api/suggest"))
        .header("content-type", "application/json")
        .body(r#"{"lat":51.5,"lng":-0.1}"#);
    let answer = sent.send().await.ok()?;
    (answer.status() == 201).then(|| header(&answer, "x-api-version").to_owned())
}

/// Since when until v1 serves, at whatever address the service has by then.
async fn until_v1(address: impl std::fmt::Display, http: &Client, since: Instant) -> Duration {
    while served_by(&address, http).await.as_deref() != Some("v1") {
        assert!(since.elapsed() < SOON, "v2 still serves");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    since.elapsed()
}

async fn operate(admin: impl std::fmt::Display, path: &str, http: &Client) {
    let asked = http.post(format!("http://{admin}{path}"));
    let answer = asked
        .header("x-who", "ana")
        .header("x-why", "drill")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

fn write_document(path: &Path, revision: u32, share: &str) {
    let document =
        format!(r#"{{"name":"contribution-form-v2","revision":{revision},"share":"{share}"}}"#);
    let next = path.with_extension("next");
    std::fs::write(&next, document).unwrap();
    std::fs::rename(next, path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let http = Client::builder().timeout(SOON).build().unwrap();
    let mut times = Vec::new();

    for state in ["state-1", "state-2"] {
        std::fs::create_dir(path(state)).unwrap();
    }
    let service = start(|options| {
        options.share = cutover::Share::FULL;
        options.state = Some(path("state-1"));
    })
    .await;
    assert_eq!(
        served_by(service.address, &http).await.as_deref(),
        Some("v2")
    );
    let since = Instant::now();
    operate(service.admin, "/brake", &http).await;
    times.push(("brake", until_v1(service.address, &http, since).await));
    service.stop().await;

    std::fs::write(path("plan.json"), PLAN.replace("GATES", GATES)).unwrap();
    let service = start(|options| {
        options.plan = Some(Some(path("plan.json")));
        options.state = Some(path("state-2"));
    })
    .await;
    operate(service.admin, "/plan/advance", &http).await;
    assert_eq!(
        served_by(service.address, &http).await.as_deref(),
        Some("v2")
    );
    let since = Instant::now();
    operate(service.admin, "/plan/back", &http).await;
    times.push(("admin", until_v1(service.address, &http, since).await));
    service.stop().await;

    let document = path("rollout.json");
    write_document(&document, 1, "100%");
    let service = start(|options| options.rollout = Some(document.clone())).await;
    assert_eq!(
        served_by(service.address, &http).await.as_deref(),
        Some("v2")
    );
    let since = Instant::now();
    write_document(&document, 2, "0%");
    times.push(("document", until_v1(service.address, &http, since).await));
    service.stop().await;

    let database = format!("sqlite:{}", path("db").display());
    let arguments = ["--share", "100%", "--database-url", &database];
    let service = Process::start(&arguments, &[]);
    assert_eq!(
        served_by(&service.address, &http).await.as_deref(),
        Some("v2")
    );
    let since = Instant::now();
    service.terminate();
    assert_eq!(service.wait(), Some(0));
    let service = Process::start(&arguments, &[("CUTOVER_BRAKE", "1")]);
    times.push((
        "environment",
        until_v1(&service.address, &http, since).await,
    ));
    service.kill();

    for (how, took) in times {
        println!("{how:12} {:.2} s", took.as_secs_f64());
        assert!(took < SECONDS, "{how} took {took:?}");
    }
}
