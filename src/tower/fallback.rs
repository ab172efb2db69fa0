//! Which requests may be given to v1 after v2 has failed them.

use std::future::{Future, Ready, ready};

use http::Request;

/// Declares which requests v2 may fail without anyone noticing: v1 serves them at once, and the failure is charged to v2.
///
/// A request is safe to retry when v2 and then v1 serving it does no more than v1 alone: it reads, or both versions store
/// under the same idempotency key. A v2 that answered 500, or was cut off by the timeout, may have done its work: only
/// you know whether doing it again is harmless, so there is no fallback by default.
///
/// [`Buffered`](super::Buffered) keeps a copy of a streaming body, within a limit. Where the request can be cloned, a closure
/// does: `|request: &Request<Full<Bytes>>| Some(request.clone())`.
///
/// v2 has failed when its answer is [`Outcome::Failed`](crate::migration::Outcome::Failed), when it panics, and when there is no answer
/// after the request timeout: it is dropped then. Waiting for its readiness counts. Each is recorded once, with the
/// decision for v2; what v1 makes of the request afterwards isn't recorded. The response says `x-api-version: v1` and
/// `x-cutover-reason: fallback`.
pub trait Fallback<B> {
    /// What [`prepare`](Self::prepare) returns.
    type Prepare: Future<Output = (Request<B>, Option<Request<B>>)>;

    /// Called once for each request that v2 is to serve, before v2 sees it. Returns the request for v2, and the same request
    /// again for v1 if v2 may be retried with it. Both should have all the extensions of the original.
    fn prepare(&self, request: Request<B>) -> Self::Prepare;
}

impl<B, F> Fallback<B> for F
where
    F: Fn(&Request<B>) -> Option<Request<B>>,
{
    type Prepare = Ready<(Request<B>, Option<Request<B>>)>;

    fn prepare(&self, request: Request<B>) -> Self::Prepare {
        let again = self(&request);
        ready((request, again))
    }
}

/// What v2 answers is what the caller gets.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFallback;

impl<B> Fallback<B> for NoFallback {
    type Prepare = Ready<(Request<B>, Option<Request<B>>)>;

    fn prepare(&self, request: Request<B>) -> Self::Prepare {
        ready((request, None))
    }
}
