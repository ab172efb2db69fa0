//! The edges of what each codec converts: values in its domain, and values just outside it.

use super::tree::quoted;
use crate::mapping::call::Side;
use crate::mapping::codec::Codec;

/// JSON texts of one side: those that the codec converts, and those that it refuses.
pub(crate) fn of(codec: &Codec, side: Side) -> (Vec<String>, Vec<String>) {
    let texts = |texts: &[&str]| texts.iter().map(|text| quoted(text)).collect();
    let plain = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    match (codec, side) {
        (Codec::PosixRfc3339, Side::From) => (
            plain(&[
                "0",
                "1",
                "1700000000",
                "253402300799",
                "1.7e9",
                "951782400.0",
            ]),
            plain(&["-1", "253402300800", "0.5", "1e40", "1e999"]),
        ),
        (Codec::PosixRfc3339, Side::To) => (
            texts(&[
                "1970-01-01T00:00:00Z",
                "2023-11-14T22:13:20Z",
                "2023-11-14T23:13:20+01:00",
                "2024-02-29T00:00:00z",
                "9999-12-31T23:59:59Z",
            ]),
            texts(&[
                "2023-02-29T00:00:00Z",
                "2016-12-31T23:59:60Z",
                "1969-12-31T23:59:59Z",
                "2023-11-14T22:13:20.5Z",
                "2023-11-14",
                "",
            ]),
        ),
        (Codec::Scale { by }, side) => {
            // Up, for a positive `by`, there may be so many digits behind the point; down likewise for a negative one.
            let digits = if side == Side::From { *by } else { -*by }.max(0);
            let digits = usize::try_from(digits).unwrap_or(0).min(30);
            let least = |digits: usize| match digits {
                0 => "1".to_owned(),
                digits => format!("0.{}1", "0".repeat(digits - 1)),
            };
            let mut inside: Vec<String> = plain(&["0", "1", "-20", "100", "1e2", "12.0"]);
            inside.extend([least(digits), "123456789012345678901234567890".to_owned()]);
            let open = if side == Side::From { *by < 0 } else { *by > 0 };
            if digits == 0 && open {
                inside.extend(["12.5", "0.001"].map(str::to_owned));
                return (inside, plain(&["1e401", "1e999999999999"]));
            }
            (inside, vec![least(digits + 1), "1e401".to_owned()])
        }
        (Codec::Integer, _) => (
            plain(&[
                "0",
                "-0",
                "7",
                "7.0",
                "70e-1",
                "1e3",
                "-12",
                "9007199254740993",
            ]),
            plain(&["0.5", "1e-1", "1e41"]),
        ),
        (Codec::NumberString, Side::From) => (
            plain(&["0", "12.50", "-1e-3", "1E+2", "9007199254740993"]),
            Vec::new(),
        ),
        (Codec::NumberString, Side::To) => (
            texts(&["0", "12.50", "-1e-3", "1E+2"]),
            texts(&["", "1.", "01", " 1", "0x1", "NaN"]),
        ),
        (Codec::Prefix { .. }, Side::From) => (texts(&["", "x", "é\n"]), Vec::new()),
        (Codec::Prefix { text }, Side::To) => (
            ["", "x", "é\n"]
                .map(|rest| quoted(&format!("{text}{rest}")))
                .to_vec(),
            texts(&["", "\u{1}no such prefix"]),
        ),
        (Codec::Joined { separator }, Side::From) => (
            [
                String::new(),
                "a".to_owned(),
                format!("a{separator}b"),
                format!("{separator}a{separator}{separator}é"),
                separator.to_string(),
            ]
            .map(|text| quoted(&text))
            .to_vec(),
            Vec::new(),
        ),
        (Codec::Joined { separator }, Side::To) => (
            plain(&["[]", r#"["a"]"#, r#"["a","b"]"#, r#"["","é",""]"#]),
            vec![
                r#"[""]"#.to_owned(),
                format!("[{}]", quoted(&format!("a{separator}b"))),
                "[1]".to_owned(),
            ],
        ),
        (Codec::Base64, Side::From) => (
            texts(&["", "YQ==", "YWI=", "YWJj", "w6k="]),
            texts(&["YQ", "YR==", "Y", "/w==", "YW Jj", "é"]),
        ),
        (Codec::Base64, Side::To) => (texts(&["", "a", "ab", "abc", "é"]), Vec::new()),
    }
}
