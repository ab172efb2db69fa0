//! A request on its way: make it ready for v2 if v2 is to have it, wait for the version to be ready, call it, and give what
//! it failed to v1 where that is allowed.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::thread;

use http::{Request, Response};
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};
use tower_service::Service;

use super::classify::Classify;
use super::fallback::Fallback;
use super::identify::Identify;
use super::layer::{Common, Rules};
use super::observe::Record;
use super::served::Served;
use super::shadow::Finish;
use crate::migration::Outcome;
use crate::routing::Decision;
use crate::version::Version;

/// How a version ended: with its answer, or in a panic.
type End<R, E> = thread::Result<Result<R, E>>;

/// What v1 needs to serve a request that v2 has failed.
struct Spare<V1, B> {
    v1: V1,
    request: Request<B>,
    served: Served,
}

pin_project! {
    /// The future of [`Cutover`](super::Cutover)'s response.
    ///
    /// Dropping it drops the version's own future. It must not be polled again after a panic.
    pub struct ResponseFuture<V1, V2, B, X, C, F>
    where
        V1: Service<Request<B>>,
        V2: Service<Request<B>>,
        X: Identify<B>,
        F: Fallback<B>,
    {
        #[pin]
        stage: Stage<V1, V2, B, F::Prepare>,
        // Of both versions; `None` once it has passed, and where nobody asks.
        #[pin]
        deadline: Option<Sleep>,
        // Has v1's response compared with a shadow's, if there is one.
        finish: Option<Finish<V1::Response>>,
        served: Served,
        record: Record<X::Id>,
        rules: Arc<Rules<X, C, F>>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<V1, V2, B, P>
    where
        V1: Service<Request<B>>,
        V2: Service<Request<B>>,
    {
        // v2's request is made ready; the services are there until it is.
        Preparing { #[pin] prepare: P, versions: Option<(V1, V2)> },
        V1 { #[pin] attempt: Attempt<V1, B> },
        V2 { #[pin] attempt: Attempt<V2, B> },
        // v2, while v1 stands by.
        Guarded { #[pin] attempt: Attempt<V2, B>, spare: Option<Spare<V1, B>> },
    }
}

pin_project! {
    // One service's way through readiness and call, on one clone of it.
    #[project = AttemptProjection]
    enum Attempt<S, B>
    where
        S: Service<Request<B>>,
    {
        Waiting { service: S, request: Option<Request<B>> },
        Called { #[pin] future: S::Future },
    }
}

impl<V1, V2, B, X, C, F> ResponseFuture<V1, V2, B, X, C, F>
where
    V1: Service<Request<B>>,
    V2: Service<Request<B>>,
    X: Identify<B>,
    F: Fallback<B>,
{
    pub(super) fn v1(
        v1: V1,
        request: Request<B>,
        finish: Option<Finish<V1::Response>>,
        served: Served,
        record: Record<X::Id>,
        rules: Arc<Rules<X, C, F>>,
    ) -> Self {
        let stage = Stage::V1 {
            attempt: Attempt::new(v1, request),
        };
        Self {
            stage,
            deadline: deadline(&record, &rules),
            finish,
            served,
            record,
            rules,
        }
    }

    pub(super) fn v2(
        versions: (V1, V2),
        prepare: F::Prepare,
        decision: Decision,
        record: Record<X::Id>,
        rules: Arc<Rules<X, C, F>>,
    ) -> Self {
        let stage = Stage::Preparing {
            prepare,
            versions: Some(versions),
        };
        Self {
            stage,
            deadline: deadline(&record, &rules),
            finish: None,
            served: Served::Decided(decision),
            record,
            rules,
        }
    }
}

/// The timeout, where someone is told of it.
fn deadline<I, X, C, F>(record: &Record<I>, rules: &Rules<X, C, F>) -> Option<Sleep> {
    record
        .is_observed()
        .then(|| sleep(rules.common.request_timeout))
}

impl<V1, V2, B, P> Stage<V1, V2, B, P>
where
    V1: Service<Request<B>>,
    V2: Service<Request<B>>,
{
    /// v2's turn, with the request that it gets and the one that v1 gets if v2 fails.
    fn v2(
        (v1, v2): (V1, V2),
        (mut request, again): (Request<B>, Option<Request<B>>),
        served: Served,
        common: &Common,
    ) -> Self {
        let spare = again.zip(served.decision()).map(|(mut request, decision)| {
            let served = Served::Fallback(*decision);
            request.extensions_mut().insert(served);
            Spare {
                v1,
                request,
                served,
            }
        });
        common.carry.apply(request.extensions_mut());
        request.extensions_mut().insert(served);
        let attempt = Attempt::new(v2, request);
        match spare {
            None => Self::V2 { attempt },
            spare => Self::Guarded { attempt, spare },
        }
    }
}

impl<V1, V2, B, X, C, F, R, E> Future for ResponseFuture<V1, V2, B, X, C, F>
where
    V1: Service<Request<B>, Response = Response<R>, Error = E>,
    V2: Service<Request<B>, Response = Response<R>, Error = E>,
    X: Identify<B>,
    C: Classify<R, E>,
    F: Fallback<B>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let (poll, spare) = match this.stage.as_mut().project() {
                StageProjection::Preparing { prepare, versions } => match prepare.poll(cx) {
                    Poll::Pending => (Poll::Pending, None),
                    Poll::Ready(requests) => {
                        let Some(versions) = versions.take() else {
                            // Unreachable: the next stage has begun.
                            return Poll::Pending;
                        };
                        let common = &this.rules.common;
                        let stage = Stage::v2(versions, requests, *this.served, common);
                        // A v2 that can be given up is, even if nobody observes, or the body took all of the time.
                        if matches!(stage, Stage::Guarded { .. }) && this.deadline.is_none() {
                            this.deadline.set(Some(sleep(common.request_timeout)));
                        }
                        this.stage.set(stage);
                        continue;
                    }
                },
                StageProjection::V1 { attempt } => (attempt.poll(cx), None),
                StageProjection::V2 { attempt } => (attempt.poll(cx), None),
                StageProjection::Guarded { attempt, spare } => (attempt.poll(cx), Some(spare)),
            };
            let end = match poll {
                Poll::Ready(end) => Some(end),
                Poll::Pending => {
                    let Some(deadline) = this.deadline.as_mut().as_pin_mut() else {
                        return Poll::Pending;
                    };
                    ready!(deadline.poll(cx));
                    None
                }
            };
            // It holds for the version that the router chose; v1 in its place has no deadline.
            this.deadline.set(None);
            let spare = spare.and_then(Option::take);
            let outcome = match &end {
                Some(Ok(answer)) => this.rules.classify.classify(answer.as_ref()),
                Some(Err(_)) | None => Outcome::Failed,
            };
            // Of a request that fell back, v2's end was the first, and v1's changes nothing.
            this.record.end(outcome);
            match spare {
                Some(spare) if outcome == Outcome::Failed => {
                    *this.served = spare.served;
                    let attempt = Attempt::new(spare.v1, spare.request);
                    this.stage.set(Stage::V1 { attempt });
                }
                _ => {
                    return match end {
                        Some(Ok(answer)) => Poll::Ready(answer.map(|mut response| {
                            this.served.write(response.headers_mut());
                            if let Some(finish) = this.finish.take() {
                                response = finish(response);
                            }
                            // A shadow's answer doesn't have these, so they come after the comparison took its copy.
                            if this.served.version() == Version::V1 {
                                if let Some(deprecation) = &this.rules.common.deprecation {
                                    deprecation.write(response.headers_mut());
                                }
                            }
                            response
                        })),
                        Some(Err(panic)) => resume_unwind(panic),
                        // Failed by the clock and recorded as that; whoever waits still gets the answer.
                        None => Poll::Pending,
                    };
                }
            }
        }
    }
}

impl<S, B> Attempt<S, B>
where
    S: Service<Request<B>>,
{
    fn new(service: S, request: Request<B>) -> Self {
        Self::Waiting {
            service,
            request: Some(request),
        }
    }

    /// Nothing is polled again after a panic, so that no one sees what it left half done.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End<S::Response, S::Error>> {
        match catch_unwind(AssertUnwindSafe(|| self.advance(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }

    fn advance(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<S::Response, S::Error>> {
        loop {
            let future = match self.as_mut().project() {
                AttemptProjection::Called { future } => return future.poll(cx),
                AttemptProjection::Waiting { service, request } => {
                    ready!(service.poll_ready(cx))?;
                    match request.take() {
                        Some(request) => service.call(request),
                        // Unreachable: the request is gone only after a panic in `call`.
                        None => return Poll::Pending,
                    }
                }
            };
            self.set(Self::Called { future });
        }
    }
}

impl<V1, V2, B, X, C, F> fmt::Debug for ResponseFuture<V1, V2, B, X, C, F>
where
    V1: Service<Request<B>>,
    V2: Service<Request<B>>,
    X: Identify<B>,
    F: Fallback<B>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("served", &self.served)
            .finish_non_exhaustive()
    }
}
