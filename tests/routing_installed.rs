//! The process-wide router: v1 until one is installed, once and for good. A test file of its own, being a process of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(loom))]

use cutover::{ErrorKind, Router, Version};

#[test]
fn v1_until_installed_then_that_router_for_good() {
    assert_eq!(cutover::route("a"), Version::V1);
    assert!(cutover::routing::installed().is_none());
    let router = cutover::install(Router::fixed(Version::V2)).unwrap();
    assert_eq!(cutover::route("a"), Version::V2);
    let error = cutover::install(Router::fixed(Version::V1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Installed);
    assert_eq!(
        error.to_string(),
        "a router is installed already: apply() a rollout to that one"
    );
    assert_eq!(cutover::route("a"), Version::V2);
    router.brake("test");
    assert_eq!(cutover::route(String::from("a")), Version::V1);
}
