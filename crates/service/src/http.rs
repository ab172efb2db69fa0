//! The public listener: its routes, and what every request passes on its way to one.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::answer::Refusal;
use crate::app::App;
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
        .fallback(async || Refusal::no_such_path())
        .method_not_allowed_fallback(async || Refusal::no_such_method())
        .layer(from_fn_with_state(Arc::clone(app), observe))
        .layer(from_fn_with_state(Arc::clone(app), close_when_draining))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(Arc::clone(app))
}

/// Turns requests away while the service goes down, and gives up on those that take too long.
async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.is_draining() {
        return health::draining().into_response();
    }
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

/// While the service goes down, each answer tells the client to connect elsewhere for the next request.
pub(crate) async fn close_when_draining(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    // Asked afterwards: the shutdown may have begun meanwhile.
    if app.is_draining() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
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
