//! The router does what the model does under random apply, brake, release and route; the fuzzer's corpus is replayed.

use proptest::prelude::*;

use crate::router_model;

proptest! {
    /// After any sequence of operations the router decides what the model decides.
    #[test]
    fn the_router_is_its_model(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        router_model::run(&bytes);
    }
}

#[test]
fn the_fuzzers_corpus_is_replayed() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/route_model");
    let mut operations = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        operations += router_model::run(&std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(operations >= 50, "{operations} operations in the corpus");
}
