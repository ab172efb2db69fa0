//! A decision log that was tampered with: it shows, no phase is advanced to, and clients, the brake and the way back go on.

use std::path::{Path, PathBuf};

use cutover_service::{Options, Service, StartError};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::postgres::Cluster;
use crate::common::{parts, start};

async fn ask(service: &Service, method: Method, path: &str) -> (u16, Value) {
    let request = Client::new()
        .request(method, format!("http://{}{path}", service.admin))
        .header("x-who", "ana")
        .header("x-why", "test");
    parts(request.send().await.unwrap()).await
}

async fn readiness(service: &Service) -> (u16, Value) {
    let url = format!("http://{}/readyz", service.address);
    parts(Client::new().get(url).send().await.unwrap()).await
}

/// Three phases whose gates ask for nothing.
fn plan() -> Value {
    let none = json!({"error_rate": null, "failure_rate": null, "p95_ms": null, "p95_times_v1": null, "shadow_divergences": null, "evidence": false});
    let phase = |name: &str, share: &str| json!({"name": name, "share": share, "environment": "production", "min_soak_s": 0, "min_requests": 0, "gates": none});
    json!({"name": "contribution-form-v2", "phases": [phase("none", "0%"), phase("ten", "10%"), phase("half", "50%")]})
}

struct Files {
    folder: TempDir,
    database: String,
}

impl Files {
    /// Of a service on this database, SQLite unless it is given.
    fn new(database: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        std::fs::write(folder.path().join("my-plan.json"), plan().to_string()).unwrap();
        let sqlite = format!("sqlite:{}", folder.path().join("db").display());
        let database = database.unwrap_or(sqlite);
        Self { folder, database }
    }

    fn state(&self, name: &str) -> PathBuf {
        self.folder.path().join("state").join(name)
    }

    async fn start(&self) -> Service {
        start(|options| {
            options.database_url.clone_from(&self.database);
            options.state = Some(self.folder.path().join("state"));
            options.plan = Some(Some(self.folder.path().join("my-plan.json")));
        })
        .await
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn older_files_are_noticed_by_the_head_in_sqlite() {
    older_files_are_noticed(&Files::new(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn older_files_are_noticed_by_the_head_in_postgresql() {
    if let Some(cluster) = Cluster::start() {
        older_files_are_noticed(&Files::new(Some(cluster.url()))).await;
    }
}

async fn older_files_are_noticed(files: &Files) {
    let service = files.start().await;
    assert_eq!(ask(&service, Method::POST, "/plan/advance").await.0, 200);
    service.stop().await;
    let (state, log) = (files.state("plan.json"), files.state("plan.json.log"));
    let (old_state, old_log) = (files.state("old.json"), files.state("old.log"));
    copy(&state, &old_state);
    copy(&log, &old_log);
    let service = files.start().await;
    assert_eq!(readiness(&service).await, (200, json!({"status": "ready"})));
    assert_eq!(ask(&service, Method::POST, "/plan/advance").await.0, 200);
    assert_eq!(
        ask(&service, Method::GET, "/status").await.1["share"],
        "50%"
    );
    service.stop().await;
    copy(&old_state, &state);
    copy(&old_log, &log);

    let service = files.start().await;
    let (code, ready) = readiness(&service).await;
    assert_eq!(
        (code, &ready["status"]),
        (200, &json!("ready")),
        "clients are served"
    );
    for warning in [
        &ready["warnings"][0],
        &ask(&service, Method::GET, "/status").await.1["warnings"][0],
    ] {
        assert!(warning.as_str().unwrap().contains("damaged"), "{warning}");
    }
    let (_, plan) = ask(&service, Method::GET, "/plan").await;
    assert!(plan["damage"].is_string(), "{plan}");
    let (code, body) = ask(&service, Method::POST, "/plan/advance").await;
    assert_eq!(
        (code, &body["error"]["code"]),
        (409, &json!("damaged")),
        "{body}"
    );
    assert_eq!(
        ask(&service, Method::GET, "/status").await.1["share"],
        "10%",
        "the lower of the two"
    );
    // The ways back are open.
    assert_eq!(ask(&service, Method::POST, "/plan/back").await.0, 200);
    assert_eq!(ask(&service, Method::GET, "/status").await.1["share"], "0%");
    assert_eq!(ask(&service, Method::POST, "/brake").await.0, 200);
    // Once somebody has looked, the plan goes on.
    let (code, body) = ask(&service, Method::POST, "/plan/accept").await;
    assert_eq!((code, &body["damage"]), (200, &Value::Null), "{body}");
    assert_eq!(readiness(&service).await, (200, json!({"status": "ready"})));
    assert_eq!(ask(&service, Method::POST, "/plan/accept").await.0, 409);
    service.stop().await;
}

/// A log that is changed while the service runs is noticed by whoever looks at the plan.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_meanwhile_is_noticed() {
    let files = Files::new(None);
    let service = files.start().await;
    let log = files.state("plan.json.log");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("cutover-service", "somebody-else")).unwrap();
    let (_, plan) = ask(&service, Method::GET, "/plan").await;
    assert!(plan["damage"].is_string(), "{plan}");
    assert_eq!(
        readiness(&service).await.1["warnings"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(ask(&service, Method::POST, "/plan/advance").await.0, 409);
    service.stop().await;
}

/// Nothing goes from no plan to some of v2 unasked.
#[tokio::test]
async fn a_new_plan_begins_without_v2_unless_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let with = |name: &str, environment: &str, raise: bool| {
        let state = folder.path().join(name);
        std::fs::create_dir_all(&state).unwrap();
        let mut options = Options::anywhere("sqlite::memory:");
        options.state = Some(state);
        options.plan = Some(None);
        options.environment = environment.parse().unwrap();
        options.raise = raise;
        options
    };
    let service = Service::start(with("production", "production", false))
        .await
        .unwrap();
    assert_eq!(
        ask(&service, Method::GET, "/plan").await.1["phase"],
        "staging"
    );
    assert_eq!(ask(&service, Method::GET, "/status").await.1["share"], "0%");
    let (code, body) = ask(&service, Method::POST, "/plan/back").await;
    assert_eq!(code, 409, "development has 100 %: {body}");
    service.stop().await;

    let refused = Service::start(with("unasked", "development", false))
        .await
        .unwrap_err();
    assert!(matches!(refused, StartError::Raise { .. }), "{refused}");
    assert!(refused.to_string().contains("--raise"), "{refused}");
    let service = Service::start(with("development", "development", true))
        .await
        .unwrap();
    assert_eq!(
        ask(&service, Method::GET, "/plan").await.1["phase"],
        "development"
    );
    assert_eq!(
        ask(&service, Method::GET, "/status").await.1["share"],
        "100%"
    );
    service.stop().await;
    // It is under way: nothing begins.
    let service = Service::start(with("development", "production", false))
        .await
        .unwrap();
    assert_eq!(
        ask(&service, Method::GET, "/plan").await.1["phase"],
        "development"
    );
    service.stop().await;
}
