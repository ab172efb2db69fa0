//! The router against an obvious model, under random apply, brake, release and route.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/routing/router_model.rs"]
mod router_model;

fuzz_target!(|bytes: &[u8]| {
    router_model::run(bytes);
});
