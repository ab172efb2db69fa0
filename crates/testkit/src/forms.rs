//! Proptest strategies for forms (CONTRACT 1.1) as JSON text, most of which come to something that v1 takes.

use proptest::prelude::*;

use crate::strategies::{
    Raw, any_text, coordinates, fee, json, member, object, raw, spelled, words,
};

const WORDS: &[&str] = &[
    "24/7",
    "dawn to dusk",
    "dawn_to_dusk",
    "business",
    "custom",
    " custom\u{2003}",
    "custom",
    "Mo-Fr 10:00-16:00",
    "",
    "unknown",
    "sunrise-sunset",
    "ask the café",
];

/// A member of this name, in four of five forms.
fn maybe(name: &'static str, value: BoxedStrategy<String>) -> BoxedStrategy<Vec<Raw>> {
    let value = prop_oneof![
        60 => value,
        2 => Just("null".to_owned()),
        1 => json(),
    ];
    let member = (spelled(name.to_owned()), value).prop_map(|member| vec![member]);
    prop_oneof![4 => member, 1 => Just(vec![])].boxed()
}

fn hours() -> BoxedStrategy<String> {
    prop_oneof![6 => words(WORDS), 1 => any_text()].boxed()
}

fn flag() -> BoxedStrategy<String> {
    raw(&["true", "false"])
}

fn features() -> BoxedStrategy<String> {
    let boxes = (
        maybe("babyChange", flag()),
        maybe("radar", flag()),
        maybe("automatic", flag()),
        maybe("contactless", flag()),
        prop_oneof![9 => Just(vec![]), 1 => json().prop_map(|value| vec![("\"shower\"".to_owned(), value)])],
    );
    object(
        boxes
            .prop_map(|(a, b, c, d, other)| [a, b, c, d, other].concat())
            .boxed(),
        0,
    )
}

/// Members that are no part of the form and go to v1 as OSM tags.
fn tags() -> BoxedStrategy<Vec<Raw>> {
    let tag = prop_oneof![
        member("level"),
        member("operator"),
        member("wheelchair"),
        member("charge"),
        member("opening_hours"),
        member("payment:contactless"),
        member("access"),
    ];
    prop_oneof![3 => Just(vec![]), 1 => tag.prop_map(|tag| vec![tag])].boxed()
}

/// Forms as JSON text; at least half of them v1 accepts.
pub fn form() -> BoxedStrategy<String> {
    let own = (
        maybe("name", any_text()),
        maybe("hours", hours()),
        maybe("customHours", hours()),
        maybe("accessible", flag()),
        maybe("fee", fee()),
        maybe("features", features()),
    );
    // One of 30 forms has one of its members a second time; `object` keeps it now and then.
    let again = prop_oneof![
        29 => Just(vec![]),
        1 => prop_oneof![
            maybe("hours", hours()),
            maybe("customHours", hours()),
            maybe("fee", fee()),
            maybe("features", features()),
        ],
    ];
    let members = (coordinates(), own, tags(), again).prop_map(
        |(coordinates, (name, hours, custom, accessible, fee, features), tags, again)| {
            [
                coordinates,
                name,
                hours,
                custom,
                accessible,
                fee,
                features,
                tags,
                again,
            ]
            .concat()
        },
    );
    object(members.boxed(), 10)
}

#[cfg(test)]
mod tests {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    use crate::generator::Forms;
    use crate::model::{Model, Policy};

    const MODEL: Model = Model { readable: |_| true };

    fn accepted(form: &str) -> bool {
        MODEL.form(form.as_bytes(), "1", Policy::Unknowns).is_some()
    }

    #[test]
    fn the_contract_accepts_at_least_half_of_the_hard_forms_and_all_of_the_others() {
        let mut runner = TestRunner::deterministic();
        let form = super::form();
        let share = (0..1_000)
            .filter(|_| accepted(&form.new_tree(&mut runner).unwrap().current()))
            .count()
            / 10;
        println!("accepted: {share} %");
        assert!((55..=95).contains(&share), "{share}");
        for form in Forms::seeded(7).take(1_000) {
            assert!(accepted(&form), "{form}");
        }
    }
}
