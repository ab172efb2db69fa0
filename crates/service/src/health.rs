//! Is the process alive, and should it get requests?

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Refusal, Refused, json, to_json};
use crate::app::App;
use crate::store::StoreError;

/// Load balancers ask every second or so: the database has to answer within that.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The state of the service.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok` or `ready`.
    status: &'static str,
    /// What operators should look at, though clients are served: a damaged decision log, a brake that can't be stored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn healthy(status: &'static str, warnings: Vec<String>) -> Response {
    json(StatusCode::OK, to_json(&Health { status, warnings }))
}

/// Whether the process is alive.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operation",
    responses((status = 200, description = "It is", body = Health))
)]
pub(crate) async fn live() -> Response {
    healthy("ok", Vec::new())
}

/// Whether it should get requests: what is sent to it would be stored, and it isn't shutting down.
///
/// After a write that failed, the service tries by itself until one succeeds, at most 5 s apart.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses(
        (status = 200, description = "It should", body = Health),
        (status = 503, description = "It should not", body = Refused),
    )
)]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    if app.is_draining() {
        return Err(draining());
    }
    tokio::time::timeout(TIMEOUT, app.store.ready())
        .await
        .unwrap_or(Err(StoreError::Unavailable))?;
    Ok(healthy("ready", app.warnings()))
}

/// 503: the service is going down.
#[must_use]
pub(crate) fn draining() -> Refusal {
    Refusal::unavailable(
        "draining",
        "this instance is going down: try again, at another",
    )
}
