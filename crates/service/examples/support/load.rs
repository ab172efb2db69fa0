//! A steady stream of contributions, sent when they are due whether or not earlier ones were answered, and what came back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// One answer. Not every example reads all of it.
#[allow(dead_code)]
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The contribution's id.
    pub(crate) id: String,
    /// When it was sent.
    pub(crate) sent: Instant,
    /// How long it took.
    pub(crate) latency: Duration,
    /// The status; 0 when the connection broke.
    pub(crate) status: u16,
    /// What `x-api-version` says.
    pub(crate) version: String,
    /// What `x-cutover-reason` says.
    pub(crate) reason: String,
}

/// Sends so many a second to this URL until told to stop, waits for the last answer, and gives them all.
pub(crate) async fn send(
    url: String,
    per_second: u32,
    stop: impl Future<Output = ()>,
) -> Vec<Answer> {
    let client = Client::builder()
        .pool_max_idle_per_host(256)
        .build()
        .unwrap_or_default();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let mut due = interval(Duration::from_secs(1) / per_second.max(1));
    // A load that waits while the service is slow is no load.
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = due.tick() => {}
        }
        let (client, url, answers) = (client.clone(), url.clone(), Arc::clone(&answers));
        sent.spawn(async move {
            let answer = one(&client, &url).await;
            answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(answer);
        });
        while sent.try_join_next().is_some() {}
    }
    while sent.join_next().await.is_some() {}
    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut answers)
}

async fn one(client: &Client, url: &str) -> Answer {
    let id = Uuid::new_v4().to_string();
    let (lat, lng) = (51.3 + fastrand::f64() * 0.4, -0.5 + fastrand::f64() * 0.8);
    let fee = ["0", "0.2", "0.5"][fastrand::usize(..3)];
    let body = format!(
        r#"{{"lat":{lat:.6},"lng":{lng:.6},"fee":{fee},"hours":"dawn to dusk","accessible":true}}"#
    );
    let sent = Instant::now();
    let response = client
        .post(url)
        .header("content-type", "application/json")
        .header("idempotency-key", &id)
        .body(body)
        .send()
        .await;
    let header = |name: &str| {
        let response = response.as_ref().ok()?;
        Some(response.headers().get(name)?.to_str().ok()?.to_owned())
    };
    let (version, reason) = (header("x-api-version"), header("x-cutover-reason"));
    // The answer counts once all of it is there.
    let status = match response {
        Ok(response) => {
            let status = response.status().as_u16();
            response.bytes().await.map_or(0, |_| status)
        }
        Err(_) => 0,
    };
    Answer {
        id,
        sent,
        latency: sent.elapsed(),
        status,
        version: version.unwrap_or_default(),
        reason: reason.unwrap_or_default(),
    }
}

/// A line per version: how many of each status, and the latencies in the middle and at the far end.
#[allow(dead_code)]
pub(crate) fn table(answers: &[Answer]) -> String {
    let mut versions: BTreeMap<&str, (BTreeMap<u16, u64>, Vec<Duration>)> = BTreeMap::new();
    for answer in answers {
        let (statuses, latencies) = versions.entry(&answer.version).or_default();
        *statuses.entry(answer.status).or_default() += 1;
        latencies.push(answer.latency);
    }
    let mut text = String::new();
    for (version, (statuses, mut latencies)) in versions {
        latencies.sort_unstable();
        let at = |part: f64| {
            latencies[(part * (latencies.len() - 1) as f64) as usize].as_secs_f64() * 1e3
        };
        let statuses: Vec<String> = statuses
            .iter()
            .map(|(status, count)| format!("{status}: {count}"))
            .collect();
        let version = if version.is_empty() { "none" } else { version };
        text += &format!(
            "{version:<5} {:<28} p50 {:>7.2} ms   p95 {:>7.2} ms   p99 {:>7.2} ms\n",
            statuses.join("  "),
            at(0.5),
            at(0.95),
            at(0.99)
        );
    }
    text
}
