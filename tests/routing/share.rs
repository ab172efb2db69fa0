//! The share: what it reads, what it writes, what it refuses.

use cutover::{ErrorKind, Share};
use proptest::prelude::*;

#[test]
fn reads_percent_and_parts_per_million() {
    let cases = [
        ("0%", 0),
        ("10%", 100_000),
        ("100%", 1_000_000),
        ("010%", 100_000),
        ("000%", 0),
        ("12.5%", 125_000),
        ("0.0001%", 1),
        ("0.1%", 1_000),
        ("99.9999%", 999_999),
        ("100.0000%", 1_000_000),
        ("0ppm", 0),
        ("1ppm", 1),
        ("100000ppm", 100_000),
        ("1000000ppm", 1_000_000),
        ("0000001ppm", 1),
    ];
    for (text, ppm) in cases {
        assert_eq!(text.parse::<Share>().unwrap().as_ppm(), ppm, "{text}");
    }
}

#[test]
fn refuses_everything_else_with_what_to_write() {
    let cases = [
        "",
        "%",
        "ppm",
        ".5%",
        "5.%",
        "1.23456%",
        "1000%",
        "100.0001%",
        "101%",
        "-1%",
        "+1%",
        " 1%",
        "1 %",
        "1% ",
        "1e1%",
        "1.5.5%",
        "1000001ppm",
        "10000000ppm",
        "-1ppm",
        "+1ppm",
        "1.5ppm",
        "１%",
        "NaN%",
        "10%ppm",
        "0x1%",
        "1,5%",
        "1.+5%",
        "10PPM",
        "101",
    ];
    for text in cases {
        let error = text.parse::<Share>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Share, "{text:?}");
        assert_eq!(
            error.to_string(),
            "not a share: write a percentage up to 100% with at most 4 decimals, such as 12.5%, \
             or parts per million up to 1000000ppm"
        );
    }
    for text in ["60", "0.1", "100"] {
        let error = text.parse::<Share>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Share, "{text:?}");
        assert_eq!(
            error.to_string(),
            format!("a share needs its unit: add %, as in {text}%")
        );
    }
    assert_eq!(Share::ppm(1_000_001), None);
    let error = serde_json::from_str::<Share>("10").unwrap_err().to_string();
    assert!(
        error.contains("expected a share such as \"10%\" or \"100000ppm\""),
        "{error}"
    );
}

proptest! {
    /// Writing a share and reading it back gives it again, for each of the million: nothing is rounded.
    #[test]
    fn what_it_writes_it_reads(ppm in 0..=1_000_000u32) {
        let share = Share::ppm(ppm).unwrap();
        prop_assert_eq!(share.to_string().parse::<Share>().unwrap(), share);
        prop_assert_eq!(format!("{ppm}ppm").parse::<Share>().unwrap(), share);
        let json = serde_json::to_string(&share).unwrap();
        prop_assert_eq!(&json, &format!("\"{share}\""));
        prop_assert_eq!(serde_json::from_str::<Share>(&json).unwrap(), share);
    }
}
