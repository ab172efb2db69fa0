//! `prefix` with `text`: a string ↔ the same behind a fixed text, `"4326"` ↔ `"EPSG:4326"`.
//!
//! - Accepts: every string; down, those that begin with the text.
//! - Up: the text before the string. Down: what is behind the text.
//! - Loss: none.

use crate::mapping::json::{write_inside, write_string};

use super::{Outside, Samples, quoted};

const NO_PREFIX: Outside = Outside {
    reason: "must begin with the text that this version puts before it",
};

pub(super) fn up(value: &str, text: &str, out: &mut Vec<u8>) -> Result<(), Outside> {
    out.push(b'"');
    write_inside(text, out);
    write_inside(value, out);
    out.push(b'"');
    Ok(())
}

pub(super) fn down(value: &str, text: &str, out: &mut Vec<u8>) -> Result<(), Outside> {
    write_string(value.strip_prefix(text).ok_or(NO_PREFIX)?, out);
    Ok(())
}

pub(super) fn samples(text: &str) -> Samples {
    let pairs =
        ["", "4326", text, "\"é\n"].map(|value| (quoted(value), quoted(&format!("{text}{value}"))));
    let mut shorter = text.to_owned();
    shorter.pop();
    Samples {
        pairs: pairs.into(),
        outside_from: Vec::new(),
        outside_to: vec![quoted(&shorter), quoted(&format!("{shorter}\u{1}4326"))],
    }
}
