//! What v1 and v2 do with a submission: judge it, store it once, and answer the same to whoever sends it again.

use axum::http::StatusCode;
use axum::response::Response;
use cutover::Version;
use cutover::tower::Served;

use crate::answer::{Accepted, Refusal, json, to_json};
use crate::app::App;
use crate::log::{Action, Answered, Entry};
use crate::store::{Contribution, Kept, StoreError};
use crate::submission::{Submission, fingerprint};

/// How a payload comes to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A v1 payload, to v1.
    V1,
    /// A v1 payload, upgraded, to v2.
    Upgraded,
    /// A v2 payload, to v2.
    V2,
}

impl Way {
    /// The version that takes it.
    #[must_use]
    pub fn version(self) -> Version {
        match self {
            Self::V1 => Version::V1,
            Self::Upgraded | Self::V2 => Version::V2,
        }
    }

    /// Where payloads that come this way are sent to.
    fn path(self) -> &'static str {
        match self {
            Self::V1 | Self::Upgraded => "/api/suggest",
            Self::V2 => "/api/v2/suggest",
        }
    }
}

/// Takes a submission that the router gave to this version, or that was sent to it directly. The response's extensions
/// have the [`Action`], for whoever counts outcomes.
pub async fn take(
    app: &App,
    way: Way,
    submission: &Submission,
    served: Option<Served>,
) -> Response {
    let entry = Entry::begin(app.logs(), submission, way.version(), served);
    let taken = attempt(app, way, submission).await;
    let (action, stored, status, body) = match &taken {
        Ok(taken) => (
            taken.action,
            taken.stored.as_deref(),
            StatusCode::CREATED,
            taken.answer.clone(),
        ),
        Err((action, refusal)) => (*action, None, refusal.status(), refusal.json()),
    };
    let answered = Answered {
        status,
        body: &body,
        refusal: taken.as_ref().err().map(|(_, refusal)| refusal),
    };
    entry.end(action, stored, answered);
    let mut response = match taken {
        Ok(_) => json(status, body),
        Err((_, refusal)) => axum::response::IntoResponse::into_response(refusal),
    };
    response.extensions_mut().insert(action);
    response
}

struct Taken {
    action: Action,
    /// What was stored, for the log; `None` for a repetition.
    stored: Option<String>,
    answer: String,
}

async fn attempt(app: &App, way: Way, submission: &Submission) -> Result<Taken, (Action, Refusal)> {
    if way.version() == Version::V2 {
        app.fault.hold_up().await;
    }
    if way.version() == Version::V2 && app.fault.strikes() {
        let message = "v2 fails by --v2-fault";
        let refusal = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "injected_fault", message);
        return Err((Action::ServerError, refusal));
    }
    let id = submission.id.as_str();
    let fingerprint = fingerprint(way.path(), &submission.body);
    if submission.id.given {
        let before = app.store.find(id).await.map_err(unavailable)?;
        if let Some(before) = before {
            return repeat(before, &fingerprint);
        }
    }
    let refuse = |refusal: Refusal| match refusal.status().is_server_error() {
        true => (Action::ServerError, refusal),
        false => (Action::ValidationFailed, refusal),
    };
    let judged = app.payload.judge(way, &submission.body, id);
    let judged = judged.map_err(refuse)?;
    let answer = to_json(&Accepted {
        success: true,
        suggestion_id: id.to_owned(),
        api_version: way.version(),
        validation: judged.validation,
    });
    let contribution = Contribution {
        id: id.to_owned(),
        version: way.version(),
        payload: judged.payload,
        assumed: judged.assumed,
        fingerprint: fingerprint.clone(),
        answer: answer.clone(),
    };
    let stored = app.log.as_ref().map(|_| contribution.payload.clone());
    match app.store.keep(contribution).await {
        Ok(Kept::New) => Ok(Taken {
            action: Action::Submitted,
            stored,
            answer,
        }),
        Ok(Kept::Before(before)) => repeat(before, &fingerprint),
        Err(error) => Err(unavailable(error)),
    }
}

fn repeat(before: Contribution, fingerprint: &str) -> Result<Taken, (Action, Refusal)> {
    if before.fingerprint == fingerprint {
        return Ok(Taken {
            action: Action::DuplicateDetected,
            stored: None,
            answer: before.answer,
        });
    }
    let refusal = Refusal::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "this Idempotency-Key has come with another body: use a new key for a new contribution",
    );
    Err((Action::DuplicateDetected, refusal))
}

fn unavailable(error: StoreError) -> (Action, Refusal) {
    (Action::ServerError, error.into())
}
