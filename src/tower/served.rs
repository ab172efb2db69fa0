//! Which version serves a request, and why: for handlers, and for the headers of the response.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::routing::Decision;
use crate::version::Version;

/// In a request: the version asked for. In a response: the version that answered.
pub(super) const API_VERSION: HeaderName = HeaderName::from_static("x-api-version");
/// In a response: why that version.
const REASON: HeaderName = HeaderName::from_static("x-cutover-reason");

/// Why a request is served by the version that it is served by. Handlers of both versions find it in the request's
/// extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Served {
    /// The router decided so.
    Decided(Decision),
    /// v2 failed the request that the router gave it by this decision, and v1 serves it instead.
    Fallback(Decision),
    /// The request has no id, so that v1 serves it.
    Unidentified,
    /// v1 has served the request by this decision, and this copy of it is answered for comparison alone: have no effects.
    Shadow(Decision),
}

impl Served {
    /// The version that serves the request.
    #[must_use]
    pub fn version(&self) -> Version {
        match self {
            Self::Decided(decision) => decision.version(),
            Self::Fallback(_) | Self::Unidentified => Version::V1,
            Self::Shadow(_) => Version::V2,
        }
    }

    /// The reason as in the header `x-cutover-reason`: that of the decision, `fallback`, or `no_id`. Of a shadow, whose
    /// response nobody gets, `shadow`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Decided(decision) => decision.reason().as_str(),
            Self::Fallback(_) => "fallback",
            Self::Unidentified => "no_id",
            Self::Shadow(_) => "shadow",
        }
    }

    /// The router's decision. After a fallback it is the one for v2, of a shadow it is the one for v1; without an id there is
    /// none.
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Decided(decision) | Self::Fallback(decision) | Self::Shadow(decision) => {
                Some(decision)
            }
            Self::Unidentified => None,
        }
    }

    pub(super) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(
            API_VERSION,
            HeaderValue::from_static(self.version().as_str()),
        );
        headers.insert(REASON, HeaderValue::from_static(self.reason()));
    }
}
