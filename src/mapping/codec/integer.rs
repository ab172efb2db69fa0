//! `integer`: a whole number ↔ its plain digits, `7.0` → `7`, in both directions.
//!
//! - Accepts: whole numbers in any spelling, with an exponent of at most ±40.
//! - Up and down: plain digits.
//! - Loss: none; the value is the same.

use crate::mapping::decimal::Decimal;

use super::{Outside, Samples};

const NOT_WHOLE: Outside = Outside {
    reason: "must be a whole number",
};
const EXPONENT: Outside = Outside {
    reason: "must be a whole number with an exponent from -40 to 40",
};

pub(super) fn convert(number: Decimal<'_>, out: &mut Vec<u8>) -> Result<(), Outside> {
    if !number.exponent_within(40) {
        return Err(EXPONENT);
    }
    if !number.is_integral() {
        return Err(NOT_WHOLE);
    }
    number.write_plain(out).ok_or(EXPONENT)
}

pub(super) fn samples() -> Samples {
    Samples::new(
        &[
            ("0", "0"),
            ("-0.0", "0"),
            ("7.0", "7"),
            ("-1.5e3", "-1500"),
            ("120e-1", "12"),
            ("9007199254740993", "9007199254740993"),
            ("1e40", "10000000000000000000000000000000000000000"),
        ],
        &["0.5", "-7.01", "1e41", "0e-41"],
        &["0.5", "1e41"],
    )
}
