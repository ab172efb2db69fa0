//! Which requests may be given to v1 after v2 has failed them.

use http::Request;

/// Declares which requests v2 may fail without anyone noticing: v1 serves them at once, and the failure is charged to v2.
///
/// A request is safe to retry when v2 and then v1 serving it does no more than v1 alone: it reads, or both versions store
/// under the same idempotency key. A v2 that answered 500, or was cut off by the timeout, may have done its work: only
/// the caller knows whether doing it again is harmless, so there is no fallback by default.
///
/// Asked once for each request that v2 is to serve, before v2 sees it: `Some` is the request that v1 will get. Closures do:
/// `|request: &Request<Full<Bytes>>| Some(request.clone())`. A streaming body can't be cloned: buffer it first, within a
/// limit.
///
/// v2 has failed when its answer is [`Outcome::Failed`](crate::migration::Outcome::Failed), when it panics, and when there is no answer
/// after the request timeout: it is dropped then. Waiting for its readiness counts. Each is recorded once, with the
/// decision for v2; what v1 makes of the request afterwards isn't recorded. The response says `x-api-version: v1` and
/// `x-cutover-reason: fallback`.
pub trait Fallback<B> {
    /// The same request again, if v2 may be retried with it.
    fn clone_request(&self, request: &Request<B>) -> Option<Request<B>>;
}

impl<B, F> Fallback<B> for F
where
    F: Fn(&Request<B>) -> Option<Request<B>>,
{
    fn clone_request(&self, request: &Request<B>) -> Option<Request<B>> {
        self(request)
    }
}

/// What v2 answers is what the caller gets.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFallback;

impl<B> Fallback<B> for NoFallback {
    fn clone_request(&self, _: &Request<B>) -> Option<Request<B>> {
        None
    }
}
