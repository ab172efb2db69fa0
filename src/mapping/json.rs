//! JSON values beyond their text: whether two are the same, owned ones, and strings as they are written.

use std::borrow::Cow;

use super::decimal::Decimal;
use super::limits::Limits;
use super::scan::{Stop, scan};
use super::swar;
use super::tape::{Node, Shape, Tape, Value};

#[cfg(test)]
mod tests;

/// The most levels that [`Limits::with_depth`] allows, and so the most that [`equal`] recurses.
const DEPTH: u32 = 128;

/// Whether they are the same JSON value: numbers by value, strings by what they say, members in any order. Of a member
/// that stands there twice the first counts.
pub(crate) fn equal(a: Value<'_>, b: Value<'_>) -> bool {
    equal_within(a, b, DEPTH)
}

fn equal_within(a: Value<'_>, b: Value<'_>, depth: u32) -> bool {
    let (x, y) = (a.node(), b.node());
    if x.shape != y.shape {
        return false;
    }
    match x.shape {
        Shape::Null | Shape::True | Shape::False => true,
        Shape::Number => a.text() == b.text() || Decimal::of(a.text()) == Decimal::of(b.text()),
        Shape::String => same_string(a, b),
        // Deeper than a scan goes.
        _ if depth == 0 => a.text() == b.text(),
        Shape::Array => {
            let (mut left, mut right) = (a.elements(), b.elements());
            loop {
                match (left.next(), right.next()) {
                    (Some(a), Some(b)) if equal_within(a, b, depth - 1) => {}
                    (None, None) => return true,
                    _ => return false,
                }
            }
        }
        Shape::Object => same_object(a, b, depth - 1),
    }
}

fn same_string(a: Value<'_>, b: Value<'_>) -> bool {
    if a.node().escaped || b.node().escaped {
        a.string() == b.string()
    } else {
        a.text() == b.text()
    }
}

/// Each pair of values is compared once: twice on every level would be 2¹²⁸ times for hostile input.
fn same_object(a: Value<'_>, b: Value<'_>, depth: u32) -> bool {
    if !same_names_in_order(a, b) {
        let (left, right) = (first_members(a), first_members(b));
        return left.len() == right.len()
            && left
                .iter()
                .zip(&right)
                .all(|(x, y)| x.0 == y.0 && equal_within(x.1, y.1, depth));
    }
    // The ordinary case, and free of allocation unless a pair differs.
    let mut firsts = None;
    for ((name, x), (_, y)) in a.members().zip(b.members()) {
        if !equal_within(x, y, depth) {
            // That is a difference unless the name has been there before.
            let firsts = firsts.get_or_insert_with(|| first_members(a));
            let name = name.string().unwrap_or_default();
            let first = firsts.binary_search_by(|(other, _)| other.cmp(&name));
            if first.is_ok_and(|at| firsts[at].1.at == x.at) {
                return false;
            }
        }
    }
    true
}

fn same_names_in_order(a: Value<'_>, b: Value<'_>) -> bool {
    let (mut left, mut right) = (a.members(), b.members());
    loop {
        match (left.next(), right.next()) {
            (Some((x, _)), Some((y, _))) if same_string(x, y) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

/// The members by name, the first of each. Sorting keeps objects of many members linear but for a logarithm.
fn first_members<'t>(object: Value<'t>) -> Vec<(Cow<'t, str>, Value<'t>)> {
    let mut members: Vec<_> = object
        .members()
        .map(|(name, value)| (name.string().unwrap_or_default(), value))
        .collect();
    members.sort_by(|a, b| a.0.cmp(&b.0));
    members.dedup_by(|later, first| later.0 == first.0);
    members
}

/// A JSON value with its tape, read once and compared often: a literal of a definition.
#[derive(Clone, Debug)]
pub(crate) struct OwnedJson {
    text: Box<str>,
    nodes: Box<[Node]>,
}

impl OwnedJson {
    /// Scans the text. A definition's literals are trusted to be of any size, but no deeper than a document can be.
    ///
    /// # Errors
    /// It is no JSON value.
    pub(crate) fn new(text: impl Into<Box<str>>) -> Result<Self, Stop> {
        let text = text.into();
        let limits = Limits::default()
            .with_bytes(usize::MAX)
            .with_depth(DEPTH as usize)
            .with_members(usize::MAX)
            .with_elements(usize::MAX);
        let mut nodes = Vec::new();
        scan(&text, &limits, &mut nodes)?;
        Ok(Self {
            text,
            nodes: nodes.into(),
        })
    }

    /// A literal of a definition, which its reader has found to be JSON.
    pub(crate) fn of(text: &str) -> Self {
        Self::new(text).unwrap_or_else(|_| Self {
            text: "null".into(),
            nodes: Box::default(),
        })
    }

    /// The value.
    pub(crate) fn value(&self) -> Value<'_> {
        Tape {
            text: &self.text,
            nodes: &self.nodes,
        }
        .root()
    }

    /// Its text, as it was given.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// By value, as [`equal`] has it.
impl PartialEq for OwnedJson {
    fn eq(&self, other: &Self) -> bool {
        equal(self.value(), other.value())
    }
}

/// Whether a number's text is that of an integer, `1.0` and `1e0` too.
pub(crate) fn is_integral(number: &str) -> bool {
    Decimal::of(number).is_integral()
}

/// Whether this is one JSON value.
pub(crate) fn is_one(text: &str) -> bool {
    OwnedJson::new(text).is_ok()
}

/// Appends `text` as a JSON string with minimal escapes: `"`, `\` and the control characters, nothing else.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    write_inside(text, out);
    out.push(b'"');
}

/// [`write_string`] without the quotes.
pub(crate) fn write_inside(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut written = 0;
    loop {
        let at = swar::special(bytes, written);
        out.extend_from_slice(&bytes[written..at]);
        let Some(&byte) = bytes.get(at) else { return };
        written = at + 1;
        let short = match byte {
            0x08 => b'b',
            0x09 => b't',
            0x0A => b'n',
            0x0C => b'f',
            0x0D => b'r',
            0..0x20 => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
                continue;
            }
            _ => byte,
        };
        out.extend_from_slice(&[b'\\', short]);
    }
}
