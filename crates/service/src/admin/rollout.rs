//! The rollout in force: read it, try an edit, put one into force.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use cutover::routing::{Preflight, Status, preflight};
use cutover::{Error, ErrorKind, Rollout, Version};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use utoipa::IntoParams;

use super::openapi::{Any, NotMade, SignedHeaders};
use super::shapes::{Edit as EditShape, InForce as InForceShape};
use super::signed::Signed;
use super::{Operators, Overview, bad_query};
use crate::answer::{Refusal, Refused, json, to_json};
use crate::app::App;
use crate::keeper::{KeepError, Keeper, Wish};
use crate::submission::fingerprint;

/// The document in force, the router's state, and as `ETag` the revision with a hash of the document.
#[utoipa::path(
    get,
    path = "/rollout",
    tag = "rollout",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "What is in force", body = InForceShape, headers(("ETag" = String, description = "The revision in force and a hash of the document"))),
        (status = 404, description = "No rollout is in force", body = Refused),
        Any,
    )
)]
pub(super) async fn read(State(state): State<Arc<Operators>>) -> Result<Response, Refusal> {
    let Some(rollout) = state.app.router.rollout() else {
        return Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "no_rollout",
            "no rollout is in force",
        ));
    };
    let document = document(&rollout)?;
    let tag = tag(rollout.revision(), &document);
    let body = InForce {
        rollout: document,
        status: Overview::of(&state.app),
    };
    Ok(tagged(json(StatusCode::OK, to_json(&body)), &tag))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Try {
    /// Only say whom the edit would move.
    #[serde(default)]
    dry_run: bool,
}

/// The revision that the operator has seen.
#[allow(dead_code)]
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
struct IfMatch {
    /// The `ETag` of `GET /rollout`, or the revision alone, e.g. `"7"`: then an edit that kept the revision goes unnoticed.
    #[param(rename = "If-Match")]
    if_match: String,
}

/// Puts a document into force, and says whom that moves. `If-Match` is what the operator has seen, so that
/// nobody undoes an edit that they don't know of.
#[utoipa::path(
    put,
    path = "/rollout",
    tag = "rollout",
    security((), ("token" = [])),
    params(SignedHeaders, IfMatch, Try),
    request_body(content = ref("#/components/schemas/Rollout"), content_type = "application/json"),
    responses(
        (status = 200, description = "Made, or tried", body = EditShape, headers(("ETag" = String, description = "The revision in force and a hash of the document"))),
        (status = 412, description = "Something else is in force than `If-Match` says", body = Refused),
        (status = 428, description = "`If-Match` is missing", body = Refused),
        NotMade,
        Any,
    )
)]
pub(super) async fn write(
    State(state): State<Arc<Operators>>,
    mode: Result<Query<Try>, QueryRejection>,
    headers: HeaderMap,
    signed: Signed,
    body: Bytes,
) -> Result<Response, Refusal> {
    let Query(mode) = mode.map_err(|error| bad_query(&error))?;
    let app = &state.app;
    let Looked {
        new,
        edits,
        forward,
        preflight,
        rollout,
        tags: (before, after),
    } = look(&state, headers, body).await?;
    let mut durable = None;
    if !mode.dry_run {
        durable = Some(put(app, new, edits, forward).await?);
        let detail = Edit {
            applied: true,
            durable,
            preflight: &preflight,
            rollout: &rollout,
            status: None,
        };
        signed.note(app, "rollout", &detail).await;
    }
    let body = Edit {
        applied: !mode.dry_run,
        durable,
        preflight: &preflight,
        rollout: &rollout,
        status: Some(app.router.status()),
    };
    let tag = if mode.dry_run { before } else { after };
    Ok(tagged(json(StatusCode::OK, to_json(&body)), &tag))
}

/// An edit that was looked at, and not yet made.
struct Looked {
    new: Rollout,
    /// The edits when it was compared with what is in force.
    edits: u64,
    /// Whether it could send anyone to v2 who is at v1 now.
    forward: bool,
    preflight: Box<RawValue>,
    rollout: Box<RawValue>,
    /// The `ETag` of what is in force, and of the edit.
    tags: (String, String),
}

/// Reads the document and compares it with what is in force. A large one takes seconds of a processor: one at a time, and on
/// a thread that nobody else's answer waits for.
async fn look(state: &Operators, headers: HeaderMap, body: Bytes) -> Result<Looked, Refusal> {
    let turn = Arc::clone(&state.looks).lock_owned().await;
    let app = Arc::clone(&state.app);
    let looked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        looked(&app, &headers, &body)
    });
    looked.await.unwrap_or_else(|error| {
        tracing::error!(%error, "checking a rollout failed");
        Err(cant_show())
    })
}

fn looked(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<Looked, Refusal> {
    let new = Rollout::from_json(body).map_err(|error| refuse(&error))?;
    // Before what is in force: an edit that comes between the two is noticed.
    let edits = app.edits.load(Ordering::Acquire);
    let old = app.router.rollout();
    let before = match &old {
        Some(old) => tag(old.revision(), &document(old)?),
        None => plain_tag(0),
    };
    if_match(headers, old.as_deref(), &before)?;
    let preflight = match &old {
        Some(old) => Some(preflight(old, &new).map_err(|error| refuse(&error))?),
        None => None,
    };
    let forward = match (&old, &preflight) {
        (Some(old), Some(preflight)) => is_forward(old, &new, preflight),
        _ => true,
    };
    let preflight = to_raw_value(&preflight).map_err(|_| cant_show())?;
    let rollout = document(&new)?;
    Ok(Looked {
        tags: (before, tag(new.revision(), &rollout)),
        new,
        edits,
        forward,
        preflight,
        rollout,
    })
}

/// The tag of what is in force, or, for those who edit by hand, its revision alone.
fn if_match(headers: &HeaderMap, old: Option<&Rollout>, tag: &str) -> Result<(), Refusal> {
    let Some(seen) = headers.get(header::IF_MATCH) else {
        return Err(Refusal::new(
            StatusCode::PRECONDITION_REQUIRED,
            "if_match_required",
            "send the ETag of GET /rollout in If-Match, or the revision you edited: for revision 7, If-Match: \"7\"",
        ));
    };
    let in_force = old.map_or(0, Rollout::revision);
    if [tag, &plain_tag(in_force)].contains(&String::from_utf8_lossy(seen.as_bytes()).as_ref()) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::PRECONDITION_FAILED,
        "revision_changed",
        format!("revision {in_force}, ETag {tag}, is in force: read it, and edit that"),
    ))
}

/// Whether the edit could send anyone to v2 who is at v1 now.
fn is_forward(old: &Rollout, new: &Rollout, preflight: &Preflight<'_>) -> bool {
    preflight.moves_anyone_to(Version::V2)
        || new.releases_brake().is_some()
        || new.allow_requested() && !old.allow_requested()
}

/// Puts the document into force and stores it, in the order that the direction asks for. Says whether it is stored.
async fn put(app: &Arc<App>, new: Rollout, edits: u64, forward: bool) -> Result<bool, Refusal> {
    if app.planned.is_some() {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "plan",
            "the plan says what the rollout is: use POST /plan/advance, POST /plan/back or POST /brake",
        ));
    }
    let content = new.to_json().into_bytes();
    if !forward {
        let in_force = || {
            let first = first_edit(app, edits);
            if let (true, Some(document)) = (first, &app.document) {
                document.owe(content);
            }
            first
        };
        app.router
            .apply_if(new, in_force)
            .map_err(|error| not_kept(&edited(app, edits, error.into())))?;
        return Ok(app.keeper.stored_soon().await && app.document.is_some());
    }
    let job = move |app: &App, wish: &Wish| {
        let wanted = || wish.take() && first_edit(app, edits);
        let done = match &app.document {
            Some(document) => document.replace(&content, |settle| {
                app.router.apply_if(new, || {
                    let wanted = wanted();
                    if wanted {
                        settle();
                    }
                    wanted
                })
            }),
            None => app.router.apply_if(new, wanted).map_err(KeepError::from),
        };
        done.map_err(|error| edited(app, edits, error))
    };
    let done = Keeper::stored_first(app, job).await;
    done.map_err(|error| not_kept(&error))?;
    Ok(app.document.is_some())
}

/// Whether no other edit came into force since `edits` was read; from here on this one has.
fn first_edit(app: &App, edits: u64) -> bool {
    let next = edits.wrapping_add(1);
    let first = app
        .edits
        .compare_exchange(edits, next, Ordering::AcqRel, Ordering::Acquire);
    first.is_ok()
}

/// The error, unless another edit is the reason.
fn edited(app: &App, edits: u64, error: KeepError) -> KeepError {
    match &error {
        KeepError::State(cause)
            if cause.kind() == ErrorKind::Cancelled
                && app.edits.load(Ordering::Acquire) != edits =>
        {
            KeepError::Superseded("another edit")
        }
        _ => error,
    }
}

#[derive(Serialize)]
struct InForce {
    rollout: Box<RawValue>,
    status: Overview,
}

#[derive(Serialize)]
struct Edit<'a> {
    applied: bool,
    /// Whether a restart will find it. False without a place for it, and while the disk of a step back takes its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    durable: Option<bool>,
    /// Whom the edit moves; null when no rollout was in force.
    preflight: &'a RawValue,
    rollout: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

/// The document as the library writes it, its members in the order that people know.
fn document(rollout: &Rollout) -> Result<Box<RawValue>, Refusal> {
    RawValue::from_string(rollout.to_json()).map_err(|error| {
        tracing::error!(%error, "a rollout is no JSON");
        cant_show()
    })
}

fn cant_show() -> Refusal {
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "the rollout can't be shown",
    )
}

/// The revision, and a hash of the document: an edit may keep the revision.
fn tag(revision: u32, document: &RawValue) -> String {
    let hash = fingerprint("", document.get().as_bytes());
    format!("\"{revision}-{}\"", &hash[..16])
}

fn plain_tag(revision: u32) -> String {
    format!("\"{revision}\"")
}

fn tagged(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Why a change did not come into force, as an answer.
pub(super) fn not_kept(error: &KeepError) -> Refusal {
    match error {
        KeepError::State(cause) => not_stored(cause),
        KeepError::File { .. } => {
            let message =
                format!("the rollout could not be stored, so nothing was changed: {error}");
            Refusal::unavailable("not_stored", &message)
        }
        KeepError::Late => Refusal::unavailable("not_stored", &error.to_string()),
        KeepError::Superseded(_) => {
            Refusal::new(StatusCode::CONFLICT, "superseded", error.to_string())
        }
    }
}

/// What the library says of a change that is to be stored first, as an answer.
pub(super) fn not_stored(error: &Error) -> Refusal {
    match error.kind() {
        ErrorKind::Cancelled => not_kept(&KeepError::Late),
        ErrorKind::Io => Refusal::unavailable("not_stored", &error.to_string()),
        _ => refuse(error),
    }
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
