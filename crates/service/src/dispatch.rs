//! The two versions behind one service: the router chooses, v1 serves what v2 fails, a shadow compares, and what came of it
//! is counted.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use axum::response::Response;
use cutover::Decision;
use cutover::migration::Outcome;
use cutover::tower::{CutoverLayer, Observe, Served};
use tower::util::BoxCloneSyncService;
use tower::{Layer, service_fn};

use crate::app::App;
use crate::log::Action;
use crate::principal::Principal;
use crate::shadow;
use crate::submission::{ContributionId, Submission};
use crate::versions::{Way, take};

/// v1 and v2 as one.
pub(crate) type Suggest = BoxCloneSyncService<Request<Submission>, Response, Infallible>;

/// Puts v1 and v2 behind the router.
pub(crate) fn service(app: &Arc<App>) -> Suggest {
    let version = |way| {
        let app = Arc::clone(app);
        service_fn(move |request: Request<Submission>| {
            let app = Arc::clone(&app);
            async move {
                let served = request.extensions().get::<Served>().copied();
                let response = take(&app, way, request.body(), served).await;
                shadow::compare(&app, way, &request, &response);
                Ok::<_, Infallible>(response)
            }
        })
    };
    // Safe to give to v1 again: both versions store under the contribution id, which is chosen before.
    let fallback = app.fallback;
    let again = move |request: &Request<Submission>| fallback.then(|| request.clone());
    let mut layer = CutoverLayer::new(Arc::clone(&app.router), version(Way::Upgraded))
        .id(|request: &Request<Submission>| Some::<ContributionId>(request.body().id.clone()))
        .principal(|request: &Request<Submission>| {
            Some::<Principal>(request.body().principal.clone())
        })
        .classify(|answer: Result<&Response, &Infallible>| outcome(answer))
        .fallback(again)
        .observe(Counted(Arc::clone(app)))
        .request_timeout(app.timeout);
    if let Some(deprecation) = &app.deprecation {
        layer = layer.deprecation(deprecation.clone());
    }
    BoxCloneSyncService::new(layer.layer(version(Way::V1)))
}

fn outcome(answer: Result<&Response, &Infallible>) -> Outcome {
    match answer.map(|response| response.extensions().get::<Action>()) {
        Ok(Some(Action::Submitted)) => Outcome::Accepted,
        Ok(Some(Action::ValidationFailed)) => Outcome::Rejected,
        Ok(Some(Action::DuplicateDetected)) => Outcome::DuplicateDetected,
        Ok(Some(Action::RateLimited)) => Outcome::RateLimited,
        Ok(Some(Action::Abandoned)) => Outcome::Abandoned,
        Ok(Some(Action::ServerError) | None) | Err(_) => Outcome::Failed,
    }
}

struct Counted(Arc<App>);

impl Observe for Counted {
    fn decided(&self, decision: &Decision) {
        self.0.decisions.count(decision);
    }

    fn observe(&self, decision: &Decision, principal: &[u8], outcome: Outcome, latency: Duration) {
        #[cfg(feature = "otel")]
        crate::otel::decided(decision);
        let outcomes = self.0.guard.outcomes();
        outcomes.record_ended(decision, principal, outcome, latency);
    }
}
