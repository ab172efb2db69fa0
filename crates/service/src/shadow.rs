//! The service's shadow: what the other version makes of a submission, compared with what was stored, off the request path.
//!
//! Only the payload goes through the other version: it is upgraded or taken as it is, validated, compared, and thrown away.

use std::sync::Arc;

use axum::http::Request;
use axum::response::Response;
use cutover::Version;
use cutover::tower::Served;

use crate::app::App;
use crate::log::Action;
use crate::submission::Submission;
use crate::versions::Way;

/// Has the other version judge the payload too, if the request is in the shadow sample and this version has judged it. A
/// repetition, or a request that the service failed, says nothing about the payload.
pub(crate) fn compare(
    app: &Arc<App>,
    way: Way,
    request: &Request<Submission>,
    response: &Response,
) {
    let Some(Served::Decided(decision)) = request.extensions().get::<Served>() else {
        return;
    };
    let judged = match response.extensions().get::<Action>() {
        Some(Action::Submitted) => true,
        Some(Action::ValidationFailed) => false,
        _ => return,
    };
    if !decision.in_shadow() {
        return;
    }
    let submission = request.body();
    let stored = || {
        if judged {
            payload(app, way, submission)
        } else {
            Err(())
        }
    };
    let other = match way.version() {
        Version::V1 => Way::Upgraded,
        Version::V2 => Way::V1,
    };
    let candidate = {
        let (app, submission) = (Arc::clone(app), submission.clone());
        move || {
            // In a drill the shadow sees v2 fail before anyone else does.
            if other.version() == Version::V2 && app.fault.strikes() {
                return Err(());
            }
            payload(&app, other, &submission)
        }
    };
    let id = submission.id.as_str();
    // The answer is the client's already.
    let _ = app.shadow.run(decision, id, stored, candidate);
}

/// The payload as this way's version stores it, if it is valid there.
fn payload(app: &App, way: Way, submission: &Submission) -> Result<Vec<u8>, ()> {
    let id = submission.id.as_str();
    let judged = app.payload.judge(way, &submission.body, id).map_err(drop)?;
    let payload = judged.payload.into_bytes();
    if way == Way::Upgraded && !app.payload.is_valid(Version::V2, &payload) {
        return Err(());
    }
    Ok(payload)
}
