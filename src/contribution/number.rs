//! Numbers by their text: in range or not, and what a price is in plain decimals. Nothing is rounded.

use super::built::Built;
use crate::mapping::RawJson;

/// A JSON number by its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'t> {
    pub(crate) text: &'t str,
    pub(crate) has_exponent: bool,
}

impl<'t> Number<'t> {
    /// Of a value that is one.
    pub(crate) fn of(value: RawJson<'t>) -> Self {
        Self {
            text: value.text(),
            has_exponent: value.has_exponent(),
        }
    }

    /// Digits, with a point or without.
    pub(crate) fn without_exponent(text: &'t str) -> Self {
        Self {
            text,
            has_exponent: false,
        }
    }
}

/// Whether the number nearest to `text` in f64 is within `min..=max`; `1e999` is not.
pub(crate) fn within(number: Number<'_>, min: f64, max: f64) -> bool {
    // A coordinate rarely stands within a degree of the limits: then its whole part decides.
    if let Some(beyond) = whole(number) {
        let beyond = f64::from(beyond) + 1.0;
        if -beyond >= min && beyond <= max {
            return true;
        }
    }
    number
        .text
        .parse::<f64>()
        .is_ok_and(|number| number >= min && number <= max)
}

/// The whole part, without its sign, of a number of up to three digits before the point and without an exponent.
#[inline]
fn whole(number: Number<'_>) -> Option<u16> {
    if number.has_exponent {
        return None;
    }
    let bytes = number.text.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let mut whole = 0;
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' if at < 3 => whole = whole * 10 + u16::from(byte - b'0'),
            b'.' => return Some(whole),
            _ => return None,
        }
    }
    Some(whole)
}

/// The most digits of plain decimals. More is no price, and would outgrow [`Built`].
const DIGITS: usize = 32;

/// A JSON number as plain decimals: `1.5e1` is `15`, `5e-1` is `0.5`. No digit of the number is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain<'t> {
    pub(crate) negative: bool,
    pub(crate) zero: bool,
    /// `None` when there are more than 32 digits.
    pub(crate) decimals: Option<Decimals<'t>>,
}

/// Digits, with a point when there are decimals, without a sign or leading zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decimals<'t> {
    /// As the number is written: most have no exponent.
    Written(&'t str),
    Shifted(Built),
}

impl Decimals<'_> {
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Written(text) => text,
            Self::Shifted(built) => built.as_str(),
        }
    }
}

/// Linear in the text, whatever the exponent says.
#[inline(always)]
pub(crate) fn plain(number: Number<'_>) -> Plain<'_> {
    let text = number.text;
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    let mut mantissa = magnitude.bytes();
    if number.has_exponent {
        return Plain {
            negative: magnitude.len() < text.len(),
            zero: mantissa
                .take_while(|byte| byte | 0x20 != b'e')
                .all(|byte| matches!(byte, b'0' | b'.')),
            decimals: shifted(magnitude).map(Decimals::Shifted),
        };
    }
    // JSON has no leading zeros: the text is plain already.
    let fits = magnitude.len() <= DIGITS
        || magnitude.len() - usize::from(magnitude.contains('.')) <= DIGITS;
    Plain {
        negative: magnitude.len() < text.len(),
        zero: mantissa.all(|byte| matches!(byte, b'0' | b'.')),
        decimals: fits.then_some(Decimals::Written(magnitude)),
    }
}

/// The plain decimals of a number with an exponent.
fn shifted(text: &str) -> Option<Built> {
    let (mantissa, exponent) = match split(text, |byte| byte | 0x20 == b'e') {
        // Beyond i64 the sign of the exponent is all that matters: no text is as long as that.
        Some((mantissa, exponent)) => {
            let most: i64 = 1 << 40;
            let sign = if exponent.starts_with('-') {
                -most
            } else {
                most
            };
            let exponent = exponent.parse::<i64>().unwrap_or(sign);
            (mantissa, exponent.clamp(-most, most))
        }
        None => (text, 0),
    };
    let (whole, decimals) = split(mantissa, |byte| byte == b'.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(decimals.bytes());
    let count = whole.len() + decimals.len();
    // Where the point stands, counted in digits from the left.
    let point = i64::try_from(whole.len()).ok()? + exponent;
    let fraction = i64::try_from(count).ok()? - point;
    if fraction > 32 {
        return None;
    }
    let fraction = usize::try_from(fraction.max(0)).ok()?;
    let mut built = Built::new();
    let mut used = 0;
    // The whole part: digits before the point, then zeros up to it when the exponent moves it beyond them.
    let mut seen = false;
    let ahead = usize::try_from(point.max(0)).ok()?;
    for digit in digits().take(ahead) {
        seen |= digit != b'0';
        if seen {
            used += 1;
            if used > 32 {
                return None;
            }
            built.push(digit);
        }
    }
    if seen {
        let zeros = ahead.saturating_sub(count);
        if used + zeros > 32 {
            return None;
        }
        (0..zeros).for_each(|_| built.push(b'0'));
        used += zeros;
    } else {
        built.push(b'0');
        used = 1;
    }
    if used + fraction > 32 {
        return None;
    }
    if fraction > 0 {
        built.push(b'.');
        let zeros = usize::try_from(-point.min(0)).ok()?;
        (0..zeros).for_each(|_| built.push(b'0'));
        digits().skip(ahead).for_each(|digit| built.push(digit));
    }
    Some(built)
}

/// What stands before and behind the first byte that `is` the one looked for, an ASCII one. These texts are so short that
/// `str::split_once` would spend more on setting up than on looking.
#[inline]
pub(crate) fn split(text: &str, is: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    let at = text.bytes().position(is)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Whether plain decimals, without leading zeros, are at most `limit`, exactly.
pub(crate) fn at_most(plain: &str, limit: &str) -> bool {
    if plain.len() < limit.len() {
        return true;
    }
    let (whole, decimals) = split(plain, |byte| byte == b'.').unwrap_or((plain, ""));
    match (whole.len(), whole).cmp(&(limit.len(), limit)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Equal => decimals.bytes().all(|digit| digit == b'0'),
        std::cmp::Ordering::Greater => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(text: &str, min: f64, max: f64) -> bool {
        super::within(number(text), min, max)
    }

    fn number(text: &str) -> Number<'_> {
        Number {
            text,
            has_exponent: text.contains(['e', 'E']),
        }
    }

    #[test]
    fn plain_writes_every_digit() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.0", "0.0"),
            ("0.5", "0.5"),
            ("0.125", "0.125"),
            ("1e1", "10"),
            ("1E+1", "10"),
            ("1.5e1", "15"),
            ("1.50e1", "15.0"),
            ("5e-1", "0.5"),
            ("12e-3", "0.012"),
            ("0.05e1", "0.5"),
            ("0e5", "0"),
            ("0e999999999999", "0"),
            ("0.0e1", "0"),
            ("100e-2", "1.00"),
            ("1e31", "10000000000000000000000000000000"),
            ("1e-31", "0.0000000000000000000000000000001"),
        ] {
            assert_eq!(
                plain(number(text)).decimals.unwrap().as_str(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn within_is_the_range_of_the_nearest_double() {
        for text in [
            "0",
            "-0",
            "89.9",
            "-89.99999999",
            "90",
            "-90",
            "90.0",
            "90.00000000000000000001",
            "9e1",
            "0.9e2",
            "1e-999",
        ] {
            assert!(within(text, -90.0, 90.0), "{text}");
        }
        for text in [
            "90.1", "-90.0001", "91", "100", "1000", "1e999", "-1e999", "9.1e1", "89e1", "100.5",
        ] {
            assert!(!within(text, -90.0, 90.0), "{text}");
        }
    }

    #[test]
    fn plain_stops_at_32_digits() {
        for text in [
            "1e32",
            "1e-32",
            "0e-40",
            "-1e40",
            "1e999999999999",
            "1e-999999999999",
            "0e-999999999999",
            "1.00000000000000000000000000000000",
            "123456789012345678901234567890123",
            "0.00000000000000000000000000000000",
        ] {
            assert!(plain(number(text)).decimals.is_none(), "{text}");
        }
    }

    #[test]
    fn at_most_compares_exactly() {
        for plain in ["0", "0.99", "999999.99999", "1000000", "1000000.000"] {
            assert!(at_most(plain, "1000000"), "{plain}");
        }
        for plain in ["1000000.0000001", "1000001", "10000000", "2000000"] {
            assert!(!at_most(plain, "1000000"), "{plain}");
        }
    }
}
