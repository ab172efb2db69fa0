//! Hostile lines, each with the code that it gets.

/// A hostile line, the code it gets, and whether the line itself (`true`) or just its payload is at fault.
pub(crate) fn hostile() -> Vec<(&'static str, Vec<u8>, &'static str, bool)> {
    let payload = |json: &str| format!(r#"{{"id":"x","payload":{json}}}"#).into_bytes();
    let nested = |depth: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let with = |member: &str| payload(&format!(r#"{{"lat":51.5,"lng":-0.1,{member}}}"#));
    let members: String = (0..300).map(|n| format!(r#","k{n}":"v""#)).collect();
    let line = |text: &[u8]| text.to_vec();
    let id = |id: &str| format!(r#"{{"id":"{id}","payload":{{"lat":1,"lng":2}}}}"#).into_bytes();
    vec![
        // The line is at fault.
        (
            "a line over the limit",
            with(&format!(r#""x":"{}""#, "y".repeat(2 << 20))),
            "too_large",
            true,
        ),
        ("an empty line", line(b""), "empty_line", true),
        ("a blank line", line(b" \t \r"), "empty_line", true),
        ("text", line(b"lat=51.5&lng=-0.1"), "malformed_json", true),
        (
            "half a line",
            line(br#"{"id":"x","payload":{"lat":51.5,"#),
            "malformed_json",
            true,
        ),
        (
            "100,000 open brackets",
            "[".repeat(100_000).into(),
            "malformed_json",
            true,
        ),
        (
            "a NUL between tokens",
            line(b"{\"id\":\"x\",\0\"payload\":{}}"),
            "malformed_json",
            true,
        ),
        (
            "a NUL in a text",
            with("\"name\":\"a\0b\""),
            "malformed_json",
            true,
        ),
        (
            "a tab in a text",
            with("\"name\":\"a\tb\""),
            "malformed_json",
            true,
        ),
        (
            "invalid UTF-8",
            line(b"{\"id\":\"x\",\"payload\":{\"name\":\"\xff\"}}"),
            "malformed_json",
            true,
        ),
        (
            "overlong UTF-8",
            line(b"{\"id\":\"\xc0\xaf\",\"payload\":{}}"),
            "malformed_json",
            true,
        ),
        (
            "a byte order mark",
            [b"\xef\xbb\xbf", &*payload("{}")].concat(),
            "malformed_json",
            true,
        ),
        (
            "trailing text",
            [&*payload("{}"), b" {}"].concat(),
            "malformed_json",
            true,
        ),
        ("NaN", with(r#""fee":NaN"#), "malformed_json", true),
        (
            "a leading zero",
            with(r#""fee":01"#),
            "malformed_json",
            true,
        ),
        (
            "an unknown escape",
            with(r#""name":"\x41""#),
            "malformed_json",
            true,
        ),
        ("an array", line(b"[1]"), "malformed_line", true),
        ("no id", line(br#"{"payload":{}}"#), "malformed_line", true),
        (
            "a number for an id",
            line(br#"{"id":7,"payload":{}}"#),
            "malformed_line",
            true,
        ),
        (
            "a lone surrogate in the id",
            id(r"\udc00"),
            "malformed_line",
            true,
        ),
        ("no payload", line(br#"{"id":"x"}"#), "malformed_line", true),
        (
            "two payloads",
            line(br#"{"id":"x","payload":{},"payload":{}}"#),
            "malformed_line",
            true,
        ),
        (
            "another member",
            line(br#"{"id":"x","payload":{},"v":1}"#),
            "malformed_line",
            true,
        ),
        // The payload is.
        ("depth 30,000", payload(&nested(30_000)), "too_deep", false),
        (
            "depth 100,000",
            payload(&nested(100_000)),
            "too_large",
            false,
        ),
        (
            "a payload over the limit",
            with(&format!(r#""x":"{}""#, "y".repeat(70_000))),
            "too_large",
            false,
        ),
        (
            "300 members",
            with(&members[1..]),
            "too_many_members",
            false,
        ),
        (
            "1e999",
            payload(r#"{"lat":1e999,"lng":0}"#),
            "out_of_range",
            false,
        ),
        (
            "a huge exponent",
            payload(r#"{"lat":1,"lng":2,"fee":1e99999999999999999999}"#),
            "out_of_range",
            false,
        ),
        (
            "a lone surrogate",
            with(r#""name":"\ud800""#),
            "malformed_json",
            false,
        ),
        (
            "a lone surrogate in a key",
            with(r#""\udfff":1"#),
            "malformed_json",
            false,
        ),
        (
            "a lone surrogate far down",
            with(r#""x":[{"y":["\ud800x"]}]"#),
            "malformed_json",
            false,
        ),
        (
            "a duplicate by escape",
            with(r#""l\u0061t":51.5"#),
            "duplicate_member",
            false,
        ),
        ("no object", payload("[]"), "invalid_type", false),
        ("null", payload("null"), "invalid_type", false),
        (
            "a text for a number",
            payload(r#"{"lat":"51.5","lng":0}"#),
            "invalid_type",
            false,
        ),
        ("nothing", payload("{}"), "required", false),
    ]
}
