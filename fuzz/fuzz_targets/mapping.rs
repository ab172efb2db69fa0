//! Every law of mappings on any document of the shipped definitions and of those of the tests.
#![no_main]

mod json;
#[path = "../../tests/mapping/fuzz/mapping.rs"]
mod mapping;
#[path = "../../tests/mapping/shelf.rs"]
mod shelf;

use json::Rng;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    mapping::run(data);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    json::mutate(data, size, max_size, seed, &mut fragment)
});

/// A generated document of the same side.
fn fragment(data: &[u8], rng: &mut Rng) -> Option<Value> {
    let (shipped, side, _) = mapping::case(data)?;
    let document = shipped.mapping.samples(side, rng.next()).next()?;
    serde_json::from_slice(&document).ok()
}
