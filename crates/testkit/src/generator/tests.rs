//! What the generators promise, by the model.

use super::{Forms, Payloads, V2Payloads};
use crate::model::{Api, Limits, Model, json};

/// Free text that the generator writes as hours on purpose.
fn readable(text: &str) -> bool {
    ![
        "ask at the desk",
        "early till late",
        "dawn to dusk",
        " 24/7",
        "custom",
    ]
    .contains(&text)
}

const MODEL: Model = Model { readable };

#[test]
fn payloads_are_as_varied_as_promised_and_v1_accepts_them() {
    let all: Vec<_> = Payloads::seeded(42).take(10_000).collect();
    let mean = all.iter().map(|(_, json)| json.len()).sum::<usize>() / all.len();
    let share =
        |test: &dyn Fn(&str) -> bool| all.iter().filter(|(_, json)| test(json)).count() / 100;
    let (non_ascii, backslash) = (
        share(&|json| !json.is_ascii()),
        share(&|json| json.contains('\\')),
    );
    let spaced = share(&|json| json.starts_with("{\"") && json.contains("\": "));
    println!(
        "mean {mean} bytes; non-ASCII {non_ascii} %, backslash {backslash} %, spaced {spaced} %"
    );
    assert!((225..=245).contains(&mean), "{mean}");
    assert!((26..=32).contains(&non_ascii), "{non_ascii}");
    assert!((26..=32).contains(&backslash), "{backslash}");
    assert!((8..=12).contains(&spaced), "{spaced}");
    let mut with_findings = 0;
    for (id, payload) in &all {
        let outcome = MODEL.upgrade(payload.as_bytes(), id, crate::model::Policy::Unknowns);
        assert!(outcome.is_valid(), "{payload}: {:?}", outcome.findings);
        with_findings += usize::from(!outcome.findings.is_empty());
    }
    println!("{} % with findings", with_findings / 100);
    assert!((20..=60).contains(&(with_findings / 100)));
}

#[test]
fn clean_payloads_have_no_finding() {
    for (_, payload) in Payloads::seeded(7).clean().take(10_000) {
        assert_eq!(
            MODEL.validate(Api::V1, payload.as_bytes()).findings,
            [],
            "{payload}"
        );
    }
}

#[test]
fn v2_payloads_are_valid() {
    for payload in V2Payloads::seeded(7).take(10_000) {
        let outcome = MODEL.validate(Api::V2, payload.as_bytes());
        assert!(outcome.is_valid(), "{payload}: {:?}", outcome.findings);
    }
}

#[test]
fn forms_are_objects_and_the_seed_decides() {
    for form in Forms::seeded(7).take(1_000) {
        assert!(
            matches!(json::parse(form.as_bytes(), Limits::V1), Ok(Some(_))),
            "{form}"
        );
    }
    assert!(
        Payloads::seeded(3)
            .take(100)
            .eq(Payloads::seeded(3).take(100))
    );
    assert!(
        !Payloads::seeded(3)
            .take(100)
            .eq(Payloads::seeded(4).take(100))
    );
}
