//! The tower layer around axum routers: extractors and nesting work in both versions, wherever the layer is put.

use std::future::pending;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, MatchedPath, OriginalUri, Path, State};
use axum::routing::{get, put};
use cutover::Version;
use cutover::migration::Outcome;
use cutover::tower::{Buffered, CutoverLayer, Served};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use tower::{Layer, ServiceExt};

use crate::kit::{Seen, all_on, told};

fn id(request: &Request<Body>) -> Option<HeaderValue> {
    request.headers().get("x-id").cloned()
}

/// Who is logged in, as a middleware would find out.
#[derive(Clone)]
struct User(&'static str);

/// A version with path parameters, state, and a nested router with parameters of its own.
fn version(name: &'static str) -> Router {
    let nested = Router::new().route(
        "/tags/{tag}",
        get(
            async |State(name): State<&str>,
                   Path((id, tag)): Path<(u32, String)>,
                   path: MatchedPath,
                   OriginalUri(uri): OriginalUri| {
                format!("{name} {id} {tag}, {}, {uri}", path.as_str())
            },
        ),
    );
    Router::new()
        .route(
            "/toilets/{id}",
            get(
                async |State(name): State<&str>,
                       Path(id): Path<u32>,
                       Extension(served): Extension<Served>| {
                    format!("{name} {id} {}", served.version())
                },
            ),
        )
        .route(
            "/user",
            get(async |user: Option<Extension<User>>| {
                user.map_or("nobody", |Extension(user)| user.0)
            }),
        )
        .nest("/of/{id}", nested)
        .with_state(name)
}

/// The layer around v1 as a whole, before its routes are matched; and around each of its routes, after that.
fn apps<L>(layer: L) -> [Router; 3]
where
    L: Layer<
            Router,
            Service: tower::Service<
                Request<Body>,
                Response = axum::response::Response,
                Error = std::convert::Infallible,
                Future: Send,
            > + Clone
                         + Send
                         + Sync
                         + 'static,
        > + Layer<
            axum::routing::Route,
            Service: tower::Service<
                Request<Body>,
                Response = axum::response::Response,
                Error = std::convert::Infallible,
                Future: Send,
            > + Clone
                         + Send
                         + Sync
                         + 'static,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    [
        Router::new().fallback_service(Layer::<Router>::layer(&layer, version("v1"))),
        version("v1").layer(layer.clone()),
        version("v1").route_layer(layer),
    ]
}

async fn text(app: Router, uri: &str) -> String {
    let request = Request::get(uri)
        .header("x-id", "user-1")
        .extension(User("ada"))
        .body(Body::empty())
        .unwrap();
    let response = app.oneshot(request).await.unwrap();
    let body = to_bytes(response.into_body(), 1_000).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn extractors_work_in_both_versions_wherever_the_layer_is() {
    for v in [Version::V1, Version::V2] {
        let layer = CutoverLayer::new(all_on(v), version("v2")).id(id);
        for app in apps(layer) {
            assert_eq!(text(app.clone(), "/toilets/7").await, format!("{v} 7 {v}"));
            assert_eq!(
                text(app, "/of/7/tags/fee?x=1").await,
                format!("{v} 7 fee, /of/{{id}}/tags/{{tag}}, /of/7/tags/fee?x=1")
            );
        }
    }
}

/// A router's nested part alone may be cut over: v2 sees the path as the nested v1 does, without the prefix.
#[tokio::test]
async fn a_nested_router_is_cut_over_by_itself() {
    let layer = CutoverLayer::new(all_on(Version::V2), version("v2")).id(id);
    let app = Router::new().nest("/api", version("v1").layer(layer.clone()));
    assert_eq!(text(app.clone(), "/api/toilets/7").await, "v2 7 v2");
    assert_eq!(
        text(app, "/api/of/7/tags/fee").await,
        "v2 7 fee, /of/{id}/tags/{tag}, /of/7/tags/fee",
        "the whole URI is an extension like any other"
    );
    let layer = layer.carry::<OriginalUri>();
    let app = Router::new().nest("/api", version("v1").layer(layer));
    assert_eq!(
        text(app, "/api/of/7/tags/fee").await,
        "v2 7 fee, /of/{id}/tags/{tag}, /api/of/7/tags/fee"
    );
}

#[tokio::test]
async fn v2_gets_the_extensions_that_are_carried() {
    let plain = |v| CutoverLayer::new(all_on(v), version("v2")).id(id);
    for app in apps(plain(Version::V1)) {
        assert_eq!(text(app, "/user").await, "ada", "v1 gets all");
    }
    for app in apps(plain(Version::V2)) {
        assert_eq!(text(app, "/user").await, "nobody");
    }
    for app in apps(plain(Version::V2).carry::<User>()) {
        assert_eq!(text(app.clone(), "/user").await, "ada");
        assert_eq!(text(app, "/toilets/7").await, "v2 7 v2");
    }
    let [whole, ..] = apps(plain(Version::V2).carry_all());
    assert_eq!(text(whole.clone(), "/user").await, "ada");
    assert_eq!(
        text(whole, "/toilets/7").await,
        "v2 7 v2",
        "nothing was matched before"
    );
}

/// v1 for the fallback: tells everything that it got.
fn thorough() -> Router {
    Router::new()
        .route(
            "/toilets/{id}",
            put(
                async |State(name): State<&str>,
                       Path(id): Path<u32>,
                       Extension(User(user)): Extension<User>,
                       Extension(served): Extension<Served>,
                       headers: HeaderMap,
                       body: String| {
                    let kind = headers["content-type"].to_str().unwrap();
                    format!("{name} {id} {user} {} {kind} {body}", served.reason())
                },
            ),
        )
        .with_state("v1")
}

/// v2 for the fallback: reads the body, and then answers 500 or not at all.
fn broken(hangs: bool) -> Router {
    Router::new().route(
        "/toilets/{id}",
        put(async move |Path(_): Path<u32>, body: String| {
            assert_eq!(body, "the payload");
            if hangs {
                pending::<()>().await;
            }
            StatusCode::INTERNAL_SERVER_ERROR
        }),
    )
}

// With tokio's paused clock: the timeout passes when nothing else is left to do.
#[tokio::test(start_paused = true)]
async fn v1_gets_the_whole_request_when_v2_has_failed_it_or_hangs() {
    for hangs in [false, true] {
        let seen = Seen::default();
        let layer = CutoverLayer::new(all_on(Version::V2), broken(hangs))
            .id(id)
            .fallback(Buffered::new(1_000, Body::new))
            .observe(seen.clone());
        let apps = [
            Router::new().fallback_service(layer.layer(thorough())),
            thorough().layer(layer.clone()),
            Router::new().nest("/api", thorough().layer(layer)),
        ];
        for (app, uri) in apps
            .into_iter()
            .zip(["/toilets/7", "/toilets/7", "/api/toilets/7"])
        {
            let request = Request::put(uri)
                .header("x-id", "user-1")
                .header("content-type", "text/plain")
                .extension(User("ada"))
                .body(Body::from("the payload"))
                .unwrap();
            let response = app.oneshot(request).await.unwrap();
            assert_eq!(response.headers()["x-cutover-reason"], "fallback");
            let body = to_bytes(response.into_body(), 1_000).await.unwrap();
            assert_eq!(body, "v1 7 ada fallback text/plain the payload");
        }
        let failed = told(Version::V2, Outcome::Failed);
        assert_eq!(
            seen.all(),
            [failed.clone(), failed.clone(), failed].concat()
        );
    }
}
