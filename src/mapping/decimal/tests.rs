//! Decimals against string and i128 arithmetic, and tables of spellings.

use proptest::prelude::*;

use super::*;

fn plain(text: &str) -> Option<String> {
    let mut out = b"kept ".to_vec();
    let written = Decimal::of(text).write_plain(&mut out);
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix("kept ").unwrap().to_owned();
    assert!(written.is_some() || text.is_empty());
    written.map(|()| text)
}

#[test]
fn plain_texts_have_no_exponent_and_no_trailing_zeros() {
    for (text, expected) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0.00e7", "0"),
        ("0e1000", "0"),
        ("1", "1"),
        ("-12.50", "-12.5"),
        ("100", "100"),
        ("1.0", "1"),
        ("10.10", "10.1"),
        ("0.0010", "0.001"),
        ("12e2", "1200"),
        ("1.2E+1", "12"),
        ("1.25e1", "12.5"),
        ("1250e-2", "12.5"),
        ("5e-3", "0.005"),
        ("100e-2", "1"),
        ("1e0000000000000000000000000000000000000000000002", "100"),
    ] {
        assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(plain("1e1000").unwrap().len(), 1001);
    for text in ["1e1001", "1e-1001", "-3e99999999999999999999", "0e1001"] {
        assert_eq!(plain(text), None, "{text}");
    }
}

#[test]
fn numbers_of_one_value_are_equal_and_others_are_ordered() {
    // Each line is one value; the lines ascend.
    let lines: &[&[&str]] = &[
        &["-1e99999999999999999999999999"],
        &["-1e400", "-10e399"],
        &["-2"],
        &["-1.5", "-15e-1", "-0.15E+1"],
        &["-1e-400"],
        &["0", "-0", "0.000", "0e9", "-0e-99999999999"],
        &["1e-99999999999999999999999999"],
        &["1e-99999999999999999999999998"],
        &["0.1", "1e-1", "0.10", "0.01e1"],
        &["0.11"],
        &["9.99"],
        &["10", "1e1", "10.0", "100e-1"],
        &["10.01"],
        &["9007199254740992"],
        &["9007199254740993", "9007199254740993.0"],
        &["1e99999999999"],
        &["1e100000000000", "0.1e100000000001", "10e99999999999"],
    ];
    for (i, line) in lines.iter().enumerate() {
        for (j, other) in lines.iter().enumerate() {
            for a in *line {
                for b in *other {
                    assert_eq!(Decimal::of(a).cmp(&Decimal::of(b)), i.cmp(&j), "{a} {b}");
                    assert_eq!(Decimal::of(a) == Decimal::of(b), i == j, "{a} {b}");
                }
            }
        }
    }
}

#[test]
fn integral_whatever_the_spelling() {
    for text in [
        "0",
        "-0.0",
        "7",
        "7.0",
        "70e-1",
        "1.5e1",
        "1e999999999999",
        "-2.50e2",
    ] {
        assert!(Decimal::of(text).is_integral(), "{text}");
    }
    for text in [
        "0.5",
        "7.1",
        "75e-1",
        "1.55e1",
        "1e-999999999999",
        "-2.505e2",
    ] {
        assert!(!Decimal::of(text).is_integral(), "{text}");
    }
}

#[test]
fn whole_numbers_of_64_bits() {
    for (text, expected) in [
        ("0", Some(0)),
        ("-0", Some(0)),
        ("12e2", Some(1200)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("1e19", Some(10_000_000_000_000_000_000)),
        ("1e20", None),
        ("1e99999999999999999999999999999999999999999", None),
        ("0.5", None),
        ("-1", None),
    ] {
        assert_eq!(Decimal::of(text).to_u64(), expected, "{text}");
    }
}

#[test]
fn exponents_as_written() {
    assert!(Decimal::of("1e400").exponent_within(400));
    assert!(Decimal::of("1e-400").exponent_within(400));
    assert!(!Decimal::of("0e401").exponent_within(400));
    assert!(!Decimal::of("1e-99999999999999999999999999999999999999999").exponent_within(400));
    assert!(Decimal::of(&"9".repeat(1_000)).exponent_within(0));
}

#[test]
fn multiples_are_exact() {
    for (number, of) in [
        ("0", "7"),
        ("0.3", "0.1"),
        ("19.99", "0.01"),
        ("1e308", "0.5"),
        ("3e99999999999", "3e5000"),
        ("-9", "3.0"),
        ("4.5", "1.5"),
        ("12345678901234567890123456789", "9"),
        ("1e200", "1267650600228229401496703205376"),
    ] {
        let multiple = Decimal::of(number).is_multiple_of(Decimal::of(of));
        assert_eq!(multiple, Some(true), "{number} {of}");
    }
    for (number, of) in [
        ("0.35", "0.1"),
        ("1", "2"),
        ("1e-999999", "1"),
        ("1e99", "7"),
        ("1e99999999999", "3e5000"),
        ("3", "0"),
    ] {
        let multiple = Decimal::of(number).is_multiple_of(Decimal::of(of));
        assert_eq!(multiple, Some(false), "{number} {of}");
    }
    let long = Decimal::of("1234567890123456789012345678901234567.8");
    assert_eq!(Decimal::of("1").is_multiple_of(long), None);
}

#[test]
fn read_takes_what_json_takes() {
    for text in [
        "", "-", "+1", "01", "-01", ".5", "1.", "1.e1", "1e", "1e+", "1e1.5", " 1", "1 ", "0x1",
        "١", "NaN", "1e1e1", "--1", "1-", "1_0",
    ] {
        assert!(Decimal::read(text).is_none(), "{text:?}");
    }
    for text in ["0", "-0", "10", "0.50", "1E5", "1e+05", "-12.50e-05"] {
        assert!(Decimal::read(text).is_some(), "{text:?}");
    }
}

/// Numbers as JSON writes them, with few enough digits for i128.
fn numbers() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,8})(\\.[0-9]{1,8})?([eE][+-]?0?[0-9])?"
}

/// The value times 10^20, by arithmetic of i128.
fn oracle(text: &str) -> i128 {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    digits * 10i128.pow((20 + exponent - fraction.len() as i32) as u32)
}

proptest! {
    /// Whatever serde_json takes as a number, `read` takes, and nothing else.
    #[test]
    fn read_agrees_with_serde_json(text in "[-+0-9.eE]{0,8}") {
        let known = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
        prop_assert_eq!(Decimal::read(&text).is_some(), known);
    }

    /// Order, wholeness and multiples are those of exact integers.
    #[test]
    fn agrees_with_integers(a in numbers(), b in numbers()) {
        let (x, y) = (oracle(&a), oracle(&b));
        let (da, db) = (Decimal::of(&a), Decimal::of(&b));
        prop_assert_eq!(da.cmp(&db), x.cmp(&y));
        prop_assert_eq!(da.is_integral(), x % 10i128.pow(20) == 0);
        let multiple = if y == 0 { x == 0 } else { x % y == 0 };
        prop_assert_eq!(da.is_multiple_of(db), Some(multiple));
    }

    /// Plain text has the same value, no exponent, no spare zeros, and is its own plain text.
    #[test]
    fn plain_is_canonical(text in numbers(), by in -9i32..9) {
        let mut out = Vec::new();
        let shifted = Decimal::of(&text).shifted(by);
        prop_assert_eq!(shifted.write_plain(&mut out), Some(()));
        let canonical = String::from_utf8(out).unwrap();
        prop_assert_eq!(Decimal::read(&canonical), Some(shifted));
        prop_assert!(!canonical.contains(['e', 'E']));
        prop_assert!(!canonical.contains('.') || !canonical.ends_with('0'));
        prop_assert_eq!(plain(&canonical), Some(canonical));
        prop_assert!(Decimal::of(&text) == shifted.shifted(-by));
    }

    /// A shift moves the value by powers of ten.
    #[test]
    fn shifts_multiply(text in "-?(0|[1-9][0-9]{0,5})", by in 0i32..9) {
        let expected = oracle(&text) / 10i128.pow(20) * 10i128.pow(by as u32);
        prop_assert!(Decimal::of(&text).shifted(by) == Decimal::of(&expected.to_string()));
    }
}
