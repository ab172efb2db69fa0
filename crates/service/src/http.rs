//! The public listener: its routes, and what every request passes on its way to one.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use cutover::Version;
use tower_http::catch_panic::CatchPanicLayer;

use crate::answer::Refusal;
use crate::app::App;
use crate::log::{Action, Entry};
use crate::submission::ContributionId;
use crate::{contributions, dispatch, health, metrics, openapi, suggest};

/// The public routes.
pub(crate) fn routes(app: &Arc<App>) -> Router {
    let api = Router::new()
        .route(
            "/api/suggest",
            post(suggest::suggest).with_state((Arc::clone(app), dispatch::service(app))),
        )
        .route("/api/v2/suggest", post(suggest::suggest_v2))
        .route("/api/contributions/{id}", get(contributions::read))
        .route_layer(from_fn_with_state(Arc::clone(app), admit));
    Router::new()
        .merge(api)
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(openapi::document))
        .fallback(async || {
            Refusal::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "there is nothing at this path",
            )
        })
        .method_not_allowed_fallback(async || {
            let message = "this path doesn't take this method: see Allow";
            Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                message,
            )
        })
        .layer(from_fn_with_state(Arc::clone(app), observe))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(Arc::clone(app))
}

/// Lets so many requests in at once and none while the service goes down. Who is turned away is so at once: a queue would
/// only make them wait for their own timeout.
async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.is_draining() {
        return health::draining().into_response();
    }
    let Ok(_place) = app.places.try_acquire() else {
        return turn_away(&app, &request).into_response();
    };
    // One timeout for the body, one for v2, and one for v1 when v2 has failed.
    match tokio::time::timeout(app.timeout * 3, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::unavailable(
            "timeout",
            "no answer in time: try again, under the same Idempotency-Key",
        )
        .into_response(),
    }
}

/// 429, and a line in the submission log for a submission.
fn turn_away(app: &App, request: &Request) -> Refusal {
    let message = "too many requests at once: try again";
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message);
    if request.method() == Method::POST
        && let Ok(id) = ContributionId::of(request.headers())
    {
        let version = match request.uri().path() {
            "/api/v2/suggest" => Version::V2,
            _ => app.router.route(id.as_str()),
        };
        let entry = Entry::begin(app.log.as_ref(), id.as_str(), version, Instant::now());
        entry.end(Action::RateLimited, None, &refusal.json());
    }
    refusal
}

/// Counts and logs each request: the route's template and never the path, which has the client's id in it; no header, no
/// body.
async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let since = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| String::from("other"), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    app.requests.count(&route, response.status());
    let version = response
        .headers()
        .get("x-api-version")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    tracing::debug!(
        %method,
        route,
        status = response.status().as_u16(),
        version,
        ms = since.elapsed().as_secs_f64() * 1e3,
        "answered"
    );
    response
}

/// A panic is a bug of ours; its message may quote a payload, so it stays out of the answer.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response<Body> {
    tracing::error!("a handler panicked");
    let message = "the service failed: try again, under the same Idempotency-Key";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message).into_response()
}
