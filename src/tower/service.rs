//! Two versions as one service: a request's way from its id to the version that serves it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::classify::Classify;
use super::fallback::Fallback;
use super::future::ResponseFuture;
use super::identify::Identify;
use super::layer::Rules;
use super::observe::Record;
use super::served::{API_VERSION, Served};
use super::shadow::{Mirror, NoShadow};
use crate::routing;
use crate::version::Version;

/// A service over v1 and v2, made by a [`CutoverLayer`](super::CutoverLayer) around v1: see the [module](super).
///
/// Always ready: it waits for the version that a request needs in the response's future. Its errors are those of the two
/// versions. A clone serves by the same router, and costs as much as clones of the two services.
pub struct Cutover<V1, V2, X, C, F, S = NoShadow> {
    pub(super) v1: V1,
    pub(super) v2: V2,
    pub(super) shadow: S,
    pub(super) rules: Arc<Rules<X, C, F>>,
}

impl<V1, V2, X, C, F, S, B, R, E> Service<Request<B>> for Cutover<V1, V2, X, C, F, S>
where
    V1: Service<Request<B>, Response = Response<R>, Error = E> + Clone,
    V2: Service<Request<B>, Response = Response<R>, Error = E> + Clone,
    X: Identify<B>,
    C: Classify<R, E>,
    F: Fallback<B>,
    S: Mirror<B, R>,
{
    type Response = Response<R>;
    type Error = E;
    type Future = ResponseFuture<V1, V2, B, X, C, F>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let rules = Arc::clone(&self.rules);
        let subject = rules.id.identify(&request).map(|id| {
            let asked = routing::Request::new(&id).requested(requested(&request));
            (rules.common.router.decide(&asked), id)
        });
        let decision = subject.as_ref().map(|(decision, _)| *decision);
        let mut finish = None;
        if let Some((decision, id)) = &subject {
            let carry = &rules.common.carry;
            if decision.version() == Version::V1 {
                (request, finish) = self.shadow.begin(decision, id.as_ref(), carry, request);
            }
        }
        let observer = rules.common.observer.clone();
        let record = Record::begin(
            observer,
            subject,
            X::principal,
            rules.common.request_timeout,
        );
        match decision {
            Some(decision) if decision.version() == Version::V2 => {
                let prepare = rules.fallback.prepare(request);
                let versions = (self.v1.clone(), self.v2.clone());
                ResponseFuture::v2(versions, prepare, decision, record, rules)
            }
            _ => {
                let served = decision.map_or(Served::Unidentified, Served::Decided);
                request.extensions_mut().insert(served);
                ResponseFuture::v1(self.v1.clone(), request, finish, served, record, rules)
            }
        }
    }
}

/// The version that the caller asks for.
fn requested<B>(request: &Request<B>) -> Option<&str> {
    request.headers().get(API_VERSION)?.to_str().ok()
}

// Not derived: that would ask the closures to be `Clone`.
impl<V1: Clone, V2: Clone, X, C, F, S: Clone> Clone for Cutover<V1, V2, X, C, F, S> {
    fn clone(&self) -> Self {
        Self {
            v1: self.v1.clone(),
            v2: self.v2.clone(),
            shadow: self.shadow.clone(),
            rules: Arc::clone(&self.rules),
        }
    }
}

impl<V1: fmt::Debug, V2: fmt::Debug, X, C, F, S> fmt::Debug for Cutover<V1, V2, X, C, F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cutover")
            .field("v1", &self.v1)
            .field("v2", &self.v2)
            .field("router", &self.rules.common.router)
            .finish_non_exhaustive()
    }
}
