//! A request on its way: wait for the version to be ready, call it, and give what it failed to v1 where that is allowed.

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
use super::identify::Identify;
use super::layer::Rules;
use super::observe::Record;
use super::served::Served;
use crate::migration::Outcome;

/// How a version ended: with its answer, or in a panic.
type End<R, E> = thread::Result<Result<R, E>>;

/// What v1 needs to serve a request that v2 has failed.
pub(super) struct Spare<V1, B> {
    pub(super) v1: V1,
    pub(super) request: Request<B>,
    pub(super) served: Served,
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
    {
        #[pin]
        stage: Stage<V1, V2, B>,
        // Of both versions; `None` once it has passed, and where nobody asks.
        #[pin]
        deadline: Option<Sleep>,
        served: Served,
        record: Record<X::Id>,
        rules: Arc<Rules<X, C, F>>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<V1, V2, B>
    where
        V1: Service<Request<B>>,
        V2: Service<Request<B>>,
    {
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
{
    pub(super) fn v1(
        v1: V1,
        request: Request<B>,
        served: Served,
        record: Record<X::Id>,
        rules: Arc<Rules<X, C, F>>,
    ) -> Self {
        let stage = Stage::V1 {
            attempt: Attempt::new(v1, request),
        };
        Self {
            stage,
            deadline: record.is_observed().then(|| sleep(rules.request_timeout)),
            served,
            record,
            rules,
        }
    }

    pub(super) fn v2(
        v2: V2,
        request: Request<B>,
        spare: Option<Spare<V1, B>>,
        served: Served,
        record: Record<X::Id>,
        rules: Arc<Rules<X, C, F>>,
    ) -> Self {
        let attempt = Attempt::new(v2, request);
        let waits = record.is_observed() || spare.is_some();
        let stage = match spare {
            None => Stage::V2 { attempt },
            spare => Stage::Guarded { attempt, spare },
        };
        Self {
            stage,
            deadline: waits.then(|| sleep(rules.request_timeout)),
            served,
            record,
            rules,
        }
    }
}

impl<V1, V2, B, X, C, F, R, E> Future for ResponseFuture<V1, V2, B, X, C, F>
where
    V1: Service<Request<B>, Response = Response<R>, Error = E>,
    V2: Service<Request<B>, Response = Response<R>, Error = E>,
    X: Identify<B>,
    C: Classify<R, E>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let (poll, spare) = match this.stage.as_mut().project() {
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
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("served", &self.served)
            .finish_non_exhaustive()
    }
}
