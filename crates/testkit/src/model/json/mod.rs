//! A slow and obvious JSON reader (RFC 8259) that keeps number text and raw bytes, and stops at CONTRACT 1.5's limits.

mod reader;
#[cfg(test)]
mod tests;

pub use reader::parse;

/// A JSON value as the contract compares it: decoded strings, number text, nested values as their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(String),
    /// A string, decoded.
    Text(String),
    /// An object or an array as it was written, its white space included.
    Nested(Vec<u8>),
}

/// A top-level member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name, decoded.
    pub name: String,
    /// The value.
    pub value: Value,
    /// The name as it was written, quotes included.
    pub raw_name: Vec<u8>,
    /// The value as it was written.
    pub raw_value: Vec<u8>,
}

/// CONTRACT 1.5: what a payload may measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the payload.
    pub bytes: usize,
    /// Top-level members, further copies included.
    pub members: usize,
    /// Depth; the payload object is depth 1.
    pub depth: usize,
}

impl Limits {
    /// 1.5: "v1 65,536 bytes, 256 top-level members, depth 32".
    pub const V1: Self = Self {
        bytes: 65_536,
        members: 256,
        depth: 32,
    };
    /// 1.5: "v2 128 KiB, 272, 32".
    pub const V2: Self = Self {
        bytes: 131_072,
        members: 272,
        depth: 32,
    };
    /// For reading what was written.
    pub const WIDE: Self = Self {
        bytes: usize::MAX,
        members: usize::MAX,
        depth: 64,
    };
}

/// `text` as a JSON string with the fewest escapes.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
