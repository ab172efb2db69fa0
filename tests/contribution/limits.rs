//! CONTRACT 1.5: limits, duplicates, and what is not JSON: hostile input, each kind with its code.

use cutover::Version;
use cutover::contribution::{Code, Limits, Policy, Report, Upgrader, form_to_v1, validate};

use crate::kit::{check, validates};

const FINE: &[(&str, &str)] = &[];

/// A payload refused as a whole, by both versions and by upgrade, with one code alone.
#[track_caller]
fn alone(payload: impl AsRef<[u8]>, code: &str) {
    let payload = payload.as_ref();
    for version in [Version::V1, Version::V2] {
        validates(version, payload, &[(code, "")]);
        assert_eq!(validate(version, payload).findings()[0].tier(), None);
    }
    let (report, output) = check::upgrade(payload, "", Policy::Legacy);
    assert_eq!(
        check::findings(&report),
        [(leak(code), String::new())],
        "a bad id is not judged then"
    );
    assert_eq!(output, None);
}

fn leak(code: &str) -> &'static str {
    let code = cutover::contribution::Code::ALL
        .iter()
        .find(|known| known.as_str() == code);
    code.expect("a code").as_str()
}

fn large(bytes: usize) -> String {
    let frame = r#"{"lat":1,"lng":2,"x":""}"#;
    frame.replace(r#""""#, &format!("\"{}\"", "x".repeat(bytes - frame.len())))
}

fn many(members: usize) -> String {
    let more: Vec<String> = (2..members).map(|at| format!(r#","k{at}":"""#)).collect();
    format!(r#"{{"lat":1,"lng":2{}}}"#, more.concat())
}

fn deep(depth: usize) -> String {
    format!(
        r#"{{"lat":1,"lng":2,"x":{}{}}}"#,
        "[".repeat(depth - 1),
        "]".repeat(depth - 1)
    )
}

#[test]
fn v1_takes_65536_bytes_256_members_depth_32() {
    assert_eq!(large(65_536).len(), 65_536);
    validates(Version::V1, large(65_536), FINE);
    validates(Version::V1, large(65_537), &[("too_large", "")]);
    validates(Version::V1, many(256), FINE);
    validates(Version::V1, many(257), &[("too_many_members", "")]);
    validates(Version::V1, deep(32), &[("type_mismatch", "/x")]);
    validates(Version::V1, deep(33), &[("too_deep", "")]);
}

#[test]
fn v2_takes_128_kib_272_members_depth_32() {
    let codes = |payload: String| {
        let report = validate(Version::V2, payload.as_bytes());
        report
            .findings()
            .iter()
            .map(|finding| finding.code().as_str())
            .filter(|code| *code != "required")
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(large(131_072)), [""; 0]);
    assert_eq!(codes(large(131_073)), ["too_large"]);
    assert_eq!(codes(many(272)), [""; 0]);
    assert_eq!(codes(many(273)), ["too_many_members"]);
    assert_eq!(codes(deep(32)), ["type_mismatch"]);
    assert_eq!(codes(deep(33)), ["too_deep"]);
}

/// Whatever stands behind the comma after the last member that is allowed, even if it is not JSON.
#[test]
fn the_number_of_members_is_checked_before_the_next_name_is_read() {
    for (version, most) in [(Version::V1, 256), (Version::V2, 272)] {
        let full = many(most);
        let full = full.trim_end_matches('}');
        for behind in [r#""x":1}"#, r#""x"5"#, r#""x"#, "x}", "}", ""] {
            let payload = format!("{full} , {behind}");
            validates(version, &payload, &[("too_many_members", "")]);
            let before = format!(r#"{{"lat":1, {behind}"#);
            if !behind.contains(':') {
                validates(version, &before, &[("malformed_json", "")]);
            }
        }
        validates(version, format!("{full} x"), &[("malformed_json", "")]);
    }
}

#[test]
fn no_upgrade_outgrows_v2() {
    let id = "x".repeat(1_024);
    for payload in [large(65_536), many(256), deep(32)] {
        for (policy, _) in check::POLICIES {
            let (_, output) = check::upgrade(payload.as_bytes(), &id, policy);
            assert!(validate(Version::V2, &output.expect("v1 takes it")).is_valid());
        }
    }
}

#[test]
fn limits_are_the_caller_s() {
    let upgrade = |limits: Limits, payload: &str| {
        let mut out = Vec::new();
        let result = Upgrader::new()
            .limits(limits)
            .upgrade(payload.as_bytes(), "c1", &mut out);
        result.err().map(|error| {
            Report::of(&error).expect("a report").findings()[0]
                .code()
                .as_str()
        })
    };
    assert_eq!(upgrade(Limits::V1.with_bytes(100), &large(100)), None);
    assert_eq!(
        upgrade(Limits::V1.with_bytes(100), &large(101)),
        Some("too_large")
    );
    assert_eq!(upgrade(Limits::V1.with_members(3), &many(3)), None);
    assert_eq!(
        upgrade(Limits::V1.with_members(3), &many(4)),
        Some("too_many_members")
    );
    assert_eq!(upgrade(Limits::V1.with_depth(4), &deep(4)), None);
    assert_eq!(
        upgrade(Limits::V1.with_depth(4), &deep(5)),
        Some("too_deep")
    );
    assert_eq!(
        upgrade(Limits::V1.with_bytes(200_000), &large(200_000)),
        None
    );
}

#[test]
fn size_comes_first_then_the_first_from_the_left() {
    alone(vec![b'x'; 131_073], "too_large");
    alone(vec![0xff; 131_073], "too_large");
    alone(format!(r#"{{"a":{}, x"#, "[".repeat(40)), "too_deep");
    alone(format!(r#"{{x, "a":{}"#, "[".repeat(40)), "malformed_json");
    alone("[".repeat(60_000), "too_deep");
    alone("{\"a\":".repeat(10_000), "too_deep");
}

#[test]
fn one_hundred_megabytes_and_a_depth_of_100000_are_told_at_once() {
    alone(vec![b'['; 100_000_000], "too_large");
    let report = validate(Version::V1, "[".repeat(65_536).as_bytes());
    assert_eq!(check::findings(&report), [("too_deep", String::new())]);
}

#[test]
fn what_is_not_json_is_malformed() {
    let cases: &[&[u8]] = &[
        b"",
        b" ",
        b"{",
        b"}",
        b"{}x",
        b"{}{}",
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
        b"{\"a\":Infinity}",
        b"{\"a\":tru}",
        b"{\"a\":nulll}",
        b"{\"a\":[1,]}",
        b"{\"a\":[}",
        b"{\"a\":{]}",
        b"{\"a\":\"\n\"}",
        b"{\"a\":\"\x00\"}",
        b"{\"a\n\":1}",
        b"{\"a\":\"\\x\"}",
        b"{\"a\":\"\\u12\"}",
        b"{\"a\":\"\\uD800\"}",
        b"{\"a\":\"\\ud800\\n\"}",
        b"{\"\\udc00\":1}",
        b"{\"a\":[\"\\ud83d\\u0041\"]}",
        b"{\"a\":\"\\ud83d\\ud83d\"}",
        b"{\"a\":{\"\\ude00\":1}}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"{\"\xc0\xaf\":1}",
        b"{\"a\":\"\xe2\x82\"}",
        b"{\"a\":\"\xf4\x90\x80\x80\"}",
        b"{\"a\":[\"\x80\"]}",
        b"{\"a\":1}\0",
        b"\0",
        b"/**/{}",
        b"{\"a\":1}//",
        b"\x0c{}",
        b"\xc2\xa0{}",
        b"{\"lat\":1,\"lng\":2",
        b"{\"lat\":1,\"lng",
        b"[1,",
        b"\"",
        b"\"\\ud800\"",
        b"-",
        b"nul",
    ];
    for case in cases {
        alone(case, "malformed_json");
    }
}

#[test]
fn another_value_than_an_object_is_one_finding() {
    for payload in [
        "[]",
        "1",
        " \"x\" ",
        "null",
        "true",
        "[{\"lat\":1}]",
        "1e999",
    ] {
        alone(payload, "invalid_type");
    }
}

#[test]
fn white_space_around_and_within_is_nothing() {
    validates(
        Version::V1,
        "\r\n\t {\r\n\t \"lat\"\r\n\t :\r\n\t 1\r\n\t ,\r\n\t \"lng\"\r\n\t :2} \n",
        FINE,
    );
}

#[test]
fn escapes_of_every_kind_are_read() {
    validates(
        Version::V1,
        r#"{"l\u0061t":1,"\u006cng":2,"x":"\"\\\/\b\f\n\r\t\u0000\uD83D\uDE00\u00e9"}"#,
        FINE,
    );
}

#[test]
fn the_first_copy_is_used_and_every_further_one_is_an_error() {
    let duplicate = |name: &'static str| ("duplicate_member", name);
    validates(
        Version::V1,
        r#"{"lat":1,"lat":"x","lng":2,"lat":null}"#,
        &[duplicate("/lat"), duplicate("/lat")],
    );
    validates(
        Version::V1,
        r#"{"lat":1,"l\u0061t":2,"lng":2}"#,
        &[duplicate("/lat")],
    );
    validates(
        Version::V1,
        r#"{"lat":1,"lng":2,"é":"","\u00e9":""}"#,
        &[duplicate("/é")],
    );
    validates(
        Version::V1,
        r#"{"lat":1,"lng":2,"":"","":""}"#,
        &[duplicate("/")],
    );
    validates(
        Version::V1,
        r#"{"lat":1,"lng":2,"x":{"a":1,"a":2}}"#,
        &[("type_mismatch", "/x")],
    );
    // Two normal forms are two names.
    validates(
        Version::V1,
        "{\"lat\":1,\"lng\":2,\"\u{e9}\":\"\",\"e\u{301}\":\"\"}",
        FINE,
    );
    // An alias and its tag are two names as well.
    validates(
        Version::V1,
        r#"{"lat":1,"lng":2,"hours":"24/7","opening_hours":"24/7"}"#,
        &[("shadowed_alias", "/hours")],
    );
    let all: Vec<String> = (0..100).map(|_| r#""x":"""#.to_owned()).collect();
    let report = validate(
        Version::V1,
        format!(r#"{{"lat":1,"lng":2,{}}}"#, all.join(",")).as_bytes(),
    );
    assert_eq!(report.findings().len(), 99);
}

#[test]
fn all_findings_are_collected_in_input_order() {
    let payload = r#"{"x":1,"fee":"free","accessible":1,"operator":null,"lng":181,"x":2,"wheelchair":"maybe"}"#;
    let want = &[
        ("type_mismatch", "/x"),
        ("invalid_enum", "/fee"),
        ("invalid_type", "/accessible"),
        ("shadowed_alias", "/accessible"),
        ("null_value", "/operator"),
        ("out_of_range", "/lng"),
        ("duplicate_member", "/x"),
        ("invalid_enum", "/wheelchair"),
        ("required", "/lat"),
    ];
    validates(Version::V1, payload, want);
}

/// Long names that differ only in the middle are told apart, spelled with escapes or not, and a copy among them is found.
#[test]
fn long_names_of_one_head_and_tail_are_different_names() {
    let name = |n: usize| format!("aaaaaaaaa{}{n:05}bbbbbbbb", "x".repeat(226));
    let mut payload = String::from(r#"{"lat":1,"lng":2"#);
    for n in 0..253 {
        let name = name(n).replacen('a', "\\u0061", n % 2);
        payload.push_str(&format!(r#","{name}":"""#));
    }
    let copied = format!(r#"{payload},"{}":""}}"#, name(1));
    payload.push('}');
    assert_eq!(validate(Version::V1, payload.as_bytes()).findings(), []);
    let report = validate(Version::V1, copied.as_bytes());
    let findings: Vec<_> = report
        .findings()
        .iter()
        .map(|finding| finding.code())
        .collect();
    assert_eq!(findings, [Code::DuplicateMember]);
}

/// However many unknown names there are, each copy is found, whether it stands near the first one or far behind, and
/// nothing else is.
#[test]
fn copies_are_found_among_any_number_of_unknown_names() {
    for count in [2, 15, 16, 17, 18, 40, 120] {
        for copied in 0..count {
            let mut names: Vec<_> = (0..count).map(|n| format!("tag-{n}")).collect();
            names.push(format!("\\u0074ag-{copied}"));
            let members: String = names
                .iter()
                .map(|name| format!(r#","{name}":"""#))
                .collect();
            let payload = format!(r#"{{"lat":1,"lng":2{members}}}"#);
            let path = format!("/tag-{copied}");
            validates(Version::V1, payload, &[("duplicate_member", &path)]);
        }
    }
}

/// A form in which `hours` is there `copies` more times than once; what is said of it but for `/customHours`, and how many
/// bytes `form_to_v1` took for its v1.
fn copied(copies: usize, custom: usize, rest: &str) -> (Vec<(&'static str, String)>, usize) {
    let custom = "x".repeat(custom);
    let further = r#","hours":0"#.repeat(copies);
    let form = format!(r#"{{"hours":"custom","customHours":"{custom}"{further}{rest}}}"#);
    assert!(form.len() <= 65_536);
    let mut out = Vec::new();
    let error = form_to_v1(form.as_bytes(), &mut out).unwrap_err();
    let mut findings = check::findings(Report::of(&error).unwrap());
    findings.retain(|(_, path)| path != "/customHours");
    (findings, out.capacity())
}

/// Each copy was once `customHours` as a whole: 15 MB of v1, and its size all that was said.
#[test]
fn further_copies_of_a_forms_hours_are_duplicates_as_they_are() {
    let copy = ("duplicate_member", "/hours".to_owned());
    let (findings, took) = copied(252, 62_000, r#","lat":1,"lng":2"#);
    assert_eq!(findings, vec![copy.clone(); 252]);
    assert!(took <= 2 * 65_536, "{took} bytes");

    let (mut findings, _) = copied(2, 30_000, r#","lat":1,"lng":999,"accessible":[]"#);
    findings.sort();
    let bad = [
        copy.clone(),
        copy,
        ("invalid_type", "/accessible".to_owned()),
        ("out_of_range", "/lng".to_owned()),
    ];
    assert_eq!(findings, bad);
}
