//! A collector in the test: it keeps what it gets by OTLP, decoded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, metric, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

/// A collector that keeps what it gets.
#[derive(Clone, Default)]
pub(crate) struct Collector {
    pub(crate) traces: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    pub(crate) metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
}

impl Collector {
    /// Starts it; its endpoint is the second.
    pub(crate) async fn start() -> (Self, String) {
        let collector = Self::default();
        let (traces, metrics) = (
            Arc::clone(&collector.traces),
            Arc::clone(&collector.metrics),
        );
        let routes = Router::new()
            .route(
                "/v1/traces",
                post(async move |body: Bytes| {
                    traces.lock().unwrap().push(Message::decode(body).unwrap());
                }),
            )
            .route(
                "/v1/metrics",
                post(async move |body: Bytes| {
                    metrics.lock().unwrap().push(Message::decode(body).unwrap());
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (collector, endpoint)
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let traces = self.traces.lock().unwrap();
        let scopes = traces
            .iter()
            .flat_map(|request| &request.resource_spans)
            .flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// The metrics of the last export.
    pub(crate) fn figures(&self) -> Vec<Metric> {
        let metrics = self.metrics.lock().unwrap();
        let resources = metrics.last().map(|request| &request.resource_metrics);
        let scopes = resources
            .into_iter()
            .flatten()
            .flat_map(|resource| &resource.scope_metrics);
        scopes.flat_map(|scope| scope.metrics.clone()).collect()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| match attribute.value.clone().unwrap().value.unwrap() {
        any_value::Value::StringValue(text) => text,
        any_value::Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    attributes
        .iter()
        .map(|attribute| (attribute.key.clone(), text(attribute)))
        .collect()
}

/// The counters and gauges of an export by name and labels, as `/metrics` has them.
pub(crate) fn exported(metrics: &[Metric]) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    for metric in metrics {
        let points: &[NumberDataPoint] = match metric.data.as_ref().unwrap() {
            metric::Data::Sum(sum) => {
                assert!(sum.is_monotonic, "{}", metric.name);
                &sum.data_points
            }
            metric::Data::Gauge(gauge) => &gauge.data_points,
            _ => continue,
        };
        for point in points {
            let Some(number_data_point::Value::AsDouble(value)) = point.value else {
                panic!("{point:?}");
            };
            let labels: Vec<String> = texts(&point.attributes)
                .into_iter()
                .map(|(label, value)| format!("{label}=\"{value}\""))
                .collect();
            samples.insert(format!("{}{{{}}}", metric.name, labels.join(",")), value);
        }
    }
    samples
}
