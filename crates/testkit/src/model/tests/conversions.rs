//! CONTRACT 2: the way there and the way back.

use super::{MODEL, Policy, told, upgraded};
use crate::model::upgrade::id_of_contribution;

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
        assert_eq!(id_of_contribution(id), written);
    }
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
