//! The OpenAPI document, made from the handlers and the shapes that they answer with.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::answer::{json, to_json};
use crate::app::App;
use crate::openapi_mapped;
use crate::payload::Payload;

/// A toilet as v1 clients report it. Only `lat` and `lng` are required. It also takes `fee` (GBP, or whether there is one)
/// and every OSM tag by its OSM name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct V1Payload {
    /// Latitude.
    #[schema(minimum = -90, maximum = 90)]
    lat: f64,
    /// Longitude.
    #[schema(minimum = -180, maximum = 180)]
    lng: f64,
    /// Whether a wheelchair can get in.
    accessible: Option<bool>,
    /// Whether a card can be held against something to pay.
    payment_contactless: Option<bool>,
}

/// A toilet as OSM tags. The eight core members are required; it takes every other OSM tag by its OSM name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct V2Payload {
    /// The OSM id.
    #[serde(rename = "@id")]
    #[schema(min_length = 1)]
    id: String,
    /// What it is.
    amenity: Amenity,
    /// Latitude.
    #[schema(minimum = -90, maximum = 90)]
    lat: f64,
    /// Longitude.
    #[schema(minimum = -180, maximum = 180)]
    lng: f64,
    /// Whether a wheelchair can get in.
    wheelchair: Wheelchair,
    /// Who may use it.
    access: Access,
    /// When it is open, as OSM writes it.
    #[schema(max_length = 255)]
    opening_hours: String,
    /// Whether it costs something.
    fee: Fee,
}

/// Words of OSM tags, for the document alone: what is taken is the library's to say.
macro_rules! words {
    ($name:ident: $($word:ident)+) => {
        #[allow(non_camel_case_types, dead_code)]
        #[derive(Debug, Serialize, ToSchema)]
        pub(crate) enum $name { $($word,)+ }
    };
}

words!(Amenity: toilets);
words!(Wheelchair: yes no limited designated unknown);
words!(Access: yes permissive customers private permit no unknown public);
words!(YesNo: yes no);
words!(ApiVersion: v1 v2);

#[allow(dead_code)]
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Fee {
    Bool(bool),
    Word(YesNo),
}

/// The header of both ways in.
#[allow(dead_code)]
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct KeyHeader {
    /// The contribution id; a new one without it.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        min_length = 1,
        max_length = 1024
    )]
    idempotency_key: String,
}

/// The header of the way in for v1 payloads.
#[allow(dead_code)]
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct WishHeader {
    /// The version asked for, which counts where the rollout has `allow_requested`. Another word than `v1` and `v2` is ignored.
    #[param(rename = "X-Api-Version", required = false)]
    wish: String,
}

/// The header of readers.
#[allow(dead_code)]
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct ShapeHeader {
    /// The shape to read in; `v1` without it.
    #[param(rename = "Accept-Version", required = false, inline)]
    accept_version: ApiVersion,
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

/// The answers that the document knows of: route and status.
pub(crate) fn answers() -> Vec<(String, StatusCode)> {
    let document = to_json(&Api::openapi());
    let document: serde_json::Value = serde_json::from_str(&document).unwrap_or_default();
    let members = |value: &serde_json::Value| value.as_object().cloned().unwrap_or_default();
    let mut answers = Vec::new();
    for (route, methods) in members(&document["paths"]) {
        for (_, method) in members(&methods) {
            for (status, _) in members(&method["responses"]) {
                answers.extend(status.parse().ok().map(|status| (route.clone(), status)));
            }
        }
    }
    answers
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Map<String, serde_json::Value>))
)]
pub(crate) async fn document(State(app): State<Arc<App>>) -> Response {
    json(StatusCode::OK, app.openapi.clone())
}

/// The document of a service that takes this.
pub(crate) fn text(payload: &Payload) -> Bytes {
    let text = to_json(&Api::openapi());
    match payload {
        Payload::Contribution => text.into(),
        Payload::Mapping(mapped) => openapi_mapped::text(&text, payload, mapped).into(),
    }
}
