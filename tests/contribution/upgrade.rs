//! CONTRACT 2, row by row: where each v2 member comes from, what stands in for an absent one, and the exact bytes.

mod fee;

use cutover::Version;
use cutover::contribution::Policy;

use crate::kit::{check, upgrades, validates};

const BARE: &str = r#""@id":"node/temp_c1","amenity":"toilets","lat":1,"lng":2"#;

/// A payload's member beside `lat` and `lng`, and what of the output follows `lng`, policy `unknowns`.
#[track_caller]
fn row(member: &str, want: &[(&str, &str)], rest: Option<&str>) {
    let json = rest.map(|rest| format!("{{{BARE},{rest}}}"));
    upgrades(
        &format!(r#"{{"lat":1,"lng":2,{member}}}"#),
        Policy::Unknowns,
        want,
        json.as_deref(),
    );
}

fn core(wheelchair: &str, hours: &str, fee: &str) -> String {
    format!(
        r#""wheelchair":"{wheelchair}","access":"unknown","opening_hours":"{hours}","fee":{fee}"#
    )
}

#[test]
fn absent_members_by_policy() {
    let unknowns = r#"{"@id":"node/temp_c1","amenity":"toilets","lat":1.50,"lng":-2e0,"wheelchair":"unknown","access":"unknown","opening_hours":"unknown","fee":false}"#;
    let legacy = r#"{"@id":"node/temp_c1","amenity":"toilets","lat":1.50,"lng":-2e0,"wheelchair":"unknown","access":"yes","opening_hours":"24/7","fee":false,"male":"yes","female":"yes","unisex":"no"}"#;
    let payload = r#" { "lng" : -2e0 , "lat" : 1.50 } "#;
    upgrades(payload, Policy::Unknowns, &[], Some(unknowns));
    upgrades(payload, Policy::Legacy, &[], Some(legacy));
    for (policy, _) in check::POLICIES {
        let (report, _) = check::upgrade(payload.as_bytes(), "c1", policy);
        let assumed: Vec<&str> = report.assumed().names().collect();
        assert_eq!(
            assumed,
            ["amenity", "wheelchair", "access", "opening_hours", "fee"]
        );
    }
}

#[test]
fn nothing_is_assumed_where_there_is_a_source() {
    for (member, still) in [
        (r#""accessible":true"#, "amenity access opening_hours fee"),
        (
            r#""wheelchair":"unknown""#,
            "amenity access opening_hours fee",
        ),
        (r#""hours":"24/7""#, "amenity wheelchair access fee"),
        (
            r#""hours":"custom""#,
            "amenity wheelchair access opening_hours fee",
        ),
        (r#""fee":0"#, "amenity wheelchair access opening_hours"),
        (
            r#""fee":null"#,
            "amenity wheelchair access opening_hours fee",
        ),
        (
            r#""access":"public""#,
            "amenity wheelchair opening_hours fee",
        ),
        (
            r#""amenity":"toilets""#,
            "wheelchair access opening_hours fee",
        ),
        (
            r#""@id":"node/7""#,
            "amenity wheelchair access opening_hours fee",
        ),
    ] {
        let payload = format!(r#"{{"lat":1,"lng":2,{member}}}"#);
        for (policy, _) in check::POLICIES {
            let (report, _) = check::upgrade(payload.as_bytes(), "c1", policy);
            assert_eq!(
                report.assumed().names().collect::<Vec<_>>().join(" "),
                still,
                "{member}"
            );
        }
    }
}

#[test]
fn required_are_only_the_coordinates() {
    validates(
        Version::V1,
        "{}",
        &[("required", "/lat"), ("required", "/lng")],
    );
    validates(Version::V1, r#"{"lng":1}"#, &[("required", "/lat")]);
    upgrades(
        r#"{"lat":null,"lng":"x"}"#,
        Policy::Legacy,
        &[
            ("null_value", "/lat"),
            ("invalid_type", "/lng"),
            ("required", "/lat"),
        ],
        None,
    );
    let all = [
        "@id",
        "amenity",
        "lat",
        "lng",
        "wheelchair",
        "access",
        "opening_hours",
        "fee",
    ]
    .map(|name| format!("/{name}"));
    let all: Vec<(&str, &str)> = all.iter().map(|path| ("required", path.as_str())).collect();
    validates(Version::V2, "{}", &all);
}

#[test]
fn ids_stay_or_become_temporary() {
    for (id, written) in [
        ("node/1", "node/1"),
        ("way/0012", "way/0012"),
        ("relation/9", "relation/9"),
        ("node/", "node/temp_node/"),
        ("node/1a", "node/temp_node/1a"),
        ("Node/1", "node/temp_Node/1"),
        ("node/٣", "node/temp_node/٣"),
        ("größe \"1\"", r#"node/temp_größe \"1\""#),
    ] {
        let (_, output) = check::upgrade(br#"{"lat":1,"lng":2}"#, id, Policy::Unknowns);
        let output = String::from_utf8(output.unwrap()).unwrap();
        assert!(
            output.starts_with(&format!(r#"{{"@id":"{written}","amenity":"#)),
            "{output}"
        );
    }
    let (_, output) = check::upgrade(
        br#"{"lat":1,"lng":2,"@id":"x \u0041"}"#,
        "node/1",
        Policy::Unknowns,
    );
    assert!(
        output
            .unwrap()
            .starts_with(br#"{"@id":"x \u0041","amenity":"#)
    );
}

#[test]
fn a_contribution_id_is_1_to_1024_bytes() {
    let payload = br#"{"lat":99,"@id":"node/1"}"#;
    for (id, good) in [
        (String::new(), false),
        ("é".repeat(512), true),
        ("x".repeat(1_025), false),
    ] {
        let (report, _) = check::upgrade(payload, &id, Policy::Unknowns);
        let mut want = vec![("out_of_range", "/lat".to_owned())];
        if !good {
            want.push(("invalid_format", "/@id".to_owned()));
        }
        want.push(("required", "/lng".to_owned()));
        assert_eq!(check::findings(&report), want);
    }
}

#[test]
fn wheelchair_is_the_tag_else_accessible() {
    row(
        r#""accessible":true"#,
        &[],
        Some(&core("yes", "unknown", "false")),
    );
    row(
        r#""accessible":false"#,
        &[],
        Some(&core("no", "unknown", "false")),
    );
    row(
        r#""wheelchair":null,"accessible":true"#,
        &[("null_value", "/wheelchair")],
        Some(&core("yes", "unknown", "false")),
    );
    let shadowed = ("shadowed_alias", "/accessible");
    row(
        r#""accessible":true,"wheelchair":"limited""#,
        &[shadowed],
        Some(&core("limited", "unknown", "false")),
    );
    row(
        r#""wheelchair":"limited","accessible":null"#,
        &[("null_value", "/accessible")],
        Some(&core("limited", "unknown", "false")),
    );
    row(
        r#""wheelchair":"no","accessible":"yes""#,
        &[("invalid_type", "/accessible"), shadowed],
        None,
    );
    row(
        r#""wheelchair":true,"accessible":true"#,
        &[("invalid_type", "/wheelchair"), shadowed],
        None,
    );
}

#[test]
fn hours_are_mapped_and_never_replaced() {
    for (hours, written) in [
        ("dawn to dusk", "sunrise-sunset"),
        (" dawn_to_dusk\\u00a0", "sunrise-sunset"),
        ("business", "Mo-Fr 09:00-17:00"),
        ("24/7", "24/7"),
        ("  Mo-Sa 08:00-18:00\\n", "Mo-Sa 08:00-18:00"),
    ] {
        row(
            &format!(r#""hours":"{hours}""#),
            &[],
            Some(&core("unknown", written, "false")),
        );
    }
    for kept in ["Dawn to dusk", "Business", "ask the baker", "custom."] {
        row(
            &format!(r#""hours":"{kept}""#),
            &[("unreadable_hours", "/hours")],
            Some(&core("unknown", kept, "false")),
        );
    }
    for dropped in ["custom", " custom ", "", " \\u2003\\t"] {
        row(
            &format!(r#""hours":"{dropped}""#),
            &[("unusual_value", "/hours")],
            Some(&core("unknown", "unknown", "false")),
        );
    }
    row(r#""hours":7"#, &[("invalid_type", "/hours")], None);
    row(
        &format!(r#""hours":"{}""#, "é".repeat(256)),
        &[("too_long", "/hours")],
        None,
    );
    // The tag wins and is not mapped; the alias's warnings are of no matter.
    let shadowed = ("shadowed_alias", "/hours");
    row(
        r#""hours":"ask the baker","opening_hours":"24/7""#,
        &[shadowed],
        Some(&core("unknown", "24/7", "false")),
    );
    row(
        r#""hours":7,"opening_hours":"24/7""#,
        &[("invalid_type", "/hours"), shadowed],
        None,
    );
    row(
        r#""opening_hours":"business""#,
        &[("unreadable_hours", "/opening_hours")],
        Some(&core("unknown", "business", "false")),
    );
}

#[test]
fn contactless_keeps_its_place_under_its_tag() {
    let core = core("unknown", "unknown", "false");
    row(
        r#""a":"1","payment_contactless":true,"b":"2""#,
        &[],
        Some(&format!(
            r#"{core},"a":"1","payment:contactless":"yes","b":"2""#
        )),
    );
    row(
        r#""payment_contactless":false"#,
        &[],
        Some(&format!(r#"{core},"payment:contactless":"no""#)),
    );
    row(
        r#""payment_contactless":"yes""#,
        &[("invalid_type", "/payment_contactless")],
        None,
    );
    row(
        r#""payment_contactless":true,"payment:contactless":"only""#,
        &[("shadowed_alias", "/payment_contactless")],
        Some(&format!(r#"{core},"payment:contactless":"only""#)),
    );
}

#[test]
fn order_is_core_charge_input_policy() {
    let payload = r#"{"zz":"1","payment_contactless":true,"fee":0.5,"male":false,"hours":"24/7","lng":2,"lat":1,"access":"no","@id":"way/7","accessible":true,"level":0}"#;
    let head = r#"{"@id":"way/7","amenity":"toilets","lat":1,"lng":2,"wheelchair":"yes","access":"no","opening_hours":"24/7","fee":true,"charge":"0.50 GBP","zz":"1","payment:contactless":"yes","male":"no","level":0"#;
    upgrades(payload, Policy::Unknowns, &[], Some(&format!("{head}}}")));
    upgrades(
        payload,
        Policy::Legacy,
        &[],
        Some(&format!(r#"{head},"female":"yes","unisex":"no"}}"#)),
    );
}

#[test]
fn what_is_not_changed_keeps_its_spelling() {
    let payload = r#"{ "lat" : 5.10e1 , "lng":-0.10, "\u006fperator" : "\u0041\/B" ,"x\ty":[ 1,  2 ], "\ud83d\ude00":"\ud83d\ude00", "name":"\u00a0\u0041\u000a\u0001\u00a0" }"#;
    let want = r#"{"@id":"node/temp_c1","amenity":"toilets","lat":5.10e1,"lng":-0.10,"wheelchair":"unknown","access":"unknown","opening_hours":"unknown","fee":false,"\u006fperator":"\u0041\/B","x\ty":[ 1,  2 ],"\ud83d\ude00":"\ud83d\ude00","name":"A\n\u0001"}"#;
    upgrades(
        payload,
        Policy::Unknowns,
        &[("type_mismatch", "/x\ty")],
        Some(want),
    );
}

#[test]
fn v1_members_are_errors_in_v2() {
    let core = r#""@id":"node/1","amenity":"toilets","lat":1,"lng":2,"wheelchair":"yes","access":"yes","opening_hours":"24/7","fee":true"#;
    for alias in ["accessible", "hours", "payment_contactless"] {
        for value in ["null", "true", r#""x""#] {
            let path = format!("/{alias}");
            validates(
                Version::V2,
                format!(r#"{{{core},"{alias}":{value}}}"#),
                &[("v1_member", &path)],
            );
        }
    }
    validates(
        Version::V2,
        format!(r#"{{{core},"features":{{}},"customHours":"x"}}"#),
        &[("type_mismatch", "/features")],
    );
    validates(
        Version::V2,
        core.replace("true", "0.5").replace(r#""@id""#, r#"{"@id""#) + "}",
        &[("invalid_type", "/fee")],
    );
}

#[test]
fn tiers_count_what_is_there() {
    let payload = br#"{"lat":1,"lng":200,"wheelchair":"no","accessible":true,"male":7,"name":" ","layer":true,"x":1,"y":null,"x":2}"#;
    let (report, _) = check::upgrade(payload, "c1", Policy::Unknowns);
    let counts: Vec<[u32; 3]> = cutover::contribution::Tier::ALL
        .iter()
        .map(|tier| report.tier(*tier))
        .map(|count| [count.provided, count.valid, count.required])
        .collect();
    assert_eq!(counts, [[3, 2, 2], [2, 1, 0], [1, 1, 0], [1, 1, 0]]);
}
