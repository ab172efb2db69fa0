//! Whether two documents say the same: the places where one value is another, by JSON pointer.

use std::collections::HashMap;
use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::json;
use super::pointer::push_name;
use super::tape::{Shape, Value};

/// One place in which two documents differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub(crate) path: String,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

impl Difference {
    /// JSON pointer to the place, in `to`'s names.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The JSON text that the document of `from` comes to here; `None` when it comes to nothing.
    #[must_use]
    pub fn from(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// The JSON text that the document of `to` has here; `None` when it has nothing.
    #[must_use]
    pub fn to(&self) -> Option<&str> {
        self.to.as_deref()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (
            self.from().unwrap_or("nothing"),
            self.to().unwrap_or("nothing"),
        );
        write!(f, "{:?}: {from} against {to}", self.path)
    }
}

/// `{"path", "from", "to"}`, `null` for nothing.
impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Difference", 3)?;
        out.serialize_field("path", &self.path)?;
        out.serialize_field("from", &self.from)?;
        out.serialize_field("to", &self.to)?;
        out.end()
    }
}

/// Where two values differ, as deep as they are of one kind; in the order of the first.
pub(crate) fn differences(from: Value<'_>, to: Value<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    if !json::equal(from, to) {
        below(from, to, &mut String::new(), &mut found);
    }
    found
}

/// No deeper than a document can be.
fn below(from: Value<'_>, to: Value<'_>, path: &mut String, found: &mut Vec<Difference>) {
    match (from.shape(), to.shape()) {
        (Shape::Object, Shape::Object) => members(from, to, path, found),
        (Shape::Array, Shape::Array) => {
            let (mut left, mut right) = (from.elements(), to.elements());
            for index in 0_u32.. {
                let pair = (left.next(), right.next());
                if pair.0.is_none() && pair.1.is_none() {
                    return;
                }
                one(pair, &index.to_string(), path, found);
            }
        }
        _ => one_differs(Some(from), Some(to), path, found),
    }
}

fn members(from: Value<'_>, to: Value<'_>, path: &mut String, found: &mut Vec<Difference>) {
    let mut others = HashMap::new();
    for (key, value) in to.members() {
        others
            .entry(key.string().unwrap_or_default())
            .or_insert(value);
    }
    for (key, value) in from.members() {
        let name = key.string().unwrap_or_default();
        let other = others.remove(&name);
        one((Some(value), other), &name, path, found);
    }
    for (key, value) in to.members() {
        let name = key.string().unwrap_or_default();
        if others.remove(&name).is_some() {
            one((None, Some(value)), &name, path, found);
        }
    }
}

fn one(
    pair: (Option<Value<'_>>, Option<Value<'_>>),
    name: &str,
    path: &mut String,
    found: &mut Vec<Difference>,
) {
    let end = path.len();
    push_name(path, name);
    match pair {
        (Some(from), Some(to)) if json::equal(from, to) => {}
        (Some(from), Some(to)) => below(from, to, path, found),
        (from, to) => one_differs(from, to, path, found),
    }
    path.truncate(end);
}

fn one_differs(
    from: Option<Value<'_>>,
    to: Option<Value<'_>>,
    path: &str,
    found: &mut Vec<Difference>,
) {
    found.push(Difference {
        path: path.to_owned(),
        from: from.map(|value| value.text().to_owned()),
        to: to.map(|value| value.text().to_owned()),
    });
}
