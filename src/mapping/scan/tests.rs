//! The scan against serde_json.

mod limits;
mod speed;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;
use crate::mapping::tape::{Tape, Value};

/// What the tests allow unless they are about a limit.
fn wide() -> Limits {
    Limits::default().with_depth(127).with_members(100_000)
}

fn scanned(text: &str, limits: Limits) -> Result<Vec<Node>, Stop> {
    let mut nodes = Vec::new();
    scan(text, &limits, &mut nodes).map(|()| nodes)
}

/// Whether every node says what serde_json says of the same text, and `next` leads past all that is in it. Without
/// members named twice, of which serde_json keeps the last.
fn assert_same(value: Value<'_>, json: &Json) {
    let next = value.node().next;
    match json {
        Json::Object(members) => {
            assert_eq!(value.shape(), Shape::Object);
            let mut at = value.at + 1;
            let mut count = 0;
            for (key, member) in value.members() {
                assert_eq!((key.at, member.at), (at, at + 1));
                assert_eq!(key.node().next, at + 1);
                let name = key.string().unwrap();
                assert_same(member, &members[&*name]);
                at = member.node().next;
                count += 1;
            }
            assert_eq!((at, count), (next, members.len()));
        }
        Json::Array(elements) => {
            assert_eq!(value.shape(), Shape::Array);
            let mut at = value.at + 1;
            assert_eq!(value.elements().count(), elements.len());
            for (element, json) in value.elements().zip(elements) {
                assert_eq!(element.at, at);
                assert_same(element, json);
                at = element.node().next;
            }
            assert_eq!(at, next);
        }
        scalar => {
            assert_eq!(next, value.at + 1);
            let shape = match scalar {
                Json::Null => Shape::Null,
                Json::Bool(true) => Shape::True,
                Json::Bool(false) => Shape::False,
                Json::Number(_) => Shape::Number,
                _ => Shape::String,
            };
            assert_eq!(value.shape(), shape);
            let escaped = match shape {
                Shape::String => value.text().contains('\\'),
                Shape::Number => value.text().contains(['e', 'E']),
                _ => false,
            };
            assert_eq!(value.node().escaped, escaped);
        }
    }
    // Its text is the whole of it and nothing else: no space around it, and the same value.
    assert_eq!(value.text().trim(), value.text());
    assert_eq!(serde_json::from_str::<Json>(value.text()).unwrap(), *json);
}

/// The scan takes what serde_json takes, and finds in it what serde_json finds. serde_json keeps lone surrogates out of
/// strings too.
fn assert_agrees(text: &str) {
    let scanned = scanned(text, wide());
    match serde_json::from_str::<Json>(text) {
        Ok(json) => {
            let nodes = scanned.unwrap_or_else(|stop| panic!("{text:?}: {stop:?}"));
            let tape = Tape {
                text,
                nodes: &nodes,
            };
            assert_eq!(tape.root().node().next as usize, nodes.len(), "{text:?}");
            assert_same(tape.root(), &json);
        }
        // A number beyond what a float holds is JSON all the same.
        Err(error) if error.to_string().starts_with("number out of range") => {}
        Err(error) => {
            let stop = scanned.expect_err(text);
            assert_eq!(stop.cause, Cause::Malformed, "{text:?}: {error}");
            assert!(stop.at <= text.len());
        }
    }
}

/// Any JSON text without names twice in an object, with any spaces between its tokens.
fn json() -> impl Strategy<Value = String> {
    let space = || prop::sample::select(vec!["", "", "", " ", "\n\t", "            \r"]);
    let number = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?";
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        number,
        string(),
    ];
    let nested = leaf.prop_recursive(6, 64, 8, move |inner| {
        let element = (space(), inner, space());
        let element = element.prop_map(|(before, json, after)| format!("{before}{json}{after}"));
        let member = (space(), string(), space(), element.clone());
        prop_oneof![
            (space(), prop::collection::vec(element, 0..8)).prop_map(|(space, elements)| {
                let elements = if elements.is_empty() {
                    space.to_owned()
                } else {
                    elements.join(",")
                };
                format!("[{elements}]")
            }),
            (space(), prop::collection::vec(member, 0..8)).prop_map(|(space, mut members)| {
                let mut names = std::collections::BTreeSet::new();
                members.retain(|(_, name, ..)| {
                    names.insert(serde_json::from_str::<String>(name).unwrap())
                });
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(a, name, b, value)| format!("{a}{name}{b}:{value}"))
                    .collect();
                let members = if members.is_empty() {
                    space.to_owned()
                } else {
                    members.join(",")
                };
                format!("{{{members}}}")
            }),
        ]
    });
    (space(), nested, space()).prop_map(|(before, json, after)| format!("{before}{json}{after}"))
}

fn string() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            5 => "[a-z ü🚲]{0,9}",
            1 => prop::sample::select(vec![
                r#"\""#, r"\\", r"\/", r"\b\f\n\r\t", r"\u0041", r"\u00e9", r"\uD83D\uDEB2", r"\u0000",
            ]).prop_map(str::to_owned),
        ],
        0..4,
    )
    .prop_map(|parts| format!("\"{}\"", parts.concat()))
}

/// A number beyond f64 is JSON all the same, if what follows it is.
fn is_out_of_range(error: &serde_json::Error, text: &str) -> bool {
    error.to_string().starts_with("number out of range")
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

proptest! {
    /// Every JSON text is taken, and each of its nodes is right.
    #[test]
    fn generated_json_is_read_as_serde_json_reads_it(text in json()) {
        prop_assert!(serde_json::from_str::<Json>(&text).is_ok());
        assert_agrees(&text);
    }

    /// One character put in, taken out or replaced: taken if and only if it is still JSON.
    #[test]
    fn nearly_json_is_taken_or_refused_as_by_serde_json(
        text in json(),
        place in any::<prop::sample::Index>(),
        with in prop::sample::select("\"\\{}[]:,-+.0123eEtfnu/ \n\0\u{1f}\u{7f}aé\u{feff}".chars().collect::<Vec<_>>()),
        how in 0..3,
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        let place = place.index(chars.len());
        match how {
            0 => chars.insert(place, with),
            1 => { chars.remove(place); }
            _ => chars[place] = with,
        }
        // A name may stand twice now, so only taken or refused is compared.
        let text: String = chars.into_iter().collect();
        let taken = match serde_json::from_str::<Json>(&text) {
            Ok(_) => true,
            Err(error) => is_out_of_range(&error, &text),
        };
        prop_assert_eq!(scanned(&text, wide()).is_ok(), taken, "{:?}", text);
    }

    /// Any characters of JSON's own alphabet.
    #[test]
    fn soup_is_taken_or_refused_as_by_serde_json(text in "[\\[\\]{}:,\"\\\\ 0-9eE.+\\-truefalsn]{0,24}") {
        let taken = match serde_json::from_str::<Json>(&text) {
            Ok(_) => true,
            Err(error) => is_out_of_range(&error, &text),
        };
        prop_assert_eq!(scanned(&text, wide()).is_ok(), taken, "{:?}", text);
    }
}

#[test]
fn hostile_texts_are_taken_or_refused_as_by_serde_json() {
    let texts = [
        "",
        " ",
        "null",
        " null ",
        "nul",
        "nulll",
        "nul l",
        "True",
        "\u{feff}null",
        "null\u{feff}",
        "null null",
        "0",
        "-0",
        "00",
        "01",
        "-",
        "-a",
        "+1",
        ".5",
        "5.",
        "1.e1",
        "1e",
        "1e+",
        "1e5",
        "1E-05",
        "0x10",
        "1_0",
        "NaN",
        "Infinity",
        "1 2",
        "--1",
        "1..2",
        "1e1.5",
        "- 1",
        "123456789012345678901234567890",
        "\"",
        "\"\"",
        "\"a",
        "'a'",
        "\"\t\"",
        "\"\n\"",
        "\"\u{0}\"",
        "\"\u{7f}\"",
        "\"\u{1f}\"",
        r#""\"#,
        r#""\""#,
        r#""\x""#,
        r#""\u""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\u 123""#,
        r#""\u+123""#,
        r#""\U0041""#,
        r#""\u0041""#,
        r#""\uD800""#,
        r#""\uDC00""#,
        r#""\uD800\uD800""#,
        r#""\uD800\n""#,
        r#""\uD800x""#,
        r#""\uDBFF\uDFFF""#,
        r#""\uD83D\uDEB2""#,
        r#""\ud83d\ude""#,
        r#""\uD83D\""#,
        r#""\uD83D\u"#,
        "[",
        "]",
        "{",
        "}",
        "[]",
        "{}",
        "[}",
        "{]",
        "[[]",
        "[]]",
        "{}}",
        "[,]",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "[ ]",
        "{ }",
        "[\n]",
        "[[],[[]],{}]",
        "[1,2",
        "[1,",
        "[\"a\"",
        "[\"a\",\n4\n,1,",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{null:1}",
        "{\"a\":1,,\"b\":2}",
        "{\"a\"::1}",
        "{\"a\":1:2}",
        "{\"a\" : 1 , \"b\" : [ ] }",
        "{\"a\",\"b\":1}",
        "{[]:1}",
        "{\"\":{\"\":{\"\":[]}}}",
        "{\"a\":{},\"b\":[{}],\"c\":{\"d\":[[],[]]}}",
        "[1]x",
        "{}#",
        "/**/null",
        "[1//\n]",
        "[1,\u{a0}2]",
        "[1,\u{b}2]",
        "\u{c}[]",
        "[\u{2028}]",
        "*",
        "[*]",
        "[-]",
        "[tru]",
        "[truee]",
        "[true,false,null]",
        "{\"a\":1}{",
        "{\"a\":\"b\"}/**/",
        "\\u0041",
        "[\\u0041]",
        "[\"a\\\n\"]",
        "{\"a\":[1,2,{\"b\":null}]}",
    ];
    for text in texts {
        assert_agrees(text);
        // As a part of something, and after every place where it could break off.
        for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)) {
            assert_agrees(&text[..end]);
        }
        assert_agrees(&format!("[{text}]"));
        assert_agrees(&format!("{{\"x\":{text},\"y\":[{text}]}}"));
    }
}

#[test]
fn numbers_that_no_float_holds_are_json() {
    for text in ["1e999", "-1e999", "[1e99999999999999999999]", "1e-999"] {
        assert!(scanned(text, wide()).is_ok(), "{text}");
    }
}
