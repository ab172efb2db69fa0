//! How many of the strategies' payloads the contract accepts.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::{mutated, v1, v2};
use crate::model::{Api, Model};

const MODEL: Model = Model { readable: |_| true };

fn share(mut test: impl FnMut(&mut TestRunner) -> bool) -> usize {
    let mut runner = TestRunner::deterministic();
    (0..1_000).filter(|_| test(&mut runner)).count() / 10
}

#[test]
fn the_contract_accepts_at_least_half_of_the_hard_payloads() {
    let v1 = v1();
    let v2 = v2();
    let one = share(|runner| {
        MODEL
            .validate(Api::V1, v1.new_tree(runner).unwrap().current().as_bytes())
            .is_valid()
    });
    let two = share(|runner| {
        MODEL
            .validate(Api::V2, v2.new_tree(runner).unwrap().current().as_bytes())
            .is_valid()
    });
    println!("accepted: v1 {one} %, v2 {two} %");
    assert!((55..=95).contains(&one), "{one}");
    assert!((55..=95).contains(&two), "{two}");
}

#[test]
fn mutations_break_some_and_leave_some() {
    let mutated = mutated();
    let malformed = share(|runner| {
        let findings = MODEL
            .validate(Api::V1, &mutated.new_tree(runner).unwrap().current())
            .findings;
        findings
            .first()
            .is_some_and(|(code, _)| *code == "malformed_json")
    });
    assert!((30..=90).contains(&malformed), "{malformed}");
}

#[test]
fn all_of_the_hard_payloads_are_json() {
    let v1 = v1();
    let all = share(|runner| {
        let findings = MODEL
            .validate(Api::V1, v1.new_tree(runner).unwrap().current().as_bytes())
            .findings;
        findings
            .first()
            .is_none_or(|(code, _)| *code != "malformed_json")
    });
    assert_eq!(all, 100);
}
