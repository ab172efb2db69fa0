//! Where a request's id comes from, and its principal.

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

    /// Who sent the request with this id: what the guard counts once, however often it errs. By default the id itself; where
    /// it is something else, have `Id` carry both, as [`CutoverLayer::principal`](super::CutoverLayer::principal) does.
    fn principal(id: &Self::Id) -> &[u8] {
        id.as_ref()
    }
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

/// What finds a request's id, and what finds its principal: built by [`CutoverLayer::id`](super::CutoverLayer::id) and
/// [`CutoverLayer::principal`](super::CutoverLayer::principal).
#[derive(Clone, Copy, Debug)]
pub struct Subject<X = (), P = SameAsId> {
    pub(super) id: X,
    pub(super) principal: P,
}

/// An id and the principal beside it, if there is one.
#[derive(Clone, Debug)]
pub struct Identified<I, P> {
    id: I,
    principal: Option<P>,
}

impl<B, X: Identify<B>, P: Identify<B>> Identify<B> for Subject<X, P> {
    type Id = Identified<X::Id, P::Id>;

    fn identify(&self, request: &Request<B>) -> Option<Self::Id> {
        let id = self.id.identify(request)?;
        let principal = self.principal.identify(request);
        Some(Identified { id, principal })
    }

    fn principal(subject: &Self::Id) -> &[u8] {
        match &subject.principal {
            Some(principal) => principal.as_ref(),
            None => X::principal(&subject.id),
        }
    }
}

impl<I: AsRef<[u8]>, P> AsRef<[u8]> for Identified<I, P> {
    fn as_ref(&self) -> &[u8] {
        self.id.as_ref()
    }
}

/// Finds no principal beside the id, so that the id is the principal.
#[derive(Clone, Copy, Debug, Default)]
pub struct SameAsId;

impl<B> Identify<B> for SameAsId {
    type Id = &'static [u8];

    fn identify(&self, _: &Request<B>) -> Option<Self::Id> {
        None
    }
}
