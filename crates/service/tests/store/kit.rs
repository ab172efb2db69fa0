//! A client that keeps count of what it was promised, and looks whether the promise was kept.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::Value;
use sqlx::Row;

use crate::common::Process;

/// Long enough for a busy machine; a service that doesn't recover fails the test after it.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// Posts contributions and remembers which were answered 201.
pub(crate) struct Sender {
    http: Client,
    pub(crate) promised: Vec<String>,
    sent: usize,
}

impl Sender {
    pub(crate) fn new() -> Self {
        Self {
            http: Client::builder().timeout(SOON).build().unwrap(),
            promised: Vec::new(),
            sent: 0,
        }
    }

    /// One new contribution with about this many bytes; status and body of the answer.
    pub(crate) async fn send(&mut self, service: &Process, bytes: usize) -> (u16, Value) {
        self.sent += 1;
        let id = format!("sent-{}", self.sent);
        self.send_as(service, &id, bytes).await
    }

    /// One contribution under this key.
    pub(crate) async fn send_as(
        &mut self,
        service: &Process,
        id: &str,
        bytes: usize,
    ) -> (u16, Value) {
        let filler = "x".repeat(bytes);
        let response = self
            .http
            .post(format!("http://{}/api/suggest", service.address))
            .header("content-type", "application/json")
            .header("idempotency-key", id)
            .body(format!(r#"{{"lat":51.5,"lng":-0.1,"filler":"{filler}"}}"#))
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        if status == 201 {
            self.promised.push(id.to_owned());
        }
        (status, response.json().await.unwrap())
    }

    /// Sends until one is answered otherwise than 201, which is returned.
    pub(crate) async fn send_until_refused(
        &mut self,
        service: &Process,
        bytes: usize,
    ) -> (u16, Value) {
        for _ in 0..10_000 {
            let answer = self.send(service, bytes).await;
            if answer.0 != 201 {
                return answer;
            }
        }
        panic!("10,000 contributions were taken");
    }

    /// Status and error code of `/readyz`.
    pub(crate) async fn ready(&self, service: &Process) -> (u16, String) {
        let url = format!("http://{}/readyz", service.address);
        let response = self.http.get(url).send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        let code = body["error"]["code"].as_str().unwrap_or_default();
        (status, code.to_owned())
    }

    /// Waits until `/readyz` answers this.
    pub(crate) async fn wait_until_ready_is(&self, service: &Process, status: u16, code: &str) {
        let since = Instant::now();
        loop {
            let ready = self.ready(service).await;
            if ready == (status, code.to_owned()) {
                return;
            }
            assert!(
                since.elapsed() < SOON,
                "/readyz answers {ready:?}, not {status} {code}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The value of a gauge in `/metrics`.
    pub(crate) async fn gauge(&self, service: &Process, name: &str) -> f64 {
        let url = format!("http://{}/metrics", service.address);
        let text = self.http.get(url).send().await.unwrap().text().await;
        let text = text.unwrap();
        let line = text.lines().find(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(' '))
        });
        let line = line.unwrap_or_else(|| panic!("{name} is not in\n{text}"));
        line[name.len() + 1..].parse().unwrap()
    }

    /// Reads everything that was answered 201 back from the database, past the service.
    pub(crate) async fn all_stored(&self, database: &str) {
        assert!(!self.promised.is_empty(), "nothing was answered 201");
        sqlx::any::install_default_drivers();
        let pool = sqlx::AnyPool::connect(database).await.unwrap();
        let rows = sqlx::query("SELECT id FROM contributions")
            .fetch_all(&pool)
            .await
            .unwrap();
        let stored: std::collections::HashSet<String> =
            rows.iter().map(|row| row.get("id")).collect();
        pool.close().await;
        let lost = self
            .promised
            .iter()
            .filter(|id| !stored.contains(id.as_str()))
            .count();
        assert_eq!(
            lost,
            0,
            "of {} answered 201, {lost} are not stored",
            self.promised.len()
        );
    }
}

/// The URL of a SQLite database in this folder.
pub(crate) fn sqlite(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("db").display())
}

/// Waits for a process that was told to stop: it must end, with 0.
pub(crate) async fn ends(service: Process) {
    service.terminate();
    let ended = tokio::task::spawn_blocking(move || service.wait());
    let code = tokio::time::timeout(SOON, ended).await;
    assert_eq!(code.expect("SIGTERM ends it").unwrap(), Some(0));
}
