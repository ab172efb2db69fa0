//! The plan: where the rollout stands, on to the next phase when every gate says so, back at any time.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use cutover::migration::plan::{Signature, Status};
use cutover::{Error, ErrorKind};
use serde::Serialize;
use serde_json::json;
use utoipa::IntoParams;

use super::Operators;
use super::openapi::{Any, NoPlan, NotMade, SignedHeaders};
use super::rollout::{not_kept, not_stored, refuse};
use super::shapes::{Back, Decisions, Standing};
use super::signed::Signed;
use crate::answer::{Refusal, Refused, json, to_json};
use crate::app::App;
use crate::keeper::{KeepError, Keeper, Wish};
use crate::planned::{NoWayBack, Planned};

/// Where it stands, and what each gate says.
#[utoipa::path(
    get,
    path = "/plan",
    tag = "plan",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "Where the plan stands", body = Standing),
        (status = 409, description = "The plan's files are damaged", body = Refused),
        (status = 503, description = "The plan's files can't be read", body = Refused),
        NoPlan,
        Any,
    )
)]
pub(super) async fn read(State(state): State<Arc<Operators>>) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, to_json(&status(&state.app).await?)))
}

/// The decisions, first to last, each with the hash of the one before.
#[utoipa::path(
    get,
    path = "/plan/decisions",
    tag = "plan",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "The decisions", body = Decisions),
        (status = 409, description = "The plan's files are damaged", body = Refused),
        (status = 503, description = "The plan's files can't be read", body = Refused),
        NoPlan,
        Any,
    )
)]
pub(super) async fn decisions(State(state): State<Arc<Operators>>) -> Result<Response, Refusal> {
    let entries = from_disk(&state.app, |_, planned| planned.decisions()).await?;
    let body = json!({"decisions": entries});
    Ok(json(StatusCode::OK, to_json(&body)))
}

/// Who approves.
#[allow(dead_code)]
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
struct Approver {
    /// Who approves of the next phase, where it takes that.
    #[param(
        rename = "X-Approved-By",
        required = false,
        min_length = 1,
        max_length = 4096
    )]
    approver: String,
}

/// On to the next phase. Who approves it is in the header `X-Approved-By`, where the phase asks for that.
#[utoipa::path(
    post,
    path = "/plan/advance",
    tag = "plan",
    security((), ("token" = [])),
    params(SignedHeaders, Approver),
    responses(
        (status = 200, description = "Where the plan stands", body = Standing),
        NoPlan,
        NotMade,
        Any,
    )
)]
pub(super) async fn advance(
    State(state): State<Arc<Operators>>,
    headers: HeaderMap,
    signed: Signed,
) -> Result<Response, Refusal> {
    let app = &state.app;
    plan(app)?;
    let by = signature(&signed.who, &signed.why)?;
    let approver = headers
        .get("x-approved-by")
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let approval = approver
        .map(|who| signature(&who, &signed.why))
        .transpose()?;
    let job = move |app: &App, wish: &Wish| match &app.planned {
        Some(planned) => planned.advance(app.seen(), (&by, approval.as_ref()), wish),
        None => Ok(()),
    };
    let done = Keeper::stored_first(app, job).await;
    done.map_err(|error| not_decided(&error))?;
    let phase = plan(app)?.phase().name.clone();
    signed
        .note(app, "plan advance", &json!({"phase": phase}))
        .await;
    Ok(json(StatusCode::OK, to_json(&status(app).await?)))
}

/// Back to the phase before: in force at once, stored as soon as the disk allows.
#[utoipa::path(
    post,
    path = "/plan/back",
    tag = "plan",
    security((), ("token" = [])),
    params(SignedHeaders),
    responses(
        (status = 200, description = "In force", body = Back),
        NoPlan,
        NotMade,
        Any,
    )
)]
pub(super) async fn back(
    State(state): State<Arc<Operators>>,
    signed: Signed,
) -> Result<Response, Refusal> {
    let app = &state.app;
    let by = signature(&signed.who, &signed.why)?;
    let phase = match plan(app)?.back(app.seen(), by.clone()) {
        Ok(phase) => phase.name.clone(),
        Err(NoWayBack::Forward) => {
            let job = move |app: &App, wish: &Wish| match &app.planned {
                Some(planned) => planned.back_up(app.seen(), &by, wish),
                None => Ok(()),
            };
            let done = Keeper::stored_first(app, job).await;
            done.map_err(|error| not_decided(&error))?;
            plan(app)?.phase().name.clone()
        }
        Err(NoWayBack::Refused(error)) => return Err(refuse(&error)),
        Err(no) => return Err(Refusal::new(StatusCode::CONFLICT, "gate", no.to_string())),
    };
    let durable = app.keeper.stored_soon().await;
    let body = json!({"phase": phase, "durable": durable});
    signed.note(app, "plan back", &body).await;
    if !durable {
        return Ok(json(StatusCode::OK, to_json(&body)));
    }
    Ok(json(StatusCode::OK, to_json(&status(app).await?)))
}

/// Takes a damaged decision log as it is, after somebody has looked at it.
#[utoipa::path(
    post,
    path = "/plan/accept",
    tag = "plan",
    security((), ("token" = [])),
    params(SignedHeaders),
    responses(
        (status = 200, description = "Where the plan stands", body = Standing),
        NoPlan,
        NotMade,
        Any,
    )
)]
pub(super) async fn accept(
    State(state): State<Arc<Operators>>,
    signed: Signed,
) -> Result<Response, Refusal> {
    let app = &state.app;
    plan(app)?;
    let by = signature(&signed.who, &signed.why)?;
    let job = move |app: &App, _: &Wish| match &app.planned {
        Some(planned) => Ok(planned.accept(app.seen(), &by)?),
        None => Ok(()),
    };
    let done = Keeper::stored_first(app, job).await;
    done.map_err(|error| not_decided(&error))?;
    signed.note(app, "plan accept", &json!({})).await;
    Ok(json(StatusCode::OK, to_json(&status(app).await?)))
}

/// What the plan's files say, and the phase in force, which is an earlier one while a step back waits for the disk.
#[derive(Serialize)]
struct Stands {
    #[serde(flatten)]
    status: Status,
    in_force_phase: String,
    durable: bool,
}

async fn status(app: &Arc<App>) -> Result<Stands, Refusal> {
    let status = from_disk(app, |app, planned| planned.status(app.seen())).await?;
    let in_force_phase = plan(app)?.phase().name.clone();
    Ok(Stands {
        durable: status.phase == in_force_phase,
        status,
        in_force_phase,
    })
}

fn plan(app: &App) -> Result<&Planned, Refusal> {
    app.planned.as_ref().ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "no_plan",
            "start the service with --plan to have one",
        )
    })
}

fn not_decided(error: &KeepError) -> Refusal {
    match error {
        KeepError::State(error) => closed(error),
        error => not_kept(error),
    }
}

fn closed(error: &Error) -> Refusal {
    match error.kind() {
        ErrorKind::Gate | ErrorKind::Plan => {
            Refusal::new(StatusCode::CONFLICT, "gate", error.to_string())
        }
        ErrorKind::Log | ErrorKind::State => {
            Refusal::new(StatusCode::CONFLICT, "damaged", error.to_string())
        }
        _ => not_stored(error),
    }
}

fn signature(who: &str, why: &str) -> Result<Signature, Refusal> {
    Signature::new(who, why).map_err(|error| refuse(&error))
}

/// What the plan's files say, on a thread that may wait for the disk.
async fn from_disk<T: Send + 'static>(
    app: &Arc<App>,
    read: impl FnOnce(&App, &Planned) -> Result<T, Error> + Send + 'static,
) -> Result<T, Refusal> {
    plan(app)?;
    let app = Arc::clone(app);
    let read = tokio::task::spawn_blocking(move || {
        let planned = app.planned.as_ref()?;
        Some(read(&app, planned))
    });
    match read.await {
        Ok(Some(read)) => read.map_err(|error| closed(&error)),
        _ => Err(Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the plan could not be read",
        )),
    }
}
