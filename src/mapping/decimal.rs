//! JSON numbers, exactly: read off their text, never through a float.

use std::cmp::Ordering;

/// An exponent beyond this counts as this: no text has enough digits to make up for it.
const FAR: i128 = 1 << 100;

/// The most that [`Decimal::write_plain`] moves the point away from where it is written.
const PLAIN: i128 = 1_000;

/// A JSON number: `0.d₁d₂… × 10^point`, without leading and trailing zeros. It borrows the text.
///
/// Ordered and equal by value: `1.0`, `1` and `10e-1` are the same, as are `0` and `-0`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<'t> {
    negative: bool,
    /// The digits written before the point, then those behind it. Zero has none.
    head: &'t [u8],
    tail: &'t [u8],
    point: i128,
    exponent: i128,
}

impl<'t> Decimal<'t> {
    /// Reads a number that a scan has accepted. Linear in the text, whatever the exponent says.
    pub(crate) fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, bytes),
        };
        let mantissa_end = bytes
            .iter()
            .position(|byte| byte | 0x20 == b'e')
            .unwrap_or(bytes.len());
        let (mantissa, rest) = bytes.split_at(mantissa_end);
        let exponent = match rest {
            [_, exponent @ ..] => read_exponent(exponent),
            [] => 0,
        };
        let point = mantissa.iter().position(|byte| *byte == b'.');
        let (whole, fraction) = match point {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &mantissa[mantissa.len()..]),
        };
        let mut head = trim_start(whole);
        let mut tail = trim_end(fraction);
        // Lengths are those of a text in memory: far from the limits of i128.
        let mut point = head.len() as i128;
        if head.is_empty() {
            let significant = trim_start(tail);
            point = -((tail.len() - significant.len()) as i128);
            tail = significant;
        }
        if tail.is_empty() {
            head = trim_end(head);
        }
        let zero = head.is_empty() && tail.is_empty();
        Self {
            negative: negative && !zero,
            head,
            tail,
            point: if zero { 0 } else { point + exponent },
            exponent,
        }
    }

    /// Reads a text that may be no JSON number.
    pub(crate) fn read(text: &'t str) -> Option<Self> {
        is_number(text.as_bytes()).then(|| Self::of(text))
    }

    /// Whether it is 0.
    pub(crate) fn is_zero(self) -> bool {
        self.significant() == 0
    }

    /// Whether it is a whole number: `1`, `1.0`, `10e-1`.
    pub(crate) fn is_integral(self) -> bool {
        self.point >= self.significant() as i128
    }

    /// Whether the exponent, as written, is within `-most..=most`.
    pub(crate) fn exponent_within(self, most: u32) -> bool {
        self.exponent.unsigned_abs() <= u128::from(most)
    }

    /// The number times `10^by`.
    pub(crate) fn shifted(self, by: i32) -> Self {
        let by = i128::from(by);
        Self {
            point: if self.is_zero() { 0 } else { self.point + by },
            exponent: self.exponent + by,
            ..self
        }
    }

    /// The number, when it is a whole one of 0 to 2⁶⁴ − 1.
    pub(crate) fn to_u64(self) -> Option<u64> {
        if self.negative || !self.is_integral() || self.point > 20 {
            return None;
        }
        let zeros = self.point as usize - self.significant();
        self.digits()
            .chain(std::iter::repeat_n(b'0', zeros))
            .try_fold(0u64, |number, digit| {
                number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
            })
    }

    /// Whether it is a whole multiple of `divisor`; `None` if that has more than 37 significant digits. Of 0, only 0 is one.
    pub(crate) fn is_multiple_of(self, divisor: Decimal<'_>) -> Option<bool> {
        if divisor.significant() > 37 {
            return None;
        }
        if self.is_zero() || divisor.is_zero() {
            return Some(self.is_zero());
        }
        // Both as a whole number without trailing zeros, times a power of ten.
        let by = (self.point - self.significant() as i128)
            - (divisor.point - divisor.significant() as i128);
        if by < 0 {
            // It would have to end in zeros.
            return Some(false);
        }
        let of = divisor.digits().fold(0u128, |number, digit| {
            number * 10 + u128::from(digit - b'0')
        });
        let mut rest = self.digits().fold(0u128, |rest, digit| {
            (rest * 10 + u128::from(digit - b'0')) % of
        });
        // A ten brings a factor 2 and a factor 5, and `of` has fewer than 128 of either: more tens change nothing.
        for _ in 0..by.min(128) {
            rest = rest * 10 % of;
        }
        Some(rest == 0)
    }

    /// Appends plain decimals without trailing zeros: `-0.05`, `1200`. `None`, and nothing written, if the exponent is beyond
    /// ±1,000: a short text must not ask for a gigabyte.
    pub(crate) fn write_plain(self, out: &mut Vec<u8>) -> Option<()> {
        if self.exponent.abs() > PLAIN {
            return None;
        }
        if self.is_zero() {
            out.push(b'0');
            return Some(());
        }
        if self.negative {
            out.push(b'-');
        }
        let count = self.significant();
        let whole = usize::try_from(self.point).unwrap_or(0);
        if whole == 0 {
            let zeros = self.point.unsigned_abs() as usize;
            out.extend_from_slice(b"0.");
            out.extend(std::iter::repeat_n(b'0', zeros));
            out.extend(self.digits());
        } else {
            out.extend(self.digits().take(whole));
            if whole < count {
                out.push(b'.');
                out.extend(self.digits().skip(whole));
            } else {
                out.extend(std::iter::repeat_n(b'0', whole - count));
            }
        }
        Some(())
    }

    fn digits(self) -> impl Iterator<Item = u8> + use<'t> {
        self.head.iter().chain(self.tail).copied()
    }

    /// How many digits there are from the first to the last that is not 0.
    fn significant(self) -> usize {
        self.head.len() + self.tail.len()
    }

    fn sign(self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let magnitudes = || {
            self.point
                .cmp(&other.point)
                .then_with(|| self.digits().cmp(other.digits()))
        };
        self.sign()
            .cmp(&other.sign())
            .then_with(|| match self.negative {
                true => magnitudes().reverse(),
                false => magnitudes(),
            })
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal<'_> {}

/// An exponent's sign and digits; beyond [`FAR`] only the sign matters.
fn read_exponent(text: &[u8]) -> i128 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let exponent = digits.iter().fold(0, |exponent: i128, digit| {
        (exponent * 10 + i128::from(digit - b'0')).min(FAR)
    });
    if negative { -exponent } else { exponent }
}

fn trim_start(mut digits: &[u8]) -> &[u8] {
    while let [b'0', rest @ ..] = digits {
        digits = rest;
    }
    digits
}

fn trim_end(mut digits: &[u8]) -> &[u8] {
    while let [rest @ .., b'0'] = digits {
        digits = rest;
    }
    digits
}

/// Whether the whole text is one number as RFC 8259 writes them.
fn is_number(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"-").unwrap_or(text);
    let rest = match rest {
        [b'0', rest @ ..] => Some(rest),
        _ => after_digits(rest),
    };
    let rest = match rest {
        Some([b'.', fraction @ ..]) => after_digits(fraction),
        rest => rest,
    };
    let rest = match rest {
        Some([b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..]) => {
            after_digits(exponent)
        }
        rest => rest,
    };
    rest.is_some_and(<[u8]>::is_empty)
}

/// What follows one digit or more.
fn after_digits(text: &[u8]) -> Option<&[u8]> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then(|| &text[count..])
}

#[cfg(test)]
mod tests;
