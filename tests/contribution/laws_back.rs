//! The laws of the way back and of the form, L4 and L5 of CONTRACT 3, on generated payloads, each in words above its test.
//! Every run counts how many of its cases are taken and asserts that it is half of them.

use std::cell::Cell;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use cutover::contribution::Policy;
use cutover_testkit::edits::edits;
use cutover_testkit::forms;
use cutover_testkit::generator::{Forms, Payloads, V2Payloads};
use cutover_testkit::model::Value;
use cutover_testkit::strategies;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::kit::{self, back, check};

/// Tries `law`, which says whether its case was taken, on hard cases.
fn holds<T: Debug>(name: &str, cases: impl Strategy<Value = T>, law: impl Fn(T) -> bool) {
    let mut runner = TestRunner::new(Config {
        cases: kit::cases(),
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..Config::default()
    });
    let (tried, taken) = (Cell::new(0_u32), Cell::new(0_u32));
    let result = runner.run(&cases, |case| {
        tried.set(tried.get() + 1);
        taken.set(taken.get() + u32::from(law(case)));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{name}: {error}");
    }
    let share = 100.0 * f64::from(taken.get()) / f64::from(tried.get());
    println!("{name}: {share:.1} % of {} cases are taken", tried.get());
    assert!(
        share >= 50.0,
        "{name} is nearly vacuous: {share:.1} % of its cases are taken"
    );
}

/// L4, round trip from v1: downgrade(upgrade(p)) ≡ p, with what the upgrade assumed and without; with it, nothing comes
/// back that was never sent. The downgrade's findings, order and values are the model's.
#[test]
fn l4_a_v1_payload_comes_back() {
    holds(
        "L4 from v1",
        (strategies::v1(), strategies::id()),
        |(payload, id)| back::l4_from_v1(payload.as_bytes(), &id),
    );
    for (id, payload) in Payloads::seeded(44).take(kit::cases() as usize) {
        assert!(back::l4_from_v1(payload.as_bytes(), &id), "{payload}");
    }
}

/// L4, round trip from v2: upgrade(downgrade(q)) ≡ q for every valid v2 q. The downgrade's findings, order and values are
/// the model's, also for a q that is refused.
#[test]
fn l4_a_v2_payload_comes_back() {
    holds("L4 from v2", strategies::v2(), |payload| {
        back::l4_from_v2(payload.as_bytes()).is_some()
    });
    for payload in V2Payloads::seeded(45).take(kit::cases() as usize) {
        assert!(back::l4_from_v2(payload.as_bytes()).is_some(), "{payload}");
    }
}

/// L4 with an edit between the conversions: for every edit e of d = downgrade(q) (members changed, added, removed),
/// downgrade(upgrade(e(d))) ≡ e(d); a value removed by e never returns; an alias edited beside its OSM name is shadowed
/// and reported.
#[test]
fn l4_an_edit_between_the_conversions_is_kept() {
    let valid = Cell::new(0_u32);
    holds(
        "L4 edited, valid q",
        (strategies::v2(), edits(), strategies::id()),
        |(payload, edits, id)| match back::l4_from_v2(payload.as_bytes()) {
            None => false,
            Some(d) => {
                valid.set(valid.get() + u32::from(back::l4_edited(&d, &edits, &id)));
                true
            }
        },
    );
    println!("L4 edited: v1 accepts {} edited payloads", valid.get());
    assert!(
        valid.get() * 3 >= kit::cases(),
        "v1 accepts only {} edited payloads",
        valid.get()
    );
}

/// L5, commuting: upgrade(form.to_v1()) ≡ form.to_v2(), under both policies, in bytes and typed; and both are what the
/// contract says of the form directly.
#[test]
fn l5_a_form_says_the_same_either_way() {
    holds("L5", (forms::form(), strategies::id()), |(form, id)| {
        back::l5(form.as_bytes(), &id)
    });
    for form in Forms::seeded(46).take(kit::cases() as usize) {
        assert!(back::l5(form.as_bytes(), "way/1"), "{form}");
    }
}

/// L9 for the way back and for forms: no byte string panics anything, and a refusal is that of v2's validation.
#[test]
fn l9_no_bytes_panic_on_the_way_back() {
    let bytes = || {
        prop_oneof![
            4 => strategies::mutated(),
            1 => prop::collection::vec(any::<u8>(), 0..64),
        ]
    };
    let tried = Cell::new(0_u32);
    let result = TestRunner::new(Config {
        cases: kit::cases(),
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..Config::default()
    })
    .run(&bytes(), |payload| {
        back::refuses_as_validation(&payload);
        back::downgrades_as_the_model(&payload, Default::default());
        // Twice the same copy of a box in a form is nobody's promise, so that the model is not asked here.
        let _ = cutover::contribution::form_to_v1(&payload, &mut Vec::new());
        tried.set(tried.get() + 1);
        Ok(())
    });
    assert_eq!(result.map_err(|error| error.to_string()), Ok(()));
    assert!(tried.get() >= kit::cases());
}

/// Id and payload of each line of a file of contributions.
fn lines(path: &Path) -> Option<Vec<(String, Vec<u8>)>> {
    let text = std::fs::read(path).ok()?;
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let lines = lines.map(|line| {
        let members = check::members(line);
        let get = |name: &str| members.iter().find(|m| m.name == name).expect(name);
        let Value::Text(id) = &get("id").value else {
            panic!("id is a string")
        };
        (id.clone(), get("payload").raw_value.clone())
    });
    Some(lines.collect())
}

/// Every accepted line: upgrade → downgrade → upgrade gives the same record, in any case and with `assumed`.
fn there_and_back(lines: &[(String, Vec<u8>)]) -> usize {
    let mut accepted = 0;
    for (id, payload) in lines {
        let (report, Some(v2)) = check::upgrade(payload, id, Policy::Unknowns) else {
            continue;
        };
        for assumed in [Default::default(), report.assumed()] {
            let (_, back) = back::downgrade(&v2, assumed);
            let back = back.expect("an upgrade downgrades");
            let (_, again) = check::upgrade(&back, id, Policy::Unknowns);
            let record = |v2: &[u8]| check::MODEL.canonical_v2(v2).expect("v2 takes it");
            assert_eq!(
                record(&again.expect("v1 takes it")),
                record(&v2),
                "{id}: {}",
                String::from_utf8_lossy(&back)
            );
        }
        assert!(back::l4_from_v1(payload, id), "{id}");
        accepted += 1;
    }
    accepted
}

/// The sample that comes with the project: what v1 accepts of it comes back.
#[test]
fn the_sample_comes_back() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/contributions.ndjson");
    let lines = lines(&path).expect("the sample is there");
    let accepted = there_and_back(&lines);
    assert!(accepted * 2 >= lines.len(), "{accepted}");
}

/// London (© OpenStreetMap contributors, ODbL; not part of the project, `CUTOVER_LONDON` names the file): upgrade →
/// downgrade → upgrade gives the same canonical record for every line that v1 accepts, which is 99 of 100.
#[test]
fn london_comes_back() {
    let path = std::env::var_os("CUTOVER_LONDON").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/london-v1.ndjson"),
        PathBuf::from,
    );
    let Some(lines) = lines(&path) else {
        println!("SKIPPED: no file {}; set CUTOVER_LONDON", path.display());
        return;
    };
    let accepted = there_and_back(&lines);
    println!("{accepted} of {} lines", lines.len());
    assert!(accepted * 100 >= lines.len() * 99, "{accepted}");
}
