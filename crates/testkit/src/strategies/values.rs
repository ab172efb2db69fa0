//! JSON values as raw text: strings with any character escaped, numbers in any spelling, nested values.

use proptest::collection::vec;
use proptest::prelude::*;

/// A JSON string for `text` in which any character may be spelled as an escape.
pub fn spelled(text: String) -> impl Strategy<Value = String> {
    let length = text.chars().count();
    (vec(0..48_u8, length), any::<bool>()).prop_map(move |(choices, upper)| {
        let mut out = String::from("\"");
        for (c, choice) in text.chars().zip(choices) {
            let short = match c {
                '"' => Some("\\\""),
                '\\' => Some("\\\\"),
                '/' => Some("\\/"),
                '\n' => Some("\\n"),
                '\r' => Some("\\r"),
                '\t' => Some("\\t"),
                '\u{8}' => Some("\\b"),
                '\u{c}' => Some("\\f"),
                _ => None,
            };
            let must = c < ' ' || c == '"' || c == '\\';
            match short {
                Some(short) if choice < 44 && (must || choice > 30) => out.push_str(short),
                _ if must || choice > 45 => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        let hex = if upper {
                            format!("\\u{unit:04X}")
                        } else {
                            format!("\\u{unit:04x}")
                        };
                        out.push_str(&hex);
                    }
                }
                _ => out.push(c),
            }
        }
        out.push('"');
        out
    })
}

/// One of the words, spelled somehow.
pub(crate) fn words(words: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(words)
        .prop_flat_map(|word| spelled(word.to_owned()))
        .boxed()
}

pub(crate) fn raw(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(texts).prop_map(str::to_owned).boxed()
}

/// Text that matches a pattern, which is read once and not for every text.
pub(crate) fn matching(pattern: &str) -> BoxedStrategy<String> {
    proptest::string::string_regex(pattern)
        .expect("a pattern")
        .boxed()
}

/// Any text of any script, at or about the limits of the kinds now and then.
pub(crate) fn text() -> BoxedStrategy<String> {
    prop_oneof![
        10 => matching("[a-z .,]{0,24}"),
        6 => matching("\\PC{0,24}"),
        2 => matching("(?s).{0,16}"),
        1 => (prop::sample::select(vec!['x', 'é', '😀', '\u{a0}', '"']), prop::sample::select(vec![254_usize, 255]))
            .prop_map(|(c, n)| c.to_string().repeat(n)),
    ]
    .boxed()
}

pub(crate) fn any_text() -> BoxedStrategy<String> {
    text().prop_flat_map(spelled).boxed()
}

/// Text that is too long for `text` at least.
pub(crate) fn long_text() -> BoxedStrategy<String> {
    (
        prop::sample::select(vec!['x', 'é', '😀', ' ']),
        prop::sample::select(vec![256_usize, 1_000, 1_001]),
    )
        .prop_flat_map(|(c, n)| spelled(c.to_string().repeat(n)))
        .boxed()
}

/// A JSON number in any of its spellings.
pub fn number() -> BoxedStrategy<String> {
    prop_oneof![
        4 => (0..1_000_u32).prop_map(|n| n.to_string()),
        3 => matching("-?(0|[1-9][0-9]{0,5})\\.[0-9]{1,17}"),
        2 => matching("-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,4})?[eE][+-]?[0-9]{1,2}"),
        1 => raw(&["-0", "-0.0", "0e0", "1e999", "-1e999", "1e-999", "9007199254740993", "0e99999999999999999999",
                   "1e-99999999999999999999", "123456789012345678901234567890123456789", "5e-324"]),
    ]
    .boxed()
}

/// A fee as a number: most of them v1 takes.
pub(crate) fn fee() -> BoxedStrategy<String> {
    prop_oneof![
        6 => matching("(0|[1-9][0-9]{0,3})(\\.[0-9]{1,4})?"),
        4 => matching("(0|[1-9])(\\.[0-9]{1,9})?[eE][+-]?0{0,2}[0-5]"),
        3 => raw(&["0", "-0", "0.0", "-0e5", "0.5", "0.50", "0.125", "1e1", "1000000", "1e6", "1000000.000", "-1", "-0.01",
                   "0.1234567890123456789012345678901", "10e-1", "0e99999999999"]),
        1 => raw(&["1000000.01", "1000001", "1e7", "1e999", "0e-40", "-1e40", "0.12345678901234567890123456789012"]),
    ]
    .boxed()
}

pub(crate) fn coordinate(limit: u32) -> BoxedStrategy<String> {
    prop_oneof![
        20 => (0..limit, matching("(\\.[0-9]{1,17})?"), any::<bool>())
            .prop_map(|(whole, frac, minus)| format!("{}{whole}{frac}", if minus { "-" } else { "" })),
        4 => (0..limit / 10, matching("\\.[0-9]{1,9}[eE]\\+?0?1")).prop_map(|(whole, rest)| format!("{whole}{rest}")),
        2 => Just(limit.to_string()),
        1 => raw(&["-0", "0e0", "1e-400", "0.000000000000000000000000000000000000001", "900e-1"]),
    ]
    .boxed()
}

/// Any JSON value, nested up to a few levels, with white space inside.
pub fn json() -> BoxedStrategy<String> {
    let leaf = prop_oneof![raw(&["null", "true", "false"]), number(), any_text()];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let member =
            (any_text(), inner.clone()).prop_map(|(name, value)| format!("{name}:{value}"));
        let gap = prop::sample::select(vec!["", "", " ", "\n\t"]);
        prop_oneof![
            (vec(inner, 0..4), gap.clone())
                .prop_map(|(items, gap)| format!("[{gap}{}{gap}]", items.join(","))),
            (vec(member, 0..4), gap).prop_map(|(members, gap)| format!(
                "{{{gap}{}}}",
                members.join(&format!("{gap},"))
            )),
        ]
    })
    .boxed()
}
