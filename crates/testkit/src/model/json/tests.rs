//! What the reader takes, refuses and stops at.

use super::{Limits, Value, parse, quote};

fn code(bytes: &[u8]) -> &'static str {
    parse(bytes, Limits::V1).expect_err("this is refused")
}

#[test]
fn members_keep_order_text_and_spelling() {
    let text =
        br#" { "a\u0062" : 1.50e+1 , "n":{ "x": [1] },"":"\ud83d\ude00\/","t":true,"z":null } "#;
    let members = parse(text, Limits::V1).unwrap().unwrap();
    let names: Vec<_> = members.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["ab", "n", "", "t", "z"]);
    assert_eq!(members[0].value, Value::Number("1.50e+1".into()));
    assert_eq!(members[0].raw_name, br#""a\u0062""#);
    assert_eq!(members[1].value, Value::Nested(br#"{ "x": [1] }"#.to_vec()));
    assert_eq!(members[2].value, Value::Text("😀/".into()));
    assert_eq!(members[2].raw_value, br#""\ud83d\ude00\/""#);
    assert_eq!(members[3].value, Value::Bool(true));
    assert_eq!(members[4].value, Value::Null);
}

#[test]
fn what_is_not_json_is_malformed() {
    let cases: [&[u8]; 36] = [
        b"",
        b" ",
        b"{",
        b"{}x",
        b"{} {}",
        b"{,}",
        b"{\"a\"}",
        b"{\"a\":}",
        b"{\"a\":1,}",
        b"{\"a\":1 \"b\":2}",
        b"{a:1}",
        b"{'a':1}",
        b"{\"a\":01}",
        b"{\"a\":1.}",
        b"{\"a\":.5}",
        b"{\"a\":+1}",
        b"{\"a\":1e}",
        b"{\"a\":-}",
        b"{\"a\":NaN}",
        b"{\"a\":tru}",
        b"{\"a\":nul}",
        b"{\"a\":[1,]}",
        b"{\"a\":\"\n\"}",
        b"{\"a\":\"\\x\"}",
        b"{\"a\":\"\\u12\"}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"\\udc00\":1}",
        b"{\"a\":[\"\\ud83d\\u0041\"]}",
        b"{\"a\":\"\\ud83d\\ud83d\"}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"{\"\xc0\xaf\":1}",
        b"{\"a\":\"\xe2\x82\"}",
        b"[1,",
        b"{\"a\":1}\0",
    ];
    for case in cases {
        assert_eq!(
            code(case),
            "malformed_json",
            "{:?}",
            String::from_utf8_lossy(case)
        );
    }
}

#[test]
fn other_values_are_no_object() {
    for case in ["[]", "1", " \"x\" ", "null", "true", "[{\"a\":1}]"] {
        assert_eq!(parse(case.as_bytes(), Limits::V1), Ok(None), "{case}");
    }
}

#[test]
fn limits_hold_to_the_last_one() {
    let deep = |depth: usize| {
        format!(
            "{{\"a\":{}{}}}",
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
        .into_bytes()
    };
    assert!(parse(&deep(32), Limits::V1).is_ok());
    assert_eq!(code(&deep(33)), "too_deep");
    assert_eq!(code("[".repeat(60_000).as_bytes()), "too_deep");

    let many = |n: usize| {
        let all: Vec<_> = (0..n).map(|i| format!("\"k{i}\":1")).collect();
        format!("{{{}}}", all.join(",")).into_bytes()
    };
    assert_eq!(parse(&many(256), Limits::V1).unwrap().unwrap().len(), 256);
    assert_eq!(code(&many(257)), "too_many_members");
    for behind in [r#""x"5"#, "x", "}", ""] {
        let full = many(256);
        let payload = [&full[..full.len() - 1], b" , ", behind.as_bytes()].concat();
        assert_eq!(code(&payload), "too_many_members", "{behind}");
    }
    assert!(parse(&many(272), Limits::V2).is_ok());

    let large = |n: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(n - 8)).into_bytes();
    assert_eq!(large(65_536).len(), 65_536);
    assert!(parse(&large(65_536), Limits::V1).is_ok());
    assert_eq!(code(&large(65_537)), "too_large");
    // Size comes before anything else, then the first from the left.
    assert_eq!(code(&[b'x'; 65_537]), "too_large");
    assert_eq!(
        code(format!("{{\"a\":{}, x", "[".repeat(40)).as_bytes()),
        "too_deep"
    );
    assert_eq!(
        code(format!("{{x, \"a\":{}", "[".repeat(40)).as_bytes()),
        "malformed_json"
    );
}

#[test]
fn quoting_is_minimal() {
    assert_eq!(
        quote("a\"\\/\u{1}\n£\u{7f}"),
        "\"a\\\"\\\\/\\u0001\\n£\u{7f}\""
    );
}
