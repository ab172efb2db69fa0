//! The rollout in force: read it, try an edit, put one into force.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use cutover::routing::{Status, preflight};
use cutover::{Error, ErrorKind, Rollout};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Operators;
use super::signed::Signed;
use crate::answer::{Refusal, json, to_json};

/// The document in force, the router's state, and the revision as `ETag`.
pub(super) async fn read(State(state): State<Arc<Operators>>) -> Result<Response, Refusal> {
    let Some(rollout) = state.app.router.rollout() else {
        return Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "no_rollout",
            "no rollout is in force",
        ));
    };
    let body = InForce {
        rollout: document(&rollout)?,
        status: state.app.router.status(),
    };
    Ok(tagged(json(StatusCode::OK, to_json(&body)), &rollout))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Try {
    #[serde(default)]
    dry_run: bool,
}

/// Puts a document into force, and says whom that moves. `If-Match` is the revision that the operator has seen, so that
/// nobody undoes an edit that they don't know of.
pub(super) async fn write(
    State(state): State<Arc<Operators>>,
    Query(mode): Query<Try>,
    headers: HeaderMap,
    signed: Signed,
    body: Bytes,
) -> Result<Response, Refusal> {
    let new = Rollout::from_json(&body).map_err(|error| refuse(&error))?;
    // One change at a time: between the comparison and the change no other operator gets in.
    let _turn = state.turn.lock().await;
    let router = &state.app.router;
    let old = router.rollout();
    let seen = headers.get(header::IF_MATCH).map(HeaderValue::as_bytes);
    let Some(seen) = seen else {
        return Err(Refusal::new(
            StatusCode::PRECONDITION_REQUIRED,
            "if_match_required",
            "send the revision that this edit is of, as the ETag of GET /rollout, in If-Match",
        ));
    };
    let in_force = old.as_ref().map_or(0, |old| old.revision());
    if seen != tag(in_force).as_bytes() {
        return Err(Refusal::new(
            StatusCode::PRECONDITION_FAILED,
            "revision_changed",
            format!("revision {in_force} is in force: read it, and edit that"),
        ));
    }
    let preflight = match &old {
        Some(old) => Some(preflight(old, &new).map_err(|error| refuse(&error))?),
        None => None,
    };
    let preflight = serde_json::to_value(&preflight).unwrap_or_default();
    let rollout = document(&new)?;
    if !mode.dry_run {
        router.apply(new).map_err(|error| refuse(&error))?;
        let detail = Edit {
            applied: true,
            preflight: &preflight,
            rollout: &rollout,
            status: None,
        };
        signed.note(&state.app, "rollout", &detail).await;
    }
    let body = Edit {
        applied: !mode.dry_run,
        preflight: &preflight,
        rollout: &rollout,
        status: Some(router.status()),
    };
    let response = json(StatusCode::OK, to_json(&body));
    Ok(match router.rollout() {
        Some(rollout) => tagged(response, &rollout),
        None => response,
    })
}

#[derive(Serialize)]
struct InForce {
    rollout: Box<RawValue>,
    status: Status,
}

#[derive(Serialize)]
struct Edit<'a> {
    applied: bool,
    /// Whom the edit moves; null when no rollout was in force.
    preflight: &'a serde_json::Value,
    rollout: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

/// The document as the library writes it, its members in the order that people know.
fn document(rollout: &Rollout) -> Result<Box<RawValue>, Refusal> {
    RawValue::from_string(rollout.to_json()).map_err(|error| {
        tracing::error!(%error, "a rollout is no JSON");
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the rollout can't be shown",
        )
    })
}

fn tag(revision: u32) -> String {
    format!("\"{revision}\"")
}

fn tagged(mut response: Response, rollout: &Rollout) -> Response {
    if let Ok(tag) = HeaderValue::try_from(tag(rollout.revision())) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// What the library says, as an answer: its messages say what to do.
pub(super) fn refuse(error: &Error) -> Refusal {
    let (status, code) = match error.kind() {
        ErrorKind::Document => (StatusCode::BAD_REQUEST, "document"),
        ErrorKind::Identity => (StatusCode::CONFLICT, "identity"),
        ErrorKind::Revision => (StatusCode::CONFLICT, "revision"),
        ErrorKind::Brake => (StatusCode::CONFLICT, "brake"),
        ErrorKind::Gate => (StatusCode::BAD_REQUEST, "signature"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    };
    let place = match error.path() {
        "" => String::new(),
        path => format!("{path}: "),
    };
    Refusal::new(status, code, format!("{place}{error}"))
}
