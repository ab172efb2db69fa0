//! Whom the guard counts: an account, an API key, a network, and by default the id.

use std::sync::Arc;
use std::time::Duration;

use cutover::migration::{Action, Bet, Guard, Kept, Outcome};
use cutover::tower::CutoverLayer;
use cutover::{Clock, ManualClock, Version};
use tower::{Layer, ServiceExt, service_fn};

use crate::kit::*;

fn account(request: &Asked) -> Option<http::HeaderValue> {
    request.headers().get("x-account").cloned()
}

fn from(id: &str, account: Option<&str>) -> Asked {
    let mut request = request("");
    let headers = request.headers_mut();
    headers.insert("x-id", id.parse().unwrap());
    if let Some(account) = account {
        headers.insert("x-account", account.parse().unwrap());
    }
    request
}

/// The principal is the id, unless the layer finds another; in whichever order it is told how to find the two.
#[tokio::test]
async fn the_observer_is_told_the_principal() {
    for (asked, principal) in [(from("a", Some("ana")), "ana"), (from("a", None), "a")] {
        let seen = Seen::default();
        let layer = || CutoverLayer::new(all_on(Version::V2), ok("")).observe(seen.clone());
        let layers = [
            layer()
                .id(id)
                .principal(account)
                .layer(ok(""))
                .boxed_clone(),
            layer()
                .principal(account)
                .id(id)
                .layer(ok(""))
                .boxed_clone(),
        ];
        for service in layers {
            service.oneshot(asked.clone()).await.unwrap();
        }
        let told = (Some((Version::V2, principal.to_owned())), Outcome::Accepted);
        assert_eq!(seen.all(), [told.clone(), told]);
    }
}

/// One account with many ids is one principal to the guard.
#[tokio::test]
async fn a_busy_principal_counts_once() {
    let clock = Arc::new(ManualClock::new());
    clock.advance(Duration::from_secs(1_000));
    let failed = |by_account: bool| {
        let clock = Arc::clone(&clock);
        async move {
            let guard = Guard::builder()
                .kept(Kept::default(), |_| Ok(()))
                .clock(Arc::clone(&clock) as Arc<dyn Clock>);
            let guard = guard.build().unwrap();
            let router = router(r#"{"name":"test","share":"50%"}"#);
            guard.step(&router);
            clock.advance(Duration::from_secs(1));
            let breaks = service_fn(async |_: Asked| Err::<Answer, _>(broken()));
            let layer = CutoverLayer::new(Arc::clone(&router), breaks)
                .id(id)
                .observe(Arc::clone(guard.outcomes()));
            let service = if by_account {
                layer.principal(account).layer(ok("")).boxed_clone()
            } else {
                layer.layer(ok("")).boxed_clone()
            };
            for n in 0..40 {
                let asked = from(&format!("id-{n}"), Some("ana"));
                // v2's answers are its failures.
                drop(service.clone().oneshot(asked).await);
            }
            clock.advance(Duration::from_secs(7));
            let verdict = guard.step(&router);
            let principals = verdict.bet(Bet::Failure).unwrap().errors.v2;
            (verdict.v2.failures, principals, verdict.action)
        }
    };
    let (failures, principals, action) = failed(false).await;
    assert!(failures > 10 && failures == principals, "{failures}");
    assert_eq!(action, Action::RollBack);
    assert_eq!(failed(true).await, (failures, 1, Action::Hold));
}
