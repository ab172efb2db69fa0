//! A request's span and its latency, by OpenTelemetry's conventions for HTTP and for feature flags.
//!
//! Spans and metrics go to other machines and are kept there, so they have nothing of what was sent: no path (it has a
//! contribution id in it, and `url.path` is left out for that), no query, no body, no header but
//! `traceparent` and `tracestate`, and no `feature_flag.context.id`, which would be that id again.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use cutover::{Decision, Reason};
use opentelemetry::metrics::{Histogram, Meter};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracer;

/// Asked every few seconds by machines: they would be most of what is traced.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// In seconds, as the conventions advise.
const BOUNDARIES: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// What it takes to trace a request.
#[derive(Debug)]
pub(super) struct Traced {
    /// The rollout's name, as the key of a feature flag.
    flag: Arc<str>,
    tracer: SdkTracer,
    latency: Histogram<f64>,
}

/// The flag that may be evaluated in this context.
struct Flag(Arc<str>);

impl Traced {
    pub(super) fn new(rollout: String, tracer: SdkTracer, meter: &Meter) -> Self {
        Self {
            flag: rollout.into(),
            tracer,
            latency: meter
                .f64_histogram("http.server.request.duration")
                .with_description("Time from a request's head to its answer's.")
                .with_unit("s")
                .with_boundaries(BOUNDARIES.to_vec())
                .build(),
        }
    }
}

/// Gives a request its span, in the trace that the caller is in, and measures it.
pub(super) async fn trace(
    State(traced): State<Arc<Traced>>,
    request: Request,
    next: Next,
) -> Response {
    let since = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    if route.is_some_and(|route| PROBES.contains(&route)) {
        return next.run(request).await;
    }
    let method = known(request.method());
    let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    let mut attributes = vec![
        KeyValue::new("http.request.method", method),
        KeyValue::new("url.scheme", "http"),
    ];
    attributes.extend(route.map(|route| KeyValue::new("http.route", route.to_owned())));

    let caller = caller(request.headers());
    let span = traced
        .tracer
        .span_builder(name)
        .with_kind(SpanKind::Server)
        .with_attributes(attributes.clone())
        .start_with_context(&traced.tracer, &caller);
    let context = caller
        .with_span(span)
        .with_value(Flag(Arc::clone(&traced.flag)));
    let response = next.run(request).with_context(context.clone()).await;

    let result = result(&response);
    let span = context.span();
    if response.status().is_server_error() {
        span.set_status(Status::error(""));
    }
    span.set_attributes(result.iter().cloned());
    span.end();
    attributes.extend(result);
    traced
        .latency
        .record(since.elapsed().as_secs_f64(), &attributes);
    response
}

/// The span that the caller names in `traceparent`; an empty context when there is none, or no valid one.
fn caller(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers))
}

/// Clients can make up methods: the conventions have one word for all of those, so that they can't make up metrics.
fn known(method: &Method) -> &'static str {
    const METHODS: [Method; 9] = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::PATCH,
        Method::TRACE,
        Method::CONNECT,
    ];
    const NAMES: [&str; 9] = [
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT",
    ];
    let found = METHODS
        .iter()
        .zip(NAMES)
        .find(|(known, _)| *known == method);
    found.map_or("_OTHER", |(_, name)| name)
}

/// What the answer says of the request.
fn result(response: &Response) -> Vec<KeyValue> {
    let status = response.status();
    let mut result = vec![KeyValue::new(
        "http.response.status_code",
        i64::from(status.as_u16()),
    )];
    if status.is_server_error() {
        result.push(KeyValue::new(
            "error.type",
            StatusCode::as_str(&status).to_owned(),
        ));
    }
    let served_by = response.headers().get("x-api-version");
    if let Some(version) = served_by.and_then(|version| version.to_str().ok()) {
        result.push(KeyValue::new("cutover.served_by", version.to_owned()));
    }
    result
}

/// Adds a decision to the span of the request that it was made for.
pub(crate) fn decided(decision: &Decision) {
    Context::map_current(|context| {
        let span = context.span();
        let Some(Flag(key)) = context.get::<Flag>().filter(|_| span.is_recording()) else {
            return;
        };
        span.set_attributes([
            KeyValue::new("feature_flag.key", Arc::clone(key)),
            KeyValue::new("feature_flag.provider.name", "cutover"),
            KeyValue::new("feature_flag.result.variant", decision.version().as_str()),
            KeyValue::new("feature_flag.result.reason", reason(decision.reason())),
            KeyValue::new("cutover.reason", decision.reason().as_str()),
        ]);
        if decision.reason() != Reason::NoRollout {
            span.set_attribute(KeyValue::new(
                "feature_flag.version",
                decision.revision().to_string(),
            ));
        }
    });
}

/// The conventions' word for a reason. `cutover.reason` has ours, which says more.
fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Brake => "disabled",
        Reason::Env | Reason::Forced => "static",
        Reason::Requested | Reason::Pinned => "targeting_match",
        Reason::Share => "split",
        Reason::NoRollout => "default",
        // Reasons that this version of the service doesn't know yet.
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_somebody_made_up_is_other() {
        assert_eq!(known(&Method::POST), "POST");
        assert_eq!(known(&Method::TRACE), "TRACE");
        assert_eq!(known(&Method::from_bytes(b"JANE").unwrap()), "_OTHER");
    }

    #[test]
    fn a_traceparent_that_is_not_valid_is_as_none() {
        let context = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", text.parse().unwrap());
            caller(&headers)
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let valid = context(&format!("00-{trace}-00f067aa0ba902b7-01"));
        assert_eq!(valid.span().span_context().trace_id().to_string(), trace);
        for text in [
            "",
            "jane",
            "00-0-0-01",
            &format!("00-{trace}-0000000000000000-01"),
        ] {
            assert!(!context(text).span().span_context().is_valid(), "{text}");
        }
    }
}
