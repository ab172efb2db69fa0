//! Builds a cutover around a v1 service, and holds what all requests are served by.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use super::carry::Carry;
use super::classify::ByStatus;
use super::deprecation::Deprecation;
use super::fallback::NoFallback;
use super::identify::{SameAsId, Subject};
use super::observe::Observe;
use super::service::Cutover;
use super::shadow::NoShadow;
use crate::routing::Router;

/// Puts a v2 beside the service that it is laid around, v1, and a router before both: see the [module](super).
///
/// An id extractor has to be given; the rest has defaults. Both versions take the same request and answer with the same
/// types of response and error: map one to the other's before.
#[derive(Clone)]
pub struct CutoverLayer<V2, X = Subject, C = ByStatus, F = NoFallback, S = NoShadow> {
    v2: V2,
    shadow: S,
    rules: Rules<X, C, F>,
}

/// What all requests of a cutover are served by.
#[derive(Clone)]
pub(super) struct Rules<X, C, F> {
    pub(super) id: X,
    pub(super) classify: C,
    pub(super) fallback: F,
    pub(super) common: Common,
}

/// The part of the rules that has one type, whatever the user gives.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) router: Arc<Router>,
    pub(super) carry: Carry,
    pub(super) observer: Option<Arc<dyn Observe>>,
    pub(super) request_timeout: Duration,
    pub(super) deprecation: Option<Deprecation>,
}

impl<V2> CutoverLayer<V2> {
    /// A router, and the service that it may choose instead of v1. Keep an `Arc` of the router to change its rollout.
    pub fn new(router: impl Into<Arc<Router>>, v2: V2) -> Self {
        Self {
            v2,
            shadow: NoShadow,
            rules: Rules {
                id: Subject {
                    id: (),
                    principal: SameAsId,
                },
                classify: ByStatus,
                fallback: NoFallback,
                common: Common {
                    router: router.into(),
                    carry: Carry::default(),
                    observer: None,
                    // That of the guard's default.
                    request_timeout: Duration::from_secs(5),
                    deprecation: None,
                },
            },
        }
    }
}

impl<V2, X, P, C, F, S> CutoverLayer<V2, Subject<X, P>, C, F, S> {
    /// What a request is routed by: an [`Identify`](super::Identify), say a closure
    /// `|request: &Request<Body>| request.headers().get("x-user-id").cloned()`.
    #[must_use]
    pub fn id<X2>(self, id: X2) -> CutoverLayer<V2, Subject<X2, P>, C, F, S> {
        self.subject(|Subject { principal, .. }| Subject { id, principal })
    }

    /// Whom the guard counts once, however many requests and ids they send: an [`Identify`](super::Identify) too, which finds
    /// something that clients can't make up, such as an account, an API key or a network. By default, and where it finds
    /// none, the id.
    ///
    /// ```
    /// # use axum::body::Body;
    /// # use cutover::tower::CutoverLayer;
    /// # use http::Request;
    /// # #[derive(Clone)] struct Account { id: String }
    /// # fn layers(router: cutover::Router, v2: axum::Router) {
    /// let layer = CutoverLayer::new(router, v2)
    ///     .id(|request: &Request<Body>| request.headers().get("idempotency-key").cloned())
    ///     // What an authentication layer outside of this one has found out.
    ///     .principal(|request: &Request<Body>| Some(request.extensions().get::<Account>()?.id.clone()));
    /// # }
    /// ```
    #[must_use]
    pub fn principal<P2>(self, principal: P2) -> CutoverLayer<V2, Subject<X, P2>, C, F, S> {
        self.subject(|Subject { id, .. }| Subject { id, principal })
    }

    fn subject<X2>(
        self,
        subject: impl FnOnce(Subject<X, P>) -> X2,
    ) -> CutoverLayer<V2, X2, C, F, S> {
        let Rules {
            id,
            classify,
            fallback,
            common,
        } = self.rules;
        CutoverLayer {
            v2: self.v2,
            shadow: self.shadow,
            rules: Rules {
                id: subject(id),
                classify,
                fallback,
                common,
            },
        }
    }
}

impl<V2, X, C, F, S> CutoverLayer<V2, X, C, F, S> {
    /// What an answer is: a [`Classify`](super::Classify). By default [`ByStatus`].
    #[must_use]
    pub fn classify<C2>(self, classify: C2) -> CutoverLayer<V2, X, C2, F, S> {
        let Rules {
            id,
            fallback,
            common,
            ..
        } = self.rules;
        CutoverLayer {
            v2: self.v2,
            shadow: self.shadow,
            rules: Rules {
                id,
                classify,
                fallback,
                common,
            },
        }
    }

    /// Which requests v1 serves when v2 has failed them: a [`Fallback`](super::Fallback), say
    /// [`Buffered`](super::Buffered). By default none.
    ///
    /// Needs tokio's timer: within a tokio runtime that has time enabled, as axum, hyper and tonic are run.
    #[must_use]
    pub fn fallback<F2>(self, fallback: F2) -> CutoverLayer<V2, X, C, F2, S> {
        let Rules {
            id,
            classify,
            common,
            ..
        } = self.rules;
        CutoverLayer {
            v2: self.v2,
            shadow: self.shadow,
            rules: Rules {
                id,
                classify,
                fallback,
                common,
            },
        }
    }

    /// Has a service of its own answer the requests of the rollout's shadow sample after v1 has, and compares the answers: a
    /// [`Shadowing`](super::Shadowing). By default nothing is shadowed. The router's [`status`](Router::status) says
    /// from now on that a shadow runs.
    #[must_use]
    pub fn shadow<S2>(self, shadow: S2) -> CutoverLayer<V2, X, C, F, S2> {
        self.rules.common.router.attach_shadow();
        CutoverLayer {
            v2: self.v2,
            shadow,
            rules: self.rules,
        }
    }

    /// Gives v2 the request's extension of this type too. By default v2 gets none of those that the request came with, as
    /// some belong to v1 alone: see the [module](super#extensions).
    #[must_use]
    pub fn carry<T: Clone + Send + Sync + 'static>(mut self) -> Self {
        self.rules.common.carry.add::<T>();
        self
    }

    /// Gives v2 all of the request's extensions. Not for an axum router that is layered after matching: v2's `Path` would find
    /// v1's path parameters beside its own.
    #[must_use]
    pub fn carry_all(mut self) -> Self {
        self.rules.common.carry = Carry::All;
        self
    }

    /// Who is told what became of each request, in place of whom was given before.
    ///
    /// Needs tokio's timer: within a tokio runtime that has time enabled, as axum, hyper and tonic are run.
    #[must_use]
    pub fn observe(mut self, observer: impl Observe + 'static) -> Self {
        self.rules.common.observer = Some(Arc::new(observer));
        self
    }

    /// After how long without an answer a request counts as failed, of either version; a v2 with a fallback is dropped
    /// then. By default 5 s, as the guard's: keep the two equal. Choose it shorter than the timeouts of clients and of
    /// layers around: see the [module](super#time).
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.rules.common.request_timeout = timeout;
        self
    }

    /// What each answer of v1 says of its end, also one in place of a failure of v2's. By default nothing.
    #[must_use]
    pub fn deprecation(mut self, deprecation: Deprecation) -> Self {
        self.rules.common.deprecation = Some(deprecation);
        self
    }
}

impl<V1, V2, X, C, F, S> Layer<V1> for CutoverLayer<V2, X, C, F, S>
where
    V2: Clone,
    X: Clone,
    C: Clone,
    F: Clone,
    S: Clone,
{
    type Service = Cutover<V1, V2, X, C, F, S>;

    fn layer(&self, v1: V1) -> Self::Service {
        Cutover {
            v1,
            v2: self.v2.clone(),
            shadow: self.shadow.clone(),
            rules: Arc::new(self.rules.clone()),
        }
    }
}

impl<V2, X, C, F, S> fmt::Debug for CutoverLayer<V2, X, C, F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CutoverLayer")
            .field("router", &self.rules.common.router)
            .field("request_timeout", &self.rules.common.request_timeout)
            .finish_non_exhaustive()
    }
}
