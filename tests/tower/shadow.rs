//! The shadow of the tower layer: a service of its own answers copies of what v1 serves, and nobody notices.

use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, Path, State};
use axum::routing::{get, post};
use cutover::migration::shadow::{AsyncShadow, Discordant, Shadow, ShadowBuilder, Snapshot};
use cutover::tower::{CutoverLayer, Served, Shadowing};
use cutover::{Share, Version};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::kit::router;
use crate::shadow_kit::{alone, guard};

const LIMIT: usize = 100;

type Answer = Response<Bytes>;

/// Everyone is on v1 and in the sample.
const SAMPLED: &str = r#"{"name":"test","share":"0%","shadow":"100%"}"#;

fn id(request: &Request<Body>) -> Option<HeaderValue> {
    request.headers().get("x-id").cloned()
}

fn builder() -> ShadowBuilder<Answer> {
    Shadow::<Answer>::builder(|_, one, two| {
        assert_eq!((one.version, two.version), (Version::V1, Version::V2));
        let mut paths = Vec::new();
        if one.answer.status() != two.answer.status() {
            paths.push("/status".to_owned());
        }
        if one.answer.body() != two.answer.body() {
            paths.push("/body".to_owned());
        }
        paths
    })
}

/// Echoes the path parameter and the body; keeps why each request was served.
fn echo(seen: Arc<Mutex<Vec<String>>>) -> Router {
    Router::new()
        .route(
            "/echo/{word}",
            post(
                async |State(seen): State<Arc<Mutex<Vec<String>>>>,
                       Path(word): Path<String>,
                       Extension(served): Extension<Served>,
                       body: String| {
                    seen.lock().unwrap().push(served.reason().to_owned());
                    format!("{word} {body}")
                },
            ),
        )
        .with_state(seen)
}

fn app(document: &str, v1: Router, candidate: Router, shadow: &Arc<AsyncShadow<Answer>>) -> Router {
    let shadowing = Shadowing::new(candidate, Arc::clone(shadow), LIMIT, Body::new);
    let v2 = Router::new().fallback(async || "v2");
    v1.layer(
        CutoverLayer::new(router(document), v2)
            .id(id)
            .shadow(shadowing),
    )
}

/// What the client gets.
async fn ask(app: &Router, uri: &str, body: impl Into<Body>) -> (StatusCode, String) {
    let request = Request::post(uri).header("x-id", "user-1");
    let response = app
        .clone()
        .oneshot(request.body(body.into()).unwrap())
        .await;
    let response = response.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// What was found when the candidates are through.
async fn settled(shadow: &AsyncShadow<Answer>, all: u64) -> Snapshot {
    loop {
        let seen = shadow.snapshot();
        let Discordant { v1, v2, .. } = seen.discordant;
        if seen.comparisons + seen.late + seen.skipped + seen.both_failed + v1 + v2 >= all {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_copy_of_what_v1_has_served_is_answered_and_compared() {
    let (first, second) = (Arc::default(), Arc::default());
    let shadow = Arc::new(builder().build_async());
    let app = app(
        SAMPLED,
        echo(Arc::clone(&first)),
        echo(Arc::clone(&second)),
        &shadow,
    );
    let answer = ask(&app, "/echo/hello", "you").await;
    assert_eq!(answer, (StatusCode::OK, "hello you".to_owned()));
    let seen = settled(&shadow, 1).await;
    assert_eq!((seen.comparisons, seen.differing, seen.skipped), (1, 0, 0));
    assert_eq!(*first.lock().unwrap(), ["share"]);
    assert_eq!(*second.lock().unwrap(), ["shadow"]);
}

#[tokio::test]
async fn differences_are_counted_and_nobody_else_hears_of_them() {
    let shadow = Arc::new(builder().build_async());
    let candidate = Router::new()
        .route("/echo/a", post(async || "something else"))
        .route("/echo/b", post(async || StatusCode::BAD_GATEWAY))
        .route(
            "/echo/c",
            post(async || -> &'static str { panic!("broken") }),
        )
        .route("/echo/d", post(async || "x".repeat(10 * LIMIT)));
    let app = app(SAMPLED, echo(Arc::default()), candidate, &shadow);
    for (asked, word) in (1..).zip(["a", "b", "c", "d"]) {
        let answer = ask(&app, &format!("/echo/{word}"), "you").await;
        assert_eq!(answer, (StatusCode::OK, format!("{word} you")));
        if word != "c" {
            settled(&shadow, asked - u64::from(word == "d")).await;
        }
    }
    let seen = settled(&shadow, 3).await;
    assert_eq!((seen.comparisons, seen.differing), (2, 2));
    // One id fails once, however often.
    assert_eq!(seen.discordant.v2, 1);
    assert_eq!(seen.paths[0].path, "/body");
    assert_eq!(seen.paths[0].ids, ["user-1"]);
    assert_eq!(seen.divergences(), 3);
}

#[tokio::test]
async fn what_is_not_sampled_or_not_v1s_is_not_shadowed() {
    let second = Arc::default();
    let shadow = Arc::new(builder().build_async());
    for document in [
        r#"{"name":"test","share":"0%"}"#,
        r#"{"name":"test","share":"100%","shadow":"100%"}"#,
    ] {
        let app = app(
            document,
            echo(Arc::default()),
            echo(Arc::clone(&second)),
            &shadow,
        );
        assert_eq!(ask(&app, "/echo/a", "").await.0, StatusCode::OK);
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(shadow.snapshot(), Snapshot::default());
    assert_eq!(*second.lock().unwrap(), [""; 0]);
}

/// What can't be compared is no evidence, unless v1 has failed it, or has not been heard to its end.
#[tokio::test]
async fn the_guard_is_told_who_alone_failed() {
    let (guard, clock) = guard();
    let shadow = Arc::new(builder().guard(&guard).build_async());
    let fails = || post(async || StatusCode::BAD_GATEWAY);
    let well = || post(async || "well");
    let v1 = Router::new()
        .route("/v1", fails())
        .route("/v2", well())
        .route("/both", fails())
        .route("/long", post(async || "x".repeat(LIMIT + 1)))
        .route("/breaks", post(async || Body::new(Stalled(false))));
    let v2 = Router::new().route("/v1", well()).fallback(fails());
    let app = app(SAMPLED, v1, v2, &shadow);
    for (asked, path) in (1..).zip(["v1", "v2", "both", "long"]) {
        let request = Request::post(format!("/{path}")).header("x-id", path);
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap());
        let _ = to_bytes(response.await.unwrap().into_body(), 1_000).await;
        settled(&shadow, asked).await;
    }
    assert_eq!(alone(&guard, &clock), (1, 1));
    let request = Request::post("/breaks").header("x-id", "breaks");
    let response = app.oneshot(request.body(Body::empty()).unwrap());
    drop(response.await.unwrap());
    assert_eq!(alone(&guard, &clock), (1, 2));
}

// With tokio's paused clock: the timeout passes when nothing else is left to do.
#[tokio::test(start_paused = true)]
async fn a_candidate_that_hangs_keeps_nobody_waiting_and_one_place() {
    let shadow = Arc::new(builder().concurrency(1).build_async());
    let hangs = Router::new().fallback(async || pending::<()>().await);
    let app = app(SAMPLED, echo(Arc::default()), hangs, &shadow);
    let begun = tokio::time::Instant::now();
    for _ in 0..3 {
        assert_eq!(ask(&app, "/echo/a", "").await.0, StatusCode::OK);
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(shadow.snapshot().skipped, 2);
    assert_eq!(settled(&shadow, 3).await.late, 1);
}

/// Gives one frame, and then nothing more.
struct Stalled(bool);

impl http_body::Body for Stalled {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"first")))))
    }
}

#[tokio::test]
async fn bodies_pass_through_as_they_come() {
    let shadow = Arc::new(builder().build_async());
    let first = |body: &mut Body| {
        let frame = tokio_test::task::spawn(body.frame()).poll();
        let Poll::Ready(Some(Ok(frame))) = frame else {
            panic!("no frame");
        };
        frame.into_data().unwrap()
    };
    let v1 = Router::new().fallback(async move |mut body: Body| {
        assert_eq!(first(&mut body), "first");
        Body::new(Stalled(false))
    });
    let app = app(SAMPLED, v1, Router::new(), &shadow);
    let request = Request::post("/").header("x-id", "user-1");
    let request = request.body(Body::new(Stalled(false))).unwrap();
    let mut body = app.oneshot(request).await.unwrap().into_body();
    assert_eq!(first(&mut body), "first");
    drop(body);
    assert_eq!(shadow.snapshot().skipped, 1);
}

#[tokio::test]
async fn what_has_no_whole_copy_is_skipped() {
    let shadow = Arc::new(builder().build_async());
    let v1 = Router::new()
        .route("/long", post(async || "x".repeat(LIMIT + 1)))
        .route("/fits", post(async || "x".repeat(LIMIT)))
        .route("/unread", post(async || "unread"))
        .route("/", get(async || "hello"))
        .merge(echo(Arc::default()));
    let candidate = v1.clone();
    let app = app(SAMPLED, v1, candidate, &shadow);

    assert_eq!(ask(&app, "/long", "").await.1.len(), LIMIT + 1);
    assert_eq!(shadow.snapshot().skipped, 1, "an answer that is too long");
    let word = "x".repeat(LIMIT + 1);
    assert_eq!(
        ask(&app, "/echo/a", word.clone()).await.1,
        format!("a {word}")
    );
    assert_eq!(shadow.snapshot().skipped, 2, "a request that is too long");
    assert_eq!(ask(&app, "/unread", "you").await.1, "unread");
    assert_eq!(
        shadow.snapshot().skipped,
        3,
        "a request that v1 didn't read"
    );
    let request = Request::post("/fits").header("x-id", "user-1");
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap());
    drop(response.await.unwrap());
    assert_eq!(
        shadow.snapshot().skipped,
        4,
        "an answer that the client didn't read"
    );
    assert_eq!(ask(&app, "/fits", "").await.1.len(), LIMIT);
    assert_eq!(settled(&shadow, 5).await.comparisons, 1);
}

#[tokio::test]
async fn the_status_says_whether_a_shadow_runs() {
    let router = router(SAMPLED);
    let layer = CutoverLayer::new(Arc::clone(&router), Router::<()>::new()).id(id);
    let status = router.status();
    assert!(status.shadow == Share::FULL && !status.shadow_runs);
    let shadow = Arc::new(builder().build_async());
    let _layer = layer.shadow(Shadowing::new(
        Router::<()>::new(),
        shadow,
        LIMIT,
        Body::new,
    ));
    assert!(router.status().shadow_runs);
}
