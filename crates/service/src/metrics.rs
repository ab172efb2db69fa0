//! What `/metrics` says, as Prometheus text.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use std::time::SystemTime;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cutover::migration::metrics::Metrics;

use crate::app::App;
use crate::openapi;

/// Requests that were answered, by route and status. Routes are templates, so there are only so many.
#[derive(Debug)]
pub struct Requests(Mutex<BTreeMap<(String, u16), u64>>);

/// The answers that the OpenAPI document knows of are there from the start, as 0: a rate needs a value before the first.
impl Default for Requests {
    fn default() -> Self {
        let known = openapi::answers().into_iter();
        let counts = known.map(|(route, status)| ((route, status.as_u16()), 0));
        Self(Mutex::new(counts.collect()))
    }
}

impl Requests {
    /// Counts one.
    pub fn count(&self, route: &str, status: StatusCode) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts
            .entry((route.to_owned(), status.as_u16()))
            .or_default() += 1;
    }

    fn write(&self, out: &mut String) {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for ((route, status), count) in counts.iter() {
            let _ = writeln!(
                out,
                "cutover_service_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
    }
}

/// The service's figures as Prometheus text.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operation",
    responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain"))
)]
pub(crate) async fn metrics(State(app): State<std::sync::Arc<App>>) -> Response {
    let content_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (content_type, text(&app)).into_response()
}

/// The text.
pub(crate) fn text(app: &App) -> String {
    let mut out = String::from(
        "# HELP cutover_service_requests_total Requests that were answered.\n\
         # TYPE cutover_service_requests_total counter\n",
    );
    app.requests.write(&mut out);
    app.connections.write(&mut out);
    let verdict = app.guard.verdict();
    let library = Metrics::new()
        .router(&app.router.status(), SystemTime::now())
        .decisions(&app.decisions)
        .outcomes(&app.guard.outcomes().snapshot())
        .shadow(&app.shadow.snapshot())
        .verdict(&verdict);
    let _ = write!(out, "{library}");
    let _ = writeln!(
        out,
        "# HELP cutover_service_log_entries_lost_total Entries of the database's log that were lost: not written fast enough, or refused by the database.\n\
         # TYPE cutover_service_log_entries_lost_total counter\n\
         cutover_service_log_entries_lost_total {}",
        app.store.log_entries_lost()
    );
    let mut gauge = |name: &str, help: &str, value: f64| {
        let _ = writeln!(
            out,
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
        );
    };
    gauge(
        "cutover_service_places_free",
        "Free request slots.",
        u32::try_from(app.places.available_permits())
            .unwrap_or(u32::MAX)
            .into(),
    );
    gauge(
        "cutover_service_storage_failures",
        "Writes to the database that have failed since the last one that succeeded.",
        app.store.failures().into(),
    );
    gauge(
        "cutover_service_writer_healthy",
        "1 while the last write to the database succeeded and none is late; else 0.",
        u8::from(app.store.is_healthy()).into(),
    );
    gauge(
        "cutover_service_warnings",
        "How many warnings /readyz has, such as a brake that isn't stored; /status may have more, about who sends the requests.",
        u32::try_from(app.warnings().len())
            .unwrap_or(u32::MAX)
            .into(),
    );
    gauge(
        "cutover_service_draining",
        "1 while the service shuts down; else 0.",
        u8::from(app.is_draining()).into(),
    );
    app.disks.write(&mut out);
    out
}
