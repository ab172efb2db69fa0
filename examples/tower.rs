//! Two axum routers behind one: v2 breaks for some, v1 serves those at once, and the guard's counters know.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use cutover::migration::{Guard, Outcome};
use cutover::tower::{Buffered, CutoverLayer};
use cutover::{Rollout, Router, Version};
use http::{Request, StatusCode};
use tower::ServiceExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let document = br#"{"name":"contribution-form-v2","revision":1,"share":"50%"}"#;
    let router = Arc::new(Router::new(Rollout::from_json(document)?));
    let guard = Guard::builder().build()?;
    let outcomes = guard.outcomes();

    let v1 = axum::Router::new().route(
        "/toilets/{id}",
        get(async |Path(id): Path<u32>| format!("toilet {id} from the old handler")),
    );
    let v2 = axum::Router::new().route("/toilets/{id}", get(async || StatusCode::BAD_GATEWAY));
    let layer = CutoverLayer::new(Arc::clone(&router), v2)
        .id(|request: &Request<Body>| request.headers().get("x-user-id").cloned())
        // v1 serves what v2 fails: reads and other idempotent requests, with bodies of up to 64 KiB.
        .fallback(Buffered::new(64 * 1024, Body::new))
        .observe(Arc::clone(outcomes));
    let app = v1.layer(layer);

    // In a service: `axum::serve(listener, app).await`.
    for user in 1..=6 {
        let id = format!("user-{user}");
        let request = Request::get("/toilets/7")
            .header("x-user-id", &id)
            .body(Body::empty())?;
        let response = app.clone().oneshot(request).await?;
        let header = |name: &str| response.headers().get(name).cloned();
        let (version, reason) = (header("x-api-version"), header("x-cutover-reason"));
        println!(
            "{id}: {}, {version:?} because {reason:?}",
            response.status()
        );
    }

    let seen = outcomes.snapshot();
    println!("v1 served {}", seen.count(Version::V1, Outcome::Accepted));
    println!("v2 failed {}", seen.count(Version::V2, Outcome::Failed));
    Ok(())
}
