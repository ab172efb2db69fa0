//! Equality against serde_json's values and against obvious pairs; strings against serde_json's writer.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

fn owned(text: &str) -> OwnedJson {
    OwnedJson::new(text).unwrap()
}

fn same(a: &str, b: &str) -> bool {
    let (a, b) = (owned(a), owned(b));
    let same = equal(a.value(), b.value());
    assert_eq!(same, equal(b.value(), a.value()));
    same
}

#[test]
fn one_value_in_two_spellings() {
    for (a, b) in [
        ("null", " null "),
        ("1", "1.0"),
        ("-0", "0e9"),
        ("1e400", "10E+399"),
        (r#""é\n""#, r#""\u00e9\u000A""#),
        (r#""🚲""#, r#""\ud83d\udeb2""#),
        ("[]", "[ ]"),
        ("[1,[2,{}]]", "[1.0, [2e0, {}]]"),
        (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#),
        (
            r#"{"a":1,"b":[{"c":1,"d":2}]}"#,
            r#"{"b":[{"d":2,"c":1.0}],"\u0061":1}"#,
        ),
        // The first of a member that stands there twice counts.
        (r#"{"a":1,"a":2}"#, r#"{"a":1}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":1,"a":3}"#),
        (r#"{"b":0,"a":1,"\u0061":2}"#, r#"{"a":1,"b":0,"b":7}"#),
    ] {
        assert!(same(a, b), "{a} {b}");
    }
}

#[test]
fn two_values() {
    for (a, b) in [
        ("null", "false"),
        ("true", "false"),
        ("1", r#""1""#),
        ("9007199254740993", "9007199254740992"),
        ("1e400", "1e401"),
        (r#""a""#, r#""A""#),
        (r#""\\n""#, r#""\n""#),
        ("[]", "{}"),
        ("[1,2]", "[2,1]"),
        ("[1]", "[1,1]"),
        ("[1,1]", "[1]"),
        (r#"{"a":1}"#, "{}"),
        (r#"{"a":null}"#, "{}"),
        (r#"{"a":1}"#, r#"{"b":1}"#),
        (r#"{"a":1,"b":2}"#, r#"{"a":2,"b":1}"#),
        (r#"{"a":1,"b":2}"#, r#"{"b":1,"a":2}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2,"a":1}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
    ] {
        assert!(!same(a, b), "{a} {b}");
    }
}

#[test]
fn as_deep_as_a_document_can_be() {
    let nest = |inner: &str| format!("{}{inner}{}", "[".repeat(128), "]".repeat(128));
    assert!(same(&nest("1"), &nest("1.0")));
    assert!(!same(&nest("1"), &nest("2")));
    assert!(OwnedJson::new("[".repeat(129) + &"]".repeat(129)).is_err());
}

/// Objects of many members in another order and of many copies of a name would take minutes if members were looked up one
/// by one; nested ones that differ only at the bottom would never end if pairs were compared twice.
#[test]
fn hostile_objects_end() {
    let object = |names: &mut dyn Iterator<Item = usize>| {
        let members: Vec<_> = names.map(|n| format!("\"n{n}\":{n}")).collect();
        format!("{{{}}}", members.join(","))
    };
    let many = 50_000;
    assert!(same(&object(&mut (0..many)), &object(&mut (0..many).rev())));

    let copies = |last: usize| {
        let first = object(&mut (0..many));
        let more = format!(",\"n{}\":{last}", many - 1).repeat(many);
        format!("{},{}}}", &first[..first.len() - 1], &more[1..])
    };
    assert!(same(&copies(1), &copies(2)));

    // Every level has a repeated name, so that no level is decided by the first pass over it.
    let nested = |bottom: usize| {
        (0..127).fold(bottom.to_string(), |inner, _| {
            format!("{{\"a\":{inner},\"b\":0,\"a\":{bottom}}}")
        })
    };
    assert!(!same(&nested(1), &nested(2)));
    assert!(same(&nested(1), &nested(1)));
}

#[test]
fn strings_are_written_with_minimal_escapes() {
    let text: String = (0u8..=0x7F)
        .map(char::from)
        .chain("é\u{2028}🚲".chars())
        .collect();
    let mut out = Vec::new();
    write_string(&text, &mut out);
    assert_eq!(out, serde_json::to_vec(&text).unwrap());
}

/// Small trees over few names and scalars, so that equal ones are common.
fn trees() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (0..3i64).prop_map(Json::from),
        "[a\"\u{1}é]{0,1}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::vec(("[ab\n]", inner), 0..3)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// The same value, spelled another way: members backwards, characters escaped, numbers with exponents.
fn respelled(value: &Json) -> String {
    let string = |text: &str| -> String {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        format!("\"{}\"", units.collect::<String>())
    };
    match value {
        Json::String(text) => string(text),
        Json::Number(number) => format!("{number}.00E+0"),
        Json::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(respelled).collect();
            format!("[ {} ]", elements.join(" ,"))
        }
        Json::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .rev()
                .map(|(name, value)| format!("{} : {}", string(name), respelled(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        scalar => scalar.to_string(),
    }
}

proptest! {
    /// Two texts are equal exactly when serde_json reads equal values from them.
    #[test]
    fn agrees_with_serde_json(a in trees(), b in trees()) {
        prop_assert_eq!(same(&a.to_string(), &b.to_string()), a == b);
        prop_assert_eq!(same(&a.to_string(), &respelled(&b)), a == b);
    }

    /// A value equals itself in every spelling.
    #[test]
    fn spelling_does_not_matter(a in trees()) {
        prop_assert!(same(&a.to_string(), &respelled(&a)));
    }

    /// A written string says what it was.
    #[test]
    fn strings_come_back(text in any::<String>()) {
        let mut out = Vec::new();
        write_string(&text, &mut out);
        let value = owned(std::str::from_utf8(&out).unwrap());
        prop_assert_eq!(value.value().string().unwrap(), text);
    }
}
