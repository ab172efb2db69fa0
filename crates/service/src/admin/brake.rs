//! The brake: pulled at once, released by its number.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::Operators;
use super::rollout::refuse;
use super::signed::Signed;
use crate::answer::{Refusal, json, to_json};

/// Sends everyone to v1. Waits for nobody, neither an edit that is under way nor the database.
pub(super) async fn pull(State(state): State<Arc<Operators>>, signed: Signed) -> Response {
    let router = &state.app.router;
    let number = router.brake(format!("{}: {}", signed.who, signed.why));
    signed
        .note(&state.app, "brake", &json!({"number": number}))
        .await;
    json(
        StatusCode::OK,
        to_json(&json!({"number": number, "status": router.status()})),
    )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    number: u32,
}

/// Releases the brake of this number: `{"number": 7}`.
pub(super) async fn release(
    State(state): State<Arc<Operators>>,
    signed: Signed,
    body: Bytes,
) -> Result<Response, Refusal> {
    let Number { number } = serde_json::from_slice(&body).map_err(|error| {
        let message = format!("send the brake's number, as in {{\"number\": 7}}: {error}");
        Refusal::new(StatusCode::BAD_REQUEST, "number", message)
    })?;
    let router = &state.app.router;
    router.release(number).map_err(|error| refuse(&error))?;
    signed
        .note(&state.app, "release", &json!({"number": number}))
        .await;
    Ok(json(
        StatusCode::OK,
        to_json(&json!({"status": router.status()})),
    ))
}
