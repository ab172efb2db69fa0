//! CONTRACT 1.2 and 1.4, row by row: what each member takes, what it becomes, and the exact findings otherwise.

use cutover::Version;
use cutover::contribution::{Code, Policy, Tier, validate};
use cutover_testkit::model::{Api, tags};

use crate::kit::{check, upgrades, validates};

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

/// The value of a core member, as v1 and v2 judge it.
#[track_caller]
fn core(name: &str, value: &str, codes: &[&str]) {
    let path = format!("/{name}");
    let want: Vec<(&str, &str)> = codes.iter().map(|code| (*code, path.as_str())).collect();
    let others = [
        ("@id", r#""node/1""#),
        ("amenity", r#""toilets""#),
        ("lat", "1"),
        ("lng", "2"),
        ("wheelchair", r#""yes""#),
        ("access", r#""yes""#),
        ("opening_hours", r#""24/7""#),
        ("fee", "true"),
    ];
    let members: Vec<String> = others
        .iter()
        .map(|(other, plain)| format!("\"{other}\":{}", if *other == name { value } else { plain }))
        .collect();
    let payload = format!("{{{}}}", members.join(","));
    validates(Version::V1, &payload, &want);
    validates(Version::V2, &payload, &want);
}

fn text(name: &str, c: char, count: usize) -> String {
    format!(r#""{name}":"{}""#, c.to_string().repeat(count))
}

#[test]
fn coordinates_are_numbers_in_range_compared_as_the_nearest_double() {
    for (name, limit) in [("lat", "90"), ("lng", "180")] {
        for fine in [
            "0",
            "-0",
            "1e1",
            "0.5E-3",
            "1e-999",
            "51.50735091234567",
            limit,
        ] {
            core(name, fine, &[]);
        }
        core(name, &format!("-{limit}"), &[]);
        core(name, &format!("{limit}.0"), &[]);
        core(name, &format!("{limit}.000000000000000000001"), &[]);
        for beyond in ["181", "1e999", "-1e999"] {
            core(name, beyond, &["out_of_range"]);
        }
        core(name, &format!("{limit}.0001"), &["out_of_range"]);
        core(name, &format!("-{limit}.0001"), &["out_of_range"]);
        for other in [r#""1""#, "true", "[]", "{}"] {
            core(name, other, &["invalid_type"]);
        }
    }
}

#[test]
fn core_tags_take_exactly_their_words() {
    for id in [r#""node/1""#, r#""x""#, r#"" ""#, r#""é""#] {
        core("@id", id, &[]);
    }
    for id in [r#""""#, "7", "true", "[]"] {
        core("@id", id, &["invalid_format"]);
    }
    core("amenity", r#""cafe""#, &["invalid_enum"]);
    core("amenity", r#"" toilets""#, &["invalid_enum"]);
    core("amenity", "true", &["invalid_type"]);
    for word in ["yes", "no", "limited", "designated", "unknown"] {
        core("wheelchair", &format!("\"{word}\""), &[]);
    }
    core("wheelchair", r#""Yes""#, &["invalid_enum"]);
    core("wheelchair", "true", &["invalid_type"]);
    core("wheelchair", "1", &["invalid_type"]);
    for word in [
        "yes",
        "permissive",
        "customers",
        "private",
        "permit",
        "no",
        "unknown",
    ] {
        core("access", &format!("\"{word}\""), &[]);
    }
    core("access", r#""public""#, &["unusual_value"]);
    core("access", r#""destination""#, &["invalid_enum"]);
    core("access", "false", &["invalid_type"]);
    for fee in ["true", "false", r#""yes""#, r#""no""#] {
        core("fee", fee, &[]);
    }
    core("fee", r#""free""#, &["invalid_enum"]);
    core("fee", "{}", &["invalid_type"]);
    validates(Version::V1, r#"{"lat":1,"lng":2,"fee":0.5}"#, &[]);
}

#[test]
fn opening_hours_are_any_text_of_255_characters_neither_trimmed_nor_mapped() {
    for fine in [
        "24/7",
        "Mo-Fr 09:00-17:00",
        "sunrise-sunset",
        "unknown",
        "off",
    ] {
        core("opening_hours", &format!("\"{fine}\""), &[]);
    }
    core("opening_hours", r#""business""#, &["unreadable_hours"]);
    core("opening_hours", r#""whenever""#, &["unreadable_hours"]);
    core("opening_hours", "247", &["invalid_type"]);
    core(
        "opening_hours",
        &format!("\"{}\"", "é".repeat(255)),
        &["unreadable_hours"],
    );
    core(
        "opening_hours",
        &format!("\"{}\"", "é".repeat(256)),
        &["too_long"],
    );
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
fn dates_are_years_months_or_days() {
    for date in [
        "2024",
        "2024-01",
        "2024-12",
        "2024-12-31",
        "2024-02-31",
        "0000-01-01",
    ] {
        same(&format!(r#""check_date":"{date}""#));
        same(&format!(r#""survey:date":"{date}""#));
    }
    for date in [
        "",
        "24",
        "2024-",
        "2024-13",
        "2024-00",
        "2024-01-00",
        "2024-01-32",
        "2024-1-1",
        " 2024",
        "2024-01-01T00",
        "31/05/2024",
        "٢٠٢٤",
        "+2024",
    ] {
        refused(&format!(r#""check_date":"{date}""#), "invalid_format");
    }
}

#[test]
fn charges_in_pounds_become_one_form() {
    for (charge, written) in [
        ("£0.20", "0.20 GBP"),
        ("0.20£", "0.20 GBP"),
        (".2 GBP", "0.20 GBP"),
        ("0.2GBP", "0.20 GBP"),
        ("50p", "0.50 GBP"),
        ("5p", "0.05 GBP"),
        ("150p", "1.50 GBP"),
        ("0p", "0.00 GBP"),
        ("£007", "7.00 GBP"),
        ("£.5", "0.50 GBP"),
        ("1.500 GBP", "1.500 GBP"),
        (
            "£12345678901234567890123456789012",
            "12345678901234567890123456789012.00 GBP",
        ),
    ] {
        row(
            &format!(r#""charge":"{charge}""#),
            &[],
            Some(&format!(r#""charge":"{written}""#)),
        );
    }
    row(
        r#""charge":"\u00a30.20""#,
        &[],
        Some(r#""charge":"0.20 GBP""#),
    );
    for charge in [
        "0.50 GBP",
        "0.50 EUR",
        "5 EUR",
        "0.2 GBP/use",
        "1 USD/kWh/hour",
    ] {
        same(&format!(r#""charge":"{charge}""#));
    }
    for charge in [
        "",
        "free",
        "£",
        "p",
        "0,20 GBP",
        "1 eur",
        "1 EURO",
        "1 EUR/",
        "£٣",
        "£123456789012345678901234567890123",
    ] {
        let member = format!(r#""charge":"{charge}""#);
        row(&member, &["unreadable_charge"], Some(&member));
    }
    refused(&text("charge", 'x', 256), "too_long");
    refused(r#""charge":0.5"#, "invalid_type");
    refused(r#""charge":true"#, "invalid_type");
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

#[test]
fn nulls_are_dropped_whatever_the_kind() {
    for tag in tags::all() {
        let payload = format!(r#"{{"{}":null}}"#, tag.name);
        let report = validate(Version::V1, payload.as_bytes());
        assert_eq!(
            check::findings(&report)[0],
            ("null_value", format!("/{}", tag.name))
        );
    }
    for alias in ["accessible", "hours", "payment_contactless", "x"] {
        let report = validate(Version::V1, format!(r#"{{"{alias}":null}}"#).as_bytes());
        assert_eq!(check::findings(&report)[0].0, "null_value");
    }
}

#[test]
fn the_table_of_tags_has_the_contract_s_tiers_and_kinds() {
    // Each value tells kinds apart; both sides see all of them for all 122 names.
    let values = [
        "null",
        "true",
        "7",
        "2024",
        "-1",
        "1e999",
        "[]",
        r#""""#,
        r#"" yes ""#,
        r#""yes""#,
        r#""limited""#,
        r#""only""#,
        r#""toilets""#,
        r#""flush""#,
        r#""seated""#,
        r#""2024-05""#,
        r#""£1""#,
        r#""24/7""#,
        r#""unknown""#,
        r#""public""#,
    ];
    let long = [256, 1_001].map(|count| format!("\"{}\"", "x".repeat(count)));
    for tag in tags::all() {
        for value in values.into_iter().chain(long.iter().map(String::as_str)) {
            let payload = format!(r#"{{"{}":{value}}}"#, tag.name);
            for (version, api) in [(Version::V1, Api::V1), (Version::V2, Api::V2)] {
                let report = validate(version, payload.as_bytes());
                let want = check::MODEL.validate(api, payload.as_bytes());
                assert_eq!(
                    check::findings(&report),
                    want.findings,
                    "{version} {payload}"
                );
                for finding in report
                    .findings()
                    .iter()
                    .filter(|finding| finding.code() != Code::Required)
                {
                    assert_eq!(
                        finding.tier().map(Tier::as_str),
                        Some(tag.tier.as_str()),
                        "{payload}"
                    );
                }
                for (tier, counts) in Tier::ALL.into_iter().zip(want.tiers) {
                    let count = report.tier(tier);
                    assert_eq!(
                        [count.provided, count.valid, count.required],
                        counts,
                        "{payload} {tier}"
                    );
                }
            }
        }
    }
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
