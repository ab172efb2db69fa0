//! The fee and the charge: which amount is written, and in which words.

use super::{core, row};

#[test]
fn a_fee_is_a_charge_in_plain_decimal() {
    for (fee, charge) in [
        ("0.5", "0.50"),
        ("0.125", "0.125"),
        ("1e1", "10.00"),
        ("1.5E+1", "15.00"),
        ("10e-1", "1.00"),
        ("1e-3", "0.001"),
        ("12.50", "12.50"),
        ("1000000", "1000000.00"),
        ("1e6", "1000000.00"),
        (
            "0.1234567890123456789012345678901",
            "0.1234567890123456789012345678901",
        ),
    ] {
        let rest = format!(
            r#"{},"charge":"{charge} GBP""#,
            core("unknown", "unknown", "true")
        );
        row(&format!(r#""fee":{fee}"#), &[], Some(&rest));
    }
    for zero in ["0", "-0", "0.00", "-0e5", "0e99999999999999999999"] {
        row(
            &format!(r#""fee":{zero}"#),
            &[],
            Some(&core("unknown", "unknown", "false")),
        );
    }
    for negative in ["-1", "-0.001", "-2000000"] {
        row(
            &format!(r#""fee":{negative}"#),
            &[("unusual_value", "/fee")],
            Some(&core("unknown", "unknown", "false")),
        );
    }
    for beyond in [
        "1000000.01",
        "1000001",
        "1e7",
        "1e999",
        "0e-40",
        "-1e40",
        "0.12345678901234567890123456789012",
        "1e-99999999999999999999",
    ] {
        row(
            &format!(r#""fee":{beyond}"#),
            &[("out_of_range", "/fee")],
            None,
        );
    }
    for (tag, written) in [
        ("true", "true"),
        ("false", "false"),
        (r#""yes""#, "true"),
        (r#""no""#, "false"),
    ] {
        row(
            &format!(r#""fee":{tag}"#),
            &[],
            Some(&core("unknown", "unknown", written)),
        );
    }
}

#[test]
fn a_charge_tag_wins_over_the_fee_s_amount() {
    let with = |fee: &str, charge: &str| {
        format!(r#"{},"charge":"{charge}""#, core("unknown", "unknown", fee))
    };
    row(
        r#""fee":2,"charge":"50p""#,
        &[("shadowed_alias", "/fee")],
        Some(&with("true", "0.50 GBP")),
    );
    row(
        r#""charge":"free","fee":2"#,
        &[("unreadable_charge", "/charge"), ("shadowed_alias", "/fee")],
        Some(&with("true", "free")),
    );
    row(
        r#""fee":0,"charge":"50p""#,
        &[],
        Some(&with("false", "0.50 GBP")),
    );
    row(
        r#""fee":-1,"charge":"50p""#,
        &[("unusual_value", "/fee")],
        Some(&with("false", "0.50 GBP")),
    );
    row(
        r#""fee":"yes","charge":"0.50 EUR""#,
        &[],
        Some(&with("true", "0.50 EUR")),
    );
    row(r#""charge":"50p""#, &[], Some(&with("false", "0.50 GBP")));
    row(
        r#""fee":2,"charge":null"#,
        &[("null_value", "/charge")],
        Some(&with("true", "2.00 GBP")),
    );
    row(
        r#""fee":2,"charge":7"#,
        &[("shadowed_alias", "/fee"), ("invalid_type", "/charge")],
        None,
    );
    row(
        r#""fee":2000000,"charge":"50p""#,
        &[("out_of_range", "/fee"), ("shadowed_alias", "/fee")],
        None,
    );
}
