//! Compiled schemas against the `jsonschema` crate.
#![no_main]

mod json;
#[path = "../../tests/mapping/fuzz/schema.rs"]
mod schema;

use json::Rng;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    schema::run(data);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    json::mutate(data, size, max_size, seed, &mut fragment)
});

fn fragment(_: &[u8], rng: &mut Rng) -> Option<Value> {
    let all: Vec<&str> = json::SCHEMAS.lines().collect();
    serde_json::from_str(all[rng.below(all.len())]).ok()
}
