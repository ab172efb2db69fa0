//! The model against cases worked out by hand from the rows of CONTRACT 1.2, 1.4, 1.5 and 2.

mod aliases;
mod conversions;
mod values;

use super::{Api, Model, Policy, to_json};

const MODEL: Model = Model {
    readable: |text| text != "sometimes",
};

/// Findings as `code@path`, and the output as JSON, `""` when there is none.
fn told(outcome: super::Outcome) -> (String, String) {
    let findings: Vec<_> = outcome
        .findings
        .iter()
        .map(|(code, path)| format!("{code}@{path}"))
        .collect();
    let json = outcome
        .output
        .map(|record| String::from_utf8(to_json(&record)).unwrap());
    (findings.join(" "), json.unwrap_or_default())
}

/// `member` beside lat and lng, as v1 takes it.
fn v1(member: &str) -> (String, String) {
    told(MODEL.validate(
        Api::V1,
        format!(r#"{{"lat":1,"lng":2,{member}}}"#).as_bytes(),
    ))
}

/// Asserts findings and what is left of `member` in v1.
#[track_caller]
fn row(member: &str, findings: &str, left: &str) {
    let output = match left {
        "-" => String::new(),
        "" => r#"{"lat":1,"lng":2}"#.to_owned(),
        left => format!(r#"{{"lat":1,"lng":2,{left}}}"#),
    };
    assert_eq!(v1(member), (findings.to_owned(), output), "{member}");
}

fn upgraded(payload: &str, policy: Policy) -> (String, String, String) {
    let outcome = MODEL.upgrade(payload.as_bytes(), "c1", policy);
    let assumed = outcome.assumed.join(" ");
    let (findings, json) = told(outcome);
    (findings, json, assumed)
}

#[test]
fn v2_asks_for_the_core_and_refuses_aliases() {
    let all = "required@/@id required@/amenity required@/lat required@/lng required@/wheelchair required@/access \
               required@/opening_hours required@/fee";
    assert_eq!(told(MODEL.validate(Api::V2, b"{}")).0, all);
    let core = r#""@id":"node/1","amenity":"toilets","lat":1,"lng":2,"wheelchair":"yes","access":"yes","opening_hours":"24/7""#;
    for (rest, findings) in [
        (r#""fee":"yes""#, ""),
        (r#""fee":0.5"#, "invalid_type@/fee"),
        (r#""fee":true,"hours":null"#, "v1_member@/hours"),
        (
            r#""accessible":true,"fee":true,"payment_contactless":1"#,
            "v1_member@/accessible v1_member@/payment_contactless",
        ),
        (r#""fee":true,"fee":false"#, "duplicate_member@/fee"),
        (r#""fee":null"#, "null_value@/fee required@/fee"),
    ] {
        let payload = format!("{{{core},{rest}}}");
        assert_eq!(
            told(MODEL.validate(Api::V2, payload.as_bytes())).0,
            findings,
            "{rest}"
        );
    }
}

#[test]
fn findings_on_the_whole_stand_alone() {
    for (payload, findings) in [
        ("[]", "invalid_type@"),
        ("{", "malformed_json@"),
        (r#"{"lat":99,"lat":}"#, "malformed_json@"),
        (r#"{"lat":1,"l\u0061t":2,"lng":2}"#, "duplicate_member@/lat"),
    ] {
        assert_eq!(
            told(MODEL.validate(Api::V1, payload.as_bytes())).0,
            findings,
            "{payload}"
        );
        assert_eq!(
            told(MODEL.upgrade(payload.as_bytes(), "c1", Policy::Legacy)).0,
            findings,
            "{payload}"
        );
    }
    let outcome = MODEL.upgrade(br#"{"lat":99}"#, "", Policy::Unknowns);
    assert_eq!(
        told(outcome).0,
        "out_of_range@/lat invalid_format@/@id required@/lng"
    );
}

#[test]
fn tiers_count_what_is_there() {
    let payload = br#"{"lat":1,"lng":200,"wheelchair":"no","accessible":true,"male":7,"name":" ","layer":true,"x":1,"y":null,"x":2}"#;
    let outcome = MODEL.validate(Api::V1, payload);
    assert_eq!(outcome.tiers, [[3, 2, 2], [2, 1, 0], [1, 1, 0], [1, 1, 0]]);
}
