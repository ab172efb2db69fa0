//! Texts with a format: dates and charges.

use super::{refused, row, same, text};

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
