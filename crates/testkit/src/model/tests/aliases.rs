//! CONTRACT 1.2: the members that only v1 has, alone and beside the tags that they stand for.

use super::row;

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
