//! The core members: coordinates, the tags with fixed words, opening hours.

use cutover::Version;

use crate::kit::validates;

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
