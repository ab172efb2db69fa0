//! What holds for every codec: samples, laws on generated values, names; what holds for one of them is beside this file.

use proptest::prelude::*;

use super::*;
use crate::mapping::json::{OwnedJson, equal};

mod names;
mod strings;
mod times;

fn owned(text: &str) -> OwnedJson {
    OwnedJson::new(text).unwrap()
}

/// What a value of `side` is on the other; nothing may be written unless it was converted.
fn convert(codec: &Codec, side: Side, text: &str, loss: bool) -> Result<(Coded, String), Outside> {
    let value = owned(text);
    let mut out = b"kept".to_vec();
    let coded = match side {
        Side::From => codec.up(value.value(), loss, &mut out),
        Side::To => codec.down(value.value(), loss, &mut out),
    };
    let written = String::from_utf8(out).unwrap();
    let written = written.strip_prefix("kept").unwrap().to_owned();
    let converted = matches!(coded, Ok(Coded::Exact | Coded::Cut));
    assert_eq!(converted, !written.is_empty(), "{codec:?} {text}");
    coded.map(|coded| (coded, written))
}

fn up(codec: &Codec, text: &str) -> Result<String, Outside> {
    convert(codec, Side::From, text, false).map(|(_, text)| text)
}

fn down(codec: &Codec, text: &str) -> Result<String, Outside> {
    convert(codec, Side::To, text, false).map(|(_, text)| text)
}

/// One of each, and with arguments that are easy to get wrong.
fn codecs() -> Vec<Codec> {
    let scale = |by| Codec::Scale { by };
    let prefix = |text: &str| Codec::Prefix { text: text.into() };
    let joined = |separator: &str| Codec::Joined {
        separator: separator.into(),
    };
    vec![
        Codec::PosixRfc3339,
        scale(2),
        scale(-3),
        scale(400),
        scale(-400),
        Codec::Integer,
        Codec::NumberString,
        prefix("EPSG:"),
        prefix("\"é\\\n"),
        joined(";"),
        joined(", "),
        joined("aa"),
        joined("aba"),
        joined("é\"\t"),
        Codec::Base64,
    ]
}

#[test]
fn samples_are_what_they_say() {
    for codec in codecs() {
        let samples = codec.samples();
        assert!(samples.pairs.len() > 3);
        for (from, to) in &samples.pairs {
            assert_eq!(up(&codec, from).as_ref(), Ok(to), "{codec:?} {from}");
            let back = down(&codec, to).unwrap();
            assert!(
                equal(owned(&back).value(), owned(from).value()),
                "{codec:?} {to}"
            );
        }
        for text in &samples.outside_from {
            assert!(up(&codec, text).is_err(), "{codec:?} {text}");
        }
        for text in &samples.outside_to {
            assert!(down(&codec, text).is_err(), "{codec:?} {text}");
        }
    }
}

#[test]
fn null_and_other_types_stay() {
    for codec in codecs() {
        for side in [Side::From, Side::To] {
            for text in [
                "null",
                "true",
                "false",
                "{}",
                "{\"a\":[]}",
                "1",
                "\"1\"",
                "[\"a\"]",
            ] {
                if owned(text).value().shape() == codec.reads(side) {
                    continue;
                }
                let left = convert(&codec, side, text, true);
                assert_eq!(left, Ok((Coded::Left, String::new())), "{codec:?} {text}");
            }
        }
    }
}

#[test]
fn reasons_say_what_a_value_must_be() {
    let mut count = 0;
    for codec in codecs() {
        let samples = codec.samples();
        let up = samples.outside_from.iter().map(|text| up(&codec, text));
        let down = samples.outside_to.iter().map(|text| down(&codec, text));
        for outside in up.chain(down) {
            assert!(outside.unwrap_err().reason.starts_with("must "));
            count += 1;
        }
    }
    assert!(count > 50);
}

#[test]
fn numbers_are_written_in_plain_decimals() {
    let cents = Codec::Scale { by: 2 };
    for (from, to) in [
        ("12.5", "1250"),
        ("0.07", "7"),
        ("-0.1", "-10"),
        ("1.50e1", "1500"),
        ("-0", "0"),
        ("0.010", "1"),
        ("1e3", "100000"),
    ] {
        assert_eq!(up(&cents, from), Ok(to.to_owned()), "{from}");
        // The other way round it is the inverse.
        assert_eq!(up(&Codec::Scale { by: -2 }, to), down(&cents, to));
    }
    assert_eq!(down(&cents, "1"), Ok("0.01".to_owned()));
    assert_eq!(down(&cents, "1.0"), Ok("0.01".to_owned()));
    assert_eq!(down(&cents, "12e2"), Ok("12".to_owned()));
    // What would not come back is refused in both directions.
    assert!(up(&cents, "0.001").is_err());
    assert!(down(&cents, "0.5").is_err());
    assert_eq!(up(&cents, "1e400").unwrap().len(), 403);
    assert!(up(&cents, "1e401").is_err());
    assert_eq!(up(&Codec::Integer, "70e-1"), Ok("7".to_owned()));
    assert_eq!(down(&Codec::Integer, "-7.0"), Ok("-7".to_owned()));
}

/// Values near the domains of all codecs, and some far from them.
fn values() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[ab]{0,5}",
        "(EPSG:|\"é\\\\\n)?[a,; é\"\t]{0,4}",
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?(e-?[0-9]{1,3})?",
        "[0-9]{2}(19|20|70|99)-(0[1-9]|1[0-2])-[0-3][0-9][Tt][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,2})?([Zz]|[+-][0-2][0-9]:[0-5][0-9])",
        "[A-D+/w]{0,7}={0,2}",
        any::<String>(),
    ];
    let string = text.prop_map(|text| quoted(&text)).boxed();
    let list = prop::collection::vec(
        prop_oneof![9 => "[ab;, ]{0,3}".prop_map(|text| quoted(&text)), 1 => Just("1".to_owned())],
        0..4,
    );
    prop_oneof![
        3 => string,
        3 => "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?",
        1 => "[1-9][0-9]{8,12}(\\.0{1,2})?",
        2 => list.prop_map(|parts| format!("[{}]", parts.join(", "))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// There and back has the same value; there, back and there again the same bytes; and what is written is of the type that
    /// the codec says it writes.
    #[test]
    fn there_and_back(text in values()) {
        for codec in codecs() {
            for side in [Side::From, Side::To] {
                let Ok((Coded::Exact, there)) = convert(&codec, side, &text, false) else { continue };
                prop_assert_eq!(owned(&there).value().shape(), codec.reads(side.other()));
                let Ok((Coded::Exact, back)) = convert(&codec, side.other(), &there, false) else {
                    return Err(TestCaseError::fail(format!("{codec:?} {side}: {there} doesn't come back")));
                };
                if side == Side::From {
                    prop_assert!(equal(owned(&back).value(), owned(&text).value()));
                }
                prop_assert_eq!(convert(&codec, side, &back, false), Ok((Coded::Exact, there)));
            }
        }
    }

    /// Whether the loss is allowed makes no difference but where there is one.
    #[test]
    fn allowed_losses_are_only_cuts(text in values()) {
        for codec in codecs() {
            for side in [Side::From, Side::To] {
                let (strict, loose) = (convert(&codec, side, &text, false), convert(&codec, side, &text, true));
                if strict != loose {
                    prop_assert_eq!((&codec, side), (&Codec::PosixRfc3339, Side::To));
                    prop_assert!(strict.is_err() && matches!(loose, Ok((Coded::Cut, _))));
                }
            }
        }
    }

    /// A scale multiplies exactly, or refuses.
    #[test]
    fn scale_is_arithmetic(digits in -1_000_000i64..1_000_000, decimals in 0u32..7, by in 1i32..7) {
        let magnitude = format!("{:07}", digits.abs());
        let (whole, fraction) = magnitude.split_at(7 - decimals as usize);
        let whole = whole.trim_start_matches('0');
        let text = format!(
            "{}{}{}{fraction}",
            if digits < 0 { "-" } else { "" },
            if whole.is_empty() { "0" } else { whole },
            if fraction.is_empty() { "" } else { "." },
        );
        let (product, divisor) = (digits * 10i64.pow(by as u32), 10i64.pow(decimals));
        let expected = (product % divisor == 0).then(|| (product / divisor).to_string());
        prop_assert_eq!(up(&Codec::Scale { by }, &text).ok(), expected);
    }
}
