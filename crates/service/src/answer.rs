//! What the service answers: one JSON shape for success, one for everything else.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cutover::Version;
use cutover::contribution::{self, Tier};
use cutover::mapping;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::StoreError;

/// A contribution was taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// Always true.
    pub success: bool,
    /// The contribution id: the `Idempotency-Key`, or a new one.
    pub suggestion_id: String,
    /// The version that took it.
    #[schema(value_type = String, pattern = "^v[12]$")]
    pub api_version: Version,
    /// What was found in the payload.
    pub validation: Validation,
}

/// A request was refused, or failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refused {
    /// Always false.
    pub success: bool,
    /// What went wrong.
    pub error: Problem,
    /// What was found in the payload, when that is what it was refused for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Box<Validation>>,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// For programs; stable.
    pub code: &'static str,
    /// For people: what to do.
    pub message: String,
}

/// Everything there is to say of a payload.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// What it was refused for.
    pub errors: Vec<Remark>,
    /// What somebody should look at.
    pub warnings: Vec<Remark>,
    /// How many members of each tier there are; not for documents of a mapping.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = TierSummary, required = false)]
    pub tier_summary: Option<TierSummary>,
    /// The core members that an upgrade filled in, as nobody said them; of a mapping's document, JSON pointers into v2's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
}

/// One thing that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Remark {
    /// The payload's member, as the payload calls it; empty for the payload as a whole. Of a mapping's document, a JSON pointer.
    pub field: String,
    /// For programs; stable.
    pub code: String,
    /// For people. Never has the value in it.
    pub message: String,
    /// `core`, `high_frequency`, `optional` or `specialized`; null for the payload as a whole. Of a mapping's document, its
    /// schema's `x-tier`.
    pub tier: Option<String>,
    /// Whether the field is one that the versions know: other names are the client's words, and no log has them.
    #[serde(skip)]
    pub is_known: bool,
}

/// Members by tier.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct TierSummary {
    core: Count,
    high_frequency: Count,
    optional: Count,
    specialized: Count,
}

/// Members of one tier.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Count {
    /// There.
    provided: u32,
    /// There, and without an error.
    valid: u32,
    /// Required by the version.
    required: u32,
}

impl From<&contribution::Report> for Validation {
    fn from(report: &contribution::Report) -> Self {
        let count = |tier| {
            let count = report.tier(tier);
            Count {
                provided: count.provided,
                valid: count.valid,
                required: count.required,
            }
        };
        Self {
            errors: report.errors().map(Remark::from).collect(),
            warnings: report.warnings().map(Remark::from).collect(),
            tier_summary: Some(TierSummary {
                core: count(Tier::Core),
                high_frequency: count(Tier::HighFrequency),
                optional: count(Tier::Optional),
                specialized: count(Tier::Specialized),
            }),
            assumed: report.assumed().names().map(str::to_owned).collect(),
        }
    }
}

impl From<&mapping::Report> for Validation {
    fn from(report: &mapping::Report) -> Self {
        Self {
            errors: report.errors().map(Remark::from).collect(),
            warnings: report.warnings().map(Remark::from).collect(),
            tier_summary: None,
            assumed: report.assumed().to_vec(),
        }
    }
}

impl From<&mapping::Finding> for Remark {
    fn from(finding: &mapping::Finding) -> Self {
        Self {
            field: finding.path().to_owned(),
            code: finding.code().as_str().to_owned(),
            message: finding.message().to_owned(),
            tier: finding.tier().map(str::to_owned),
            is_known: false,
        }
    }
}

impl From<&contribution::Finding> for Remark {
    fn from(finding: &contribution::Finding) -> Self {
        let pointer = finding.path();
        // A form knows its fields by name: every finding is about a top-level member, so the pointer has one part.
        let field = pointer.strip_prefix('/').unwrap_or(pointer);
        Self {
            field: field.replace("~1", "/").replace("~0", "~"),
            code: finding.code().as_str().to_owned(),
            message: finding.message().to_owned(),
            tier: finding.tier().map(|tier| tier.as_str().to_owned()),
            is_known: finding.tier().is_some_and(|tier| tier != Tier::Specialized),
        }
    }
}

/// The most errors of one payload that a log names.
const MOST_CODES: usize = 16;

/// Why there is no success.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    body: Refused,
}

impl Refusal {
    /// No route has this path.
    pub(crate) fn no_such_path() -> Self {
        let message = "there is nothing at this path";
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// The path has a route, but not for this method.
    pub(crate) fn no_such_method() -> Self {
        let message =
            "this path doesn't take this method: the Allow header lists those that it takes";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        )
    }

    /// A refusal of this status and code.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            body: Refused {
                success: false,
                error: Problem { code, message },
                validation: None,
            },
        }
    }

    /// 400: the payload has errors.
    #[must_use]
    pub fn invalid(validation: Validation) -> Self {
        let errors = validation.errors.len();
        let message = format!("the payload has {errors} error(s): see validation.errors");
        Self::new(StatusCode::BAD_REQUEST, "validation_failed", message).with(validation)
    }

    /// 500: what is stored can't be shown.
    pub(crate) fn not_shown(what: &str) -> Self {
        let message = format!("this {what} can't be shown in this version");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// The same, with what was found in the payload.
    #[must_use]
    pub(crate) fn with(mut self, validation: Validation) -> Self {
        self.body.validation = Some(Box::new(validation));
        self
    }

    /// 503 with this code: come back.
    #[must_use]
    pub fn unavailable(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
    }

    /// 429: more requests at once than the service serves.
    #[must_use]
    pub fn too_many_requests() -> Self {
        let message = "too many requests at once: try again";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Why it is no success, for logs: the code, or those of what was found in the payload, with the field where it is one
    /// that the versions know; other names are the client's words.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        let Some(validation) = &self.body.validation else {
            return vec![self.body.error.code.to_owned()];
        };
        let code = |remark: &Remark| match remark.is_known {
            true => format!("{} {}", remark.code, remark.field),
            false => remark.code.clone(),
        };
        validation
            .errors
            .iter()
            .take(MOST_CODES)
            .map(code)
            .collect()
    }

    /// The body as JSON text.
    #[must_use]
    pub fn json(&self) -> String {
        to_json(&self.body)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::unavailable(error.code(), &error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = json(self.status, self.json());
        if matches!(
            self.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A response with this JSON text.
pub fn json(status: StatusCode, body: impl Into<axum::body::Body>) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    (status, content_type, body.into()).into_response()
}

/// A value of ours as JSON text. They have text keys and no floats that JSON hasn't, so it can't fail.
pub fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer is no JSON");
        String::from("null")
    })
}
