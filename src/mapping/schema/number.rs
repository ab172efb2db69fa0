//! The numbers of a schema, compared and divided exactly.

use std::cmp::Ordering;

use crate::mapping::decimal::Decimal;

/// Whether this text of a JSON number is an integer, `1.0` and `1e3` included.
#[inline]
pub(super) fn is_integral(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'-') || Decimal::of(text).is_integral()
}

/// A number of a schema.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) text: Box<str>,
    small: Option<(i64, usize)>,
}

impl Bound {
    pub(super) fn new(number: &serde_json::Number) -> Self {
        let text = number.to_string();
        Self {
            small: small(&text),
            text: text.into(),
        }
    }

    /// Whether it is short enough to divide by.
    pub(super) fn divides(&self) -> bool {
        let zero = Decimal::of("0");
        zero.is_multiple_of(Decimal::of(&self.text)).is_some()
    }

    pub(super) fn is_positive(&self) -> bool {
        Decimal::of(&self.text) > Decimal::of("0")
    }

    /// How a number stands to this one.
    #[inline]
    pub(super) fn compared(&self, text: &str) -> Ordering {
        if let (Some((mine, scale)), Some((theirs, their_scale))) = (self.small, small(text)) {
            return (i128::from(theirs) * TENS[scale]).cmp(&(i128::from(mine) * TENS[their_scale]));
        }
        Decimal::of(text).cmp(&Decimal::of(&self.text))
    }

    pub(super) fn divides_number(&self, text: &str) -> bool {
        Decimal::of(text).is_multiple_of(Decimal::of(&self.text)) == Some(true)
    }
}

/// Digits of a number that are computed with as they are: its products with any of [`TENS`] fit an `i128`.
const SMALL: usize = 18;

const TENS: [i128; SMALL + 1] = {
    let mut tens = [1; SMALL + 1];
    let mut at = 1;
    while at <= SMALL {
        tens[at] = tens[at - 1] * 10;
        at += 1;
    }
    tens
};

/// A short number without an exponent: its digits, and how many of them are behind the point (at most `SMALL`).
#[inline]
fn small(text: &str) -> Option<(i64, usize)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.len() > SMALL {
        return None;
    }
    let (mut mantissa, mut scale, mut behind) = (0_i64, 0, false);
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + i64::from(byte - b'0');
                scale += usize::from(behind);
            }
            b'.' => behind = true,
            _ => return None,
        }
    }
    Some((
        if digits.len() < text.len() {
            -mantissa
        } else {
            mantissa
        },
        scale,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bound(text: &str) -> Bound {
        Bound {
            small: small(text),
            text: text.into(),
        }
    }

    #[test]
    fn numbers_are_compared_by_value_whatever_their_spelling() {
        for (a, b, order) in [
            ("1", "1.0", Ordering::Equal),
            ("1e2", "100", Ordering::Equal),
            ("-0", "0.0e9", Ordering::Equal),
            ("0.1", "0.10000000000000000001", Ordering::Less),
            ("-2", "-1", Ordering::Less),
            ("-1e999999999999999999999", "5", Ordering::Less),
            ("1e-999999999999999999999", "0", Ordering::Greater),
            (
                "98249283749234923498293171823948729348710298301928331",
                "98249283749234923498293171823948729348710298301928330",
                Ordering::Greater,
            ),
        ] {
            assert_eq!(bound(b).compared(a), order, "{a} and {b}");
            assert_eq!(bound(a).compared(b), order.reverse(), "{b} and {a}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (number, divisor, is) in [
            ("0.0075", "0.0001", true),
            ("0.00751", "0.0001", false),
            ("4.5", "1.5", true),
            ("35", "1.5", false),
            ("0", "7", true),
            ("1e308", "0.5", true),
            ("1e308", "3", false),
            ("123456789123456789123456789", "3", true),
            ("19.99", "0.01", true),
        ] {
            assert_eq!(
                bound(divisor).divides_number(number),
                is,
                "{number} by {divisor}"
            );
        }
    }

    proptest! {
        /// Law: the short way and the long way order two numbers alike.
        #[test]
        fn short_and_long_agree(a in "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,6})?", b in "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,6})?") {
            prop_assert_eq!(bound(&b).compared(&a), Decimal::of(&a).cmp(&Decimal::of(&b)));
        }
    }
}
