//! Numbers as their decimal text: compared and divided exactly, never through a float.

use std::cmp::Ordering;

/// A JSON number's text, taken apart: `0.ddd × 10^point`, `ddd` without zeros at either end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    /// Where the significant digits begin and end, counted over both.
    first: usize,
    last: usize,
    point: i64,
}

impl<'t> Decimal<'t> {
    /// Of the text of a JSON number.
    pub(super) fn of(text: &'t str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let (whole, fraction) = (whole.as_bytes(), fraction.as_bytes());
        let digits = whole.len() + fraction.len();
        let mut number = Self {
            negative,
            whole,
            fraction,
            first: 0,
            last: digits,
            point: 0,
        };
        while number.first < digits && number.digit(number.first) == b'0' {
            number.first += 1;
        }
        while number.last > number.first && number.digit(number.last - 1) == b'0' {
            number.last -= 1;
        }
        // Beyond what an i64 holds, the exponent is as good as endless; an eighth leaves room for the digits.
        let exponent = exponent
            .parse::<i64>()
            .unwrap_or(if exponent.starts_with('-') {
                i64::MIN
            } else {
                i64::MAX
            });
        number.point =
            exponent.clamp(i64::MIN / 8, i64::MAX / 8) + whole.len() as i64 - number.first as i64;
        number
    }

    fn digit(&self, at: usize) -> u8 {
        let digit = match at.checked_sub(self.whole.len()) {
            None => self.whole.get(at),
            Some(at) => self.fraction.get(at),
        };
        digit.copied().unwrap_or(b'0')
    }

    fn digits(self) -> impl Iterator<Item = u8> + 't {
        (self.first..self.last).map(move |at| self.digit(at))
    }

    fn count(&self) -> i64 {
        (self.last - self.first) as i64
    }

    fn is_zero(&self) -> bool {
        self.first == self.last
    }

    pub(super) fn is_integral(&self) -> bool {
        self.is_zero() || self.point >= self.count()
    }

    pub(super) fn compare(self, other: Self) -> Ordering {
        let sign = |number: &Self| match (number.is_zero(), number.negative) {
            (true, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        };
        let (mine, theirs) = (sign(&self), sign(&other));
        let magnitudes = || {
            let by_point = self.point.cmp(&other.point);
            by_point.then_with(|| self.digits().cmp(other.digits()))
        };
        mine.cmp(&theirs).then_with(|| match mine {
            0 => Ordering::Equal,
            1 => magnitudes(),
            _ => magnitudes().reverse(),
        })
    }

    /// `None` when the divisor has more digits than are computed with, or is 0.
    fn is_multiple_of(self, divisor: Self) -> Option<bool> {
        if divisor.is_zero() || divisor.count() > 18 {
            return None;
        }
        let modulus = divisor
            .digits()
            .fold(0_u128, |sum, digit| sum * 10 + u128::from(digit - b'0'));
        if self.is_zero() {
            return Some(true);
        }
        let shift = (self.point - self.count()) - (divisor.point - divisor.count());
        // The digits end in no zero, so that they aren't divisible by 10.
        let Ok(shift) = u64::try_from(shift) else {
            return Some(false);
        };
        let digits = self.digits().fold(0, |rest, digit| {
            (rest * 10 + u128::from(digit - b'0')) % modulus
        });
        Some(digits * power_of_ten(shift, modulus) % modulus == 0)
    }

    /// The same for equal numbers, however they are spelled.
    pub(super) fn hash(self, mut mix: impl FnMut(u64)) {
        if self.is_zero() {
            return mix(0);
        }
        mix(u64::from(self.negative) + 1);
        mix(self.point as u64);
        for digit in self.digits() {
            mix(u64::from(digit));
        }
    }
}

/// `10^exponent mod modulus`; the modulus has at most 18 digits.
fn power_of_ten(mut exponent: u64, modulus: u128) -> u128 {
    let (mut power, mut base) = (1 % modulus, 10 % modulus);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = power * base % modulus;
        }
        base = base * base % modulus;
        exponent >>= 1;
    }
    power
}

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

    /// Whether it can be a divisor here: positive, and short enough to compute with.
    pub(super) fn divides(&self) -> bool {
        let divisor = Decimal::of(&self.text);
        !divisor.negative && Decimal::of("0").is_multiple_of(divisor).is_some()
    }

    pub(super) fn is_positive(&self) -> bool {
        Decimal::of(&self.text).compare(Decimal::of("0")) == Ordering::Greater
    }

    /// How a number stands to this one.
    #[inline]
    pub(super) fn compared(&self, text: &str) -> Ordering {
        if let (Some((mine, scale)), Some((theirs, their_scale))) = (self.small, small(text)) {
            return (i128::from(theirs) * TENS[scale]).cmp(&(i128::from(mine) * TENS[their_scale]));
        }
        Decimal::of(text).compare(Decimal::of(&self.text))
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
            prop_assert_eq!(bound(&b).compared(&a), Decimal::of(&a).compare(Decimal::of(&b)));
        }
    }
}
