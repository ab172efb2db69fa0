//! CONTRACT 1.2 and 1.4, row by row: what each member takes, what it becomes, and the exact findings otherwise.

mod core;
mod formats;
mod tags;

use cutover::Version;
use cutover::contribution::Policy;

use crate::kit::{upgrades, validates};

/// A member beside `lat` and `lng`: the codes v1 finds at the member, and what is written of it after the core, `None`
/// when the payload is refused. A member that is no alias must fare the same in v2.
#[track_caller]
fn row(member: &str, codes: &[&str], written: Option<&str>) {
    let name = member[1..].split('"').next().unwrap();
    let path = format!("/{name}");
    let want: Vec<(&str, &str)> = codes.iter().map(|code| (*code, path.as_str())).collect();
    let core = r#""@id":"node/temp_c1","amenity":"toilets","lat":1,"lng":2,"wheelchair":"unknown","access":"unknown","opening_hours":"unknown","fee":false"#;
    let written = written.map(|written| {
        let comma = if written.is_empty() { "" } else { "," };
        format!("{{{core}{comma}{written}}}")
    });
    upgrades(
        &format!(r#"{{"lat":1,"lng":2,{member}}}"#),
        Policy::Unknowns,
        &want,
        written.as_deref(),
    );
    validates(
        Version::V1,
        format!(r#"{{"lat":1,"lng":2,{member}}}"#),
        &want,
    );
    validates(Version::V2, format!("{{{core},{member}}}"), &want);
}

/// A row whose member is written as it is, without a word.
#[track_caller]
fn same(member: &str) {
    row(member, &[], Some(member));
}

/// A row whose member is refused.
#[track_caller]
fn refused(member: &str, code: &str) {
    row(member, &[code], None);
}

fn text(name: &str, c: char, count: usize) -> String {
    format!(r#""{name}":"{}""#, c.to_string().repeat(count))
}

#[test]
fn yes_no_takes_bools_silently_in_every_tier() {
    for (name, words) in [
        ("unisex", &["yes", "no"][..]),
        ("toilets:wheelchair", &["yes", "no"]),
        ("drinking_water", &["yes", "no"]),
        ("toilets:handwashing", &["yes", "no"]),
        ("toilets:menstrual_products", &["yes", "no"]),
        ("changing_table", &["yes", "no", "limited"]),
        ("male", &["yes", "no", "only"]),
        ("female", &["yes", "no", "only"]),
        ("payment:cash", &["yes", "no", "only"]),
        ("payment:contactless", &["yes", "no", "only"]),
    ] {
        for word in ["yes", "no", "limited", "only", "Yes", "", "true"] {
            let member = format!(r#""{name}":"{word}""#);
            if words.contains(&word) {
                same(&member)
            } else {
                refused(&member, "invalid_enum")
            }
        }
        row(
            &format!(r#""{name}":true"#),
            &[],
            Some(&format!(r#""{name}":"yes""#)),
        );
        row(
            &format!(r#""{name}":false"#),
            &[],
            Some(&format!(r#""{name}":"no""#)),
        );
        refused(&format!(r#""{name}":1"#), "invalid_type");
        refused(&format!(r#""{name}":[]"#), "invalid_type");
    }
}

#[test]
fn disposal_and_position_take_their_lists() {
    for word in [
        "flush",
        "pitlatrine",
        "chemical",
        "bucket",
        "dry_toilet",
        "tank",
        "incineration",
        "none",
    ] {
        same(&format!(r#""toilets:disposal":"{word}""#));
    }
    refused(r#""toilets:disposal":"hole""#, "invalid_enum");
    refused(r#""toilets:disposal":true"#, "invalid_type");
    for list in ["seated", "urinal;squat", " seated ; urinal ", "squat;squat"] {
        same(&format!(r#""toilets:position":"{list}""#));
    }
    for list in [
        "",
        "seated;",
        ";seated",
        "seated,urinal",
        "Seated",
        "standing",
    ] {
        refused(&format!(r#""toilets:position":"{list}""#), "invalid_enum");
    }
    refused(r#""toilets:position":true"#, "invalid_type");
    refused(r#""toilets:position":["seated"]"#, "invalid_type");
}

#[test]
fn text_is_255_characters_and_long_text_1000() {
    for (name, limit) in [
        ("operator", 255),
        ("building", 255),
        ("supervised", 255),
        ("description", 1_000),
        ("note", 1_000),
    ] {
        for c in ['x', 'é', '😀'] {
            same(&text(name, c, limit));
            refused(&text(name, c, limit + 1), "too_long");
        }
        same(&format!(r#""{name}":"""#));
        same(&format!(r#""{name}":" \u00e9 \/ ""#));
    }
    for value in ["5", "true", "{}"] {
        refused(&format!(r#""operator":{value}"#), "invalid_type");
        refused(&format!(r#""name":{value}"#), "invalid_type");
    }
}

#[test]
fn names_are_trimmed_before_they_are_measured() {
    same(r#""name":"A  B""#);
    row(
        r#""name":" \tA  B\u00a0\u2003""#,
        &[],
        Some(r#""name":"A  B""#),
    );
    row(r#""name":" \u00e9""#, &[], Some(r#""name":"é""#));
    same(r#""name":"\u00e9""#);
    row(r#""name":"""#, &["unusual_value"], Some(""));
    row(r#""name":" \u2003\n""#, &["unusual_value"], Some(""));
    row(
        &format!(r#""name":"  {}  ""#, "é".repeat(255)),
        &[],
        Some(&format!(r#""name":"{}""#, "é".repeat(255))),
    );
    refused(&text("name", 'é', 256), "too_long");
    // U+200B is no White_Space.
    same("\"name\":\"\u{200b}\"");
}

#[test]
fn text_or_number_is_kept_as_it_was_written() {
    for level in [
        r#""-1;0""#,
        r#""""#,
        "0",
        "-1.50",
        "1e0",
        "1e999",
        "12345678901234567890",
    ] {
        same(&format!(r#""level":{level}"#));
        same(&format!(r#""layer":{level}"#));
        same(&format!(r#""building:levels":{level}"#));
    }
    refused(r#""level":true"#, "invalid_type");
    refused(r#""level":[]"#, "invalid_type");
    row(
        r#""layer":true"#,
        &["type_coercion"],
        Some(r#""layer":"true""#),
    );
    refused(r#""layer":{}"#, "invalid_type");
}

#[test]
fn the_optional_tier_coerces_numbers_and_bools() {
    row(
        r#""supervised":5.0"#,
        &["type_coercion"],
        Some(r#""supervised":"5.0""#),
    );
    row(
        r#""description":false"#,
        &["type_coercion"],
        Some(r#""description":"false""#),
    );
    row(
        r#""check_date":2024"#,
        &["type_coercion"],
        Some(r#""check_date":"2024""#),
    );
    row(
        r#""check_date":24"#,
        &["type_coercion", "invalid_format"],
        None,
    );
    row(
        r#""check_date":true"#,
        &["type_coercion", "invalid_format"],
        None,
    );
    let digits = "1".repeat(256);
    row(
        &format!(r#""supervised":{digits}"#),
        &["type_coercion", "too_long"],
        None,
    );
    row(
        &format!(r#""note":{digits}"#),
        &["type_coercion"],
        Some(&format!(r#""note":"{digits}""#)),
    );
    refused(r#""supervised":{}"#, "invalid_type");
    refused(r#""check_date":[]"#, "invalid_type");
}

#[test]
fn specialized_and_unknown_members_are_kept_byte_for_byte() {
    same(r#""addr:street":"\u0051uince Row \/""#);
    same(r#""customHours":"whenever""#);
    for value in [
        "1e999",
        "true",
        "[ 1 , null ]",
        r#"{ "a" : "\ud83d\ude00" }"#,
    ] {
        for name in ["capacity", "x", "features", "LAT"] {
            let member = format!(r#""{name}":{value}"#);
            row(&member, &["type_mismatch"], Some(&member));
        }
    }
    same(&text("x", 'é', 5_000));
}

#[test]
fn paths_are_json_pointers_in_the_input_s_own_name() {
    validates(
        Version::V1,
        r#"{"lat":1,"lng":2,"a/b~c":1}"#,
        &[("type_mismatch", "/a~1b~0c")],
    );
    validates(
        Version::V1,
        r#"{"lat":1,"lng":2,"":1}"#,
        &[("type_mismatch", "/")],
    );
    validates(
        Version::V1,
        r#"{"lat":1,"lng":2,"\u0061ccess":1}"#,
        &[("invalid_type", "/access")],
    );
    validates(
        Version::V1,
        r#"{"lat":1,"lng":2,"accessible":1}"#,
        &[("invalid_type", "/accessible")],
    );
}
