//! The fallback for streaming bodies: v2 is called when the body is there, and v1's copy of it stands by.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, Request};
use http_body::Body;

use super::body::Relay;
use super::fallback::Fallback;

/// Reads the body of a request for v2 before v2 is called, so that v1 can serve the same request when v2 has failed it.
///
/// ```
/// # use axum::body::Body;
/// # use cutover::tower::Buffered;
/// let fallback = Buffered::new(64 * 1024, Body::new)
///     .when(|head| head.method.is_idempotent() || head.headers.contains_key("idempotency-key"));
/// ```
///
/// - **Which requests**: those whose method HTTP calls idempotent (GET, HEAD, OPTIONS, TRACE, PUT, DELETE), unless
///   [`when`](Self::when) says otherwise. The others go to v2 unread, and v2's answer is the caller's.
/// - **The limit** is in bytes of the body, per request. A longer body goes to v2 without a fallback: what has been read, then
///   the rest as it comes. A `Content-Length` above the limit is believed, and nothing is read.
/// - **v1's copy** has the same method, URI, headers, extensions, bytes and trailers.
/// - **A body that breaks off** does so for v2 as well, without a fallback.
/// - **Time**: v2 waits for the whole body, and the client's time to send it counts as v2's, as it counts as v1's when v1 reads
///   it. Nothing limits it here: limit it around the layer.
#[derive(Clone)]
pub struct Buffered<W, P = fn(&Parts) -> bool> {
    limit: usize,
    wrap: W,
    when: P,
}

impl<W> Buffered<W> {
    /// Keeps at most this many bytes of each body. `wrap` makes the services' body type from the layer's: for axum and tonic it
    /// is their `Body::new`.
    pub fn new<B>(limit: usize, wrap: W) -> Self
    where
        B: Body,
        W: Fn(Relay<B>) -> B,
    {
        Self {
            limit,
            wrap,
            when: |head| head.method.is_idempotent(),
        }
    }
}

impl<W, P> Buffered<W, P> {
    /// Which requests may be served by v1 after v2 has failed them, in place of those with an idempotent method.
    #[must_use]
    pub fn when<P2: Fn(&Parts) -> bool>(self, when: P2) -> Buffered<W, P2> {
        Buffered {
            limit: self.limit,
            wrap: self.wrap,
            when,
        }
    }
}

impl<B, W, P> Fallback<B> for Buffered<W, P>
where
    B: Body<Data = Bytes> + Unpin,
    W: Fn(Relay<B>) -> B + Clone,
    P: Fn(&Parts) -> bool,
{
    type Prepare = Buffering<B, W>;

    fn prepare(&self, request: Request<B>) -> Buffering<B, W> {
        let (head, body) = request.into_parts();
        let too_long = body.size_hint().lower() > self.limit as u64;
        let state = if too_long || !(self.when)(&head) {
            State::Unread(Request::from_parts(head, body))
        } else {
            State::Reading(Reading {
                head,
                body,
                read: BytesMut::new(),
                trailers: None,
            })
        };
        Buffering {
            state: Some(state),
            limit: self.limit,
            wrap: self.wrap.clone(),
        }
    }
}

/// A body that is being read, by [`Buffered`].
pub struct Buffering<B, W> {
    /// `None` once the requests are handed out.
    state: Option<State<B>>,
    limit: usize,
    wrap: W,
}

enum State<B> {
    Unread(Request<B>),
    Reading(Reading<B>),
}

struct Reading<B> {
    head: Parts,
    body: B,
    read: BytesMut,
    trailers: Option<HeaderMap>,
}

/// How reading ended.
enum End<E> {
    Whole,
    TooLong,
    Broken(E),
}

impl<B: Body<Data = Bytes> + Unpin> Reading<B> {
    fn poll(&mut self, limit: usize, cx: &mut Context<'_>) -> Poll<End<B::Error>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                None => return Poll::Ready(End::Whole),
                Some(Err(error)) => return Poll::Ready(End::Broken(error)),
                Some(Ok(frame)) => frame,
            };
            match frame.into_data() {
                Ok(data) => {
                    self.read.extend_from_slice(&data);
                    if self.read.len() > limit {
                        return Poll::Ready(End::TooLong);
                    }
                }
                Err(frame) => self.trailers = frame.into_trailers().ok(),
            }
        }
    }

    fn end(
        self,
        end: End<B::Error>,
        wrap: impl Fn(Relay<B>) -> B,
    ) -> (Request<B>, Option<Request<B>>) {
        let (read, trailers) = (self.read.freeze(), self.trailers);
        let (body, again) = match end {
            End::Whole => {
                let again = Relay::whole(read.clone(), trailers.clone());
                (Relay::whole(read, trailers), Some(again))
            }
            End::TooLong => (Relay::begun(read, self.body), None),
            End::Broken(error) => (Relay::broken(read, error), None),
        };
        let again = again.map(|again| Request::from_parts(self.head.clone(), wrap(again)));
        (Request::from_parts(self.head, wrap(body)), again)
    }
}

// Nothing in it is pinned.
impl<B, W> Unpin for Buffering<B, W> {}

impl<B, W> Future for Buffering<B, W>
where
    B: Body<Data = Bytes> + Unpin,
    W: Fn(Relay<B>) -> B,
{
    type Output = (Request<B>, Option<Request<B>>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let limit = self.limit;
        let end = match &mut self.state {
            Some(State::Reading(reading)) => Some(ready!(reading.poll(limit, cx))),
            _ => None,
        };
        match (self.state.take(), end) {
            (Some(State::Reading(reading)), Some(end)) => Poll::Ready(reading.end(end, &self.wrap)),
            (Some(State::Unread(request)), _) => Poll::Ready((request, None)),
            // Unreachable: nothing is polled after its end.
            _ => Poll::Pending,
        }
    }
}

impl<W, P> fmt::Debug for Buffered<W, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffered")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl<B, W> fmt::Debug for Buffering<B, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffering")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
