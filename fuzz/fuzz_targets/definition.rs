//! Any definition: named flaws, or a mapping that converts any document without a panic.
#![no_main]

#[path = "../../tests/mapping/fuzz/definition.rs"]
mod definition;
mod json;

use json::Rng;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    definition::run(data);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    json::mutate(data, size, max_size, seed, &mut fragment)
});

/// Members of definitions and of schemas.
const FRAGMENTS: &str = include_str!("json/definitions.txt");

fn fragment(_: &[u8], rng: &mut Rng) -> Option<Value> {
    let all: Vec<&str> = FRAGMENTS.lines().chain(json::SCHEMAS.lines()).collect();
    serde_json::from_str(all[rng.below(all.len())]).ok()
}
