//! The operators' OpenAPI document: what the routes have in common, and the document itself.

use axum::Extension;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use cutover::routing;
use serde_json::Value;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi};

use crate::answer::{Refused, json};

/// The name of the rollout document's schema.
const ROLLOUT: &str = "Rollout";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "cutover-service, for operators",
        description = "What is in force, how to change it, and who changed it",
        license(name = "MIT OR Apache-2.0")
    ),
    servers((url = "/")),
    modifiers(&Token)
)]
pub(super) struct Api;

/// The token. Without CUTOVER_ADMIN_TOKEN none is asked for, and only programs on the service's own machine are heard.
struct Token;

impl Modify for Token {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let about = "CUTOVER_ADMIN_TOKEN. A service without one hears only programs on its own machine, and asks for none";
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(about))
            .build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Who changes something, and why.
#[allow(dead_code)]
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct SignedHeaders {
    /// Who makes the change.
    #[param(rename = "X-Who", min_length = 1, max_length = 4096)]
    who: String,
    /// Why, for those who read the list of changes.
    #[param(rename = "X-Why", min_length = 1, max_length = 4096)]
    why: String,
}

/// What every route may answer.
#[allow(dead_code)]
#[derive(IntoResponses)]
pub(super) enum Any {
    /// The token is missing or another; or there is none, and the request is not from this machine
    #[response(status = 401)]
    Unauthorized(Refused),
    /// The body did not arrive in time
    #[response(status = 408)]
    Late(Refused),
    /// The body has more than 16 MiB
    #[response(status = 413)]
    TooLarge(Refused),
    /// The service failed
    #[response(status = 500)]
    Failed(Refused),
}

/// What a change may be answered instead of being made.
#[allow(dead_code)]
#[derive(IntoResponses)]
pub(super) enum NotMade {
    /// `X-Who` or `X-Why` is missing or too long; or the body is not what it should be
    #[response(status = 400)]
    Bad(Refused),
    /// The state doesn't allow it: the code and the message say what to do
    #[response(status = 409)]
    Conflict(Refused),
    /// It could not be stored, so nothing was changed
    #[response(status = 503)]
    NotStored(Refused),
}

/// What the plan's routes answer when there is no plan.
#[allow(dead_code)]
#[derive(IntoResponses)]
pub(super) enum NoPlan {
    /// The service runs without `--plan`
    #[response(status = 404)]
    NoPlan(Refused),
}

/// The rollout document, as its JSON Schema has it.
pub(super) fn rollout() -> RefOr<Schema> {
    Ref::from_schema_name(ROLLOUT).into()
}

/// The document as it is answered.
#[derive(Clone, Debug)]
pub(super) struct Document(Bytes);

impl Document {
    /// Of these routes.
    pub(super) fn new(api: &utoipa::openapi::OpenApi) -> Self {
        let mut document = serde_json::to_value(api).unwrap_or_default();
        // One definition of the rollout: the library's, which also the command line prints.
        document["components"]["schemas"][ROLLOUT] =
            serde_json::from_str(&routing::schema()).unwrap_or(Value::Bool(true));
        Self(document.to_string().into())
    }
}

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "operation",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "OpenAPI 3.1", body = serde_json::Map<String, Value>),
        Any,
    )
)]
pub(super) async fn document(Extension(Document(document)): Extension<Document>) -> Response {
    json(StatusCode::OK, document)
}
