//! The model against cases worked out by hand from the rows of CONTRACT 1.2, 1.4, 1.5 and 2.

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
fn coordinates() {
    for (payload, findings) in [
        (r#"{"lat":90,"lng":-180}"#, ""),
        (r#"{"lat":90.000000000000001,"lng":180.0}"#, ""),
        (
            r#"{"lat":90.1,"lng":-180.1}"#,
            "out_of_range@/lat out_of_range@/lng",
        ),
        (
            r#"{"lat":1e999,"lng":-1e999}"#,
            "out_of_range@/lat out_of_range@/lng",
        ),
        (
            r#"{"lng":"1","lat":true}"#,
            "invalid_type@/lng invalid_type@/lat",
        ),
        (
            r#"{"lat":null}"#,
            "null_value@/lat required@/lat required@/lng",
        ),
        (r#"{}"#, "required@/lat required@/lng"),
    ] {
        assert_eq!(
            told(MODEL.validate(Api::V1, payload.as_bytes())).0,
            findings,
            "{payload}"
        );
    }
}

#[test]
fn aliases() {
    row(r#""accessible":true"#, "", r#""wheelchair":"yes""#);
    row(r#""accessible":false"#, "", r#""wheelchair":"no""#);
    row(r#""accessible":"yes""#, "invalid_type@/accessible", "-");
    row(r#""accessible":null"#, "null_value@/accessible", "");
    row(
        r#""payment_contactless":true"#,
        "",
        r#""payment:contactless":"yes""#,
    );
    row(
        r#""payment_contactless":1"#,
        "invalid_type@/payment_contactless",
        "-",
    );
    row(
        r#""hours":" business ""#,
        "",
        r#""opening_hours":"Mo-Fr 09:00-17:00""#,
    );
    row(
        r#""hours":"dawn to dusk""#,
        "",
        r#""opening_hours":"sunrise-sunset""#,
    );
    row(
        r#""hours":"dawn_to_dusk\u00a0""#,
        "",
        r#""opening_hours":"sunrise-sunset""#,
    );
    row(r#""hours":"custom""#, "unusual_value@/hours", "");
    row(r#""hours":" \u2003""#, "unusual_value@/hours", "");
    row(
        r#""hours":"sometimes""#,
        "unreadable_hours@/hours",
        r#""opening_hours":"sometimes""#,
    );
    row(r#""hours":7"#, "invalid_type@/hours", "-");
    row(
        &format!(r#""hours":" {} ""#, "é".repeat(255)),
        "",
        &format!(r#""opening_hours":"{}""#, "é".repeat(255)),
    );
    row(
        &format!(r#""hours":"{}""#, "é".repeat(256)),
        "too_long@/hours",
        "-",
    );
}

#[test]
fn shadowed() {
    row(
        r#""accessible":true,"wheelchair":"limited""#,
        "shadowed_alias@/accessible",
        r#""wheelchair":"limited""#,
    );
    row(
        r#""wheelchair":"no","accessible":3"#,
        "invalid_type@/accessible shadowed_alias@/accessible",
        "-",
    );
    row(
        r#""wheelchair":7,"accessible":true"#,
        "invalid_type@/wheelchair shadowed_alias@/accessible",
        "-",
    );
    row(
        r#""wheelchair":null,"accessible":true"#,
        "null_value@/wheelchair",
        r#""wheelchair":"yes""#,
    );
    row(
        r#""hours":"sometimes","opening_hours":"24/7""#,
        "shadowed_alias@/hours",
        r#""opening_hours":"24/7""#,
    );
    row(
        r#""fee":2,"charge":"50p""#,
        "shadowed_alias@/fee",
        r#""fee":true,"charge":"0.50 GBP""#,
    );
    row(
        r#""fee":0,"charge":"50p""#,
        "",
        r#""fee":false,"charge":"0.50 GBP""#,
    );
    row(
        r#""fee":2000000,"charge":"50p""#,
        "out_of_range@/fee shadowed_alias@/fee",
        "-",
    );
    row(
        r#""fee":2,"charge":null"#,
        "null_value@/charge",
        r#""fee":true"#,
    );
}

#[test]
fn fee_in_v1() {
    for (fee, findings, left) in [
        ("0.5", "", "true"),
        ("0", "", "false"),
        ("-0.0", "", "false"),
        ("-1", "unusual_value@/fee", "false"),
        ("-2000000", "unusual_value@/fee", "false"),
        ("1000000", "", "true"),
        ("1000000.01", "out_of_range@/fee", "-"),
        ("1e999", "out_of_range@/fee", "-"),
        ("0e-40", "out_of_range@/fee", "-"),
        ("-1e40", "out_of_range@/fee", "-"),
        ("0.1234567890123456789012345678901", "", "true"),
        (
            "0.12345678901234567890123456789012",
            "out_of_range@/fee",
            "-",
        ),
        ("true", "", "true"),
        (r#""no""#, "", "false"),
        (r#""free""#, "invalid_enum@/fee", "-"),
        ("[]", "invalid_type@/fee", "-"),
        ("null", "null_value@/fee", ""),
    ] {
        let left = if left.len() > 1 {
            format!(r#""fee":{left}"#)
        } else {
            left.to_owned()
        };
        row(&format!(r#""fee":{fee}"#), findings, &left);
    }
}

#[test]
fn kinds() {
    row(r#""@id":"""#, "invalid_format@/@id", "-");
    row(r#""@id":7"#, "invalid_format@/@id", "-");
    row(r#""amenity":"cafe""#, "invalid_enum@/amenity", "-");
    row(r#""wheelchair":true"#, "invalid_type@/wheelchair", "-");
    row(
        r#""access":"public""#,
        "unusual_value@/access",
        r#""access":"yes""#,
    );
    row(
        r#""unisex":true,"male":"only","changing_table":"limited""#,
        "",
        r#""unisex":"yes","male":"only","changing_table":"limited""#,
    );
    row(
        r#""unisex":"only","male":"limited","female":0"#,
        "invalid_enum@/unisex invalid_enum@/male invalid_type@/female",
        "-",
    );
    row(r#""drinking_water":false"#, "", r#""drinking_water":"no""#);
    row(r#""drinking_water":1"#, "invalid_type@/drinking_water", "-");
    row(
        r#""toilets:position":"seated; urinal ""#,
        "",
        r#""toilets:position":"seated; urinal ""#,
    );
    row(
        r#""toilets:position":"seated;""#,
        "invalid_enum@/toilets:position",
        "-",
    );
    row(
        r#""toilets:disposal":false"#,
        "invalid_type@/toilets:disposal",
        "-",
    );
    row(r#""level":-1.50"#, "", r#""level":-1.50"#);
    row(r#""level":true"#, "invalid_type@/level", "-");
    row(
        r#""layer":true"#,
        "type_coercion@/layer",
        r#""layer":"true""#,
    );
    row(r#""layer":1e999"#, "", r#""layer":1e999"#);
    row(r#""operator":5"#, "invalid_type@/operator", "-");
    row(
        r#""supervised":5.0"#,
        "type_coercion@/supervised",
        r#""supervised":"5.0""#,
    );
    row(r#""supervised":{}"#, "invalid_type@/supervised", "-");
    row(r#""name":" A  B ""#, "", r#""name":"A  B""#);
    row(r#""name":"\t""#, "unusual_value@/name", "");
    row(
        r#""capacity":4"#,
        "type_mismatch@/capacity",
        r#""capacity":4"#,
    );
    row(
        r#""x/~":{ "a":1}"#,
        "type_mismatch@/x~1~0",
        r#""x/~":{ "a":1}"#,
    );
    row(
        r#""customHours":"x","features":{}"#,
        "type_mismatch@/features",
        r#""customHours":"x","features":{}"#,
    );
}

#[test]
fn dates() {
    for (date, findings) in [
        (r#""2024""#, ""),
        (r#""2024-12""#, ""),
        (r#""2024-12-31""#, ""),
        (r#""2024-02-31""#, ""),
        (r#""2024-13""#, "invalid_format@/check_date"),
        (r#""2024-00-10""#, "invalid_format@/check_date"),
        (r#""2024-1-1""#, "invalid_format@/check_date"),
        (r#"" 2024""#, "invalid_format@/check_date"),
        ("2024", "type_coercion@/check_date"),
        ("24", "type_coercion@/check_date invalid_format@/check_date"),
        ("[]", "invalid_type@/check_date"),
    ] {
        assert_eq!(v1(&format!(r#""check_date":{date}"#)).0, findings, "{date}");
    }
}

#[test]
fn charges() {
    let long = "9".repeat(33);
    for (charge, written, readable) in [
        ("£0.20", "0.20 GBP", true),
        ("0.20£", "0.20 GBP", true),
        (".2 GBP", "0.20 GBP", true),
        ("0.2GBP", "0.20 GBP", true),
        ("50p", "0.50 GBP", true),
        ("5p", "0.05 GBP", true),
        ("150p", "1.50 GBP", true),
        ("£007", "7.00 GBP", true),
        ("1.500 GBP", "1.500 GBP", true),
        ("0.50 EUR", "0.50 EUR", true),
        ("0.2 GBP/use", "0.2 GBP/use", true),
        ("1 EUR/", "1 EUR/", false),
        ("1 eur", "1 eur", false),
        ("free", "free", false),
        ("£٣", "£٣", false),
        ("", "", false),
        (&format!("{long} GBP"), &format!("{long} GBP"), true),
        (&format!("£{long}"), &format!("£{long}"), false),
    ] {
        let findings = if readable {
            ""
        } else {
            "unreadable_charge@/charge"
        };
        row(
            &format!(r#""charge":"{charge}""#),
            findings,
            &format!(r#""charge":"{written}""#),
        );
    }
    row(r#""charge":1"#, "invalid_type@/charge", "-");
    row(
        &format!(r#""charge":"{}""#, "x".repeat(256)),
        "too_long@/charge",
        "-",
    );
}

#[test]
fn lengths() {
    for (name, limit) in [
        ("operator", 255),
        ("supervised", 255),
        ("description", 1_000),
        ("opening_hours", 255),
    ] {
        assert_eq!(
            v1(&format!(r#""{name}":"{}""#, "😀".repeat(limit))).0,
            "",
            "{name}"
        );
        assert_eq!(
            v1(&format!(r#""{name}":"{}""#, "😀".repeat(limit + 1))).0,
            format!("too_long@/{name}"),
            "{name}"
        );
    }
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
fn defaults_by_policy() {
    let assumed = "amenity wheelchair access opening_hours fee".to_owned();
    let unknowns = r#"{"@id":"node/temp_c1","amenity":"toilets","lat":1.50,"lng":-2e0,"wheelchair":"unknown","access":"unknown","opening_hours":"unknown","fee":false}"#;
    let legacy = r#"{"@id":"node/temp_c1","amenity":"toilets","lat":1.50,"lng":-2e0,"wheelchair":"unknown","access":"yes","opening_hours":"24/7","fee":false,"male":"yes","female":"yes","unisex":"no"}"#;
    let payload = r#"{"lng":-2e0,"lat":1.50}"#;
    assert_eq!(
        upgraded(payload, Policy::Unknowns),
        (String::new(), unknowns.into(), assumed.clone())
    );
    assert_eq!(
        upgraded(payload, Policy::Legacy),
        (String::new(), legacy.into(), assumed)
    );
}

#[test]
fn upgrade_puts_members_in_order() {
    let payload = r#"{"zz":"1","payment_contactless":true,"fee":0.5,"male":"no","hours":"24/7","lng":2,"lat":1,"@id":"way/7","accessible":true,"level":0}"#;
    let (findings, json, assumed) = upgraded(payload, Policy::Legacy);
    assert_eq!(findings, "");
    assert_eq!(
        json,
        r#"{"@id":"way/7","amenity":"toilets","lat":1,"lng":2,"wheelchair":"yes","access":"yes","opening_hours":"24/7","fee":true,"charge":"0.50 GBP","zz":"1","payment:contactless":"yes","male":"no","level":0,"female":"yes","unisex":"no"}"#
    );
    assert_eq!(assumed, "amenity access");
}

#[test]
fn ids() {
    for (id, written) in [
        ("node/1", "node/1"),
        ("way/0012", "way/0012"),
        ("relation/9", "relation/9"),
        ("node/", "node/temp_node/"),
        ("node/1a", "node/temp_node/1a"),
        ("Node/1", "node/temp_Node/1"),
        ("node/node/1", "node/temp_node/node/1"),
        ("node/٣", "node/temp_node/٣"),
        ("é", "node/temp_é"),
    ] {
        assert_eq!(super::id_of_contribution(id), written);
    }
}

#[test]
fn tiers_count_what_is_there() {
    let payload = br#"{"lat":1,"lng":200,"wheelchair":"no","accessible":true,"male":7,"name":" ","layer":true,"x":1,"y":null,"x":2}"#;
    let outcome = MODEL.validate(Api::V1, payload);
    assert_eq!(outcome.tiers, [[3, 2, 2], [2, 1, 0], [1, 1, 0], [1, 1, 0]]);
}

#[test]
fn the_way_back() {
    let core = |wheelchair: &str, access: &str, hours: &str, rest: &str| {
        format!(
            r#"{{"@id":"node/1","amenity":"toilets","lat":1,"lng":2,"wheelchair":"{wheelchair}","access":"{access}","opening_hours":"{hours}",{rest}}}"#
        )
    };
    for (payload, left) in [
        (
            core("yes", "yes", "sunrise-sunset", r#""fee":false"#),
            r#""accessible":true,"access":"yes","hours":"dawn to dusk","fee":0"#,
        ),
        (
            core(
                "unknown",
                "unknown",
                "unknown",
                r#""fee":true,"charge":"£.5""#,
            ),
            r#""fee":0.5"#,
        ),
        (
            core(
                "limited",
                "no",
                "business",
                r#""charge":"1.500 GBP","fee":true"#,
            ),
            r#""wheelchair":"limited","access":"no","opening_hours":"business","fee":1.500"#,
        ),
        (
            core("no", "no", " 24/7", r#""fee":true,"charge":"0.00 GBP""#),
            r#""accessible":false,"access":"no","opening_hours":" 24/7","fee":true,"charge":"0.00 GBP""#,
        ),
        (
            core("no", "no", "24/7", r#""fee":true,"charge":"5 EUR""#),
            r#""accessible":false,"access":"no","hours":"24/7","fee":true,"charge":"5 EUR""#,
        ),
        (
            core("no", "no", "24/7", r#""fee":"no","charge":"5 GBP""#),
            r#""accessible":false,"access":"no","hours":"24/7","fee":0,"charge":"5.00 GBP""#,
        ),
        (
            core(
                "no",
                "no",
                "24/7",
                r#""fee":true,"charge":"1000000.01 GBP""#,
            ),
            r#""accessible":false,"access":"no","hours":"24/7","fee":true,"charge":"1000000.01 GBP""#,
        ),
    ] {
        let (findings, json) = told(MODEL.downgrade(payload.as_bytes(), &[]));
        assert_eq!(
            (findings.as_str(), json),
            ("", format!(r#"{{"@id":"node/1","lat":1,"lng":2,{left}}}"#)),
            "{payload}"
        );
    }
    let assumed = ["amenity", "wheelchair", "access", "opening_hours", "fee"];
    let (_, json) = told(MODEL.downgrade(
        core("yes", "yes", "24/7", r#""fee":false"#).as_bytes(),
        &assumed,
    ));
    assert_eq!(json, r#"{"@id":"node/1","lat":1,"lng":2}"#);
}
