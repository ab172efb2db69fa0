//! What each finding says, word for word: clients show it, people search for it.

use std::collections::HashSet;

use cutover::Version::{self, V1, V2};
use cutover::contribution::{Code, Limits, Report, Upgrader, validate, validate_within};

/// A v1 payload with these members beside the required ones.
fn v1(members: &str) -> String {
    format!(r#"{{"lat":1,"lng":2,{members}}}"#)
}

fn says(report: &Report) -> Vec<(Code, &str, &str)> {
    let findings = report.findings().iter();
    findings
        .map(|finding| (finding.code(), finding.path(), finding.message()))
        .collect()
}

#[test]
fn every_code_says_what_to_do() {
    use Code::*;
    let rows: [(Version, String, Code, &str, &str); 33] = [
        (V1, r#"{"lng":2}"#.into(), Required, "/lat", "required: send it"),
        (V1, r#"{"lat":"1","lng":2}"#.into(), InvalidType, "/lat", "wrong type: use a number"),
        (V1, v1(r#""accessible":"yes""#), InvalidType, "/accessible", "wrong type: use true or false"),
        (V1, v1(r#""fee":[]"#), InvalidType, "/fee", "wrong type: use true or false, in v1 also an amount"),
        (V1, v1(r#""male":1"#), InvalidType, "/male", r#"wrong type: use "yes", "no", true or false"#),
        (V1, v1(r#""level":true"#), InvalidType, "/level", "wrong type: use a string or a number"),
        (V1, v1(r#""operator":1"#), InvalidType, "/operator", "wrong type: use a string"),
        (V1, "[]".into(), InvalidType, "", "wrong type: send a JSON object"),
        (V1, r#"{"lat":91,"lng":2}"#.into(), OutOfRange, "/lat", "out of range: use a number from -90 to 90"),
        (V1, v1(r#""fee":1000001"#), OutOfRange, "/fee", "out of range: use at most 1000000, in at most 32 digits"),
        (V1, v1(r#""access":"all""#), InvalidEnum, "/access", "not a value of this tag: use yes, permissive, customers, private, permit, no, unknown"),
        (V1, v1(r#""toilets:position":"bidet""#), InvalidEnum, "/toilets:position", "not a list of this tag's values: use seated, urinal, squat, separated by ;"),
        (V1, v1(r#""female":"limited""#), InvalidEnum, "/female", "not a value of this tag: use yes, no, only"),
        (V1, v1(r#""unisex":"only""#), InvalidEnum, "/unisex", "not a value of this tag: use yes, no"),
        (V1, v1(r#""check_date":"today""#), InvalidFormat, "/check_date", "not a date: use YYYY, YYYY-MM or YYYY-MM-DD"),
        (V1, v1(r#""@id":"""#), InvalidFormat, "/@id", "not an id: use a string that is not empty"),
        (V1, v1(&format!(r#""operator":"{}""#, "x".repeat(256))), TooLong, "/operator", "too long: use at most 255 characters"),
        (V1, v1(r#""level":"1","level":"2""#), DuplicateMember, "/level", "the member is there more than once: send it once"),
        (V1, "{".into(), MalformedJson, "", "not JSON at byte 1: expected a member name in double quotes"),
        (V1, v1(r#""x":"\ud800""#), MalformedJson, "", "not JSON at byte 28: expected the second half of a surrogate pair"),
        (V1, "x".repeat(65_537), TooLarge, "", "65537 bytes: send at most 65536"),
        (V1, format!("{}{}", r#"{"x":"#.repeat(33), "}".repeat(33)), TooDeep, "", "nested too deep at byte 160: send at most 32 levels"),
        (V1, v1(r#""access":"public""#), UnusualValue, "/access", "a word of earlier days: its present form is used"),
        (V1, v1(r#""fee":-1"#), UnusualValue, "/fee", "a negative amount: taken as 0"),
        (V1, v1(r#""name":" ""#), UnusualValue, "/name", "says nothing: left out"),
        (V1, v1(r#""level":null"#), NullValue, "/level", "null: left out, do not send the member"),
        (V1, v1(r#""accessible":true,"wheelchair":"no""#), ShadowedAlias, "/accessible", "an alias beside the tag it stands for: the tag is used, send only that"),
        (V1, v1(r#""height":true"#), TypeCoercion, "/height", "not a string: taken as its JSON text, send it as a string"),
        (V1, v1(r#""x":1"#), TypeMismatch, "/x", "not a string, as OSM tags are: kept as it is, send it as a string"),
        (V1, v1(r#""charge":"a bit""#), UnreadableCharge, "/charge", "not an amount and a currency: kept as it is, write it like 0.50 GBP"),
        (V1, v1(r#""hours":"always""#), UnreadableHours, "/hours", "not opening hours that we can read: kept as they are, write them like Mo-Fr 09:00-17:00"),
        (V2, r#"{"@id":"a","amenity":"toilets","lat":1,"lng":2,"wheelchair":"no","access":"no","opening_hours":"off","fee":false,"accessible":true}"#.into(), V1Member, "/accessible", "a member of v1: send the OSM tag it stands for"),
        (V2, r#"{"@id":"a","amenity":"toilets","lat":1,"lng":2,"wheelchair":"no","access":"no","opening_hours":"off"}"#.into(), Required, "/fee", "required: send it"),
    ];
    let mut seen = HashSet::from([TooManyMembers]);
    for (version, payload, code, path, message) in &rows {
        let report = validate(*version, payload.as_bytes());
        assert_eq!(says(&report), [(*code, *path, *message)], "{payload}");
        seen.insert(*code);
    }
    assert_eq!(seen.len(), Code::ALL.len(), "each code has a row");
}

#[test]
fn what_has_no_row_says_what_to_do_too() {
    let limits = Limits::V1.with_members(2);
    let report = validate_within(V1, v1(r#""level":"1""#).as_bytes(), &limits);
    assert_eq!(
        says(&report),
        [(
            Code::TooManyMembers,
            "",
            "too many members at byte 17: send at most 2"
        )]
    );

    let report = validate(V1, b"{\"lat\":\xff}");
    assert_eq!(
        says(&report),
        [(
            Code::MalformedJson,
            "",
            "not UTF-8 at byte 7: send JSON in UTF-8"
        )]
    );

    let mut out = b"before".to_vec();
    let error = Upgrader::new()
        .upgrade(br#"{"lat":1,"lng":2}"#, "", &mut out)
        .unwrap_err();
    assert_eq!(
        (error.path(), error.to_string().as_str()),
        ("/@id", "use a contribution id of 1 to 1024 bytes")
    );
    assert_eq!(out, b"before");
}

/// Every code's message says something on one line, without the value, which may be personal data.
#[test]
fn messages_never_contain_the_value() {
    let secret = "Zq7xSecret";
    let long = secret.repeat(30);
    let deep = format!(r#"{{"x":"{secret}","a":{}"#, "[".repeat(40));
    let many: Vec<String> = (0..300)
        .map(|at| format!(r#""k{at}":"{secret}""#))
        .collect();
    let many = format!("{{{}}}", many.join(","));
    let large = format!(r#"{{"x":"{}"}}"#, secret.repeat(7_000));
    let rows: Vec<(&str, Code, String)> = vec![
        ("v1", Code::Required, r#"{}"#.into()),
        ("v1", Code::InvalidType, format!(r#"{{"lat":"{secret}"}}"#)),
        ("v1", Code::OutOfRange, r#"{"lat":98765432}"#.into()),
        (
            "v1",
            Code::InvalidEnum,
            format!(r#"{{"wheelchair":"{secret}"}}"#),
        ),
        (
            "v1",
            Code::InvalidFormat,
            format!(r#"{{"check_date":"{secret}"}}"#),
        ),
        ("v1", Code::TooLong, format!(r#"{{"operator":"{long}"}}"#)),
        (
            "v1",
            Code::DuplicateMember,
            format!(r#"{{"operator":"a","operator":"{secret}"}}"#),
        ),
        ("v2", Code::V1Member, format!(r#"{{"hours":"{secret}"}}"#)),
        (
            "v1",
            Code::MalformedJson,
            format!(r#"{{"hours":"{secret}""#),
        ),
        ("v1", Code::TooLarge, large),
        ("v1", Code::TooDeep, deep),
        ("v1", Code::TooManyMembers, many),
        ("v1", Code::UnusualValue, r#"{"fee":-98765432}"#.into()),
        ("v1", Code::NullValue, r#"{"operator":null}"#.into()),
        (
            "v1",
            Code::ShadowedAlias,
            format!(r#"{{"hours":"{secret}","opening_hours":"{secret}"}}"#),
        ),
        (
            "v1",
            Code::TypeCoercion,
            r#"{"supervised":98765432}"#.into(),
        ),
        ("v1", Code::TypeMismatch, format!(r#"{{"x":["{secret}"]}}"#)),
        (
            "v1",
            Code::UnreadableCharge,
            format!(r#"{{"charge":"{secret}"}}"#),
        ),
        (
            "v1",
            Code::UnreadableHours,
            format!(r#"{{"hours":"{secret}"}}"#),
        ),
    ];
    for code in Code::ALL {
        let (version, _, payload) = rows
            .iter()
            .find(|(_, row, _)| row == code)
            .expect("a row for every code");
        let report = validate(version.parse().unwrap(), payload.as_bytes());
        let finding = report
            .findings()
            .iter()
            .find(|finding| finding.code() == *code);
        let finding = finding.unwrap_or_else(|| panic!("no {code}: {report}"));
        let message = finding.message();
        assert!(
            message.len() > 12 && !message.contains('\n'),
            "{code}: {message:?}"
        );
        assert!(
            !message.contains(secret) && !message.contains("98765432"),
            "{code} tells the value: {message}"
        );
        // What to do is said with one of these words, or as what is taken ("must be …", "takes …").
        let to_do = [
            "must", "send", "use", "give", "write", "leave", "remove", "drop", "shorten", "split",
            "add", "take", "give", "check", "expected", "should", "at most", "name", "put", "omit",
            "keep", "need", "rename", "make",
        ];
        let lower = message.to_lowercase();
        assert!(
            to_do.iter().any(|word| lower.contains(word)),
            "{code} does not say what to do: {message}"
        );
    }
}
