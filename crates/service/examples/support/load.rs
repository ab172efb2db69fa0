//! A steady stream of contributions, sent when they are due whether or not earlier ones were answered, and what came back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::{Client, Response};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

/// Before a request is tried again: first, and at most. It doubles in between.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// What to send.
#[derive(Clone, Debug, Default)]
pub(crate) struct Load {
    pub(crate) url: String,
    pub(crate) per_second: u32,
    /// The part of the payloads that both versions reject.
    pub(crate) invalid: f64,
    /// The version to ask for.
    pub(crate) ask: Option<String>,
    /// How long a client tries again, under the same key, that got no connection, a 429 or a 503.
    pub(crate) patience: Duration,
}

/// One answer, the last if there was more than one attempt. Not every example reads all of it.
#[allow(dead_code)]
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The contribution's id.
    pub(crate) id: String,
    /// The payload's place: `"lat":51.5,"lng":-0.1`.
    pub(crate) place: String,
    /// When it was sent.
    pub(crate) sent: Instant,
    /// How long it took, from the first attempt on.
    pub(crate) latency: Duration,
    /// The attempts after the first.
    pub(crate) retries: u32,
    /// Whether the payload is one to reject.
    pub(crate) invalid: bool,
    /// The status; 0 when the connection broke.
    pub(crate) status: u16,
    /// What `x-api-version` says.
    pub(crate) version: String,
    /// What `x-cutover-reason` says.
    pub(crate) reason: String,
}

/// Sends until told to stop, waits for the last answer, and gives them all.
pub(crate) async fn send(load: Load, stop: impl Future<Output = ()>) -> Vec<Answer> {
    let client = Client::builder()
        .pool_max_idle_per_host(256)
        .build()
        .unwrap_or_default();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let mut due = interval(Duration::from_secs(1) / load.per_second.max(1));
    // A load that waits while the service is slow is no load.
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let load = Arc::new(load);
    let mut sent = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = due.tick() => {}
        }
        let (client, load, answers) = (client.clone(), Arc::clone(&load), Arc::clone(&answers));
        sent.spawn(async move {
            let answer = one(&client, &load).await;
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

async fn one(client: &Client, load: &Load) -> Answer {
    let id = Uuid::new_v4().to_string();
    let (lat, lng) = (51.3 + fastrand::f64() * 0.4, -0.5 + fastrand::f64() * 0.8);
    let fee = ["0", "0.2", "0.5"][fastrand::usize(..3)];
    let invalid = fastrand::f64() < load.invalid;
    let accessible = if invalid { r#""perhaps""# } else { "true" };
    let place = format!(r#""lat":{lat:.6},"lng":{lng:.6}"#);
    let body =
        format!(r#"{{{place},"fee":{fee},"hours":"dawn to dusk","accessible":{accessible}}}"#);
    let sent = Instant::now();
    let mut answer = Answer {
        id,
        place,
        sent,
        latency: Duration::ZERO,
        retries: 0,
        invalid,
        status: 0,
        version: String::new(),
        reason: String::new(),
    };
    let (mut pause, longest) = PAUSE;
    loop {
        attempt(client, load, &body, &mut answer).await;
        let again = matches!(answer.status, 0 | 429 | 503);
        if !again || sent.elapsed() >= load.patience {
            answer.latency = sent.elapsed();
            return answer;
        }
        answer.retries += 1;
        sleep(pause).await;
        pause = longest.min(pause * 2);
    }
}

async fn attempt(client: &Client, load: &Load, body: &str, answer: &mut Answer) {
    let mut request = client
        .post(&load.url)
        .header("content-type", "application/json")
        .header("idempotency-key", &answer.id)
        .body(body.to_owned());
    if let Some(version) = &load.ask {
        request = request.header("x-api-version", version);
    }
    let Ok(response) = request.send().await else {
        answer.status = 0;
        return;
    };
    answer.version = header(&response, "x-api-version");
    answer.reason = header(&response, "x-cutover-reason");
    let status = response.status().as_u16();
    // The answer counts once all of it is there.
    answer.status = response.bytes().await.map_or(0, |_| status);
}

fn header(response: &Response, name: &str) -> String {
    let value = response.headers().get(name);
    let text = value.and_then(|value| value.to_str().ok());
    text.unwrap_or_default().to_owned()
}

/// What came of a load.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counts {
    /// Contributions that were sent.
    sent: u64,
    /// Answered 201.
    accepted: u64,
    /// Of these, by v1.
    v1: u64,
    /// Of these, by v2.
    v2: u64,
    /// Of these, by v1 since v2 had failed.
    fallback: u64,
    /// Invalid payloads that were answered 400.
    rejected: u64,
    /// Answered in another way, or not at all.
    failed: u64,
    /// Attempts after the first.
    retries: u64,
}

/// What came of a load, for programs.
#[allow(dead_code)]
pub(crate) fn counts(answers: &[Answer]) -> Counts {
    let mut counts = Counts::default();
    for answer in answers {
        counts.sent += 1;
        counts.retries += u64::from(answer.retries);
        match (answer.status, answer.invalid) {
            (201, false) => {
                counts.accepted += 1;
                counts.v1 += u64::from(answer.version == "v1");
                counts.v2 += u64::from(answer.version == "v2");
                counts.fallback += u64::from(answer.reason == "fallback");
            }
            (400, true) => counts.rejected += 1,
            _ => counts.failed += 1,
        }
    }
    counts
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
