//! A state folder whose disk takes 15 s for every sync: only the answer that needs the disk waits for it.

use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::common::{self, slow::SlowDisk};
use crate::common::{Process, V1, header, parts};

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

    /// Kills it and starts it again.
    fn restart(self, arguments: &[&str]) -> Self {
        let Self { disk, process } = self;
        process.kill();
        let process = Self::process(&disk, arguments);
        Self { disk, process }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value, Duration) {
        let since = Instant::now();
        let answer = Client::new()
            .request(method, format!("http://{}{path}", self.process.admin))
            .header("x-who", "ana")
            .header("x-why", "test")
            .header("if-match", "\"0\"")
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

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let since = Instant::now();
    while !holds().await {
        assert!(since.elapsed() < Duration::from_secs(30), "{what}: not yet");
        tokio::time::sleep(Duration::from_millis(50)).await;
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
    until("the operator is warned", async || {
        let warnings = slow.get("/status").await["warnings"].clone();
        warnings.to_string().contains("not stored yet")
    })
    .await;

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
    let stored = slow.disk.state().join("brake.json");
    until("the brake is stored", async || stored.exists()).await;
    assert_eq!(
        slow.version().await,
        "v1",
        "the release that was answered 503 came into force"
    );
    let slow = slow.restart(&["--share", "100%"]);
    assert_eq!(slow.get("/status").await["braked"], true);
    let (status, body, _) = slow.ask(Method::POST, "/brake/release", release).await;
    assert_eq!((status, &body["durable"]), (200, &json!(true)), "{body}");
    assert_eq!(slow.version().await, "v2");
}

/// Up is stored first, and so it isn't in force; down is in force at once, whatever else waits for the disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_that_is_not_stored_raises_nothing_and_lowers_at_once() {
    let Some(slow) = Slow::start(&["--share", "50%"]) else {
        return;
    };
    let put = async |share: &str| {
        let document = json!({"name": "contribution-form-v2", "revision": 0, "share": share});
        slow.ask(Method::PUT, "/rollout", document).await
    };
    slow.disk.slow();
    let (status, body, _) = put("100%").await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &json!("not_stored")),
        "{body}"
    );
    assert_eq!(slow.get("/status").await["share"], "50%");
    let lower = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (status, body, took) = put("10%").await;
        assert_eq!((status, &body["durable"]), (200, &json!(false)), "{body}");
        assert!(took < AT_ONCE, "the way back took {took:?}");
        assert_eq!(slow.get("/status").await["share"], "10%");
    };
    let ((status, body, _), ()) = tokio::join!(put("100%"), lower);
    assert!([409, 503].contains(&status), "{body}");
    slow.disk.recover();
    let stored = slow.disk.state().join("rollout.json");
    let has = async || std::fs::read_to_string(&stored).is_ok_and(|text| text.contains("10%"));
    until("the way back is stored", has).await;
    assert_eq!(slow.get("/status").await["share"], "10%");
    let slow = slow.restart(&["--share", "50%"]);
    assert_eq!(slow.get("/status").await["share"], "10%");
}

/// A plan of two phases whose gates ask for nothing.
fn two_phases() -> Value {
    let none = json!({"error_rate": null, "failure_rate": null, "p95_ms": null, "p95_times_v1": null, "shadow_divergences": null, "evidence": false});
    let phase = |name: &str, share: &str| json!({"name": name, "share": share, "environment": "production", "min_soak_s": 0, "min_requests": 0, "gates": none});
    json!({"name": "contribution-form-v2", "phases": [phase("none", "0%"), phase("ten", "10%")]})
}

/// A phase that is stored too late is gone back from; the way back is in force at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_phase_that_is_not_stored_is_not_in_force_and_the_way_back_is() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.json");
    std::fs::write(&plan, two_phases().to_string()).unwrap();
    let plan = plan.display().to_string();
    let arguments = [&*format!("--plan={plan}")];
    let Some(slow) = Slow::start(&arguments) else {
        return;
    };
    let stands = async |slow: &Slow, phase: &str| {
        let plan = slow.get("/plan").await;
        (&plan["phase"], &plan["durable"]) == (&json!(phase), &json!(true))
    };
    // Stored once the guard has looked: then nobody else is at the disk.
    let looked = slow.disk.state().join("guard.json");
    until("the guard's state is stored", async || looked.exists()).await;
    slow.disk.slow();
    let (status, body, _) = slow.ask(Method::POST, "/plan/advance", Value::Null).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &json!("not_stored")),
        "{body}"
    );
    assert_eq!(slow.get("/status").await["share"], "0%");
    slow.get("/plan").await;
    slow.disk.recover();
    // If its turn came while the disk was slow it was stored, and gone back from.
    let decided = async || {
        let log = slow.get("/plan/decisions").await;
        log["decisions"].as_array().unwrap().clone()
    };
    until("nobody was told of the phase", async || {
        stands(&slow, "none").await && [1, 3].contains(&decided().await.len())
    })
    .await;

    let (status, body, _) = slow.ask(Method::POST, "/plan/advance", Value::Null).await;
    assert_eq!((status, &body["durable"]), (200, &json!(true)), "{body}");
    assert_eq!(slow.get("/status").await["share"], "10%");
    slow.disk.slow();
    let (status, body, took) = slow.ask(Method::POST, "/plan/back", Value::Null).await;
    assert_eq!((status, &body["durable"]), (200, &json!(false)), "{body}");
    assert!(took < AT_ONCE, "the way back took {took:?}");
    assert_eq!(slow.get("/status").await["share"], "0%");
    slow.disk.recover();
    until("the way back is stored", async || {
        stands(&slow, "none").await
    })
    .await;
    let decisions = decided().await;
    assert_eq!(decisions.last().unwrap()["who"], "ana", "{decisions:?}");
    let slow = slow.restart(&arguments);
    assert_eq!(slow.get("/plan").await["phase"], "none");
}

/// The guard's own brake is in force as soon as an operator's.
#[tokio::test(flavor = "multi_thread")]
async fn the_guard_s_brake_waits_for_no_disk() {
    let broken = [
        "--share",
        "50%",
        "--v2-fault",
        "1",
        "--request-timeout",
        "0.2",
    ];
    let Some(slow) = Slow::start(&broken) else {
        return;
    };
    // The number of a window is stored before the window counts: without it there is no evidence.
    let numbered = slow.disk.state().join("guard.json");
    until("the first window has its number", async || {
        numbered.exists()
    })
    .await;
    slow.disk.slow();
    until("the guard pulls the brake", async || {
        slow.version().await;
        slow.get("/status").await["braked"] == true
    })
    .await;
    for _ in 0..10 {
        assert_eq!(slow.version().await, "v1");
        slow.get("/status").await;
    }
    slow.disk.recover();
    let stored = slow.disk.state().join("brake.json");
    until("the brake is stored", async || stored.exists()).await;
    let slow = slow.restart(&["--share", "50%"]);
    assert_eq!(slow.get("/status").await["braked"], true);
}
