//! Payloads as JSON text, their members in any order, and contribution ids; most of them the contract accepts.

use proptest::collection::vec;
use proptest::prelude::*;

use super::members::{Raw, coordinates, member, some_members};
use super::values::{matching, number, raw, spelled, words};

/// Glues members to an object: white space and order as chosen; in `keep` of 40, further copies of a name stay.
pub(crate) fn object(members: BoxedStrategy<Vec<Raw>>, keep: u8) -> BoxedStrategy<String> {
    let gaps = prop_oneof![4 => Just(vec![]), 1 => vec(prop::sample::select(vec!["", " ", "\n", "\t", "\r\n  "]), 1..12)];
    (members.prop_shuffle(), gaps, 0..40_u8)
        .prop_map(move |(mut members, gaps, copies)| {
            // A name is the same whatever its spelling.
            if copies < 40 - keep {
                let mut seen = std::collections::HashSet::new();
                members.retain(|(name, _)| {
                    let plain = crate::model::json::parse(
                        format!("{{{name}:0}}").as_bytes(),
                        crate::model::Limits::WIDE,
                    );
                    let Ok(Some(plain)) = plain else { return true };
                    seen.insert(plain[0].name.clone())
                });
            }
            let mut gaps = gaps.iter().cycle();
            let mut gap = move || gaps.next().copied().unwrap_or("");
            let mut out = format!("{}{{{}", gap(), gap());
            for (at, (name, value)) in members.iter().enumerate() {
                let comma = if at == 0 { "" } else { "," };
                out += &format!("{comma}{}{name}{}:{}{value}{}", gap(), gap(), gap(), gap());
            }
            out + "}" + gap()
        })
        .boxed()
}

/// v1 payloads as JSON text; v1 accepts at least half of them.
pub fn v1() -> BoxedStrategy<String> {
    let members = (coordinates(), some_members(12)).prop_map(|(mut all, more)| {
        all.extend(more);
        all
    });
    object(members.boxed(), 1)
}

/// v2 payloads as JSON text; v2 accepts at least half of them.
pub fn v2() -> BoxedStrategy<String> {
    let fee =
        (prop_oneof![30 => raw(&["true", "false"]), 10 => words(&["yes", "no"]), 1 => number()])
            .prop_flat_map(|value| (spelled("fee".to_owned()), Just(value)));
    let core = (
        member("@id"),
        member("amenity"),
        coordinates(),
        (
            member("wheelchair"),
            member("access"),
            member("opening_hours"),
            fee,
        ),
    )
        .prop_map(
            |(id, amenity, coordinates, (wheelchair, access, hours, fee))| {
                [
                    vec![id, amenity],
                    coordinates,
                    vec![wheelchair, access, hours, fee],
                ]
                .concat()
            },
        );
    let aliases = ["\"accessible\"", "\"hours\"", "\"payment_contactless\""];
    let members = (core, some_members(8), 0..30_u8).prop_map(move |(core, more, keep)| {
        let core: Vec<Raw> = core;
        let mut all = core;
        // A v1 alias is refused: one payload in 30 keeps those that it happens to have.
        all.extend(more.into_iter().filter(|(name, value)| {
            let is_fee =
                name == "\"fee\"" && value.starts_with(|c: char| c == '-' || c.is_ascii_digit());
            keep == 29 || (!aliases.contains(&name.as_str()) && !is_fee)
        }));
        all
    });
    object(members.boxed(), 1)
}

/// Contribution ids; about one in 30 is refused.
pub fn id() -> BoxedStrategy<String> {
    prop_oneof![
        10 => matching("(node|way|relation)/[0-9]{1,12}"),
        10 => matching("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        4 => raw(&["node/", "node/1x", "Node/1", " node/1", "node/node/1", "x/1", "node/٣", "\"", "\\", "\u{0}", "é", "node/1\n"]),
        4 => matching("\\PC{1,40}"),
        1 => Just("é".repeat(512)),
        1 => prop_oneof![Just(String::new()), Just("x".repeat(1_025))],
    ]
    .boxed()
}
