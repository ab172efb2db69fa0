//! A Prometheus of the test's own, which scrapes services of the test's, with rules or without.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;

use super::tools::are_there;

/// From one scrape, and one evaluation of the rules, to the next.
pub(crate) const INTERVAL: Duration = Duration::from_millis(500);

/// Longer than anything should take, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running Prometheus.
pub(crate) struct Prometheus {
    child: Child,
    http: Client,
    /// Where it is asked, e.g. `http://127.0.0.1:9090`.
    pub(crate) url: String,
    folder: TempDir,
}

/// A sample of an answer: labels and value.
pub(crate) type Sample = (BTreeMap<String, String>, f64);

impl Prometheus {
    /// Starts one that scrapes these jobs, each at one address, and evaluates the rules in this text. `None`, after saying
    /// so, when Prometheus isn't installed.
    pub(crate) async fn start(jobs: &[(&str, String)], rules: Option<&str>) -> Option<Self> {
        if !are_there(&["prometheus"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prometheus.yml"), config(jobs, rules)).unwrap();
        if let Some(rules) = rules {
            std::fs::write(folder.path().join("rules.yml"), rules).unwrap();
        }
        // Between finding a free port and using it, somebody else may take it.
        for _ in 0..3 {
            let (mut child, url) = spawn(folder.path());
            if is_ready(&mut child, &url).await {
                let http = Client::new();
                return Some(Self {
                    child,
                    http,
                    url,
                    folder,
                });
            }
            drop((child.kill(), child.wait()));
        }
        panic!("Prometheus doesn't start: {}", log(folder.path()));
    }

    /// What an expression evaluates to now.
    pub(crate) async fn query(&self, expression: &str) -> Vec<Sample> {
        let body = format!("query={}", encoded(expression));
        let answer = self
            .http
            .post(format!("{}/api/v1/query", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let answer: Value = answer.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        let result = answer["data"]["result"].as_array().unwrap();
        let samples = result.iter().map(|sample| {
            let labels = serde_json::from_value(sample["metric"].clone()).unwrap();
            let value = sample["value"][1].as_str().unwrap();
            (labels, value.parse().unwrap())
        });
        samples.collect()
    }

    /// The rules, as `/api/v1/rules` shows them.
    pub(crate) async fn rules(&self) -> Vec<Value> {
        let url = format!("{}/api/v1/rules", self.url);
        let answer: Value = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let groups = answer["data"]["groups"].as_array().unwrap().clone();
        let rules = groups
            .iter()
            .flat_map(|group| group["rules"].as_array().cloned());
        rules.flatten().collect()
    }

    /// Waits until an expression has as many samples as it should; the last ones.
    pub(crate) async fn until(
        &self,
        expression: &str,
        enough: impl Fn(&[Sample]) -> bool,
    ) -> Vec<Sample> {
        let since = Instant::now();
        loop {
            let samples = self.query(expression).await;
            if enough(&samples) {
                return samples;
            }
            assert!(
                since.elapsed() < PATIENCE,
                "waited in vain for {expression}, which is {samples:?}\n{}",
                log(self.folder.path())
            );
            tokio::time::sleep(INTERVAL / 2).await;
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}

fn config(jobs: &[(&str, String)], rules: Option<&str>) -> String {
    let ms = INTERVAL.as_millis();
    let mut config = format!(
        "global: {{scrape_interval: {ms}ms, scrape_timeout: {ms}ms, evaluation_interval: {ms}ms}}\n"
    );
    if rules.is_some() {
        config.push_str("rule_files: [rules.yml]\n");
    }
    config.push_str("scrape_configs:\n");
    for (job, address) in jobs {
        let _ = writeln!(
            config,
            "- {{job_name: {job}, static_configs: [{{targets: ['{address}']}}]}}"
        );
    }
    config
}

fn spawn(folder: &Path) -> (Child, String) {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let address = format!("127.0.0.1:{port}");
    let child = Command::new("prometheus")
        .arg(format!("--web.listen-address={address}"))
        .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("log")).unwrap())
        .spawn()
        .unwrap();
    (child, format!("http://{address}"))
}

/// Waits for it; `false` when it has given up.
async fn is_ready(child: &mut Child, url: &str) -> bool {
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() && since.elapsed() < PATIENCE {
        let answer = Client::new().get(format!("{url}/-/ready")).send().await;
        if answer.is_ok_and(|answer| answer.status() == 200) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// As forms have it.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
