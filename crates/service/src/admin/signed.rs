//! Who makes a change, and why: asked of every change, and noted before it is answered.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use cutover::migration::plan::Signature;
use serde::Serialize;

use crate::answer::{Refusal, to_json};
use crate::app::App;
use crate::store::{Change, unix_ms};

/// The headers `X-Who` and `X-Why`, with control and bidirectional characters escaped: they end up in logs, in the
/// database, and on terminals.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) who: String,
    pub(super) why: String,
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let header = |name| {
            let value = parts.headers.get(name)?.as_bytes();
            std::str::from_utf8(value).ok()
        };
        let signed = header("x-who").zip(header("x-why"));
        match signed.map(|(who, why)| Signature::new(who, why)) {
            Some(Ok(signature)) => Ok(Self {
                who: signature.who().to_owned(),
                why: signature.why().to_owned(),
            }),
            _ => Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "unsigned",
                "send who makes the change and why, as X-Who and X-Why: 1 to 4096 bytes of UTF-8 each",
            )),
        }
    }
}

impl Signed {
    /// Notes what was done. It is done: a database that is away is no reason to leave a brake unpulled, and shows in the
    /// service's own log, which has the change as well.
    pub(super) async fn note(self, app: &App, what: &str, detail: &impl Serialize) {
        let change = Change {
            at_unix_ms: unix_ms(),
            who: self.who,
            why: self.why,
            what: what.to_owned(),
            detail: to_json(detail),
        };
        tracing::warn!(
            who = change.who,
            why = change.why,
            what,
            "an operator made a change"
        );
        if let Err(error) = app.store.note(&change).await {
            tracing::error!(%error, what, "the change could not be noted in the database");
        }
    }
}
