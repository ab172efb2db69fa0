//! Numbers by their text: a sign, digits and where the point stands. Nothing here is a float.

/// `digits` × 10^`exponent`, without zeros at either end; zero has no digits and no sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    minus: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads a JSON number; `None` when its exponent is too long to count with.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (minus, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (int, frac) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{int}{frac}");
        let digits = all.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self {
                minus: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let exponent: i64 = exponent.parse().ok().filter(|e: &i64| e.abs() < 1 << 60)?;
        let cut = (all.len() - digits.len()) as i64;
        Some(Self {
            minus,
            exponent: exponent - frac.len() as i64 + cut,
            digits: digits.trim_start_matches('0').into(),
        })
    }

    pub(crate) fn is_integral(&self) -> bool {
        self.exponent >= 0
    }

    /// The point moved to the right.
    pub(crate) fn shifted(mut self, by: i64) -> Self {
        if !self.digits.is_empty() {
            self.exponent += by;
        }
        self
    }

    /// All its digits, without an exponent and without zeros that say nothing.
    pub(crate) fn plain(&self) -> String {
        let sign = if self.minus { "-" } else { "" };
        if self.digits.is_empty() {
            return "0".into();
        }
        if self.exponent >= 0 {
            return format!(
                "{sign}{}{}",
                self.digits,
                "0".repeat(self.exponent as usize)
            );
        }
        let behind = -self.exponent as usize;
        let padded = format!("{:0>width$}", self.digits, width = behind + 1);
        let (int, frac) = padded.split_at(padded.len() - behind);
        format!("{sign}{int}.{frac}")
    }
}

/// The exponent that a JSON number is written with; far outside when it is too long to read.
pub(crate) fn written_exponent(text: &str) -> i64 {
    match text.split_once(['e', 'E']) {
        Some((_, exponent)) => exponent.parse().unwrap_or(i64::MAX),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn numbers_worked_by_hand() {
        for (text, by, plain) in [
            ("12.50", 2, "1250"),
            ("12.50", 0, "12.5"),
            ("1e3", 0, "1000"),
            ("-0.0", 0, "0"),
            ("7", -2, "0.07"),
            ("-1200e-2", 0, "-12"),
            ("0.001", 0, "0.001"),
            ("100", -1, "10"),
        ] {
            assert_eq!(
                Decimal::of(text).unwrap().shifted(by).plain(),
                plain,
                "{text}"
            );
        }
        assert_eq!(Decimal::of("1.0"), Decimal::of("10e-1"));
        assert_ne!(Decimal::of("-1"), Decimal::of("1"));
    }
}
