//! The laws hold for the definitions of the tests and of the examples, on generated documents of both sides.

use std::path::Path;

use cutover::mapping::{Definition, Hooks, Mapping, laws};
use cutover_testkit::cases;

use crate::shelf::{Shelf, Size};

fn holds(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let definition = Definition::open(&path, None).unwrap();
    let hooks = Hooks::new().with("shelf", Shelf).with("size", Size);
    let mapping = Mapping::compile(definition, &hooks).unwrap();
    if let Err(broken) = laws::check(&mapping, cases(400)) {
        panic!("{file}\n{broken}");
    }
}

#[test]
fn the_laws_hold_for_an_order() {
    holds("tests/mapping/definitions/order.toml");
}

#[test]
fn the_laws_hold_for_a_library() {
    holds("tests/mapping/definitions/library.toml");
}

/// Its schema has a keyword that isn't compiled.
#[cfg(feature = "schema")]
#[test]
fn the_laws_hold_for_telemetry() {
    holds("tests/mapping/definitions/telemetry.toml");
}

#[test]
fn the_laws_hold_for_cloudevents() {
    holds("examples/cloudevents.toml");
}
