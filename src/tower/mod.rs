//! Two versions behind one [`Service`](tower_service::Service): [`Cutover`] gives each request to the one that the router
//! says, tells the caller which it was, and records what became of it. Behind the feature `tower`; for axum, hyper and
//! tonic, and whatever else speaks `tower_service` and `http`.
//!
//! ```
//! use std::sync::Arc;
//!
//! use cutover::{Rollout, Router, tower::CutoverLayer};
//! use http::{Request, Response};
//! # use tower::{ServiceBuilder, ServiceExt, service_fn};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!
//! let v1 = service_fn(async |_: Request<String>| Ok::<_, std::io::Error>(Response::new("old")));
//! let v2 = service_fn(async |_: Request<String>| Ok::<_, std::io::Error>(Response::new("new")));
//!
//! let router = Arc::new(Router::new(Rollout::from_json(br#"{"name":"contribution-form-v2","share":"100%"}"#)?));
//! let layer = CutoverLayer::new(Arc::clone(&router), v2)
//!     // Who is asking: what the router keeps on one version.
//!     .id(|request: &Request<String>| request.headers().get("x-user-id").cloned())
//!     // v2 may be given a request that v1 will be given again: its failures are served by v1.
//!     .fallback(|request: &Request<String>| Some(request.clone()));
//! let service = ServiceBuilder::new().layer(layer).service(v1);
//!
//! let request = Request::builder().header("x-user-id", "user-1").body(String::new())?;
//! let response = service.oneshot(request).await?;
//! assert_eq!(response.headers()["x-api-version"], "v2");
//! assert_eq!(response.headers()["x-cutover-reason"], "share");
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//! - **Decides** by the router's rules. The request's `X-Api-Version` header is the version asked for, which counts where
//!   the rollout has `allow_requested`. A request without an id has no bucket: v1 serves it, with the reason `no_id`,
//!   whatever the rollout says. Give such requests a random id if they are to take part.
//! - **Says so**: [`Served`] is in the extensions of the request, for handlers; the response has `x-api-version` and
//!   `x-cutover-reason`, in place of any that it had.
//! - **Announces v1's end**, where it is told to: see [`Deprecation`].
//! - **Records** the outcome ([`Classify`]) and the time to the response's head, once a request, with the decision and the
//!   [principal](CutoverLayer::principal) ([`Observe`]).
//! - **Falls back**, where the caller declares v2 safe to retry: see [`Fallback`] and [`Buffered`].
//! - **Shadows**, where it is given a service for that: see [`Shadowing`].
//!
//! # With axum
//! Both versions are routers, and the layer goes around v1's:
//!
//! ```
//! use axum::{Router, body::Body, extract::Path, routing::get};
//! use cutover::tower::{Buffered, CutoverLayer};
//! # use cutover::Rollout;
//! # use http::Request;
//! # let rollout = Rollout::from_json(br#"{"name":"toilets-v2","share":"10%"}"#)?;
//! # let router = cutover::Router::new(rollout);
//!
//! let v1 = Router::new().route("/toilets/{id}", get(async |Path(id): Path<u32>| format!("old {id}")));
//! let v2 = Router::new().route("/toilets/{id}", get(async |Path(id): Path<u32>| format!("new {id}")));
//!
//! let app: Router = v1.layer(
//!     CutoverLayer::new(router, v2)
//!         .id(|request: &Request<Body>| request.headers().get("x-user-id").cloned())
//!         .fallback(Buffered::new(64 * 1024, Body::new)),
//! );
//! # Ok::<(), cutover::Error>(())
//! ```
//!
//! `Router::layer` wraps each route of v1, after matching, and v1's fallback. v2 matches the request's path again, for itself.
//! To decide before v1 has matched anything, lay the layer around the router as a service:
//! `Router::new().fallback_service(layer.layer(v1))`. Put authentication and other layers whose extensions
//! handlers need outside, that is after: `v1.layer(cutover).layer(authentication)`.
//!
//! A nested router may be cut over by itself, `Router::new().nest("/api", v1.layer(cutover))`: v2, like v1, sees the path
//! without the prefix. It doesn't see path parameters of the prefix; where there are some, lay the layer around the outer router.
//!
//! # Extensions
//! v1 gets all extensions of the request. v2 gets [`Served`], and of the others only those that
//! [`carry`](CutoverLayer::carry) names: say `.carry::<CurrentUser>()` for what an authentication layer has found out, or
//! `.carry::<ConnectInfo<SocketAddr>>()`, `.carry::<OriginalUri>()`, `.carry::<hyper::upgrade::OnUpgrade>()` (WebSockets). Some
//! extensions belong to v1 alone: axum keeps the path parameters of a matched route there, in a type of its own, and v2's `Path`
//! would find v1's beside its own. [`carry_all`](CutoverLayer::carry_all) is for services that have nothing of the kind.
//! When v1 serves a request that v2 has failed, it gets all extensions again.
//!
//! # Readiness
//! Which version is needed isn't known before the request is there, so [`Cutover`] is always ready, and waits inside the
//! response's future: it clones the service that the router chose, polls that clone until it is ready and calls that same
//! clone, as each service's contract demands. Were it ready only when both are, an overloaded v2 would hold up everyone
//! whom v1 serves, and every idle connection would keep a place in both (a place in `tower::limit::ConcurrencyLimit` is
//! taken by `poll_ready`, and given back by a call or a drop). Neither version can hold up the other this way, and v1
//! can be gone when no one is left on it. axum's router does the same.
//!
//! The price: one clone per request, and no back pressure through `poll_ready`. Limit concurrency around `Cutover` for both
//! together, or in each version for its own, where the limit answers at once. Services must be `Clone` in such a way that
//! clones share what limits them, as all of tower's are; put a `tower::buffer::Buffer` around one that isn't.
//!
//! # Bodies
//! Bodies pass through as they are, unread. So v2 does its own upgrade of the payload, and a failure after the response's head
//! isn't seen (a stream that breaks, a gRPC status in the trailers). There are two exceptions: [`Buffered`] reads the body of a
//! request that is about to go to v2, and [`Shadowing`] copies both bodies of a sampled request as they pass.
//!
//! # Time
//! A request that has no answer after the request timeout has failed, and is recorded then, for both versions alike: one
//! deadline, or a v1 that hangs would look better than a v2 that is cut off. What is answered later isn't recorded. A
//! request whose future is dropped before that (the client is gone) is recorded as abandoned. Make the timeout shorter
//! than that of clients and of timeout layers around `Cutover`, and that of the guard the same. `Cutover` itself cuts
//! nobody off, except a v2 that has a fallback.
//!
//! # Panics
//! A panic of either version counts as failed, and then goes on, unless there is a fallback. With `panic = "abort"` there
//! is nothing to catch.

mod body;
mod buffered;
mod carry;
mod classify;
mod deprecation;
mod fallback;
mod future;
mod identify;
mod layer;
mod observe;
mod served;
mod service;
mod shadow;

pub use body::Relay;
pub use buffered::{Buffered, Buffering};
pub use classify::{ByStatus, Classify};
pub use deprecation::Deprecation;
pub use fallback::{Fallback, NoFallback};
pub use future::ResponseFuture;
pub use identify::{Identified, Identify, SameAsId, Subject};
pub use layer::CutoverLayer;
pub use observe::Observe;
pub use served::Served;
pub use service::Cutover;
pub use shadow::{Mirror, NoShadow, Shadowing};
