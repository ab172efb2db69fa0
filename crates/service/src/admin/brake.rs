//! The brake: pulled at once, released by its number.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::openapi::{Any, NotMade, SignedHeaders};
use super::rollout::not_kept;
use super::shapes::{Pulled, Released};
use super::signed::Signed;
use super::{Operators, shapes};
use crate::answer::{Refusal, Refused, json, to_json};
use crate::app::App;
use crate::keeper::{Keeper, Wish};

/// The longest that the answer waits for the database, which notes who pulled it.
const NOTED: Duration = Duration::from_millis(500);

/// Sends everyone to v1. Waits for nobody: neither an edit that is under way, nor the disk, nor the database.
#[utoipa::path(
    post,
    path = "/brake",
    tag = "brake",
    security((), ("token" = [])),
    params(SignedHeaders),
    responses(
        (status = 200, description = "In force", body = Pulled),
        (status = 400, description = "`X-Who` or `X-Why` is missing or too long", body = Refused),
        Any,
    )
)]
pub(super) async fn pull(State(state): State<Arc<Operators>>, signed: Signed) -> Response {
    let app = &state.app;
    let number = app.router.pull(format!("{}: {}", signed.who, signed.why));
    let noted = tokio::spawn({
        let app = Arc::clone(app);
        async move {
            let detail = json!({"number": number});
            signed.note(&app, "brake", &detail).await;
        }
    });
    let (stored, _) = tokio::join!(app.keeper.stored_soon(), timeout(NOTED, noted));
    let body = json!({
        "number": number,
        "durable": stored && app.has_state,
        "status": app.router.status(),
    });
    json(StatusCode::OK, to_json(&body))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    number: u32,
}

/// Releases the brake of this number: `{"number": 7}`.
#[utoipa::path(
    post,
    path = "/brake/release",
    tag = "brake",
    security((), ("token" = [])),
    params(SignedHeaders),
    request_body(content = shapes::Number, content_type = "application/json"),
    responses(
        (status = 200, description = "Released", body = Released),
        NotMade,
        Any,
    )
)]
pub(super) async fn release(
    State(state): State<Arc<Operators>>,
    signed: Signed,
    body: Bytes,
) -> Result<Response, Refusal> {
    let Number { number } = serde_json::from_slice(&body).map_err(|error| {
        let message = format!("send the brake's number, as in {{\"number\": 7}}: {error}");
        Refusal::new(StatusCode::BAD_REQUEST, "number", message)
    })?;
    let app = &state.app;
    let job = move |app: &App, wish: &Wish| Ok(app.router.release_if(number, || wish.take())?);
    let released = Keeper::stored_first(app, job).await;
    released.map_err(|error| not_kept(&error))?;
    signed
        .note(app, "release", &json!({"number": number}))
        .await;
    let body = json!({"durable": app.has_state, "status": app.router.status()});
    Ok(json(StatusCode::OK, to_json(&body)))
}
