//! Proptest strategies for hard payloads: raw JSON text, spelled member by member in unlikely ways, most of it valid.
//! Generated weird, shrunk plain: each oddity shrinks to the ordinary spelling.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;

/// A member under construction: name and value as JSON text.
pub(crate) type Raw = (String, String);

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
fn matching(pattern: &str) -> BoxedStrategy<String> {
    proptest::string::string_regex(pattern)
        .expect("a pattern")
        .boxed()
}

/// Any text of any script, at or about the limits of the kinds now and then.
fn text() -> BoxedStrategy<String> {
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
fn long_text() -> BoxedStrategy<String> {
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

fn coordinate(limit: u32) -> BoxedStrategy<String> {
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

const HOURS: &[&str] = &[
    "24/7",
    "Mo-Fr 09:00-17:00",
    " Mo-Su 08:00-20:00 ",
    "sunrise-sunset",
    "dawn to dusk",
    "dawn_to_dusk",
    " business\u{a0}",
    "business",
    "custom",
    "\u{2003}custom",
    "",
    " \t",
    "unknown",
    "off",
    "open",
    "\"by appointment\"",
    "whenever",
    "Business",
    "Mo-Fr 09:00-17:00; PH off",
    "Dawn to dusk",
    "\u{200b}",
    "custom.",
    "sunrise-sunset ",
];

const CHARGES: &[&str] = &[
    "£0.20",
    "0.20£",
    ".2 GBP",
    "0.2GBP",
    "50p",
    "5p",
    "150p",
    "£007",
    "1.500 GBP",
    "0.50 GBP",
    "5 GBP",
    "0.50 EUR",
    "1 USD/day",
    "0.2 GBP/use",
    "free",
    "£",
    "GBP",
    "",
    "0,20 GBP",
    "1 eur",
    "£٣",
    " £1",
    "£0",
    "0.00 GBP",
    "1 EUR/",
    "p",
    "£0.1234567890123456789012345678901",
    "£123456789012345678901234567890123",
    "20 pence",
    "£1 ",
    "GBP 1",
    "1000000.01 GBP",
];

const WEIRD_NAMES: &[&str] = &[
    "",
    "/",
    "~",
    "~/",
    "~1",
    "~0",
    "a/b",
    "@ID",
    "@geometry",
    "__proto__",
    "constructor",
    "LAT",
    "lat ",
    " lat",
    "lat\u{0}",
    "é",
    "e\u{301}",
    "😀",
    "\u{7f}",
    "\"",
    "\\",
    "\n",
    "features",
    "customHours",
    "amenities",
    "wheelchair:description",
    "fee:amount",
    "payment:contactless ",
    "payment_contactles",
    "hour",
    "accessibl",
    "charge:",
    "name:en",
    "capacity",
    "addr:street",
    "shower",
    "gender",
    "website",
    "\u{feff}lat",
    "opening_hours:covid19",
    "toilets",
    "null",
    "0",
];

/// Values that a member takes and values that it refuses, as JSON text, by kind.
pub(crate) fn member(name: &'static str) -> BoxedStrategy<Raw> {
    let good: BoxedStrategy<String> = match name {
        "@id" => prop_oneof![words(&["node/1", "way/22", "x", " ", "é"]), any_text().prop_filter("empty", |t| t != "\"\"")].boxed(),
        "amenity" => words(&["toilets"]),
        "wheelchair" => words(&["yes", "no", "limited", "designated", "unknown"]),
        "access" => words(&["yes", "permissive", "customers", "private", "permit", "no", "unknown", "public"]),
        "opening_hours" | "hours" => prop_oneof![4 => words(HOURS), 1 => any_text()].boxed(),
        "accessible" | "payment_contactless" => raw(&["true", "false"]),
        "fee" => prop_oneof![3 => fee(), 1 => raw(&["true", "false"]), 1 => words(&["yes", "no"])].boxed(),
        "charge" => prop_oneof![6 => words(CHARGES), 1 => any_text(), 2 => matching("£?[0-9]{0,3}(\\.[0-9]{0,4})?( ?GBP| EUR|£|p)?")
            .prop_flat_map(spelled)].boxed(),
        "unisex" | "toilets:wheelchair" | "drinking_water" | "toilets:handwashing" => {
            prop_oneof![words(&["yes", "no"]), raw(&["true", "false"])].boxed()
        }
        "changing_table" => prop_oneof![words(&["yes", "no", "limited"]), raw(&["true", "false"])].boxed(),
        "male" | "female" | "payment:contactless" | "payment:cash" => {
            prop_oneof![words(&["yes", "no", "only"]), raw(&["true", "false"])].boxed()
        }
        "toilets:disposal" => words(&["flush", "pitlatrine", "chemical", "bucket", "dry_toilet", "tank", "incineration", "none"]),
        "toilets:position" => words(&["seated", "urinal;squat", " seated ; urinal", "squat\u{a0};\u{a0}squat"]),
        "level" => prop_oneof![any_text(), number()].boxed(),
        "layer" | "building:levels" | "height" => prop_oneof![any_text(), number(), raw(&["true", "false"])].boxed(),
        "check_date" | "survey:date" => {
            prop_oneof![words(&["2024", "2024-02", "2024-02-31", "0000-12-01"]), raw(&["2024", "1999"])].boxed()
        }
        "description" | "note" | "created_by" | "supervised" | "centralkey" => {
            prop_oneof![3 => any_text(), 1 => number(), 1 => raw(&["true", "false"])].boxed()
        }
        _ => any_text(),
    };
    let wrong = prop_oneof![
        2 => Just("null".to_owned()),
        1 => json(),
        1 => long_text(),
        1 => words(&["yes", "no", "maybe", "YES", "2024-13", "2024-1-1", "seated;", "limited", "only"]),
    ];
    prop_oneof![40 => good, 1 => wrong]
        .prop_flat_map(move |value| (spelled(name.to_owned()), Just(value)))
        .boxed()
}

const NAMES: &[&str] = &[
    "@id",
    "amenity",
    "wheelchair",
    "wheelchair",
    "access",
    "opening_hours",
    "hours",
    "hours",
    "accessible",
    "accessible",
    "payment_contactless",
    "payment:contactless",
    "fee",
    "fee",
    "charge",
    "charge",
    "unisex",
    "toilets:wheelchair",
    "drinking_water",
    "changing_table",
    "male",
    "female",
    "payment:cash",
    "toilets:disposal",
    "toilets:position",
    "level",
    "layer",
    "building:levels",
    "check_date",
    "survey:date",
    "description",
    "note",
    "created_by",
    "supervised",
    "centralkey",
    "operator",
    "name",
    "name",
    "building",
    "indoor",
    "source",
    "roof:shape",
    "toilets:access",
];

fn unknown_member() -> BoxedStrategy<Raw> {
    let name = prop_oneof![
        6 => prop::sample::select(WEIRD_NAMES).prop_map(str::to_owned),
        2 => text(),
        1 => Just("n".repeat(300)),
    ];
    (
        name.prop_flat_map(spelled),
        prop_oneof![3 => any_text(), 3 => json()],
    )
        .boxed()
}

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

fn some_members(most: usize) -> BoxedStrategy<Vec<Raw>> {
    let known = Union::new(NAMES.iter().map(|name| member(name)));
    vec(
        prop_oneof![6 => known.boxed(), 2 => unknown_member()],
        0..most,
    )
    .boxed()
}

pub(crate) fn coordinates() -> BoxedStrategy<Vec<Raw>> {
    let one = |name: &'static str, limit| {
        let value = prop_oneof![
            60 => coordinate(limit),
            1 => raw(&["90.1", "-180.00001", "1e999", "null", "\"1\"", "true", "90.000000000000000001", "1e3"]),
        ];
        (spelled(name.to_owned()), value).boxed()
    };
    (one("lat", 90), one("lng", 180), 0..50_u8)
        .prop_map(|(lat, lng, both)| if both < 49 { vec![lat, lng] } else { vec![lng] })
        .boxed()
}

/// Any member of a v1 payload, coordinates included.
pub(crate) fn v1_member() -> BoxedStrategy<Raw> {
    let known = Union::new(NAMES.iter().map(|name| member(name)));
    let coordinate = coordinates().prop_map(|mut members| members.swap_remove(0));
    prop_oneof![8 => known.boxed(), 1 => coordinate, 1 => unknown_member()].boxed()
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

/// Bytes that were a payload once: a few changed, lost, doubled or put in, so that most of it is malformed.
pub fn mutated() -> BoxedStrategy<Vec<u8>> {
    const TOKENS: [&[u8]; 24] = [
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"null",
        b"\\ud800",
        b"\\u0000",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\0",
        b"1e999",
        b"-",
        b"0",
        b".",
        b"e",
        b"\"lat\":1,",
        b"\"lat\":null,",
        b"\"fee\":0.5,",
        b" ",
        b"\xed\xa0\x80",
    ];
    let change = (
        any::<prop::sample::Index>(),
        0..6_u8,
        any::<u8>(),
        prop::sample::select(TOKENS.to_vec()),
    );
    (prop_oneof![v1(), v2()], vec(change, 0..5))
        .prop_map(|(text, changes)| {
            let mut bytes = text.into_bytes();
            for (at, how, byte, token) in changes {
                let at = at.index(bytes.len() + 1);
                match how {
                    0 => bytes.truncate(at),
                    1 if at < bytes.len() => bytes[at] = byte,
                    2 if at < bytes.len() => _ = bytes.remove(at),
                    3 => {
                        let copy = bytes[at..bytes.len().min(at + 1 + usize::from(byte))].to_vec();
                        bytes.splice(at..at, copy);
                    }
                    _ => _ = bytes.splice(at..at, token.iter().copied()),
                }
            }
            bytes
        })
        .boxed()
}

/// Nested to about the limit of depth, as a member of a payload that is fine otherwise.
pub fn deep() -> BoxedStrategy<Vec<u8>> {
    (28..36_usize, any::<bool>(), any::<bool>())
        .prop_map(|(depth, arrays, closed)| {
            let (open, close) = if arrays { ("[", "]") } else { ("{\"a\":", "}") };
            let close = if closed {
                close.repeat(depth)
            } else {
                String::new()
            };
            let middle = if arrays { "" } else { "1" };
            format!(
                "{{\"lat\":1,\"lng\":2,\"deep\":{}{middle}{close}}}",
                open.repeat(depth)
            )
            .into_bytes()
        })
        .boxed()
}

/// Members to about the limit of their number.
pub fn many() -> BoxedStrategy<Vec<u8>> {
    (250..280_usize)
        .prop_map(|count| {
            let names: Vec<String> = (2..count).map(|at| format!("\"k{at}\":\"\"")).collect();
            format!("{{\"lat\":1,\"lng\":2,{}}}", names.join(",")).into_bytes()
        })
        .boxed()
}

#[cfg(test)]
mod tests {
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
}
