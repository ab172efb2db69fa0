//! CONTRACT 1.4: what each kind takes, and what it becomes.

use super::{Api, MODEL, row, told, v1};

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
