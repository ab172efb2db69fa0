//! `scale` with `by`: the decimal point moves `by` digits to the right, `12.5` ↔ `1250` with `by = 2`.
//!
//! - Accepts: numbers in any spelling, with an exponent of at most ±400. The side with the fewer decimals has whole numbers:
//!   `to` if `by` is positive, `from` if it is negative.
//! - Up and down: plain decimals without trailing zeros.
//! - Loss: none.

use crate::mapping::decimal::Decimal;

use super::{Outside, Samples};

/// The most digits that `by` may be.
pub(super) const MOST: i32 = 400;

const EXPONENT: Outside = Outside {
    reason: "must be a number with an exponent from -400 to 400",
};
const DECIMALS: Outside = Outside {
    reason: "must not have more decimals than the other version has room for",
};

pub(super) fn up(number: Decimal<'_>, by: i32, out: &mut Vec<u8>) -> Result<(), Outside> {
    let moved = number.shifted(by);
    write(number, moved, if by > 0 { moved } else { number }, out)
}

pub(super) fn down(number: Decimal<'_>, by: i32, out: &mut Vec<u8>) -> Result<(), Outside> {
    let moved = number.shifted(-by);
    write(number, moved, if by > 0 { number } else { moved }, out)
}

/// Writes `moved` if what should be a whole number is one.
fn write(
    number: Decimal<'_>,
    moved: Decimal<'_>,
    whole: Decimal<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Outside> {
    if !number.exponent_within(400) {
        return Err(EXPONENT);
    }
    if !whole.is_integral() {
        return Err(DECIMALS);
    }
    moved.write_plain(out).ok_or(EXPONENT)
}

pub(super) fn samples(by: i32) -> Samples {
    let moved = |text: &str, by: i32| {
        let mut out = Vec::new();
        let _ = Decimal::of(text).shifted(by).write_plain(&mut out);
        String::from_utf8(out).unwrap_or_default()
    };
    let mut samples = Samples::default();
    for text in ["0", "5", "-1250", "123456789012345678901234567890"] {
        // The whole number, and the same with decimals.
        let (from, to) = if by > 0 {
            (moved(text, -by), text.to_owned())
        } else {
            (text.to_owned(), moved(text, by))
        };
        samples.pairs.push((from, to));
    }
    samples.outside_from = vec!["1e401".to_owned(), moved("0.5", -by.max(0))];
    samples.outside_to = vec!["1e-401".to_owned(), moved("0.5", by.min(0))];
    samples
}
