//! The shadow of the tower layer: a service that answers a copy of what v1 has served, so that the answers can be compared.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::Relay;
use super::carry::Carry;
use super::served::Served;
use crate::migration::shadow::{AsyncShadow, sampled};
use crate::routing::Decision;
use crate::version::Version;

/// What becomes of v1's response to a request that is shadowed.
pub(super) type Finish<R> = Box<dyn FnOnce(R) -> R + Send + Sync>;

/// Has a service answer the requests of the shadow sample too, after v1 has, and compares the answers.
///
/// ```
/// # use std::sync::Arc;
/// # use axum::body::{Body, Bytes};
/// use cutover::migration::shadow::Shadow;
/// use cutover::tower::{CutoverLayer, Shadowing};
/// use http::Response;
///
/// # fn layers(router: cutover::Router, v2: axum::Router, v2_on_a_copy: axum::Router) {
/// // Answers are `http::Response<Bytes>`: status, headers, and the whole body.
/// let shadow = Arc::new(
///     Shadow::<Response<Bytes>>::builder(|_id, v1, v2| {
///         let same = v1.answer.status() == v2.answer.status() && v1.answer.body() == v2.answer.body();
///         if same { Vec::new() } else { vec![String::from("/body")] }
///     })
///     .concurrency(8)
///     .build_async(),
/// );
/// let layer = CutoverLayer::new(router, v2)
///     .shadow(Shadowing::new(v2_on_a_copy, Arc::clone(&shadow), 64 * 1024, Body::new));
/// // What was found: for `Metrics::shadow`, and the plan's gate.
/// let seen = shadow.snapshot();
/// # }
/// ```
///
/// - **The service** is one that you give for this, never the layer's own v2: it gets a request for the second time, so it must
///   not write, send or charge anything. It can tell by [`Served::Shadow`] in the request's extensions. It gets the
///   extensions that v2 gets.
/// - **Which requests**: those that v1 serves by the router's decision and whose id is in the rollout's shadow sample
///   ([`Decision::in_shadow`]), unless the brake is pulled.
/// - **v1's answer never waits**: bodies pass through, and are copied as they do. The service is called once v1's answer has been
///   read to its end, as a task of the same tokio runtime.
/// - **Bounds**: at most [`concurrency`](crate::migration::shadow::ShadowBuilder::concurrency) at a time, each for at most its
///   timeout. Beyond that, and where a body has more bytes than the limit, breaks off, or isn't read to its end by v1 or
///   the client, the comparison is skipped and counted. Each sampled request under way keeps copies of at most twice the
///   limit.
/// - **Errors**: an answer with status 5xx, or none, is one that went wrong.
/// - **Trailers** aren't copied: the service gets none, and those of answers aren't compared.
#[derive(Clone)]
pub struct Shadowing<S, W> {
    service: S,
    shadow: Arc<AsyncShadow<Response<Bytes>>>,
    limit: usize,
    wrap: W,
}

impl<S, W> Shadowing<S, W> {
    /// A service for shadowing, what compares and counts, the limit of each body in bytes, and what makes the services' body
    /// type from the layer's: for axum and tonic it is their `Body::new`.
    pub fn new<B>(
        service: S,
        shadow: Arc<AsyncShadow<Response<Bytes>>>,
        limit: usize,
        wrap: W,
    ) -> Self
    where
        B: Body,
        W: Fn(Relay<B>) -> B,
    {
        Self {
            service,
            shadow,
            limit,
            wrap,
        }
    }
}

/// Shadows nothing, whatever the rollout's sample is.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoShadow;

/// What the layer's shadow is: [`Shadowing`], or [`NoShadow`].
pub trait Mirror<B, R>: sealed::Sealed {
    #[doc(hidden)]
    fn begin(
        &self,
        decision: &Decision,
        id: &[u8],
        carry: &Carry,
        request: Request<B>,
    ) -> (Request<B>, Option<Finish<Response<R>>>);
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::NoShadow {}
    impl<S, W> Sealed for super::Shadowing<S, W> {}
}

impl<B, R> Mirror<B, R> for NoShadow {
    fn begin(
        &self,
        _: &Decision,
        _: &[u8],
        _: &Carry,
        request: Request<B>,
    ) -> (Request<B>, Option<Finish<Response<R>>>) {
        (request, None)
    }
}

impl<B, S, W> Mirror<B, B> for Shadowing<S, W>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    S: Service<Request<B>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    W: Fn(Relay<B>) -> B + Clone + Send + Sync + 'static,
{
    fn begin(
        &self,
        decision: &Decision,
        id: &[u8],
        carry: &Carry,
        request: Request<B>,
    ) -> (Request<B>, Option<Finish<Response<B>>>) {
        if !sampled(decision) {
            return (request, None);
        }
        let (head, body) = request.into_parts();
        let mut again = Request::from_parts(head.clone(), ());
        carry.apply(again.extensions_mut());
        again.extensions_mut().insert(Served::Shadow(*decision));

        // Filled when v1 has read the whole body.
        let copy = Arc::new(OnceLock::new());
        let filled = {
            let copy = Arc::clone(&copy);
            move |bytes: Option<Bytes>| drop(bytes.map(|bytes| copy.set(bytes)))
        };
        let body = (self.wrap)(Relay::copied(body, self.limit, filled));

        let (shadowing, decision) = (self.clone(), *decision);
        let id = String::from_utf8_lossy(id).into_owned();
        let unfinished = Unfinished(Some(Arc::clone(&self.shadow)));
        let mut paired = self.shadow.pair(&decision, id.as_bytes());
        let finish = move |response: Response<B>| {
            let (head, body) = response.into_parts();
            let (limit, wrap) = (shadowing.limit, shadowing.wrap.clone());
            let answer = Response::from_parts(head.clone(), ());
            let compare = move |bytes: Option<Bytes>| {
                if let (Some(bytes), Some(copy)) = (bytes, copy.get()) {
                    unfinished.done();
                    let request =
                        again.map(|()| (shadowing.wrap)(Relay::whole(copy.clone(), None)));
                    let candidate = ask(shadowing.service, request, limit);
                    let answer = whole(answer.map(|()| bytes));
                    shadowing
                        .shadow
                        .submit(&decision, &id, &answer, paired, candidate);
                } else if let Some(paired) = &mut paired {
                    paired.went(Version::V1, !answer.status().is_server_error());
                }
            };
            Response::from_parts(head, wrap(Relay::copied(body, limit, compare)))
        };
        (Request::from_parts(head, body), Some(Box::new(finish)))
    }
}

/// Counts a comparison as skipped unless it was begun.
struct Unfinished(Option<Arc<AsyncShadow<Response<Bytes>>>>);

impl Unfinished {
    fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(shadow) = &self.0 {
            shadow.skip();
        }
    }
}

/// The service's answer, cut where it is longer than any that it is compared with.
async fn ask<B, S>(mut service: S, request: Request<B>, limit: usize) -> Result<Response<Bytes>, ()>
where
    B: Body<Data = Bytes> + Unpin,
    S: Service<Request<B>, Response = Response<B>>,
{
    let ready = poll_fn(|cx| service.poll_ready(cx)).await;
    ready.map_err(drop)?;
    let (head, mut body) = service.call(request).await.map_err(drop)?.into_parts();
    let mut read = BytesMut::new();
    while read.len() <= limit {
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        match frame {
            None => break,
            Some(frame) => read.extend(frame.map_err(drop)?.into_data().ok()),
        }
    }
    whole(Response::from_parts(head, read.freeze()))
}

/// An answer to compare, unless it says that the request went wrong.
fn whole(answer: Response<Bytes>) -> Result<Response<Bytes>, ()> {
    if answer.status().is_server_error() {
        return Err(());
    }
    Ok(answer)
}

impl<S, W> fmt::Debug for Shadowing<S, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shadowing")
            .field("shadow", &self.shadow)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
