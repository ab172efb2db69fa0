//! The OpenAPI document, made from the handlers and the shapes that they answer with.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::answer::{json, to_json};

/// A toilet as v1 clients report it. Beside these members it takes every OSM tag by its OSM name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct V1Payload {
    /// Latitude.
    #[schema(minimum = -90, maximum = 90)]
    pub lat: f64,
    /// Longitude.
    #[schema(minimum = -180, maximum = 180)]
    pub lng: f64,
}

/// A toilet as OSM tags.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct V2Payload {
    /// The OSM id.
    #[serde(rename = "@id")]
    #[schema(min_length = 1)]
    pub id: String,
    /// Always `toilets`.
    #[schema(pattern = "^toilets$")]
    pub amenity: String,
    /// Latitude.
    #[schema(minimum = -90, maximum = 90)]
    pub lat: f64,
    /// Longitude.
    #[schema(minimum = -180, maximum = 180)]
    pub lng: f64,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "cutover-service",
        description = "Reports of public toilets, in v1 and v2",
        license(name = "MIT OR Apache-2.0")
    ),
    servers((url = "/")),
    paths(
        crate::suggest::suggest,
        crate::suggest::suggest_v2,
        crate::contributions::read,
        crate::health::live,
        crate::health::ready,
        crate::metrics::metrics,
        document,
    )
)]
struct Api;

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Map<String, serde_json::Value>))
)]
pub(crate) async fn document() -> Response {
    json(StatusCode::OK, to_json(&Api::openapi()))
}
