//! Numbers by their text (CONTRACT 1.5), as decimal digits in a string: nothing here is a float.

/// The plain decimal expansion of a JSON number, sign apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    /// Whether the text begins with `-`.
    pub(crate) minus: bool,
    /// Integer digits, leading zeros dropped, at least one.
    pub(crate) int: String,
    /// Digits after the point, as many as the text gives.
    pub(crate) frac: String,
}

/// Beyond this many places an exponent only says "far more than 32 digits".
const FAR: i64 = 1_000_000;

impl Plain {
    /// Expands the text of a JSON number: `1.5e1` is `15`, `1e-1` is `0.1`, `10e-1` is `1.0`.
    pub(crate) fn of(text: &str) -> Self {
        let (minus, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, clamp(exponent)),
            None => (text, 0),
        };
        let (int, frac) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{int}{frac}");
        let point = int.len() as i64 + exponent;
        // A zero times a power of ten is still one integer digit.
        let zero = digits.bytes().all(|b| b == b'0');
        let (int, frac) = if point <= 0 {
            (
                String::new(),
                format!("{}{digits}", "0".repeat(-point as usize)),
            )
        } else if point as usize >= digits.len() {
            let zeros = if zero {
                0
            } else {
                point as usize - digits.len()
            };
            (format!("{digits}{}", "0".repeat(zeros)), String::new())
        } else {
            (
                digits[..point as usize].to_owned(),
                digits[point as usize..].to_owned(),
            )
        };
        let int = int.trim_start_matches('0');
        let int = if int.is_empty() { "0" } else { int };
        Self {
            minus,
            int: int.to_owned(),
            frac,
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.int == "0" && self.frac.bytes().all(|b| b == b'0')
    }

    /// All digits of the expansion: `0.5` has 2, `1e1` has 2, `0.125` has 4.
    pub(crate) fn digits(&self) -> usize {
        self.int.len() + self.frac.len()
    }

    /// Whether the number without its sign is ≤ 1,000,000.
    pub(crate) fn within_a_million(&self) -> bool {
        self.int.len() < 7 || (self.int == "1000000" && self.frac.bytes().all(|b| b == b'0'))
    }

    /// The number without its sign, padded to at least two decimals: `0.5` is `0.50`, `0.125` stays.
    pub(crate) fn padded(&self) -> String {
        format!("{}.{:0<2}", self.int, self.frac)
    }
}

fn clamp(exponent: &str) -> i64 {
    let (minus, digits) = match exponent.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, exponent.trim_start_matches('+')),
    };
    let digits = digits.trim_start_matches('0');
    let size = if digits.len() > 7 {
        FAR
    } else {
        digits.parse::<i64>().unwrap_or(0).min(FAR)
    };
    if minus { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::Plain;

    #[test]
    fn expansions_worked_by_hand() {
        for (text, padded, digits) in [
            ("0.5", "0.50", 2),
            ("0.125", "0.125", 4),
            ("1e1", "10.00", 2),
            ("1.5e1", "15.00", 2),
            ("10e-1", "1.0", 2),
            ("100e-2", "1.00", 3),
            ("1E-2", "0.01", 3),
            ("12.50", "12.50", 4),
            ("1000000.0", "1000000.0", 8),
            ("0", "0.00", 1),
            ("0e40", "0.00", 1),
            ("0e9999999999999999999999", "0.00", 1),
            ("0.00e1", "0.0", 2),
            ("1.2345e2", "123.45", 5),
            ("1e+05", "100000.00", 6),
        ] {
            let plain = Plain::of(text);
            let want = if padded.split_once('.').unwrap().1.len() == 1 {
                format!("{padded}0")
            } else {
                padded.to_owned()
            };
            assert_eq!(
                (plain.padded(), plain.digits(), plain.minus),
                (want, digits, false),
                "{text}"
            );
        }
        assert!(Plain::of("-1").minus);
        assert_eq!(Plain::of("0e-40").digits(), 41);
        assert!(Plain::of("1e99999999999999999999").digits() > 32);
        assert!(Plain::of("1e-99999999999999999999").digits() > 32);
    }

    #[test]
    fn a_million_is_the_last_one() {
        for (text, within) in [
            ("1000000", true),
            ("1e6", true),
            ("1000000.000", true),
            ("999999.9999999999999999999999999", true),
            ("1000000.0000000000000000000000001", false),
            ("1000001", false),
            ("1e7", false),
        ] {
            assert_eq!(Plain::of(text).within_a_million(), within, "{text}");
        }
    }
}
