//! Services, each under a name of its own in Prometheus, and what is sent to them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cutover::{Rollout, Version};
use cutover_service::{Options, Service};
use reqwest::Client;
use tempfile::TempDir;

use crate::common::V1;

/// The rollout's document, with this share of v2 and of the shadow.
pub(crate) fn document(share: &str, shadow: &str) -> String {
    format!(
        r#"{{"name":"contribution-form-v2","revision":1,"share":"{share}","shadow":"{shadow}"}}"#
    )
}

/// A payload that neither version takes.
pub(crate) const INVALID: &str = r#"{"lat":91,"lng":0}"#;

/// How many requests are under way to one service.
const AT_ONCE: usize = 16;

/// A service and its files.
pub(crate) struct Member {
    pub(crate) job: &'static str,
    pub(crate) service: Service,
    pub(crate) folder: TempDir,
    http: Client,
}

impl Member {
    /// A service in memory, half of whose ids get v2, unless the options, which may use the folder, say otherwise.
    pub(crate) async fn start(
        job: &'static str,
        change: impl FnOnce(&mut Options, PathBuf),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = crate::common::start(|options| {
            options.share = "50%".parse().unwrap();
            // Short, as the guard judges what is so old; long enough for a busy machine.
            options.request_timeout = Duration::from_secs(2);
            change(options, folder.path().to_owned());
        })
        .await;
        Self {
            job,
            service,
            folder,
            http: Client::new(),
        }
    }

    pub(crate) fn apply(&self, share: &str, shadow: &str) {
        let rollout = Rollout::from_json(document(share, shadow).as_bytes()).unwrap();
        self.service.app.router.apply(rollout).unwrap();
    }

    /// So many new ids that get this version; of an occasion, so that no two are the same.
    pub(crate) fn ids(&self, version: Version, occasion: &str, many: usize) -> Vec<String> {
        let ids = (0..).map(|n| format!("{}-{occasion}-{n}", self.job));
        let ids = ids.filter(|id| self.service.app.router.route(id) == version);
        ids.take(many).collect()
    }

    /// Sends a payload under each id, and waits for the answers.
    pub(crate) async fn send(&self, ids: Vec<String>, body: &'static str) {
        let url: Arc<str> = crate::common::suggest(&self.service).into();
        let mut sent = tokio::task::JoinSet::new();
        for part in ids.chunks(ids.len().div_ceil(AT_ONCE).max(1)) {
            let (http, url, part) = (self.http.clone(), Arc::clone(&url), part.to_vec());
            sent.spawn(async move {
                for id in part {
                    let request = http
                        .post(&*url)
                        .header("content-type", "application/json")
                        .header("idempotency-key", id)
                        .body(body);
                    request.send().await.unwrap();
                }
            });
        }
        while let Some(done) = sent.join_next().await {
            done.unwrap();
        }
    }

    /// Ordinary traffic: so many ids of each version.
    pub(crate) async fn serve(&self, v1: usize, v2: usize) {
        let mut ids = self.ids(Version::V1, "ordinary", v1);
        ids.extend(self.ids(Version::V2, "ordinary", v2));
        self.send(ids, V1).await;
    }

    /// Asks the operators' listener for something, as ana.
    pub(crate) async fn operate(&self, path: &str, body: String) {
        let url = format!("http://{}{path}", self.service.admin);
        let request = self
            .http
            .post(url)
            .header("x-who", "ana")
            .header("x-why", "test")
            .body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }

    /// What Prometheus is to scrape.
    pub(crate) fn target(&self) -> (&'static str, String) {
        (self.job, self.service.address.to_string())
    }
}
