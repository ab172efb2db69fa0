//! JSON of a definition as text: members and elements as they are written, and literals that keep the text of numbers.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::mapping::definition::Literal;

/// How deep a literal may be nested: as deep as a document.
const DEPTH: usize = 128;

/// The members of an object in the order of the text, duplicates included.
pub(super) struct Members<'t>(pub(super) Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// What a JSON text is, for messages.
pub(super) fn kind(text: &str) -> &'static str {
    match text.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// A JSON text without spaces between its tokens and without needless escapes; numbers stay as they are written.
pub(super) fn compact(text: &str) -> Result<Literal, String> {
    let mut out = String::with_capacity(text.len());
    write(text, 0, &mut out)?;
    Ok(out.into_boxed_str())
}

fn write(text: &str, depth: usize, out: &mut String) -> Result<(), String> {
    if depth >= DEPTH {
        return Err(format!("is nested deeper than {DEPTH} levels"));
    }
    let unreadable = |error: serde_json::Error| format!("can't be read: {error}");
    match kind(text) {
        "an object" => {
            let Members(members) = serde_json::from_str(text).map_err(unreadable)?;
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                if members.iter().take(at).any(|(before, _)| before == name) {
                    return Err(format!("has the member {name:?} twice"));
                }
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&quoted(name));
                out.push(':');
                write(value.get(), depth + 1, out)?;
            }
            out.push('}');
        }
        "an array" => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(unreadable)?;
            out.push('[');
            for (at, value) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(value.get(), depth + 1, out)?;
            }
            out.push(']');
        }
        "a string" => {
            let text: String = serde_json::from_str(text).map_err(unreadable)?;
            out.push_str(&quoted(&text));
        }
        _ => out.push_str(text),
    }
    Ok(())
}

/// A text as a JSON string.
pub(in crate::mapping::definition) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
