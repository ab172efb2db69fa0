//! The operators' listener: what is in force, how to change it, and who changed it.

mod access;
mod brake;
mod plan;
mod rollout;
mod signed;

use std::sync::Arc;

pub(crate) use access::Access;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use cutover::Request;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use tower_http::catch_panic::CatchPanicLayer;

use crate::answer::{Refusal, json, to_json};
use crate::app::App;

/// The largest document: 100,000 pinned UUIDs are 4 MB. Larger ones come from a file.
const DOCUMENT: usize = 16 << 20;

/// What the operators' routes share.
#[derive(Debug)]
struct Operators {
    app: Arc<App>,
    turn: Mutex<()>,
}

/// The operators' routes.
pub(crate) fn routes(app: &Arc<App>, access: Access) -> Router {
    let state = Arc::new(Operators {
        app: Arc::clone(app),
        turn: Mutex::new(()),
    });
    Router::new()
        .route("/rollout", get(rollout::read).put(rollout::write))
        .route("/brake", post(brake::pull))
        .route("/brake/release", post(brake::release))
        .route("/plan", get(plan::read))
        .route("/plan/advance", post(plan::advance))
        .route("/plan/back", post(plan::back))
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
        .layer(from_fn_with_state(access, access::check))
        .layer(CatchPanicLayer::custom(crate::http::panicked))
        .with_state(state)
}

async fn status(State(state): State<Arc<Operators>>) -> Response {
    json(StatusCode::OK, to_json(&state.app.router.status()))
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

/// The latest changes, newest first: who, why, what.
async fn changes(
    State(state): State<Arc<Operators>>,
    Query(Last { limit }): Query<Last>,
) -> Result<Response, Refusal> {
    let changes = state.app.store.changes(limit.into()).await;
    let changes =
        changes.map_err(|error| Refusal::unavailable("storage_unavailable", &error.to_string()))?;
    Ok(json(StatusCode::OK, to_json(&json!({"changes": changes}))))
}
