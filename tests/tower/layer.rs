//! The tower layer: which version is called and when, what the caller and the observer are told.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cutover::Version;
use cutover::migration::{Guard, Outcome};
use cutover::tower::{ByStatus, Classify, CutoverLayer, Served};
use http::Request;
use tower::limit::ConcurrencyLimit;
use tower::util::BoxCloneService;
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};

use crate::kit::*;

/// Polls a future by hand.
fn by_hand<F: Future>(future: F) -> tokio_test::task::Spawn<F> {
    tokio_test::task::spawn(future)
}

#[test]
fn each_version_is_called_when_it_is_ready_and_not_before() {
    for version in [Version::V1, Version::V2] {
        let (v1, hand1) = mocked();
        let (v2, hand2) = mocked();
        let (mut chosen, mut other) = match version {
            Version::V1 => (hand1, hand2),
            Version::V2 => (hand2, hand1),
        };
        chosen.allow(0);
        let mut service = CutoverLayer::new(all_on(version), v2).id(id).layer(v1);

        assert!(by_hand(service.ready()).poll().is_ready());
        let mut response = by_hand(service.call(request("hello")));
        assert!(response.poll().is_pending());
        assert!(
            by_hand(chosen.next_request()).poll().is_pending(),
            "{version} wasn't ready"
        );

        chosen.allow(1);
        assert!(response.is_woken(), "{version} woke who waits for it");
        assert!(response.poll().is_pending());
        let Poll::Ready(Some((asked, answers))) = by_hand(chosen.next_request()).poll() else {
            panic!("{version} was ready and not called");
        };
        assert_eq!(asked.body(), "hello");
        answers.send_response(answer(200, "hello yourself"));
        let Poll::Ready(Ok(response)) = response.poll() else {
            panic!("{version} answered");
        };
        assert_eq!(response.body(), "hello yourself");
        assert_eq!(says(&response), (version.as_str(), "share"));
        assert!(
            by_hand(other.next_request()).poll().is_pending(),
            "the other version was left alone"
        );
    }
}

/// Takes a call only on the very clone that was polled until it was ready.
#[derive(Debug, Default)]
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { ready: false }
    }
}

impl Service<Asked> for Strict {
    type Response = Answer;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Answer, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Asked) -> Self::Future {
        assert!(
            std::mem::take(&mut self.ready),
            "called without being ready"
        );
        std::future::ready(Ok(answer(200, "")))
    }
}

#[tokio::test]
async fn the_clone_that_was_ready_is_the_one_that_is_called() {
    for version in [Version::V1, Version::V2] {
        let mut service = CutoverLayer::new(all_on(version), Strict::default())
            .id(id)
            .layer(Strict::default());
        for _ in 0..3 {
            let response = service
                .ready()
                .await
                .unwrap()
                .call(request(""))
                .await
                .unwrap();
            assert_eq!(says(&response), (version.as_str(), "share"));
        }
    }
}

#[tokio::test]
async fn a_version_that_is_never_ready_or_gone_does_not_hold_up_the_other() {
    let (stuck, mut hand) = mocked();
    hand.allow(0);
    let (gone, hand_of_gone) = mocked();
    drop(hand_of_gone);
    for idle in [stuck, gone] {
        let v2 = CutoverLayer::new(all_on(Version::V1), idle.clone())
            .id(id)
            .layer(ok("v1"));
        assert_eq!(v2.oneshot(request("")).await.unwrap().body(), "v1");
        let v1 = CutoverLayer::new(all_on(Version::V2), ok("v2"))
            .id(id)
            .layer(idle);
        assert_eq!(v1.oneshot(request("")).await.unwrap().body(), "v2");
    }
}

#[test]
fn an_idle_connection_keeps_no_place_in_a_limited_version() {
    let limited = || ConcurrencyLimit::new(ok(""), 1);
    let service = CutoverLayer::new(all_on(Version::V2), limited())
        .id(id)
        .layer(limited());
    let (mut idle, mut busy) = (service.clone(), service);
    assert!(by_hand(idle.ready()).poll().is_ready());
    assert!(by_hand(busy.ready()).poll().is_ready());
    assert!(by_hand(busy.call(request(""))).poll().is_ready());
}

/// Can't get ready, and must not be called.
#[derive(Clone, Copy)]
struct Dead;

impl Service<Asked> for Dead {
    type Response = Answer;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Answer, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Err(broken()))
    }

    fn call(&mut self, _: Asked) -> Self::Future {
        panic!("called without being ready")
    }
}

#[tokio::test]
async fn the_error_of_a_version_that_cannot_get_ready_is_the_answer() {
    for version in [Version::V1, Version::V2] {
        let seen = Seen::default();
        let service = CutoverLayer::new(all_on(version), Dead)
            .id(id)
            .observe(seen.clone())
            .layer(Dead);
        let error = service.oneshot(request("")).await.unwrap_err();
        assert_eq!(error.to_string(), broken().to_string());
        assert_eq!(seen.all(), told(version, Outcome::Failed));
    }
}

#[tokio::test]
async fn a_version_asked_for_counts_where_the_rollout_allows_it() {
    let served = async |document: &str, asked: &str| {
        let service = CutoverLayer::new(router(document), ok(""))
            .id(id)
            .layer(ok(""));
        let mut request = request("");
        request
            .headers_mut()
            .insert("X-Api-Version", asked.parse().unwrap());
        let response = service.oneshot(request).await.unwrap();
        let (version, reason) = says(&response);
        format!("{version} {reason}")
    };
    let allowed = r#"{"name":"test","share":"0%","allow_requested":true}"#;
    assert_eq!(served(allowed, "v2").await, "v2 requested");
    assert_eq!(served(allowed, "v1").await, "v1 requested");
    assert_eq!(served(allowed, "v3").await, "v1 share");
    assert_eq!(
        served(r#"{"name":"test","share":"0%"}"#, "v2").await,
        "v1 share"
    );
}

#[tokio::test]
async fn handlers_see_what_the_headers_say() {
    let tell = service_fn(async |request: Asked| {
        let served = request.extensions().get::<Served>().unwrap();
        let share = served
            .decision()
            .map(|decision| decision.share().to_string());
        let mut response = answer(
            200,
            &format!("{} {} {share:?}", served.version(), served.reason()),
        );
        response
            .headers_mut()
            .insert("x-api-version", "what the handler says".parse().unwrap());
        Ok::<_, BoxError>(response)
    });
    let pinned = r#"{"name":"test","share":"25%","pins":{"v2":["user-1"]}}"#;
    let service = CutoverLayer::new(router(pinned), tell).id(id).layer(tell);

    let response = service.clone().oneshot(request("")).await.unwrap();
    assert_eq!(response.body(), r#"v2 pinned Some("25%")"#);
    assert_eq!(says(&response), ("v2", "pinned"));
    assert_eq!(
        response.headers().get_all("x-api-version").iter().count(),
        1
    );

    let response = service.oneshot(Request::new(String::new())).await.unwrap();
    assert_eq!(response.body(), "v1 no_id None");
    assert_eq!(says(&response), ("v1", "no_id"));
}

#[tokio::test]
async fn a_request_without_an_id_goes_to_v1_whatever_the_rollout_says() {
    let everyone = r#"{"name":"test","share":"100%","force":"v2","allow_requested":true}"#;
    let seen = Seen::default();
    let service = CutoverLayer::new(router(everyone), ok("v2"))
        .id(id)
        .observe(seen.clone())
        .layer(ok("v1"));
    let request = Request::builder()
        .header("x-api-version", "v2")
        .body(String::new())
        .unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(
        (response.body().as_str(), says(&response)),
        ("v1", ("v1", "no_id"))
    );
    assert_eq!(seen.all(), [(None, Outcome::Accepted)]);
}

#[test]
fn statuses_are_classified() {
    let by_status = |status| {
        let answer: Result<_, BoxError> = Ok(answer(status, ""));
        ByStatus.classify(answer.as_ref())
    };
    for (status, outcome) in [
        (200, Outcome::Accepted),
        (201, Outcome::Accepted),
        (304, Outcome::Accepted),
        (400, Outcome::Rejected),
        (404, Outcome::Rejected),
        (408, Outcome::Failed),
        (422, Outcome::Rejected),
        (429, Outcome::RateLimited),
        (500, Outcome::Failed),
        (503, Outcome::Failed),
        (599, Outcome::Failed),
    ] {
        assert_eq!(by_status(status), outcome, "{status}");
    }
    assert_eq!(
        ByStatus.classify(Err::<&Answer, _>(&broken())),
        Outcome::Failed
    );
}

#[tokio::test]
async fn the_outcome_is_recorded_once_as_the_classifier_says() {
    let service = service_fn(async |request: Asked| match request.body().as_str() {
        "break" => Err(broken()),
        body => Ok(answer(200, body)),
    });
    for version in [Version::V1, Version::V2] {
        for (body, outcome) in [
            ("fine", Outcome::Accepted),
            ("again", Outcome::DuplicateDetected),
            ("break", Outcome::RateLimited),
        ] {
            let seen = Seen::default();
            let service = CutoverLayer::new(all_on(version), service)
                .id(id)
                .classify(|answer: Result<&Answer, &BoxError>| match answer {
                    Ok(answer) if answer.body() == "again" => Outcome::DuplicateDetected,
                    Ok(_) => Outcome::Accepted,
                    Err(_) => Outcome::RateLimited,
                })
                .observe(seen.clone())
                .layer(service);
            assert_eq!(
                service.oneshot(request(body)).await.is_err(),
                body == "break"
            );
            assert_eq!(seen.all(), told(version, outcome), "{body}");
        }
    }
}

#[tokio::test]
async fn outcomes_count_what_the_guard_weighs() {
    let guard = Guard::builder().build().unwrap();
    let outcomes = guard.outcomes();
    let service = CutoverLayer::new(
        all_on(Version::V2),
        service_fn(async |_: Asked| Ok::<_, BoxError>(answer(500, ""))),
    )
    .id(id)
    .observe(Arc::clone(outcomes))
    .layer(ok(""));
    assert_eq!(service.oneshot(request("")).await.unwrap().status(), 500);
    let snapshot = outcomes.snapshot();
    assert_eq!(snapshot.count(Version::V2, Outcome::Failed), 1);
    assert_eq!(snapshot.requests(Version::V1), 0);
}

#[tokio::test]
async fn a_panic_is_recorded_and_goes_on() {
    for version in [Version::V1, Version::V2] {
        let seen = Seen::default();
        let service = CutoverLayer::new(all_on(version), service_fn(panics))
            .id(id)
            .observe(seen.clone())
            .layer(service_fn(panics));
        let panicked = tokio::spawn(service.oneshot(request("")))
            .await
            .unwrap_err()
            .into_panic();
        assert_eq!(panicked.downcast_ref::<&str>(), Some(&"the handler broke"));
        assert_eq!(seen.all(), told(version, Outcome::Failed));
    }
}

/// Both versions have one deadline, and a client that is gone before it leaves a trace. A timeout of zero makes every request
/// late, and one of hours none: no clock is waited for.
#[tokio::test]
async fn what_is_late_has_failed_and_what_is_given_up_early_is_abandoned() {
    let hours = Duration::from_secs(36_000);
    for version in [Version::V1, Version::V2] {
        for (timeout, answered, expected) in [
            (Duration::ZERO, true, told(version, Outcome::Failed)),
            (Duration::ZERO, false, told(version, Outcome::Failed)),
            (hours, true, told(version, Outcome::Accepted)),
            (hours, false, told(version, Outcome::Abandoned)),
        ] {
            let seen = Seen::default();
            let (silent, _hand) = mocked();
            let layer = |service: BoxCloneService<Asked, Answer, BoxError>| {
                CutoverLayer::new(all_on(version), service.clone())
                    .id(id)
                    .observe(seen.clone())
                    .request_timeout(timeout)
                    .layer(service)
            };
            if answered {
                assert_eq!(
                    layer(ok("late").boxed_clone())
                        .oneshot(request(""))
                        .await
                        .unwrap()
                        .body(),
                    "late"
                );
            } else {
                let mut response = by_hand(layer(silent.boxed_clone()).oneshot(request("")));
                assert!(response.poll().is_pending());
                assert_eq!(seen.decided(), 1, "told when the request begins");
            }
            assert_eq!(
                seen.all(),
                expected,
                "{version}, {timeout:?}, answered: {answered}"
            );
            assert_eq!(seen.decided(), 1);
        }
    }
}
