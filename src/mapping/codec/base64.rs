//! `base64`: base64 ↔ the text that it encodes, `"aGk="` ↔ `"hi"`.
//!
//! - Accepts: standard, padded, canonical base64 (RFC 4648, section 4) of UTF-8; down, every string.
//! - Up: the text. Down: its base64.
//! - Loss: none.

use ::base64::engine::general_purpose::STANDARD;
use ::base64::{Engine, encoded_len};

use crate::mapping::json::write_string;
use crate::mapping::swar;

use super::{Outside, Samples};

const NO_BASE64: Outside = Outside {
    reason: "must be standard base64 with padding and without line breaks",
};
const NO_TEXT: Outside = Outside {
    reason: "must be the base64 of text in UTF-8",
};
const TOO_LONG: Outside = Outside {
    reason: "must be shorter",
};

pub(super) fn up(value: &str, out: &mut Vec<u8>) -> Result<(), Outside> {
    out.push(b'"');
    let start = out.len();
    STANDARD.decode_vec(value, out).map_err(|_| NO_BASE64)?;
    let decoded = out.get(start..).unwrap_or_default();
    let text = std::str::from_utf8(decoded).map_err(|_| NO_TEXT)?;
    // Mostly it needs no escapes and stands where it should already.
    if swar::special(decoded, 0) == decoded.len() {
        out.push(b'"');
    } else {
        let text = text.to_owned();
        out.truncate(start - 1);
        write_string(&text, out);
    }
    Ok(())
}

pub(super) fn down(text: &str, out: &mut Vec<u8>) -> Result<(), Outside> {
    out.push(b'"');
    let start = out.len();
    out.resize(start + encoded_len(text.len(), true).ok_or(TOO_LONG)?, 0);
    STANDARD
        .encode_slice(text, &mut out[start..])
        .map_err(|_| TOO_LONG)?;
    out.push(b'"');
    Ok(())
}

pub(super) fn samples() -> Samples {
    Samples::new(
        &[
            ("\"\"", "\"\""),
            ("\"aA==\"", "\"h\""),
            ("\"aGk=\"", "\"hi\""),
            ("\"aGkh\"", "\"hi!\""),
            ("\"8J+asg==\"", "\"🚲\""),
            ("\"eyJhIjoxfQo=\"", r#""{\"a\":1}\n""#),
        ],
        &[
            "\"aGk\"",
            "\"aGl=\"",
            "\"aGk=\\n\"",
            "\"aG k=\"",
            "\"8J-asg==\"",
            "\"aA=\"",
            "\"=\"",
            "\"/w==\"",
            "\"é\"",
        ],
        &[],
    )
}
