//! What the runbook is about, for real: a service under a plan, one that follows a document, their database, and a
//! Prometheus that scrapes the first.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use axum::http::HeaderName;
use cutover::Share;
use cutover_service::{Options, Service};
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;

use crate::blocks::Block;
use crate::common::postgres::Cluster;
use crate::common::prometheus::Prometheus;

/// Long enough for a busy machine; whatever takes longer fails the test.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// The alerts that the runbook speaks of.
pub(crate) const RULES: &str = include_str!("../../../../docs/monitoring/rules.yml");

/// The phases of the runbook, which here last for as long as the test likes.
const PLAN: &str = r#"{"name":"contribution-form-v2","phases":[
    {"name":"staging","share":"0%","environment":"staging","allow_requested":true,"min_soak_s":0,"min_requests":0,"gates":GATES},
    {"name":"canary","share":"10%","environment":"production","min_soak_s":0,"min_requests":0,"gates":GATES},
    {"name":"production","share":"50%","environment":"production","approval":true,"min_soak_s":0,"min_requests":0,"gates":GATES},
    {"name":"full","share":"100%","environment":"production","approval":true,"min_soak_s":0,"min_requests":0,"gates":GATES}
]}"#;
const GATES: &str = r#"{"error_rate":null,"failure_rate":null,"p95_ms":null,"p95_times_v1":null,"shadow_divergences":null,"evidence":false}"#;

/// The database, and its own client.
pub(crate) enum Database {
    Postgres(Cluster),
    Sqlite(TempDir),
}

impl Database {
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Postgres(cluster) => cluster.url(),
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("db").display()),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::Sqlite(_) => "sqlite",
        }
    }

    /// What `psql` or `sqlite3` makes of these statements, as CSV with a line of names.
    fn client(&self) -> Command {
        match self {
            Self::Postgres(cluster) => {
                let mut psql = Command::new("psql");
                psql.arg(cluster.url())
                    .args(["-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1"]);
                psql
            }
            Self::Sqlite(folder) => {
                let mut sqlite = Command::new("sqlite3");
                sqlite
                    .args(["-readonly", "-bail", "-csv", "-header"])
                    .arg(folder.path().join("db"));
                sqlite
            }
        }
    }

    /// The rows of these statements, each a column's text by its name.
    pub(crate) fn rows(&self, statements: &str) -> Vec<Vec<(String, String)>> {
        let mut client = self
            .client()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = client.stdin.take().unwrap();
        stdin.write_all(statements.as_bytes()).unwrap();
        drop(stdin);
        let output = client.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && said.is_empty(),
            "{statements}\n{said}"
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let cells = |line: &str| -> Vec<String> {
            // No value here has a comma in it.
            let cells = line.trim_end().split(',');
            cells
                .map(|cell| cell.trim_matches('"').to_owned())
                .collect()
        };
        let mut lines = text.lines();
        let names = lines.next().map(cells).unwrap_or_default();
        lines
            .map(|line| names.iter().cloned().zip(cells(line)).collect())
            .collect()
    }
}

/// All of it.
pub(crate) struct World {
    pub(crate) http: Client,
    pub(crate) database: Database,
    /// Under the plan: what the runbook is about.
    pub(crate) service: Service,
    /// Follows a document, and has a database in memory.
    pub(crate) follower: Service,
    pub(crate) prometheus: Prometheus,
    folder: TempDir,
}

impl World {
    /// `None`, after saying so, without Prometheus.
    pub(crate) async fn start(database: Database) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("state")).unwrap();
        std::fs::write(path("the-plan.json"), PLAN.replace("GATES", GATES)).unwrap();
        std::fs::write(
            path("rollout.json"),
            r#"{"name":"contribution-form-v2","revision":1,"share":"10%"}"#,
        )
        .unwrap();
        let mut options = Options::anywhere(database.url());
        options.state = Some(path("state"));
        options.plan = Some(Some(path("the-plan.json")));
        options.log = Some(path("submissions.ndjson"));
        options.principal_header = Some(HeaderName::from_static("x-account"));
        // The guard judges a second once its requests have had so long.
        options.request_timeout = Duration::from_secs(1);
        let service = Service::start(options).await.unwrap();
        let mut options = Options::anywhere("sqlite::memory:");
        options.rollout = Some(path("rollout.json"));
        let follower = Service::start(options).await.unwrap();
        let jobs = [("cutover", service.address.to_string())];
        let prometheus = Prometheus::start(&jobs, Some(RULES)).await?;
        let world = Self {
            http: Client::builder().timeout(SOON).build().unwrap(),
            database,
            service,
            follower,
            prometheus,
            folder,
        };
        // A rate needs a value from before.
        world
            .prometheus
            .until("up", |up| up.len() == 1 && up[0].1 == 1.0)
            .await;
        Some(world)
    }

    pub(crate) async fn stop(self) {
        self.service.stop().await;
        self.follower.stop().await;
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What v2 fails from now on.
    pub(crate) fn fault(&self, part: Share) {
        self.service.app.fault.set(part);
    }

    /// What an operator does apart from the runbook.
    pub(crate) async fn operate(&self, path: &str, body: &str) -> Value {
        let url = format!("http://{}{path}", self.service.admin);
        let asked = self
            .http
            .post(url)
            .header("x-who", "test")
            .header("x-why", "test");
        let answer = asked.body(body.to_owned()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    pub(crate) async fn release(&self) {
        let number = self.service.app.router.status().brake.unwrap().number;
        let body = format!("{{\"number\":{number}}}");
        self.operate("/brake/release", &body).await;
    }

    /// Runs a block as somebody would who has set up their shell; its output.
    pub(crate) fn run(&self, setup: &str, block: &Block) -> String {
        let asked = match block.is_only("document") {
            true => &self.follower,
            false => &self.service,
        };
        let follows = block.is_only("follow");
        let script = format!("set -euo pipefail\n{setup}\n{}", block.text);
        let text = |path: &Path| path.display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("timeout")
            .args([if follows { "1" } else { "60" }, "bash", "-c", &script])
            .env_remove("CUTOVER_ADMIN_TOKEN")
            .env("PATH", format!("{}:{path}", text(&programs())))
            .env("USER", "ana")
            .env("SERVICE", format!("http://{}", asked.address))
            .env("ADMIN", format!("http://{}", asked.admin))
            .env("PROMETHEUS", &self.prometheus.url)
            .env("STATE", text(&self.path("state")))
            .env("LOG", text(&self.path("submissions.ndjson")))
            .env("DOCUMENT", text(&self.path("rollout.json")))
            .env("DATABASE_URL", self.database.url())
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let ended = match output.status.code() {
            Some(124) => follows,
            code => code == Some(0),
        };
        assert!(
            ended,
            "line {}, {}: {:?}\n{out}\n{}",
            block.line,
            block.name,
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        out
    }
}

/// Where the service is built, and `cutover` beside it.
pub(crate) fn programs() -> PathBuf {
    let service = Path::new(env!("CARGO_BIN_EXE_cutover-service"));
    service.parent().unwrap().to_owned()
}
