//! `number-string`: a number ↔ the string of its text, `12.50` ↔ `"12.50"`.
//!
//! - Accepts: numbers, and strings that are one JSON number, with an exponent of at most ±400.
//! - Up: the text in quotes, as it stands. Down: the string's text.
//! - Loss: none.

use crate::mapping::decimal::Decimal;

use super::{Outside, Samples};

const EXPONENT: Outside = Outside {
    reason: "must be a number with an exponent from -400 to 400",
};
const NO_NUMBER: Outside = Outside {
    reason: "must be a number as JSON writes it, such as \"12.50\"",
};

pub(super) fn up(text: &str, out: &mut Vec<u8>) -> Result<(), Outside> {
    read(text)?;
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

pub(super) fn down(text: &str, out: &mut Vec<u8>) -> Result<(), Outside> {
    read(text)?;
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// The number that a text is.
pub(super) fn read(text: &str) -> Result<Decimal<'_>, Outside> {
    let number = Decimal::read(text).ok_or(NO_NUMBER)?;
    if number.exponent_within(400) {
        Ok(number)
    } else {
        Err(EXPONENT)
    }
}

pub(super) fn samples() -> Samples {
    Samples::new(
        &[
            ("0", "\"0\""),
            ("-0.0", "\"-0.0\""),
            ("12.50", "\"12.50\""),
            ("1E+400", "\"1E+400\""),
            (
                "123456789012345678901234567890",
                "\"123456789012345678901234567890\"",
            ),
        ],
        &["1e401", "0e-401"],
        &[
            "\"\"",
            "\" 1\"",
            "\"+1\"",
            "\"01\"",
            "\".5\"",
            "\"1.\"",
            "\"12,50\"",
            "\"0x10\"",
            "\"NaN\"",
            "\"1e401\"",
        ],
    )
}
