//! Two versions behind one `tower::Service`: the layer by itself, and around axum, hyper and tonic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod axum;
mod buffered;
mod deprecation;
mod fallback;
mod kit;
mod layer;
mod principal;
mod shadow;
#[path = "../migration/shadow_kit.rs"]
mod shadow_kit;
mod stacks;
