//! Whether two JSON values are the same: numbers by value, members in any order.

use std::cmp::Ordering;

use xxhash_rust::xxh3::xxh3_64;

use super::number::Decimal;
use crate::mapping::tape::{Node, Shape, Tape, Value};

/// A value of a schema, with a tape of its own.
#[derive(Debug)]
pub(super) struct Literal {
    text: Box<str>,
    nodes: Box<[Node]>,
}

impl Literal {
    /// `None` when it is too large for a tape, or nested too deeply.
    pub(super) fn new(value: &serde_json::Value) -> Option<Self> {
        let (mut text, mut nodes) = (String::new(), Vec::new());
        write(value, 0, &mut text, &mut nodes)?;
        Some(Self {
            text: text.into(),
            nodes: nodes.into(),
        })
    }

    pub(super) fn value(&self) -> Value<'_> {
        let tape = Tape {
            text: &self.text,
            nodes: &self.nodes,
        };
        tape.root()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// As deep as a document may be.
const DEPTH: usize = 128;

fn write(
    value: &serde_json::Value,
    depth: usize,
    text: &mut String,
    nodes: &mut Vec<Node>,
) -> Option<()> {
    use serde_json::Value as Json;
    if depth > DEPTH {
        return None;
    }
    let at = nodes.len();
    let shape = match value {
        Json::Null => Shape::Null,
        Json::Bool(true) => Shape::True,
        Json::Bool(false) => Shape::False,
        Json::Number(_) => Shape::Number,
        Json::String(_) => Shape::String,
        Json::Array(_) => Shape::Array,
        Json::Object(_) => Shape::Object,
    };
    nodes.push(Node {
        start: u32::try_from(text.len()).ok()?,
        end: 0,
        next: 0,
        shape,
        escaped: false,
    });
    match value {
        Json::Array(elements) => {
            text.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(element, depth + 1, text, nodes)?;
            }
            text.push(']');
        }
        Json::Object(members) => {
            text.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(&Json::from(name.as_str()), depth + 1, text, nodes)?;
                text.push(':');
                write(member, depth + 1, text, nodes)?;
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
    let next = u32::try_from(nodes.len()).ok()?;
    let node = nodes.get_mut(at)?;
    node.end = u32::try_from(text.len()).ok()?;
    node.next = next;
    let token = text.get(node.start as usize..)?;
    node.escaped = match shape {
        Shape::String => token.contains('\\'),
        Shape::Number => token.contains(['e', 'E']),
        _ => false,
    };
    Some(())
}

/// As deep as the documents are; both come from a scan that limits it.
pub(super) fn equal(a: Value<'_>, b: Value<'_>) -> bool {
    let shape = a.shape();
    if shape != b.shape() {
        return false;
    }
    match shape {
        Shape::Null | Shape::True | Shape::False => true,
        Shape::Number => {
            a.text() == b.text()
                || Decimal::of(a.text()).compare(Decimal::of(b.text())) == Ordering::Equal
        }
        Shape::String => same_text(a, b),
        Shape::Array => {
            let (mut left, mut right) = (a.elements(), b.elements());
            loop {
                match (left.next(), right.next()) {
                    (None, None) => return true,
                    (Some(a), Some(b)) if equal(a, b) => {}
                    _ => return false,
                }
            }
        }
        Shape::Object => {
            a.members().count() == b.members().count()
                // Members mostly stand in the same order.
                && a.members().zip(b.members()).all(|((name, a), (beside, next))| {
                    let found = if same_text(name, beside) {
                        Some(next)
                    } else {
                        name.string().and_then(|name| b.member(&name))
                    };
                    found.is_some_and(|b| equal(a, b))
                })
        }
    }
}

fn same_text(a: Value<'_>, b: Value<'_>) -> bool {
    if a.node().escaped || b.node().escaped {
        a.string() == b.string()
    } else {
        a.text() == b.text()
    }
}

/// Up to here comparing each with each beats hashing.
const FEW: usize = 16;

/// Whether no two elements are equal.
pub(super) fn all_differ(array: Value<'_>) -> bool {
    let count = array.elements().count();
    if count <= FEW {
        let mut rest = array.elements();
        while let Some(one) = rest.next() {
            if rest.clone().any(|other| equal(one, other)) {
                return false;
            }
        }
        return true;
    }
    let mut hashed: Vec<_> = array.elements().map(|one| (hash(one), one)).collect();
    hashed.sort_unstable_by_key(|(hash, one)| (*hash, one.at));
    let mut runs = hashed.chunk_by(|(a, _), (b, _)| a == b);
    runs.all(|run| {
        let mut rest = run.iter();
        while let Some((_, one)) = rest.next() {
            if rest.clone().any(|(_, other)| equal(*one, *other)) {
                return false;
            }
        }
        true
    })
}

/// The same for equal values.
fn hash(value: Value<'_>) -> u64 {
    let mixed = |a: u64, b: u64| (a.rotate_left(23) ^ b).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut sum = value.shape() as u64;
    match value.shape() {
        Shape::Null | Shape::True | Shape::False => {}
        Shape::Number => Decimal::of(value.text()).hash(|part| sum = mixed(sum, part)),
        Shape::String => {
            let text = value.string().unwrap_or_default();
            sum = mixed(sum, xxh3_64(text.as_bytes()));
        }
        Shape::Array => {
            for element in value.elements() {
                sum = mixed(sum, hash(element));
            }
        }
        // Members in any order.
        Shape::Object => {
            for (name, member) in value.members() {
                sum = sum.wrapping_add(mixed(hash(name), hash(member)));
            }
        }
    }
    sum
}
