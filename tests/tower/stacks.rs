//! The tower layer in the stacks it is made for: axum, hyper, tonic.

use std::convert::Infallible;

use axum::body::{Body, to_bytes};
use axum::extract::Extension;
use axum::routing::{get, post};
use cutover::Version;
use cutover::migration::Outcome;
use cutover::tower::{CutoverLayer, Served};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::body::Body as TonicBody;
use tonic::service::Routes;
use tower::{Layer, ServiceExt, service_fn};

use crate::kit::{Seen, all_on, told};

fn id<B>(request: &Request<B>) -> Option<HeaderValue> {
    request.headers().get("x-id").cloned()
}

fn old() -> axum::Router {
    axum::Router::new().route(
        "/",
        get(async |Extension(served): Extension<Served>| format!("old, {}", served.reason())),
    )
}

fn new() -> axum::Router {
    axum::Router::new().route(
        "/",
        get(async || -> &'static str { panic!("new and broken") }),
    )
}

#[tokio::test]
async fn an_axum_router_is_wrapped_as_a_whole_and_by_route() {
    let fallback = |request: &Request<Body>| {
        let mut again = Request::get(request.uri().clone())
            .body(Body::empty())
            .ok()?;
        again.headers_mut().clone_from(request.headers());
        Some(again)
    };
    let seen = Seen::default();
    let layer = CutoverLayer::new(all_on(Version::V2), new())
        .id(id::<Body>)
        .fallback(fallback)
        .observe(seen.clone());
    let as_a_whole = axum::Router::new().fallback_service(layer.layer(old()));
    for app in [
        as_a_whole,
        old().layer(layer.clone()),
        old().route_layer(layer),
    ] {
        let request = Request::get("/")
            .header("x-id", "user-1")
            .body(Body::empty())
            .unwrap();
        let response = app.oneshot(request).await.unwrap();
        assert_eq!(response.headers()["x-api-version"], "v1");
        let body = to_bytes(response.into_body(), 1_000).await.unwrap();
        assert_eq!(body, "old, fallback");
    }
    assert_eq!(
        seen.all(),
        [
            told(Version::V2, Outcome::Failed),
            told(Version::V2, Outcome::Failed),
            told(Version::V2, Outcome::Failed)
        ]
        .concat()
    );
}

#[tokio::test]
async fn a_streaming_body_reaches_its_version_unread() {
    let app = |says: &'static str| {
        axum::Router::new().route(
            "/",
            post(async move |body: String| format!("{says}: {body}")),
        )
    };
    let service = CutoverLayer::new(all_on(Version::V2), app("new"))
        .id(id::<Body>)
        .layer(app("old"));
    let request = Request::post("/")
        .header("x-id", "user-1")
        .body(Body::from("hello"))
        .unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(
        to_bytes(response.into_body(), 1_000).await.unwrap(),
        "new: hello"
    );
}

#[tokio::test]
async fn hyper_serves_a_connection_with_it() {
    let version = |says: &'static str| {
        service_fn(async move |_: Request<Incoming>| {
            Ok::<_, Infallible>(Response::new(says.to_owned()))
        })
    };
    let service = CutoverLayer::new(all_on(Version::V2), version("new"))
        .id(id::<Incoming>)
        .layer(version("old"));
    let (mut client, server) = tokio::io::duplex(4_096);
    let server = tokio::spawn(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(server), TowerToHyperService::new(service)),
    );
    client
        .write_all(b"GET / HTTP/1.1\r\nhost: test\r\nx-id: user-1\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    server.await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.contains("x-api-version: v2\r\nx-cutover-reason: share\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\nnew"), "{answer}");
}

/// gRPC answers 200 whatever happens, so the classifier reads `grpc-status`.
#[tokio::test]
async fn tonic_routes_are_versions_classified_by_grpc_status() {
    let seen = Seen::default();
    let service = CutoverLayer::new(all_on(Version::V2), Routes::default().prepare())
        .id(id::<TonicBody>)
        .classify(|answer: Result<&Response<TonicBody>, &Infallible>| {
            let status = answer
                .ok()
                .and_then(|answer| answer.headers().get("grpc-status"));
            match status.map(HeaderValue::as_bytes) {
                None | Some(b"0") => Outcome::Accepted,
                Some(_) => Outcome::Failed,
            }
        })
        .observe(seen.clone())
        .layer(Routes::default().prepare());
    let request = Request::post("/unknown.Service/Method")
        .header("x-id", "user-1")
        .body(TonicBody::empty())
        .unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["grpc-status"], "12");
    assert_eq!(response.headers()["x-api-version"], "v2");
    assert_eq!(seen.all(), told(Version::V2, Outcome::Failed));
}
