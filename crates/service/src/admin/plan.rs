//! The plan: where the rollout stands, on to the next phase when every gate says so, back at any time.

use std::sync::{Arc, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use cutover::migration::plan::Signature;
use cutover::{Error, ErrorKind};
use serde_json::json;

use super::Operators;
use super::rollout::refuse;
use super::signed::Signed;
use crate::answer::{Refusal, json, to_json};
use crate::app::App;
use crate::planned::Planned;

/// Where it stands, and what each gate says.
pub(super) async fn read(State(state): State<Arc<Operators>>) -> Result<Response, Refusal> {
    let status = with(&state, |app, planned| Ok(planned.status(app.seen(), None))).await?;
    Ok(json(StatusCode::OK, to_json(&status)))
}

/// The decisions, first to last, each with the hash of the one before.
pub(super) async fn decisions(State(state): State<Arc<Operators>>) -> Result<Response, Refusal> {
    let entries = with(&state, |_, planned| {
        Ok(planned.progress().decisions().to_vec())
    })
    .await?;
    Ok(json(
        StatusCode::OK,
        to_json(&json!({"decisions": entries})),
    ))
}

/// On to the next phase. Who approves it is in the header `X-Approved-By`, where the phase asks for that.
pub(super) async fn advance(
    State(state): State<Arc<Operators>>,
    headers: HeaderMap,
    signed: Signed,
) -> Result<Response, Refusal> {
    let by = signature(&signed.who, &signed.why)?;
    let approver = headers
        .get("x-approved-by")
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let approval = approver
        .map(|who| signature(&who, &signed.why))
        .transpose()?;
    let _turn = state.turn.lock().await;
    let status = with(&state, move |app, planned| {
        planned.advance(app.seen(), &by, approval.as_ref())?;
        Ok(planned.status(app.seen(), None))
    })
    .await?;
    signed
        .note(&state.app, "plan advance", &json!({"phase": status.phase}))
        .await;
    Ok(json(StatusCode::OK, to_json(&status)))
}

/// Back to the phase before.
pub(super) async fn back(
    State(state): State<Arc<Operators>>,
    signed: Signed,
) -> Result<Response, Refusal> {
    let by = signature(&signed.who, &signed.why)?;
    let _turn = state.turn.lock().await;
    let status = with(&state, move |app, planned| {
        planned.back(app.seen(), &by)?;
        Ok(planned.status(app.seen(), None))
    })
    .await?;
    signed
        .note(&state.app, "plan back", &json!({"phase": status.phase}))
        .await;
    Ok(json(StatusCode::OK, to_json(&status)))
}

fn signature(who: &str, why: &str) -> Result<Signature, Refusal> {
    Signature::new(who, why).map_err(|error| refuse(&error))
}

/// Does this with the plan, on a thread that may wait for the disk.
async fn with<T: Send + 'static>(
    state: &Operators,
    act: impl FnOnce(&App, &mut Planned) -> Result<T, Error> + Send + 'static,
) -> Result<T, Refusal> {
    let app = Arc::clone(&state.app);
    let acted = tokio::task::spawn_blocking(move || {
        let planned = app.planned.as_ref()?;
        let mut planned = planned.lock().unwrap_or_else(PoisonError::into_inner);
        Some(act(&app, &mut planned))
    });
    match acted.await {
        Ok(Some(Ok(done))) => Ok(done),
        Ok(Some(Err(error))) if matches!(error.kind(), ErrorKind::Gate | ErrorKind::Plan) => Err(
            Refusal::new(StatusCode::CONFLICT, "gate", error.to_string()),
        ),
        Ok(Some(Err(error))) => Err(refuse(&error)),
        Ok(None) => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "no_plan",
            "start the service with --plan to have one",
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the plan could not be read",
        )),
    }
}
