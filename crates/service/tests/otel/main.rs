//! What a collector gets by OTLP, decoded: the requests' spans, the figures, and nothing of what people sent. A collector
//! that is away harms nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod collector;
#[path = "../common/mod.rs"]
mod common;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use collector::{Collector, exported, hex, texts};
use common::{Process, V1};
use opentelemetry_proto::tonic::metrics::v1::metric;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use reqwest::Client;
use tokio::net::TcpListener;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Longer than anything should take, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The service, with this collector, which hears of everything soon.
fn start(endpoint: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Process {
    let arguments = [&["--database-url", "sqlite::memory:"], arguments].concat();
    let mut all = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
    ];
    all.extend(environment);
    Process::start(&arguments, &all)
}

/// Waits for something to become true.
async fn until<T>(what: &str, mut is_there: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = is_there() {
            return found;
        }
        assert!(since.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A submission in this trace; its status.
async fn submit(process: &Process, key: &str, body: &str, trace: &str) -> u16 {
    let request = Client::new()
        .post(format!("http://{}/api/suggest", process.address))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .header("traceparent", format!("00-{trace}-{CALLER}-01"))
        .body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

async fn get(address: &str, path: &str) -> String {
    let response = Client::new().get(format!("http://{address}{path}")).send();
    response.await.unwrap().text().await.unwrap()
}

/// The span of this trace, once it has arrived.
async fn span(collector: &Collector, trace: &str) -> Span {
    until("the span", || {
        let mut spans = collector.spans().into_iter();
        spans.find(|span| hex(&span.trace_id) == trace)
    })
    .await
}

fn expected(attributes: &[(&str, &str)]) -> BTreeMap<String, String> {
    attributes
        .iter()
        .map(|&(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[tokio::test]
async fn a_span_continues_the_caller_s_trace_and_says_how_the_request_was_routed() {
    let (collector, endpoint) = Collector::start().await;
    let process = start(
        &endpoint,
        &["--share", "100%"],
        &[("OTEL_SERVICE_NAME", "toilets")],
    );
    get(&process.address, "/healthz").await;
    get(&process.address, "/metrics").await;
    get(&process.address, "/nowhere/jane-doe").await;
    get(&process.address, "/api/contributions/jane-doe?jane=doe").await;
    let secret = r#"{"lat":51.512345,"lng":-0.1,"name":"Jane Doe's"}"#;
    assert_eq!(submit(&process, "jane-doe", secret, TRACE).await, 201);

    let span = span(&collector, TRACE).await;
    assert_eq!(hex(&span.parent_span_id), CALLER);
    assert_eq!(span.name, "POST /api/suggest");
    assert_eq!(span.kind(), SpanKind::Server);
    assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
    assert_eq!(
        texts(&span.attributes),
        expected(&[
            ("http.request.method", "POST"),
            ("http.route", "/api/suggest"),
            ("http.response.status_code", "201"),
            ("url.scheme", "http"),
            ("feature_flag.key", "contribution-form-v2"),
            ("feature_flag.provider.name", "cutover"),
            ("feature_flag.result.variant", "v2"),
            ("feature_flag.result.reason", "split"),
            ("feature_flag.version", "0"),
            ("cutover.reason", "share"),
            ("cutover.served_by", "v2"),
        ])
    );

    let names: Vec<String> = until("all spans", || {
        let spans = collector.spans();
        (spans.len() >= 3).then(|| spans.into_iter().map(|span| span.name).collect())
    })
    .await;
    assert_eq!(
        names,
        ["GET", "GET /api/contributions/{id}", "POST /api/suggest"],
        "a request without a route has no path in its name, and probes have no span"
    );
    let traces = format!("{:?}", collector.traces.lock().unwrap());
    assert!(traces.contains("toilets"), "{traces}");
    let metrics = until("metrics", || {
        let metrics = collector.metrics.lock().unwrap();
        (!metrics.is_empty()).then(|| format!("{metrics:?}"))
    })
    .await;
    for secret in ["jane", "Jane", "51.512345"] {
        assert!(!traces.contains(secret), "{secret} is in\n{traces}");
        assert!(!metrics.contains(secret), "{secret} is in\n{metrics}");
    }
    process.kill();
}

#[tokio::test]
async fn a_fallback_a_brake_and_a_failure_show_in_the_span() {
    let (collector, endpoint) = Collector::start().await;
    let faulty = start(&endpoint, &["--share", "100%", "--v2-fault", "1"], &[]);
    let fallback = "00000000000000000000000000000001";
    assert_eq!(submit(&faulty, "a", V1, fallback).await, 201);
    let span_of_fallback = span(&collector, fallback).await;
    let attributes = texts(&span_of_fallback.attributes);
    assert_eq!(
        (
            &*attributes["feature_flag.result.variant"],
            &*attributes["cutover.served_by"]
        ),
        ("v2", "v1"),
    );
    faulty.kill();

    let braked = start(
        &endpoint,
        &["--share", "100%"],
        &[("CUTOVER_BRAKE", "night")],
    );
    let brake = "00000000000000000000000000000002";
    assert_eq!(submit(&braked, "b", V1, brake).await, 201);
    let attributes = texts(&span(&collector, brake).await.attributes);
    assert_eq!(
        (
            &*attributes["feature_flag.result.reason"],
            &*attributes["cutover.reason"]
        ),
        ("disabled", "brake"),
    );
    braked.kill();

    let exposed = start(
        &endpoint,
        &["--share", "100%", "--v2-fault", "1", "--no-fallback"],
        &[],
    );
    let (failure, refusal) = (
        "00000000000000000000000000000003",
        "00000000000000000000000000000004",
    );
    assert_eq!(submit(&exposed, "c", V1, failure).await, 500);
    assert_eq!(submit(&exposed, &"k".repeat(2_000), V1, refusal).await, 400);
    let status = |span: &Span| span.status.as_ref().map_or(0, |status| status.code);
    let failed = span(&collector, failure).await;
    assert_eq!(status(&failed), StatusCode::Error as i32);
    assert_eq!(texts(&failed.attributes)["error.type"], "500");
    // A client's mistake is no error of the service.
    let refused = span(&collector, refusal).await;
    assert_eq!(status(&refused), StatusCode::Unset as i32);
    assert!(!texts(&refused.attributes).contains_key("feature_flag.key"));
    exposed.kill();
}

/// What `/metrics` has of one kind, with the labels in order; without the counts of `/metrics` itself, which each look raises,
/// and without what isn't known or infinite.
fn scraped(text: &str, kind: &str) -> BTreeMap<String, f64> {
    let kinds: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .collect();
    let mut samples = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = sample.split_once('{').unwrap_or((sample, "}"));
        let mut labels: Vec<&str> = labels.trim_end_matches('}').split(',').collect();
        labels.sort_unstable();
        let value: f64 = value.parse().unwrap();
        if kinds.get(name) == Some(&kind) && !line.contains("/metrics") && value.is_finite() {
            let sample = format!("{name}{{{}}}", labels.join(","));
            samples.insert(sample, value);
        }
    }
    samples
}

#[tokio::test]
async fn the_figures_are_those_of_the_metrics_page_and_the_latency_a_histogram() {
    let (collector, endpoint) = Collector::start().await;
    let process = start(&endpoint, &["--share", "50%"], &[]);
    for n in 0..20 {
        submit(&process, &format!("key-{n}"), V1, TRACE).await;
        submit(&process, &format!("bad-{n}"), "{}", TRACE).await;
    }
    let page = get(&process.address, "/metrics").await;
    let (counters, gauges) = (scraped(&page, "counter"), scraped(&page, "gauge"));
    assert!(counters.len() > 20 && gauges.len() > 5, "{page}");
    assert_eq!(
        counters["cutover_service_requests_total{route=\"/api/suggest\",status=\"201\"}"],
        20.0
    );
    until("the figures of /metrics", || {
        let exported = exported(&collector.figures());
        let same = |(sample, value)| exported.get(sample) == Some(value);
        // Some gauges have moved on since, such as an age: it is enough that they are there.
        let there = gauges.keys().all(|gauge| exported.contains_key(gauge));
        (counters.iter().all(same) && there).then_some(())
    })
    .await;
    let exported = exported(&collector.figures());
    assert_eq!(exported["cutover_share_ratio{}"], 0.5);

    let figures = collector.figures();
    let latency = figures
        .iter()
        .find(|metric| metric.name == "http.server.request.duration")
        .expect("there is a histogram of latency");
    assert_eq!(latency.unit, "s");
    let Some(metric::Data::Histogram(histogram)) = &latency.data else {
        panic!("{latency:?}");
    };
    let count = |status: &str, version: &str| -> u64 {
        let points = histogram.data_points.iter().filter(|point| {
            let attributes = texts(&point.attributes);
            attributes["http.response.status_code"] == status
                && attributes["cutover.served_by"] == version
        });
        points.map(|point| point.count).sum()
    };
    assert_eq!(count("201", "v1") + count("201", "v2"), 20);
    assert_eq!(count("400", "v1") + count("400", "v2"), 20);
    assert!(count("201", "v1") > 0 && count("201", "v2") > 0);
    process.kill();
}

#[tokio::test]
async fn what_has_not_been_sent_when_the_service_stops_is_sent_then() {
    let (collector, endpoint) = Collector::start().await;
    let never = [
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"),
    ];
    let process = start(&endpoint, &[], &never);
    assert_eq!(submit(&process, "a", V1, TRACE).await, 201);
    assert!(collector.spans().is_empty() && collector.figures().is_empty());
    process.terminate();
    let code = tokio::task::spawn_blocking(|| process.wait())
        .await
        .unwrap();
    assert_eq!(code, Some(0));
    assert_eq!(collector.spans().len(), 1);
    let exported = exported(&collector.figures());
    assert_eq!(
        exported["cutover_service_requests_total{route=\"/api/suggest\",status=\"201\"}"],
        1.0
    );
}

/// Connections to it are made, by the kernel, and nobody answers: the worst that a collector can do.
#[tokio::test]
async fn a_collector_that_hangs_costs_a_bounded_queue_and_no_request_notices() {
    const REQUESTS: usize = 100;
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", hanging.local_addr().unwrap());
    let small = [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "8"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "30000"),
    ];
    let process = start(&endpoint, &[], &small);
    let mut slowest = Duration::ZERO;
    for n in 0..REQUESTS {
        let since = Instant::now();
        assert_eq!(submit(&process, &format!("key-{n}"), V1, TRACE).await, 201);
        slowest = slowest.max(since.elapsed());
    }
    // An export waits for half a minute; a request that waited for one would too.
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    until("the queue to overflow", || {
        let log = process.log.lock().unwrap();
        log.contains("SpanDroppingStarted").then_some(())
    })
    .await;
    let since = Instant::now();
    process.terminate();
    let code = tokio::task::spawn_blocking(|| process.wait())
        .await
        .unwrap();
    assert_eq!(code, Some(0));
    let took = since.elapsed();
    assert!(took < Duration::from_secs(20), "it stopped after {took:?}");
}
