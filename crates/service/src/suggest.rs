//! The two ways in: `/api/suggest` for v1 payloads, whichever version serves them, and `/api/v2/suggest`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::response::Response;
use cutover::tower::Served;
use cutover::{Request as Asked, Version};
use tower::ServiceExt;

use crate::answer::{Accepted, Refusal, Refused};
use crate::app::App;
use crate::dispatch::Suggest;
use crate::log::{Action, Answered, Entry};
use crate::openapi::{KeyHeader, V1Payload, V2Payload, WishHeader};
use crate::submission::{Submission, read};
use crate::versions::{Way, take};

/// A contribution in v1's shape, which the router gives to v1 or, upgraded, to v2.
///
/// The same `Idempotency-Key` and body twice are one contribution, and get the same answer.
#[utoipa::path(
    post,
    path = "/api/suggest",
    tag = "contributions",
    params(KeyHeader, WishHeader),
    request_body(content = V1Payload, content_type = "application/json"),
    responses(
        (status = 201, description = "Stored", body = Accepted),
        (status = 400, description = "The payload has errors", body = Refused),
        (status = 408, description = "The body did not arrive in time", body = Refused),
        (status = 413, description = "The payload has more than 65,536 bytes", body = Refused),
        (status = 415, description = "The payload is not sent as JSON", body = Refused),
        (status = 422, description = "The `Idempotency-Key` has come with another body", body = Refused),
        (status = 429, description = "Too many requests at once", body = Refused),
        (status = 500, description = "The service failed", body = Refused),
        (status = 503, description = "The service is going down, or the database is not available", body = Refused),
    )
)]
pub(crate) async fn suggest(
    State((app, suggest)): State<(Arc<App>, Suggest)>,
    request: Request,
) -> Result<Response, Refusal> {
    let request = read(
        request,
        app.payload.limit(Version::V1),
        app.timeout,
        &app.principals,
    )
    .await?;
    app.crowd.note(&request.body().principal);
    let Ok(_place) = app.places.try_acquire() else {
        let decision = app.router.decide(&Asked::new(&request.body().id));
        let served = Served::Decided(decision);
        return Err(turn_away(&app, request.body(), Some(served)));
    };
    let Ok(response) = suggest.oneshot(request).await;
    Ok(response)
}

/// A contribution in v2's shape: the eight core members, and nothing of v1's.
#[utoipa::path(
    post,
    path = "/api/v2/suggest",
    tag = "contributions",
    params(KeyHeader),
    request_body(content = V2Payload, content_type = "application/json"),
    responses(
        (status = 201, description = "Stored", body = Accepted),
        (status = 400, description = "The payload has errors", body = Refused),
        (status = 408, description = "The body did not arrive in time", body = Refused),
        (status = 413, description = "The payload has more than 131,072 bytes", body = Refused),
        (status = 415, description = "The payload is not sent as JSON", body = Refused),
        (status = 422, description = "The `Idempotency-Key` has come with another body", body = Refused),
        (status = 429, description = "Too many requests at once", body = Refused),
        (status = 500, description = "The service failed", body = Refused),
        (status = 503, description = "The service is going down, or the database is not available", body = Refused),
    )
)]
pub(crate) async fn suggest_v2(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Refusal> {
    let request = read(
        request,
        app.payload.limit(Version::V2),
        app.timeout,
        &app.principals,
    )
    .await?;
    let Ok(_place) = app.places.try_acquire() else {
        return Err(turn_away(&app, request.body(), None));
    };
    let mut response = take(&app, Way::V2, request.body(), None).await;
    let headers = response.headers_mut();
    headers.insert("x-api-version", HeaderValue::from_static("v2"));
    Ok(response)
}

/// 429, at once: in a queue clients would only wait for their own timeout. The body has been read by then, as a place is
/// for the service's work and not for waiting for a slow client.
fn turn_away(app: &App, submission: &Submission, served: Option<Served>) -> Refusal {
    let refusal = Refusal::too_many_requests();
    let version = served.map_or(Version::V2, |served| served.version());
    let entry = Entry::begin(app.logs(), submission, version, served);
    let answered = Answered {
        status: refusal.status(),
        body: &refusal.json(),
        refusal: Some(&refusal),
    };
    entry.end(Action::RateLimited, None, answered);
    refusal
}
