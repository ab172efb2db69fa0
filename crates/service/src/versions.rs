//! What v1 and v2 do with a submission: judge it, store it once, and answer the same to whoever sends it again.

use axum::http::StatusCode;
use axum::response::Response;
use cutover::Version;
use cutover::contribution::{Code, Report, Upgrader, validate};
use cutover::tower::Served;

use crate::answer::{Accepted, Refusal, Validation, json, to_json};
use crate::app::App;
use crate::log::{Action, Answered, Entry};
use crate::store::{Contribution, Kept, StoreError};
use crate::submission::{Submission, fingerprint, too_large};

/// The most bytes of a v1 payload.
pub const V1_BYTES: usize = 65_536;
/// The most bytes of a v2 payload.
pub const V2_BYTES: usize = 131_072;

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

    fn limit(self) -> usize {
        match self {
            Self::V1 | Self::Upgraded => V1_BYTES,
            Self::V2 => V2_BYTES,
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
    let (report, payload) =
        judge(way, &submission.body, id).map_err(|report| refuse(way, &report))?;
    let answer = to_json(&Accepted {
        success: true,
        suggestion_id: id.to_owned(),
        api_version: way.version(),
        validation: Validation::from(&report),
    });
    let contribution = Contribution {
        id: id.to_owned(),
        version: way.version(),
        payload,
        assumed: report.assumed().bits(),
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

/// The report, and the payload as this way's version stores it.
pub(crate) fn judge(way: Way, body: &[u8], id: &str) -> Result<(Report, String), Report> {
    let mut upgraded = Vec::new();
    let (report, payload) = match way {
        Way::V1 | Way::V2 => (validate(way.version(), body), body.to_vec()),
        Way::Upgraded => match Upgrader::new().upgrade(body, id, &mut upgraded) {
            Ok(report) => (report, upgraded),
            Err(refused) => return Err(Report::of(&refused).cloned().unwrap_or_default()),
        },
    };
    if !report.is_valid() {
        return Err(report);
    }
    // What is valid is UTF-8.
    match String::from_utf8(payload) {
        Ok(payload) => Ok((report, payload)),
        Err(_) => Err(Report::default()),
    }
}

fn refuse(way: Way, report: &Report) -> (Action, Refusal) {
    let large = report.errors().any(|error| error.code() == Code::TooLarge);
    let refusal = if large {
        too_large(way.limit())
    } else {
        Refusal::invalid(Validation::from(report))
    };
    (Action::ValidationFailed, refusal)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The body is cut off at the limits that the library has.
    #[test]
    fn the_limits_are_the_library_s() {
        for (way, limit) in [
            (Way::V1, V1_BYTES),
            (Way::Upgraded, V1_BYTES),
            (Way::V2, V2_BYTES),
        ] {
            let large = |bytes| {
                let report = judge(way, &vec![b' '; bytes], "way/1").unwrap_err();
                report.errors().any(|error| error.code() == Code::TooLarge)
            };
            assert!(!large(limit) && large(limit + 1), "{way:?}");
        }
    }
}
