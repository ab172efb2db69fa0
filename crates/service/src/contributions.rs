//! Reading a contribution back, in the shape that the reader knows, whichever version stored it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use cutover::Version;

use crate::answer::{Refusal, Refused, json};
use crate::app::App;
use crate::openapi::ShapeHeader;

/// The header that a reader names its version in.
const ACCEPT_VERSION: &str = "accept-version";

/// A contribution, in the shape of `Accept-Version`; without one in v1's, as readers who have not heard of versions know
/// that one.
#[utoipa::path(
    get,
    path = "/api/contributions/{id}",
    tag = "contributions",
    params(
        ("id" = String, Path, description = "The contribution id, percent-encoded"),
        ShapeHeader,
    ),
    responses(
        (status = 200, description = "The contribution", body = serde_json::Map<String, serde_json::Value>),
        (status = 400, description = "The id is not UTF-8", body = Refused),
        (status = 404, description = "No contribution has this id", body = Refused),
        (status = 406, description = "`Accept-Version` is neither `v1` nor `v2`", body = Refused),
        (status = 429, description = "Too many requests at once", body = Refused),
        (status = 503, description = "The database is not available", body = Refused),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let Path(id) = path.map_err(|_| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "invalid_id",
            "the id in the path is not UTF-8",
        )
    })?;
    let version = match headers.get(ACCEPT_VERSION).map(HeaderValue::to_str) {
        None => Version::V1,
        Some(Ok("v1")) => Version::V1,
        Some(Ok("v2")) => Version::V2,
        Some(_) => {
            let message = "Accept-Version is v1 or v2";
            return Err(Refusal::new(
                StatusCode::NOT_ACCEPTABLE,
                "unknown_version",
                message,
            ));
        }
    };
    let Ok(_place) = app.places.try_acquire() else {
        return Err(Refusal::too_many_requests());
    };
    // No id has a NUL, as no header has; and PostgreSQL refuses one.
    let stored = if id.contains('\0') {
        None
    } else {
        app.store.find(&id).await?
    };
    let Some(stored) = stored else {
        return Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is no contribution of this id",
        ));
    };
    let mut response = json(StatusCode::OK, app.payload.shape(&stored, version)?);
    let headers = response.headers_mut();
    headers.insert("x-api-version", HeaderValue::from_static(version.as_str()));
    headers.insert(header::VARY, HeaderValue::from_static(ACCEPT_VERSION));
    Ok(response)
}
