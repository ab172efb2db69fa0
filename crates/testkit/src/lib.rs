//! What tests, benches and fuzz targets share: seeded payload generators, proptest strategies, and a naive model of
//! the contract. Nothing here knows the crate under test, so that an error in one is not an error in the other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod edits;
pub mod forms;
pub mod generator;
pub mod mapping;
pub mod model;
pub mod rng;
pub mod strategies;

/// On how many cases a law is tried: `CUTOVER_CASES`, else so few.
#[must_use]
pub fn cases(few: u32) -> u32 {
    std::env::var("CUTOVER_CASES").map_or(few, |cases| {
        cases.parse().expect("CUTOVER_CASES is a number")
    })
}
