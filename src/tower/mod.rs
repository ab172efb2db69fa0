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
//! - **Records** the outcome ([`Classify`]) and the time to the response's head, once a request, with the decision
//!   ([`Observe`]).
//! - **Falls back**, where the caller declares v2 safe to retry: see [`Fallback`].
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
//! Neither the request's nor the response's body is read or buffered; they pass through as they are. So v2 does its own
//! upgrade of the payload, a failure after the response's head isn't seen (a stream that breaks, a gRPC status in the
//! trailers), and a fallback needs a request that can be cloned with its body: buffer it first.
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

mod classify;
mod fallback;
mod future;
mod identify;
mod layer;
mod observe;
mod served;
mod service;

pub use classify::{ByStatus, Classify};
pub use fallback::{Fallback, NoFallback};
pub use future::ResponseFuture;
pub use identify::Identify;
pub use layer::CutoverLayer;
pub use observe::Observe;

pub use served::Served;
pub use service::Cutover;
