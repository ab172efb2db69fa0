//! Names against a search one by one.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::mapping::limits::Limits;
use crate::mapping::scan::scan;
use crate::mapping::tape::Tape;

fn nodes_of(text: &str) -> Vec<Node> {
    let limits = Limits::default().with_members(1_000_000);
    let mut nodes = Vec::new();
    scan(text, &limits, &mut nodes).expect(text);
    nodes
}

fn root<'t>(text: &'t str, nodes: &'t [Node]) -> Value<'t> {
    Tape { text, nodes }.root()
}

/// A name as a JSON string, with some of its characters escaped.
fn spelled(name: &str, escapes: usize) -> String {
    let mut out = String::from("\"");
    for (at, c) in name.chars().enumerate() {
        if (escapes + at) % 7 < escapes.min(6) || c < ' ' || c == '"' || c == '\\' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out + "\""
}

/// Names that are easily confused: of every length around 8 and 16 bytes, of one head, with zeros at the end.
fn name() -> impl Strategy<Value = String> {
    let head = prop::sample::select(vec![
        "",
        "a",
        "ab",
        "vehicle",
        "vehicle_types",
        "vehicle_types_available_",
    ]);
    let tail = prop::sample::select(vec![
        "", "\0", "\0\0", "a", "b", "é", "🚲", "_x", "\"", "\\", "types_y", "types_z",
    ]);
    (head, tail).prop_map(|(head, tail)| format!("{head}{tail}"))
}

proptest! {
    /// A name has what was known of the first one that is equal to it, however it is spelled and wherever it stands.
    #[test]
    fn get_finds_what_a_search_finds(
        known in prop::collection::vec(name(), 0..40),
        asked in prop::collection::vec((name(), 0_usize..7), 1..20),
    ) {
        let names = Names::new(known.iter().enumerate().map(|(at, name)| (name.as_str(), at)));
        let members: Vec<String> = asked.iter().map(|(name, escapes)| spelled(name, *escapes) + ":1").collect();
        let text = format!("{{{}}}", members.join(","));
        let nodes = nodes_of(&text);
        for ((key, _), (name, _)) in root(&text, &nodes).members().zip(&asked) {
            let expected = known.iter().position(|known| known == name);
            prop_assert_eq!(names.get(&text, &key.node()), expected, "{:?}", name);
        }
    }

    /// Every name that stood before is found, in document order, in objects of any size.
    #[test]
    fn duplicates_finds_what_a_set_finds(
        few in prop::collection::vec((name(), 0_usize..2), 0..12),
        filler in prop::sample::select(vec![0, 0, 30, 60, 64, 65, 300]),
        place in any::<prop::sample::Index>(),
        escapes in prop::bool::weighted(0.3),
    ) {
        let mut members: Vec<(String, usize)> = (0..filler).map(|at| (format!("filler {at}"), 0)).collect();
        let place = place.index(members.len() + 1);
        members.splice(place..place, few);
        let text: Vec<String> = members
            .iter()
            .map(|(name, escaped)| spelled(name, if escapes { *escaped } else { 0 }) + ":{\"x\":[]}")
            .collect();
        let text = format!("[{{{}}}]", text.join(","));
        let nodes = nodes_of(&text);
        let object = root(&text, &nodes).elements().next().unwrap();
        let mut seen = HashSet::new();
        let expected: Vec<u32> = object
            .members()
            .filter(|(key, _)| !seen.insert(key.string().unwrap().into_owned()))
            .map(|(key, _)| key.at)
            .collect();
        let mut found = Vec::new();
        duplicates(object, |key| found.push(key.at));
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_name_is_found_at_the_very_end_of_the_text() {
    let names = Names::new([("", 0), ("a", 1), ("a_name_of_more_than_16", 2)]);
    for (text, expected) in [
        ("{\"\":1}", Some(0)),
        ("{\"a\":1}", Some(1)),
        ("{\"a_name_of_more_than_16\":1}", Some(2)),
        ("{\"a_name_of_more_than_17\":1}", None),
        ("{\"a\0\":1}", None),
    ] {
        // JSON has no bare zero byte.
        let text = text.replace('\0', "\\u0000");
        let nodes = nodes_of(&text);
        assert_eq!(names.get(&text, &nodes[1]), expected, "{text}");
    }
    let nodes = nodes_of("{\"a\":1}");
    assert_eq!(
        Names::<u8>::new([("", 1); 0]).get("{\"a\":1}", &nodes[1]),
        None
    );
}

/// Nothing of an ordinary object allocates: neither its scan, once there is room, nor its names.
#[test]
fn nothing_allocates_for_ordinary_objects() {
    let members: Vec<String> = (0..FEW)
        .map(|at| format!("\"name {}\":[{at}]", at / 2))
        .collect();
    let text = format!("{{{}}}", members.join(","));
    let escaped = "{\"n\\u0061me 3\":1}";
    let escaped_nodes = nodes_of(escaped);
    let names = Names::new((0..FEW).map(|at| (format!("name {at}"), at)));
    let mut nodes = Vec::with_capacity(4 * FEW);
    let (mut known, mut copies) = (0, 0);
    let counted = allocation_counter::measure(|| {
        scan(&text, &Limits::default(), &mut nodes).unwrap();
        for (key, _) in root(&text, &nodes).members() {
            known += usize::from(names.get(&text, &key.node()).is_some());
        }
        duplicates(root(&text, &nodes), |_| copies += 1);
        known += usize::from(names.get(escaped, &escaped_nodes[1]) == Some(3));
    });
    assert_eq!(counted.count_total, 0);
    assert_eq!((known, copies), (FEW + 1, FEW / 2));
}

/// 100,000 names of one head, length and tail, with and without escapes, each twice: compared one by one, this would
/// take hours.
#[test]
fn names_made_to_be_confused_are_not_compared_with_each_other() {
    for escape in ["", "\\u0061"] {
        let members: Vec<String> = (0..200_000)
            .map(|at| {
                format!(
                    "\"{escape}a long head that all have {:06} and a tail\":1",
                    at % 100_000
                )
            })
            .collect();
        let text = format!("{{{}}}", members.join(","));
        let nodes = nodes_of(&text);
        let mut found = 0;
        duplicates(root(&text, &nodes), |_| found += 1);
        assert_eq!(found, 100_000);
    }
}
