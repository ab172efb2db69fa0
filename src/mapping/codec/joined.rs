//! `joined` with `separator`: a string ↔ the list of its parts, `"a;b"` ↔ `["a","b"]`, `""` ↔ `[]`.
//!
//! - Accepts: every string; down, lists of strings that come back as they are: none of them contains the separator, and
//!   `[""]` is outside, since `""` is `[]`.
//! - Up: a list of strings. Down: the strings with the separator between them.
//! - Loss: none.

use crate::mapping::json::{write_inside, write_string};
use crate::mapping::tape::{Shape, Value};

use super::{Outside, Samples, quoted};

const NO_STRINGS: Outside = Outside {
    reason: "must be a list of strings",
};
const SEPARATOR: Outside = Outside {
    reason: "must be a list of strings that do not contain the other version's separator",
};
const EMPTY: Outside = Outside {
    reason: "must not be a list of one empty string: send an empty list",
};

pub(super) fn up(value: &str, separator: &str, out: &mut Vec<u8>) {
    out.push(b'[');
    if !value.is_empty() {
        for (at, part) in value.split(separator).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write_string(part, out);
        }
    }
    out.push(b']');
}

pub(super) fn down(list: Value<'_>, separator: &str, out: &mut Vec<u8>) -> Result<(), Outside> {
    out.push(b'"');
    let mut elements = list.elements().peekable();
    let mut first = true;
    while let Some(element) = elements.next() {
        if element.shape() != Shape::String {
            return Err(NO_STRINGS);
        }
        let part = element.string().unwrap_or_default();
        if first && part.is_empty() && elements.peek().is_none() {
            return Err(EMPTY);
        }
        if !first {
            write_inside(separator, out);
        }
        // With what follows it, or else ";" before ";;" would come back as "" before ";".
        let ends = match elements.peek() {
            Some(_) => stands_apart(&part, separator),
            None => !part.contains(separator),
        };
        if !ends {
            return Err(SEPARATOR);
        }
        write_inside(&part, out);
        first = false;
    }
    out.push(b'"');
    Ok(())
}

/// Whether the first separator in the part and one behind it is that one.
fn stands_apart(part: &str, separator: &str) -> bool {
    if part.contains(separator) {
        return false;
    }
    // An earlier one would begin in the part and end in the separator: its beginning ends the part, its end begins itself.
    (1..separator.len())
        .filter(|at| separator.is_char_boundary(*at))
        .all(|at| {
            let (begin, end) = separator.split_at(at);
            !(part.ends_with(begin) && separator.starts_with(end))
        })
}

pub(super) fn samples(separator: &str) -> Samples {
    // Characters that the separator has not.
    let mut free = ('a'..='\u{24f}').filter(|c| c.is_alphabetic() && !separator.contains(*c));
    let (a, b) = (free.next().unwrap_or('a'), free.next().unwrap_or('b'));
    let list = |parts: &[&str]| {
        let parts: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
        format!("[{}]", parts.join(","))
    };
    let (a, b) = (a.to_string(), b.to_string());
    let pair = |parts: &[&str]| (quoted(&parts.join(separator)), list(parts));
    Samples {
        pairs: vec![
            pair(&[]),
            pair(&[&a]),
            pair(&[&a, &b]),
            pair(&["", ""]),
            pair(&[&b, "", &a, &a]),
        ],
        outside_from: Vec::new(),
        outside_to: vec![
            list(&[""]),
            list(&[separator]),
            list(&[&b, &format!("{a}{separator}{b}")]),
            "[1]".to_owned(),
            "[null]".to_owned(),
            format!("[{},[]]", quoted(&a)),
        ],
    }
}
