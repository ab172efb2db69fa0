//! The operators' listener: what is in force, how to change it, and who changed it.

mod access;
mod brake;
mod openapi;
mod plan;
mod rollout;
mod shapes;
mod signed;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use access::Access;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::{Extension, Router};
use cutover::Request;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::{IntoParams, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::openapi::Any;
use crate::answer::{Refusal, Refused, json, to_json};
use crate::app::App;
use crate::crowd::Senders;
use crate::health;
use crate::http::{close_when_draining, panicked};
use crate::submission::collect;

/// The largest document: 100,000 pinned UUIDs are 4 MB. Larger ones come from a file.
const DOCUMENT: usize = 16 << 20;
/// How long a document may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// What the operators' routes share.
#[derive(Debug)]
struct Operators {
    app: Arc<App>,
    /// Whose document is being looked at.
    looks: Arc<Mutex<()>>,
}

/// The operators' routes.
pub(crate) fn routes(app: &Arc<App>, access: Access) -> Router {
    let state = Arc::new(Operators {
        app: Arc::clone(app),
        looks: Arc::default(),
    });
    let (operators, mut api) = OpenApiRouter::with_openapi(openapi::Api::openapi())
        .routes(routes!(rollout::read, rollout::write))
        .routes(routes!(brake::pull))
        .routes(routes!(brake::release))
        .routes(routes!(plan::read))
        .routes(routes!(plan::advance))
        .routes(routes!(plan::back))
        .routes(routes!(plan::accept))
        .routes(routes!(plan::decisions))
        .routes(routes!(status))
        .routes(routes!(verdict))
        .routes(routes!(explain))
        .routes(routes!(changes))
        .routes(routes!(openapi::document))
        .split_for_parts();
    let operators = operators
        .fallback(async || Refusal::no_such_path())
        .method_not_allowed_fallback(async || Refusal::no_such_method())
        .layer(DefaultBodyLimit::max(DOCUMENT))
        .layer(from_fn(read_body))
        .layer(from_fn_with_state(access, access::check))
        .with_state(state);
    // Nobody needs a token to see whether the service is alive, when the other listener is full.
    let (health, health_api) = OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .split_for_parts();
    api.merge(health_api);
    operators
        .merge(health.with_state(Arc::clone(app)))
        .layer(Extension(openapi::Document::new(&api)))
        .layer(from_fn_with_state(Arc::clone(app), close_when_draining))
        .layer(CatchPanicLayer::custom(panicked))
}

/// 400: what the query says can't be used.
fn bad_query(error: &QueryRejection) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "query", error.body_text())
}

/// Reads the body before anything is done with it, within limits of size and time.
async fn read_body(request: axum::extract::Request, next: Next) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    let body = collect(body, DOCUMENT, ARRIVAL).await?;
    let request = axum::extract::Request::from_parts(head, Body::from(body));
    Ok(next.run(request).await)
}

/// The router's state, and what else operators should look at.
#[derive(Serialize)]
struct Overview {
    #[serde(flatten)]
    router: cutover::routing::Status,
    principals: Senders,
    warnings: Vec<String>,
}

impl Overview {
    fn of(app: &App) -> Self {
        let principals = app.crowd.senders();
        let mut warnings = app.warnings();
        warnings.extend(app.crowd.warnings(&principals));
        Self {
            router: app.router.status(),
            principals,
            warnings,
        }
    }
}

/// What is in force, and what operators should look at.
#[utoipa::path(
    get,
    path = "/status",
    tag = "status",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The status", body = shapes::Overview),
        Any,
    )
)]
async fn status(State(state): State<Arc<Operators>>) -> Response {
    json(StatusCode::OK, to_json(&Overview::of(&state.app)))
}

/// What the guard says now, rule by rule.
#[utoipa::path(
    get,
    path = "/verdict",
    tag = "verdict",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The verdict", body = shapes::Verdict),
        Any,
    )
)]
async fn verdict(State(state): State<Arc<Operators>>) -> Response {
    json(StatusCode::OK, to_json(&state.app.guard.verdict()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The id, e.g. `user-1`.
    id: String,
}

/// Who gets which version, and why.
#[utoipa::path(
    get,
    path = "/explain",
    tag = "explain",
    security((), ("token" = [])),
    params(Asked),
    responses(
        (status = 200, description = "The decision, rule by rule", body = shapes::Explanation),
        (status = 400, description = "No `id` is asked for", body = Refused),
        Any,
    )
)]
async fn explain(
    State(state): State<Arc<Operators>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(asked) = asked.map_err(|error| bad_query(&error))?;
    let explanation = state.app.router.explain(&Request::new(&asked.id));
    Ok(json(StatusCode::OK, to_json(&explanation)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Last {
    /// How many at most; 1,000 is the largest number that counts.
    #[serde(default = "hundred")]
    limit: u16,
}

fn hundred() -> u16 {
    100
}

/// The most changes that are listed: with 16 KiB of detail each, 16 MiB.
const MOST_CHANGES: u16 = 1_000;

/// The latest changes, newest first: who, why, what.
#[utoipa::path(
    get,
    path = "/changes",
    tag = "changes",
    security((), ("token" = [])),
    params(Last),
    responses(
        (status = 200, description = "The changes", body = shapes::Changes),
        (status = 400, description = "`limit` is not a number", body = Refused),
        (status = 503, description = "The database is not available", body = Refused),
        Any,
    )
)]
async fn changes(
    State(state): State<Arc<Operators>>,
    last: Result<Query<Last>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(Last { limit }) = last.map_err(|error| bad_query(&error))?;
    let changes = state
        .app
        .store
        .changes(limit.min(MOST_CHANGES).into())
        .await?;
    Ok(json(StatusCode::OK, to_json(&json!({"changes": changes}))))
}
