//! The four ways back to v1, each timed from the act to the first answer, and all after it, by v1: by file, by the
//! operators' listener, by the brake, and by the environment with a restart.

use std::future::Future;
use std::time::{Duration, Instant};

use cutover::Share;
use reqwest::Client;

use crate::common::{Process, V1, header, post, start, suggest};

/// What an operator is promised.
const PROMISE: Duration = Duration::from_secs(5);

async fn version(url: &str) -> String {
    let response = post(url.to_owned(), None, V1).await;
    assert_eq!(response.status(), 201);
    header(&response, "x-api-version").to_owned()
}

/// Does `act` while all is at v2, and asks until v1 answers; then it has to stay so.
async fn timed(way: &str, url: &str, act: impl Future<Output = ()>) {
    assert_eq!(version(url).await, "v2");
    let since = Instant::now();
    act.await;
    while version(url).await != "v1" {
        assert!(
            since.elapsed() < PROMISE,
            "{way}: still v2 after {PROMISE:?}"
        );
    }
    let took = since.elapsed();
    for _ in 0..50 {
        assert_eq!(version(url).await, "v1", "{way}");
    }
    println!("{way}: {took:?}");
    assert!(took < PROMISE, "{way} took {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rollout.json");
    let document = |revision: u32, share: &str| {
        format!(r#"{{"name":"contribution-form-v2","revision":{revision},"share":"{share}"}}"#)
    };
    std::fs::write(&path, document(7, "100%")).unwrap();
    let service = start(|options| options.rollout = Some(path.clone())).await;
    timed("file", &suggest(&service), async {
        let new = path.with_extension("new");
        std::fs::write(&new, document(8, "0%")).unwrap();
        std::fs::rename(new, &path).unwrap();
    })
    .await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_operators_listener() {
    let service = start(|options| options.share = Share::FULL).await;
    timed("admin", &suggest(&service), async {
        let answer = Client::new()
            .put(format!("http://{}/rollout", service.admin))
            .header("if-match", "\"0\"")
            .header("x-who", "ana")
            .header("x-why", "5xx")
            .body(r#"{"name":"contribution-form-v2","revision":1,"share":"0%"}"#)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    })
    .await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_brake() {
    let service = start(|options| options.share = Share::FULL).await;
    timed("brake", &suggest(&service), async {
        let answer = Client::new()
            .post(format!("http://{}/brake", service.admin))
            .header("x-who", "ana")
            .header("x-why", "5xx")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    })
    .await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_environment_with_a_restart() {
    for environment in [("CUTOVER_BRAKE", "1"), ("CUTOVER_API_VERSION", "v1")] {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("db").display());
        let arguments = ["--share", "100%", "--database-url", &database];
        let before = Process::start(&arguments, &[]);
        let url = |process: &Process| format!("http://{}/api/suggest", process.address);
        assert_eq!(version(&url(&before)).await, "v2");
        let since = Instant::now();
        before.terminate();
        assert_eq!(before.wait(), Some(0));
        let after = Process::start(&arguments, &[environment]);
        assert_eq!(version(&url(&after)).await, "v1");
        let took = since.elapsed();
        println!("environment ({}), with a restart: {took:?}", environment.0);
        assert!(took < PROMISE, "{environment:?} took {took:?}");
        after.kill();
    }
}
