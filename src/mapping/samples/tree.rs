//! A JSON document as a tree that keeps each name and scalar as it is spelled: numbers, escapes, repeated members.

use std::fmt::Write as _;

use super::rng::Rng;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    /// `null`, a bool, a number or a string, as JSON text.
    Leaf(String),
    Array(Vec<Tree>),
    /// Names as JSON text, quotes included; a name may stand twice.
    Object(Vec<(String, Tree)>),
}

/// What a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Tree {
    pub(crate) fn null() -> Self {
        Self::leaf("null")
    }

    /// A scalar, by its JSON text.
    pub(crate) fn leaf(text: impl Into<String>) -> Self {
        Self::Leaf(text.into())
    }

    /// A string that says this.
    pub(crate) fn string(text: &str) -> Self {
        Self::Leaf(quoted(text))
    }

    /// The same value as one of serde_json; numbers as that writes them.
    pub(crate) fn of(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Array(items) => Self::Array(items.iter().map(Self::of).collect()),
            serde_json::Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(name, value)| (quoted(name), Self::of(value)))
                    .collect(),
            ),
            scalar => Self::Leaf(scalar.to_string()),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Array(_) => Kind::Array,
            Self::Object(_) => Kind::Object,
            Self::Leaf(text) => match text.as_bytes().first() {
                Some(b'"') => Kind::String,
                Some(b't' | b'f') => Kind::Bool,
                Some(b'n') => Kind::Null,
                _ => Kind::Number,
            },
        }
    }

    /// The first member of this decoded name.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let found = members.iter().find(|(raw, _)| says(raw, name));
        found.map(|(_, value)| value)
    }

    /// The same, to change it.
    pub(crate) fn member_mut(&mut self, name: &str) -> Option<&mut Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let found = members.iter_mut().find(|(raw, _)| says(raw, name));
        found.map(|(_, value)| value)
    }

    /// Gives an object this member, in the place of one that it has; nothing for what is no object.
    pub(crate) fn set(&mut self, name: &str, value: Self) {
        if let Some(there) = self.member_mut(name) {
            *there = value;
        } else if let Self::Object(members) = self {
            members.push((quoted(name), value));
        }
    }

    /// How many values there are in it, itself included.
    pub(crate) fn count(&self) -> usize {
        1 + match self {
            Self::Leaf(_) => 0,
            Self::Array(items) => items.iter().map(Self::count).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| value.count()).sum(),
        }
    }

    /// The value of this index in document order, 0 being the tree itself.
    pub(crate) fn nth_mut(&mut self, at: &mut usize) -> Option<&mut Self> {
        if *at == 0 {
            return Some(self);
        }
        *at -= 1;
        match self {
            Self::Leaf(_) => None,
            Self::Array(items) => items.iter_mut().find_map(|item| item.nth_mut(at)),
            Self::Object(members) => members.iter_mut().find_map(|(_, value)| value.nth_mut(at)),
        }
    }

    /// As compact JSON text.
    #[cfg(any(test, feature = "laws"))]
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// As JSON text, with random white space between the tokens when there is a stream for it.
    pub(crate) fn write(&self, out: &mut String, mut spaces: Option<&mut Rng>) {
        let space = |out: &mut String, spaces: &mut Option<&mut Rng>| {
            if let Some(rng) = spaces {
                out.push_str(rng.pick(&["", "", " ", "\n", "\t\r\n  "]).unwrap_or(&""));
            }
        };
        space(out, &mut spaces);
        match self {
            Self::Leaf(text) => out.push_str(text),
            Self::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out, spaces.as_deref_mut());
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    space(out, &mut spaces);
                    out.push_str(name);
                    space(out, &mut spaces);
                    out.push(':');
                    value.write(out, spaces.as_deref_mut());
                }
                out.push('}');
            }
        }
        space(out, &mut spaces);
    }
}

/// A text as a JSON string, with as few escapes as possible.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => escape(c, &mut out),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `\u` and four digits, twice for what is beyond 16 bits.
pub(crate) fn escape(c: char, out: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a string can't fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// What a JSON string says; empty for what is none.
pub(crate) fn said(raw: &str) -> String {
    match raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) if !inner.contains('\\') => inner.to_owned(),
        _ => serde_json::from_str(raw).unwrap_or_default(),
    }
}

fn says(raw: &str, name: &str) -> bool {
    if raw.contains('\\') {
        said(raw) == name
    } else {
        raw.get(1..).and_then(|rest| rest.strip_suffix('"')) == Some(name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn strings_are_quoted_and_read_back() {
        for text in ["", "a", "\"\\\n\u{0}", "é中\u{1f600}"] {
            assert_eq!(said(&quoted(text)), text);
        }
        let mut out = String::from("\"");
        escape('\u{1f600}', &mut out);
        assert_eq!(out, "\"\\ud83d\\ude00");
        assert_eq!(said(&(out + "\"")), "\u{1f600}");
    }

    #[test]
    fn values_are_counted_and_found_in_document_order() {
        let mut tree = Tree::Object(vec![
            (
                quoted("a"),
                Tree::Array(vec![Tree::null(), Tree::leaf("1")]),
            ),
            ("\"\\u0062\"".to_owned(), Tree::string("x")),
        ]);
        assert_eq!(tree.count(), 5);
        assert_eq!(tree.nth_mut(&mut 3).unwrap(), &Tree::leaf("1"));
        assert_eq!(tree.nth_mut(&mut 5), None);
        assert_eq!(tree.member("b"), Some(&Tree::string("x")));
        assert_eq!(tree.text(), r#"{"a":[null,1],"\u0062":"x"}"#);
    }
}
