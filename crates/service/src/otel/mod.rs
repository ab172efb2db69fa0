//! OpenTelemetry: whether there is a collector to export to, the export itself, and its end.
//!
//! Spans and metrics are made here by OpenTelemetry's own API, not from `tracing`'s spans and events. So `RUST_LOG`, which
//! is for the log, doesn't decide what is traced; and what a dependency logs, such as a statement of SQL, never becomes part
//! of a trace.

mod figures;
mod request;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{InstrumentationScope, Key};
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::app::App;

pub(crate) use request::decided;

/// The name of the service unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES has one.
const SERVICE_NAME: &str = "cutover-service";
/// How long the end of the service may wait for what hasn't been exported yet.
const FLUSH: Duration = Duration::from_secs(5);

/// Why telemetry can't be exported as configured.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The endpoint needs TLS, which this build doesn't have.
    #[error(
        "{0} begins with https, but the export has no TLS: set it to the http address of a collector nearby, which forwards over TLS"
    )]
    Tls(&'static str),
    /// The exporter refuses its settings.
    #[error("OpenTelemetry can't export as the OTEL_EXPORTER_OTLP_… variables say: {0}")]
    Exporter(#[from] ExporterBuildError),
}

/// What is exported: each of the two where it has an endpoint.
#[derive(Debug, Default, PartialEq, Eq)]
struct Signals {
    traces: bool,
    metrics: bool,
}

impl Signals {
    /// By the standard variables: nothing without an endpoint, or with OTEL_SDK_DISABLED=true.
    fn from(variable: impl Fn(&str) -> Option<String>) -> Result<Self, TelemetryError> {
        if variable("OTEL_SDK_DISABLED")
            .is_some_and(|disabled| disabled.eq_ignore_ascii_case("true"))
        {
            return Ok(Self::default());
        }
        // As the specification has it, an empty variable is an unset one.
        let endpoint = |name| match variable(name) {
            Some(url) if url.trim().is_empty() => Ok(false),
            Some(url) if url.trim_start().to_ascii_lowercase().starts_with("https:") => {
                Err(TelemetryError::Tls(name))
            }
            endpoint => Ok(endpoint.is_some()),
        };
        let both = endpoint("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        Ok(Self {
            traces: endpoint("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")? || both,
            metrics: endpoint("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")? || both,
        })
    }
}

/// The export, while the service runs. It has threads of its own, with a bounded queue of spans before them: no request
/// waits for it.
#[derive(Debug)]
pub(crate) struct Telemetry {
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
}

impl Telemetry {
    /// Begins to export the service's figures, and what goes through [`trace`](Self::trace): if there is an endpoint.
    pub(crate) fn start(app: &Arc<App>) -> Result<Option<Self>, TelemetryError> {
        let signals = Signals::from(|name| env::var(name).ok())?;
        if signals == Signals::default() {
            return Ok(None);
        }
        let resource = resource();
        let mut tracers = SdkTracerProvider::builder().with_resource(resource.clone());
        if signals.traces {
            tracers = tracers.with_batch_exporter(SpanExporter::builder().with_http().build()?);
        }
        let mut meters = SdkMeterProvider::builder().with_resource(resource);
        if signals.metrics {
            meters = meters.with_periodic_exporter(MetricExporter::builder().with_http().build()?);
        }
        let telemetry = Self {
            tracers: tracers.build(),
            meters: meters.build(),
        };
        figures::export(app, &telemetry.meters.meter_with_scope(scope()));
        Ok(Some(telemetry))
    }

    /// The same routes, with a span and a latency for each request.
    pub(crate) fn trace(&self, app: &App, routes: Router) -> Router {
        let traced = request::Traced::new(
            app.router.status().name,
            self.tracers.tracer_with_scope(scope()),
            &self.meters.meter_with_scope(scope()),
        );
        routes.layer(from_fn_with_state(Arc::new(traced), request::trace))
    }

    /// Exports what is left, for a few seconds at most.
    pub(crate) async fn stop(self) {
        let (done, both) = tokio::sync::oneshot::channel();
        // Not a blocking task of tokio's: its runtime would wait for that one however long it took.
        std::thread::spawn(move || {
            let meters = self.meters;
            let metrics = std::thread::spawn(move || meters.shutdown_with_timeout(FLUSH));
            let traces = self.tracers.shutdown_with_timeout(FLUSH);
            let _ = done.send((traces, metrics.join()));
        });
        match tokio::time::timeout(FLUSH, both).await {
            Ok(Ok((Ok(()), Ok(Ok(()))))) => {}
            _ => tracing::warn!("not all traces and metrics could be exported"),
        }
    }
}

/// Who is speaking.
fn resource() -> Resource {
    let named = Resource::builder().build();
    let name = named.get(&Key::from_static_str("service.name"));
    if name.is_some_and(|name| !name.as_str().starts_with("unknown_service")) {
        return named;
    }
    Resource::builder().with_service_name(SERVICE_NAME).build()
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("cutover")
        .with_version(env!("CARGO_PKG_VERSION"))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(variables: &[(&str, &str)]) -> Result<(bool, bool), String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Signals::from(variable)
            .map(|signals| (signals.traces, signals.metrics))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_is_exported_without_an_endpoint() {
        const BOTH: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
        const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        assert_eq!(signals(&[]), Ok((false, false)));
        assert_eq!(
            signals(&[("OTEL_SERVICE_NAME", "toilets")]),
            Ok((false, false))
        );
        assert_eq!(
            signals(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]),
            Ok((false, false))
        );
        assert_eq!(signals(&[BOTH]), Ok((true, true)));
        assert_eq!(
            signals(&[BOTH, ("OTEL_SDK_DISABLED", "True")]),
            Ok((false, false))
        );
        assert_eq!(
            signals(&[(TRACES, "http://localhost:4318/v1/traces")]),
            Ok((true, false))
        );
    }

    #[test]
    fn an_endpoint_that_needs_tls_is_refused_by_name() {
        for name in [
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        ] {
            let error = signals(&[(name, "HTTPS://example.com")]).unwrap_err();
            assert!(error.starts_with(name), "{error}");
        }
    }
}
