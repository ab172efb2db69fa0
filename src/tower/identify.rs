//! Where a request's id comes from.

use http::Request;

/// Finds the id that a request is routed by: what stays on one version, such as a user, a session or an idempotency key.
///
/// Closures are: `|request: &Request<Body>| request.headers().get("x-user-id").cloned()`. `None` is a request without an
/// id, which v1 serves. The id is its bytes: an empty one is an id like any other, and whoever sends it is in one bucket.
#[diagnostic::on_unimplemented(
    message = "`{Self}` finds no id in a `Request<{B}>`",
    label = "give the layer a closure with `.id(|request: &http::Request<_>| …)`"
)]
pub trait Identify<B> {
    /// The id: text or bytes.
    type Id: AsRef<[u8]>;

    /// The id of this request, if it has one.
    fn identify(&self, request: &Request<B>) -> Option<Self::Id>;
}

impl<B, X, I> Identify<B> for X
where
    X: Fn(&Request<B>) -> Option<I>,
    I: AsRef<[u8]>,
{
    type Id = I;

    fn identify(&self, request: &Request<B>) -> Option<I> {
        self(request)
    }
}
