//! Builds a cutover around a v1 service, and holds what all requests are served by.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use super::classify::ByStatus;
use super::fallback::NoFallback;
use super::observe::Observe;
use super::service::Cutover;
use crate::routing::Router;

/// Puts a v2 beside the service that it is laid around, v1, and a router before both: see the [module](super).
///
/// An id extractor has to be given; the rest has defaults. Both versions take the same request and answer with the same
/// types of response and error: map one to the other's before.
#[derive(Clone)]
pub struct CutoverLayer<V2, X = (), C = ByStatus, F = NoFallback> {
    v2: V2,
    rules: Rules<X, C, F>,
}

/// What all requests of a cutover are served by.
#[derive(Clone)]
pub(super) struct Rules<X, C, F> {
    pub(super) router: Arc<Router>,
    pub(super) id: X,
    pub(super) classify: C,
    pub(super) fallback: F,
    pub(super) observer: Option<Arc<dyn Observe>>,
    pub(super) request_timeout: Duration,
}

impl<V2> CutoverLayer<V2> {
    /// A router, and the service that it may choose instead of v1. Keep an `Arc` of the router to change its rollout.
    pub fn new(router: impl Into<Arc<Router>>, v2: V2) -> Self {
        Self {
            v2,
            rules: Rules {
                router: router.into(),
                id: (),
                classify: ByStatus,
                fallback: NoFallback,
                observer: None,
                // That of the guard's default.
                request_timeout: Duration::from_secs(5),
            },
        }
    }
}

impl<V2, X, C, F> CutoverLayer<V2, X, C, F> {
    /// What a request is routed by: an [`Identify`](super::Identify), say a closure
    /// `|request: &Request<Body>| request.headers().get("x-user-id").cloned()`.
    #[must_use]
    pub fn id<X2>(self, id: X2) -> CutoverLayer<V2, X2, C, F> {
        let Rules {
            router,
            id: _,
            classify,
            fallback,
            observer,
            request_timeout,
        } = self.rules;
        CutoverLayer {
            v2: self.v2,
            rules: Rules {
                router,
                id,
                classify,
                fallback,
                observer,
                request_timeout,
            },
        }
    }

    /// What an answer is: a [`Classify`](super::Classify). By default [`ByStatus`].
    #[must_use]
    pub fn classify<C2>(self, classify: C2) -> CutoverLayer<V2, X, C2, F> {
        let Rules {
            router,
            id,
            classify: _,
            fallback,
            observer,
            request_timeout,
        } = self.rules;
        CutoverLayer {
            v2: self.v2,
            rules: Rules {
                router,
                id,
                classify,
                fallback,
                observer,
                request_timeout,
            },
        }
    }

    /// Which requests v1 serves when v2 has failed them: a [`Fallback`](super::Fallback). By default none.
    ///
    /// Needs tokio's timer: within a tokio runtime that has time enabled, as axum, hyper and tonic are run.
    #[must_use]
    pub fn fallback<F2>(self, fallback: F2) -> CutoverLayer<V2, X, C, F2> {
        let Rules {
            router,
            id,
            classify,
            fallback: _,
            observer,
            request_timeout,
        } = self.rules;
        CutoverLayer {
            v2: self.v2,
            rules: Rules {
                router,
                id,
                classify,
                fallback,
                observer,
                request_timeout,
            },
        }
    }

    /// Who is told what became of each request, in place of whom was given before.
    ///
    /// Needs tokio's timer: within a tokio runtime that has time enabled, as axum, hyper and tonic are run.
    #[must_use]
    pub fn observe(mut self, observer: impl Observe + 'static) -> Self {
        self.rules.observer = Some(Arc::new(observer));
        self
    }

    /// After how long without an answer a request counts as failed, of either version; a v2 with a fallback is dropped
    /// then. By default 5 s, as the guard's: keep the two equal. Choose it shorter than the timeouts of clients and of
    /// layers around: see the [module](super#time).
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.rules.request_timeout = timeout;
        self
    }
}

impl<V1, V2: Clone, X: Clone, C: Clone, F: Clone> Layer<V1> for CutoverLayer<V2, X, C, F> {
    type Service = Cutover<V1, V2, X, C, F>;

    fn layer(&self, v1: V1) -> Self::Service {
        Cutover {
            v1,
            v2: self.v2.clone(),
            rules: Arc::new(self.rules.clone()),
        }
    }
}

impl<V2, X, C, F> fmt::Debug for CutoverLayer<V2, X, C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CutoverLayer")
            .field("router", &self.rules.router)
            .field("request_timeout", &self.rules.request_timeout)
            .finish_non_exhaustive()
    }
}
