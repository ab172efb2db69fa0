//! A state folder whose disk takes 15 s for every sync: only the answer that needs the disk waits for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::{Duration, Instant};

use common::slow::SlowDisk;
use common::{Process, V1, header, parts};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// The longest that anything may take that needn't wait for the disk.
const AT_ONCE: Duration = Duration::from_secs(1);

/// The service under test, and how to ask it.
struct Slow {
    disk: SlowDisk,
    process: Process,
}

impl Slow {
    fn start(arguments: &[&str]) -> Option<Self> {
        let disk = SlowDisk::new()?;
        let process = Self::process(&disk, arguments);
        Some(Self { disk, process })
    }

    fn process(disk: &SlowDisk, arguments: &[&str]) -> Process {
        let database = format!("sqlite:{}", disk.beside("db").display());
        let state = disk.state().display().to_string();
        let mut all = vec!["--database-url", &database, "--state", &state];
        all.extend(arguments);
        Process::start(&all, &disk.environment())
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value, Duration) {
        let since = Instant::now();
        let answer = Client::new()
            .request(method, format!("http://{}{path}", self.process.admin))
            .header("x-who", "ana")
            .header("x-why", "test")
            .header("if-match", "\"1\"")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let (status, body) = parts(answer).await;
        (status, body, since.elapsed())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body, took) = self.ask(Method::GET, path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        assert!(took < AT_ONCE, "{path} took {took:?}");
        body
    }

    /// The version that a client's contribution is taken by, which must not wait for the disk of the state.
    async fn version(&self) -> String {
        let url = format!("http://{}/api/suggest", self.process.address);
        let since = Instant::now();
        let answer = common::post(url, None, V1).await;
        assert_eq!(answer.status(), 201);
        assert!(
            since.elapsed() < 2 * AT_ONCE,
            "a client waited {:?}",
            since.elapsed()
        );
        header(&answer, "x-api-version").to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brake_is_in_force_at_once_and_everybody_else_goes_on() {
    let Some(slow) = Slow::start(&["--share", "100%"]) else {
        return;
    };
    assert_eq!(slow.version().await, "v2");
    slow.disk.slow();
    // Several, as one that blocked its thread could leave others that answer.
    let pulls = async {
        for _ in 0..4 {
            let (status, body, took) = slow.ask(Method::POST, "/brake", Value::Null).await;
            assert_eq!((status, &body["durable"]), (200, &json!(false)), "{body}");
            assert!(took < AT_ONCE, "the brake's answer took {took:?}");
            assert_eq!(slow.version().await, "v1");
        }
    };
    let others = async {
        for _ in 0..10 {
            slow.get("/status").await;
            slow.version().await;
        }
    };
    tokio::join!(pulls, others);
    let number = slow.get("/status").await["brake"]["number"].clone();

    // A release is stored first: it isn't, and so the brake stays on.
    let release = json!({"number": number});
    let (status, body, _) = slow
        .ask(Method::POST, "/brake/release", release.clone())
        .await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &json!("not_stored")),
        "{body}"
    );
    assert_eq!(slow.version().await, "v1");

    slow.disk.recover();
    // The brake is on the disk once the disk is well, though nobody pulls it again.
    let since = Instant::now();
    while !slow.disk.state().join("brake.json").exists() {
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "the brake is never stored"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        slow.version().await,
        "v1",
        "the release that was answered 503 came into force"
    );
    let Slow { disk, process } = slow;
    process.kill();
    let process = Slow::process(&disk, &["--share", "100%"]);
    let slow = Slow { disk, process };
    assert_eq!(slow.get("/status").await["braked"], true);
    let (status, body, _) = slow.ask(Method::POST, "/brake/release", release).await;
    assert_eq!((status, &body["durable"]), (200, &json!(true)), "{body}");
    assert_eq!(slow.version().await, "v2");
}
