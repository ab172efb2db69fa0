//! The operators' listener: what is in force, how to change it, and who changed it.

mod access;
mod brake;
mod plan;
mod rollout;
mod signed;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use access::Access;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use cutover::Request;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;
use tower_http::catch_panic::CatchPanicLayer;

use crate::answer::{Refusal, json, to_json};
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
    let operators = Router::new()
        .route("/rollout", get(rollout::read).put(rollout::write))
        .route("/brake", post(brake::pull))
        .route("/brake/release", post(brake::release))
        .route("/plan", get(plan::read))
        .route("/plan/advance", post(plan::advance))
        .route("/plan/back", post(plan::back))
        .route("/plan/accept", post(plan::accept))
        .route("/plan/decisions", get(plan::decisions))
        .route("/status", get(status))
        .route("/verdict", get(verdict))
        .route("/explain", get(explain))
        .route("/changes", get(changes))
        .fallback(async || {
            Refusal::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "there is nothing at this path",
            )
        })
        .layer(DefaultBodyLimit::max(DOCUMENT))
        .layer(from_fn(read_body))
        .layer(from_fn_with_state(access, access::check))
        .with_state(state);
    // Nobody needs a token to see whether the service is alive, when the other listener is full.
    let health = Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .with_state(Arc::clone(app));
    operators
        .merge(health)
        .layer(from_fn_with_state(Arc::clone(app), close_when_draining))
        .layer(CatchPanicLayer::custom(panicked))
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

async fn status(State(state): State<Arc<Operators>>) -> Response {
    json(StatusCode::OK, to_json(&Overview::of(&state.app)))
}

/// What the guard says now, rule by rule.
async fn verdict(State(state): State<Arc<Operators>>) -> Response {
    json(StatusCode::OK, to_json(&state.app.guard.verdict()))
}

#[derive(Debug, Deserialize)]
struct Asked {
    id: String,
}

/// Who gets which version, and why.
async fn explain(State(state): State<Arc<Operators>>, Query(asked): Query<Asked>) -> Response {
    let explanation = state.app.router.explain(&Request::new(&asked.id));
    json(StatusCode::OK, to_json(&explanation))
}

#[derive(Debug, Deserialize)]
struct Last {
    #[serde(default = "hundred")]
    limit: u16,
}

fn hundred() -> u16 {
    100
}

/// The most changes that are listed: with 16 KiB of detail each, 16 MiB.
const MOST_CHANGES: u16 = 1_000;

/// The latest changes, newest first: who, why, what.
async fn changes(
    State(state): State<Arc<Operators>>,
    Query(Last { limit }): Query<Last>,
) -> Result<Response, Refusal> {
    let changes = state
        .app
        .store
        .changes(limit.min(MOST_CHANGES).into())
        .await?;
    Ok(json(StatusCode::OK, to_json(&json!({"changes": changes}))))
}
