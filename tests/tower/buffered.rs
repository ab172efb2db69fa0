//! The buffering fallback: which bodies are kept for v1, and what v2 gets of those that aren't.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use cutover::Version;
use cutover::tower::{Buffered, CutoverLayer};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::kit::all_on;

const LIMIT: usize = 10;

/// A body that comes frame by frame, and counts those that were asked for.
struct Frames {
    frames: VecDeque<Result<Frame<Bytes>, &'static str>>,
    length: Option<u64>,
    polled: Arc<AtomicUsize>,
}

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        self.polled.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(self.frames.pop_front())
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map(SizeHint::with_exact).unwrap_or_default()
    }
}

fn data(chunks: &[&'static str]) -> VecDeque<Result<Frame<Bytes>, &'static str>> {
    let frame = |chunk: &&'static str| Ok(Frame::data(Bytes::from_static(chunk.as_bytes())));
    chunks.iter().map(frame).collect()
}

/// What a version read: bytes, a trailer, and whether the body broke off.
async fn read(body: Body) -> String {
    let mut body = body;
    let (mut text, mut end) = (String::new(), "");
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => text.push_str(std::str::from_utf8(&data).unwrap()),
            Ok(Err(frame)) => {
                let trailers = frame.into_trailers().unwrap();
                text.push_str(&format!(" ({})", trailers["sum"].to_str().unwrap()));
            }
            Err(_) => end = " broke off",
        }
    }
    text + end
}

/// A version that answers with this status and what it read.
fn version(
    name: &'static str,
    status: StatusCode,
) -> impl Service<Request<Body>, Response = Response<String>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    service_fn(move |request: Request<Body>| async move {
        let text = format!("{name}: {}", read(request.into_body()).await);
        let mut response = Response::new(text);
        *response.status_mut() = status;
        Ok::<_, Infallible>(response)
    })
}

fn id(request: &Request<Body>) -> Option<HeaderValue> {
    request.headers().get("x-id").cloned()
}

/// What is answered when v2 reads the body and fails, and how many frames v2's buffer asked for.
async fn answered(
    method: Method,
    frames: VecDeque<Result<Frame<Bytes>, &'static str>>,
    length: Option<u64>,
) -> String {
    let fallback = Buffered::new(LIMIT, Body::new);
    let service = CutoverLayer::new(all_on(Version::V2), version("v2", StatusCode::BAD_GATEWAY))
        .id(id)
        .fallback(fallback)
        .layer(version("v1", StatusCode::OK));
    let body = Frames {
        frames,
        length,
        polled: Arc::default(),
    };
    let request = Request::builder()
        .method(method)
        .header("x-id", "user-1")
        .body(Body::new(body))
        .unwrap();
    service.oneshot(request).await.unwrap().into_body()
}

#[tokio::test]
async fn a_body_within_the_limit_is_v1s_again_with_its_trailers() {
    assert_eq!(answered(Method::PUT, data(&[]), None).await, "v1: ");
    assert_eq!(
        answered(Method::PUT, data(&["01234", "56789"]), None).await,
        "v1: 0123456789"
    );
    assert_eq!(
        answered(Method::PUT, data(&["0"; LIMIT]), Some(LIMIT as u64)).await,
        "v1: 0000000000"
    );
    let mut frames = data(&["01234"]);
    let trailers = HeaderMap::from_iter([("sum".parse().unwrap(), HeaderValue::from_static("10"))]);
    frames.push_back(Ok(Frame::trailers(trailers)));
    assert_eq!(answered(Method::PUT, frames, None).await, "v1: 01234 (10)");
}

#[tokio::test]
async fn a_body_beyond_the_limit_goes_to_v2_whole_and_without_a_fallback() {
    assert_eq!(
        answered(Method::PUT, data(&["01234", "567890", "1", "2"]), None).await,
        "v2: 0123456789012"
    );
    assert_eq!(
        answered(Method::PUT, data(&["0123456789", "0"]), Some(11)).await,
        "v2: 01234567890"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_does_so_for_v2() {
    let mut frames = data(&["012"]);
    frames.push_back(Err("gone"));
    assert_eq!(
        answered(Method::PUT, frames, None).await,
        "v2: 012 broke off"
    );
}

#[tokio::test]
async fn what_is_not_idempotent_is_v2s_unless_it_is_said_to_be() {
    assert_eq!(answered(Method::POST, data(&["0"]), None).await, "v2: 0");
    let when = |head: &http::request::Parts| head.headers.contains_key("idempotency-key");
    let service = CutoverLayer::new(all_on(Version::V2), version("v2", StatusCode::BAD_GATEWAY))
        .id(id)
        .fallback(Buffered::new(LIMIT, Body::new).when(when))
        .layer(version("v1", StatusCode::OK));
    for (method, key, by) in [
        ("POST", true, "v1"),
        ("POST", false, "v2"),
        ("PUT", false, "v2"),
    ] {
        let mut request = Request::builder().method(method).header("x-id", "user-1");
        if key {
            request = request.header("idempotency-key", "1");
        }
        let request = request.body(Body::from("0")).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.into_body(), format!("{by}: 0"), "{method} {key}");
    }
}

#[tokio::test]
async fn nothing_is_read_for_v1_or_of_what_is_too_long_by_its_own_account() {
    for (version, length) in [(Version::V1, Some(3)), (Version::V2, Some(11))] {
        let polled = Arc::new(AtomicUsize::new(0));
        let untouched = service_fn(async |request: Request<Body>| {
            drop(request);
            Ok::<_, Infallible>(Response::new(String::new()))
        });
        let service = CutoverLayer::new(all_on(version), untouched)
            .id(id)
            .fallback(Buffered::new(LIMIT, Body::new))
            .layer(untouched);
        let body = Frames {
            frames: data(&["012"]),
            length,
            polled: Arc::clone(&polled),
        };
        let request = Request::put("/").header("x-id", "user-1");
        let request = request.body(Body::new(body)).unwrap();
        service.oneshot(request).await.unwrap();
        assert_eq!(polled.load(Ordering::Relaxed), 0, "{version}");
    }
}
