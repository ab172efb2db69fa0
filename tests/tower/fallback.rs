//! Fallback: what v2 fails is served by v1 where the caller declares it safe, and is charged to v2.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use cutover::Version;
use cutover::migration::Outcome;
use cutover::tower::{CutoverLayer, Served};
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};

use crate::kit::*;

/// Fails in the way that the body says.
async fn fails(request: Asked) -> Result<Answer, BoxError> {
    match request.body().as_str() {
        "error" => Err(broken()),
        "panic" => panic!("the handler broke"),
        "hang" => pending().await,
        status => Ok(answer(status.parse().unwrap(), "v2")),
    }
}

/// An hour of tokio's paused clock, so that what hangs for good fails the test at once.
async fn within_an_hour(response: impl Future<Output = Result<Answer, BoxError>>) -> Answer {
    let hour = Duration::from_secs(3_600);
    tokio::time::timeout(hour, response)
        .await
        .expect("it hangs")
        .unwrap()
}

/// Tells which request it got.
async fn echo(request: Asked) -> Result<Answer, BoxError> {
    let served = request.extensions().get::<Served>().unwrap();
    let decided = served.decision().unwrap().version();
    let told = format!("{} {} {decided}", served.version(), served.reason());
    Ok(answer(200, &format!("v1 got {:?}: {told}", request.body())))
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a fallback")]
fn always(request: &Asked) -> Option<Asked> {
    Some(request.clone())
}

// With tokio's paused clock: the timeout passes when nothing else is left to do.
#[tokio::test(start_paused = true)]
async fn what_v2_fails_is_served_by_v1_and_charged_to_v2() {
    for failure in ["500", "503", "408", "error", "panic", "hang"] {
        let seen = Seen::default();
        let service = CutoverLayer::new(all_on(Version::V2), service_fn(fails))
            .id(id)
            .fallback(always)
            .observe(seen.clone())
            .layer(service_fn(echo));
        let response = within_an_hour(service.oneshot(request(failure))).await;
        assert_eq!(response.status(), 200, "{failure}");
        assert_eq!(
            response.body(),
            &format!("v1 got {failure:?}: v1 fallback v2")
        );
        assert_eq!(says(&response), ("v1", "fallback"));
        assert_eq!(seen.all(), told(Version::V2, Outcome::Failed), "{failure}");
    }
}

#[tokio::test]
async fn what_v2_does_not_fail_stays_with_v2() {
    for (status, outcome) in [
        (201, Outcome::Accepted),
        (422, Outcome::Rejected),
        (429, Outcome::RateLimited),
    ] {
        let seen = Seen::default();
        let service = CutoverLayer::new(all_on(Version::V2), service_fn(fails))
            .id(id)
            .fallback(always)
            .observe(seen.clone())
            .layer(service_fn(panics));
        let response = service.oneshot(request(&status.to_string())).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), says(&response)),
            (status, ("v2", "share"))
        );
        assert_eq!(seen.all(), told(Version::V2, outcome));
    }
}

#[tokio::test]
async fn without_a_declaration_the_caller_gets_what_v2_did() {
    let undeclared = CutoverLayer::new(all_on(Version::V2), service_fn(fails)).id(id);
    let refused = undeclared.clone().fallback(|_: &Asked| None);
    let services = [
        undeclared.layer(service_fn(echo)).boxed_clone(),
        refused.layer(service_fn(echo)).boxed_clone(),
    ];
    for service in services {
        let response = service.clone().oneshot(request("503")).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), says(&response)),
            (503, ("v2", "share"))
        );
        let error = service.clone().oneshot(request("error")).await.unwrap_err();
        assert_eq!(error.to_string(), broken().to_string());
        let panicked = tokio::spawn(service.oneshot(request("panic")))
            .await
            .unwrap_err();
        assert!(panicked.is_panic());
    }
}

#[tokio::test]
async fn v1s_failures_are_v1s_and_not_retried() {
    let seen = Seen::default();
    let service = CutoverLayer::new(all_on(Version::V1), service_fn(panics))
        .id(id)
        .fallback(|_: &Asked| panic!("nothing is cloned for v1"))
        .observe(seen.clone())
        .layer(service_fn(fails));
    let response = service.oneshot(request("500")).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), says(&response)),
        (500, ("v1", "share"))
    );
    assert_eq!(seen.all(), told(Version::V1, Outcome::Failed));
}

#[tokio::test]
async fn a_fallback_that_fails_too_is_v1s_answer_and_counts_once() {
    let seen = Seen::default();
    let service = CutoverLayer::new(all_on(Version::V2), service_fn(fails))
        .id(id)
        .fallback(always)
        .observe(seen.clone())
        .layer(service_fn(async |_: Asked| {
            Ok::<_, BoxError>(answer(502, "v1"))
        }));
    let response = service.oneshot(request("500")).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.body().as_str()),
        (502, "v1")
    );
    assert_eq!(seen.all(), told(Version::V2, Outcome::Failed));
}

/// Breaks before there is a future.
#[derive(Clone)]
struct Early {
    when_ready: bool,
}

impl Service<Asked> for Early {
    type Response = Answer;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Answer, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        assert!(!self.when_ready, "broke on its way to ready");
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Asked) -> Self::Future {
        panic!("broke when it was called")
    }
}

#[tokio::test]
async fn a_v2_that_panics_before_its_future_falls_back_too() {
    for when_ready in [false, true] {
        let service = CutoverLayer::new(all_on(Version::V2), Early { when_ready })
            .id(id)
            .fallback(always)
            .layer(service_fn(echo));
        assert_eq!(
            says(&service.oneshot(request("")).await.unwrap()),
            ("v1", "fallback")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_v2_that_never_gets_ready_or_is_gone_falls_back() {
    let (stuck, mut hand) = mocked();
    hand.allow(0);
    let (gone, hand_of_gone) = mocked();
    drop(hand_of_gone);
    for v2 in [stuck, gone] {
        let service = CutoverLayer::new(all_on(Version::V2), v2)
            .id(id)
            .fallback(always)
            .layer(service_fn(echo));
        assert_eq!(
            says(&within_an_hour(service.oneshot(request(""))).await),
            ("v1", "fallback")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_v2_that_hangs_is_dropped_at_the_timeout_and_not_before() {
    struct Running(Arc<AtomicUsize>);
    impl Drop for Running {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let running = Arc::new(AtomicUsize::new(0));
    let hang = {
        let running = Arc::clone(&running);
        service_fn(move |_: Asked| {
            running.fetch_add(1, Ordering::Relaxed);
            let here = Running(Arc::clone(&running));
            async move {
                let _here = here;
                pending::<Result<Answer, BoxError>>().await
            }
        })
    };
    let still = {
        let running = Arc::clone(&running);
        service_fn(move |_: Asked| {
            let still = running.load(Ordering::Relaxed).to_string();
            async move { Ok::<_, BoxError>(answer(200, &still)) }
        })
    };
    let service = CutoverLayer::new(all_on(Version::V2), hang)
        .id(id)
        .fallback(always)
        .request_timeout(Duration::from_secs(5))
        .layer(still);
    let begun = tokio::time::Instant::now();
    let mut response = tokio_test::task::spawn(service.oneshot(request("")));
    assert!(response.poll().is_pending());
    assert_eq!(running.load(Ordering::Relaxed), 1);
    tokio::time::advance(Duration::from_millis(4_990)).await;
    assert!(response.poll().is_pending());
    let response = within_an_hour(response).await;
    assert_eq!(response.body(), "0", "v2 is dropped before v1 is called");
    let after = begun.elapsed();
    assert!(
        (5_000..5_010).contains(&after.as_millis()),
        "{after:?} of tokio's paused clock"
    );
}
