//! The laws of CONTRACT 3 on generated payloads, each in words above its test. Every run counts how many of its payloads
//! v1 accepts and asserts that it is half of them: a law on nothing but refused payloads would say nothing.

use std::cell::Cell;
use std::path::Path;

use cutover::Version;
use cutover::contribution;
use cutover_testkit::generator::Payloads;
use cutover_testkit::strategies;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::kit::{self, check};

fn runner() -> TestRunner {
    TestRunner::new(Config {
        cases: kit::cases(),
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..Config::default()
    })
}

/// Tries `law` on hard payloads and ids.
fn holds(name: &str, law: impl Fn(&[u8], &str)) {
    let (tried, accepted) = (Cell::new(0_u32), Cell::new(0_u32));
    let result = runner().run(&(strategies::v1(), strategies::id()), |(payload, id)| {
        tried.set(tried.get() + 1);
        accepted.set(
            accepted.get()
                + u32::from(contribution::validate(Version::V1, payload.as_bytes()).is_valid()),
        );
        law(payload.as_bytes(), &id);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{name}: {error}");
    }
    let share = 100.0 * f64::from(accepted.get()) / f64::from(tried.get());
    println!(
        "{name}: v1 accepts {share:.1} % of {} payloads",
        tried.get()
    );
    assert!(
        share >= 50.0,
        "{name} is nearly vacuous: v1 accepts {share:.1} % of its payloads"
    );
}

/// L1, acceptance: what v1 accepts, upgrades to something v2 accepts, under both policies; what v1 refuses, upgrade
/// refuses.
#[test]
fn l1_what_v1_accepts_upgrades_to_something_v2_accepts() {
    holds("L1", |payload, id| _ = check::l1(payload, id));
}

/// L2, equivalence: p ≡ upgrade(p), under both policies; and a tag that was changed or lost is seen, at its path.
#[test]
fn l2_a_payload_and_its_upgrade_are_equivalent() {
    holds("L2", check::l2);
}

/// L3, no silent loss: every input member is in the output or named in the report. With `unknowns` the only member
/// written that is neither from the input nor `unknown` is `fee: false` (and `amenity`, `@id`), and `assumed` says so.
#[test]
fn l3_nothing_is_lost_or_invented_silently() {
    holds("L3", check::l3);
}

/// L6, determinism: same inputs, same bytes; inputs are never changed; a retry writes the same `@id`.
#[test]
fn l6_the_same_input_gives_the_same_bytes() {
    holds("L6", check::l6);
}

/// L7, paths agree: bytes → bytes, typed, and the naive model have the same findings, member order, decoded strings and
/// number text.
#[test]
fn l7_bytes_typed_and_model_agree() {
    holds("L7", check::l7);
}

/// L7 for v2 payloads, valid and not: findings and counts of the crate are the model's.
#[test]
fn l7_v2_validation_agrees_with_the_model() {
    let result = runner().run(&strategies::v2(), |payload| {
        check::l7(payload.as_bytes(), "c1");
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// L7 at the limits: nesting and numbers of members about the last ones allowed.
#[test]
fn l7_limits_agree_with_the_model() {
    let result = runner().run(
        &prop_oneof![strategies::deep(), strategies::many()],
        |payload| {
            check::l7(&payload, "c1");
            Ok(())
        },
    );
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// L7 on the generator's everyday payloads, of which v1 accepts every one.
#[test]
fn l7_everyday_payloads_agree_with_the_model() {
    for (id, payload) in Payloads::seeded(42).take(kit::cases() as usize) {
        assert!(check::l1(payload.as_bytes(), &id), "{payload}");
        check::l7(payload.as_bytes(), &id);
    }
    for (_, payload) in Payloads::seeded(43).clean().take(kit::cases() as usize) {
        assert_eq!(
            contribution::validate(Version::V1, payload.as_bytes()).findings(),
            [],
            "{payload}"
        );
    }
}

/// L9, totality: no byte string panics anything; errors are values. Payloads with bytes changed, lost, doubled or put in,
/// and bytes that never were one; on those, the model has to agree too.
#[test]
fn l9_no_bytes_panic() {
    let bytes = prop_oneof![
        4 => strategies::mutated(),
        1 => prop::collection::vec(any::<u8>(), 0..64),
    ];
    let result = runner().run(
        &(bytes, strategies::mutated(), "\\PC{0,8}"),
        |(payload, other, id)| {
            check::l9(&payload, &other, &id);
            check::l7(&payload, &id);
            Ok(())
        },
    );
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// What fuzzing found, and what it began with: every input of the corpus through the very function that the fuzz target
/// calls.
#[test]
fn the_fuzz_corpus_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/upgrade");
    if !corpus.is_dir() {
        println!("SKIPPED: {} is not part of this copy", corpus.display());
        return;
    }
    let mut replayed = 0;
    for entry in std::fs::read_dir(corpus).expect("the corpus can be listed") {
        let path = entry.expect("the corpus can be listed").path();
        let data = std::fs::read(&path).expect("the corpus can be read");
        println!("{}", path.display());
        let (id, payload) = check::case(&data);
        check::laws(payload, id);
        replayed += 1;
    }
    assert!(replayed >= 30, "{replayed}");
}

/// M1–M5, M7, M8: what the engine promises of every mapping holds for this one.
#[cfg(feature = "laws")]
#[test]
fn the_laws_of_mappings_hold() {
    cutover::mapping::laws::check(contribution::mapping(), 400).unwrap_or_else(|broken| {
        panic!("{broken}");
    });
}
