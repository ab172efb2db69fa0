//! What clients do to a document: other spellings, names of the other version, repeated members, wrong values, torn text.

use super::hints::plain;
use super::rng::Rng;
use super::tree::{Tree, escape, said};
use super::values;
use crate::mapping::path::{Path, Segment};

/// Spells some scalars, and some names if wanted, otherwise.
pub(super) fn respell(tree: &mut Tree, percent: usize, names: bool, rng: &mut Rng) {
    match tree {
        Tree::Leaf(raw) => {
            if rng.chance(percent) {
                *raw = values::respelled(raw, rng);
            }
        }
        Tree::Array(items) => {
            for item in items {
                respell(item, percent, names, rng);
            }
        }
        Tree::Object(members) => {
            for (name, value) in members {
                if names && rng.chance(percent) {
                    *name = values::respelled(name, rng);
                }
                respell(value, percent, names, rng);
            }
        }
    }
}

/// Puts a value at a path, in a random element of each array on the way; objects that are missing are made.
pub(super) fn plant(
    tree: &mut Tree,
    path: &Path,
    value: Tree,
    context: &[(String, String)],
    rng: &mut Rng,
) {
    let Some((last, way)) = path.0.split_last() else {
        return;
    };
    let mut place = tree;
    for segment in way {
        let next = match segment {
            Segment::Each => match place {
                Tree::Array(items) if !items.is_empty() => {
                    let at = rng.below(items.len());
                    items.get_mut(at)
                }
                _ => return,
            },
            Segment::Name(name) => {
                let name = plain(name, context);
                if place.member(&name).is_none() {
                    place.set(&name, Tree::Object(Vec::new()));
                }
                place.member_mut(&name)
            }
        };
        let Some(next) = next else { return };
        place = next;
    }
    if let Segment::Name(name) = last {
        place.set(&plain(name, context), value);
    }
}

/// One change that may make a document wrong.
pub(super) fn spoil(tree: &mut Tree, rng: &mut Rng) {
    let mut at = rng.below(tree.count());
    let Some(place) = tree.nth_mut(&mut at) else {
        return;
    };
    match rng.below(8) {
        0 => *place = Tree::null(),
        1 => *place = values::any(2, rng),
        2 => *place = Tree::Array(vec![place.clone()]),
        3 => *place = Tree::Object(vec![("\"value\"".to_owned(), place.clone())]),
        4 => match place {
            Tree::Object(members) if !members.is_empty() => {
                members.remove(rng.below(members.len()));
            }
            Tree::Array(items) if !items.is_empty() => {
                items.remove(rng.below(items.len()));
            }
            Tree::Leaf(raw) => {
                *raw = rng
                    .pick(&["\"\"", "0", "-1", "1e400", "false"])
                    .map_or_else(String::new, |v| (*v).to_owned());
            }
            _ => *place = Tree::leaf("0"),
        },
        5 => repeat(place, rng),
        6 => match place {
            Tree::Object(members) => members.clear(),
            Tree::Array(items) => items.clear(),
            Tree::Leaf(_) => *place = Tree::Object(Vec::new()),
        },
        _ => match place {
            Tree::Array(items) => items.push(values::any(1, rng)),
            place => place.set(&values::text(0, 5, rng), values::any(1, rng)),
        },
    }
}

/// Gives an object a member twice, the second time perhaps under another spelling of its name.
pub(super) fn repeat(tree: &mut Tree, rng: &mut Rng) {
    let Tree::Object(members) = tree else {
        return;
    };
    let Some((name, value)) = rng.pick(members).cloned() else {
        return;
    };
    let again = if rng.chance(50) {
        let mut spelled = String::from("\"");
        said(&name).chars().for_each(|c| escape(c, &mut spelled));
        spelled + "\""
    } else {
        name
    };
    let value = if rng.chance(50) {
        value
    } else {
        values::any(1, rng)
    };
    members.insert(rng.below(members.len() + 1), (again, value));
}

/// Bytes that are no document, made from one that is.
pub(super) fn tear(text: &str, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let at = rng.below(bytes.len());
    match rng.below(8) {
        0 => bytes.truncate(at),
        1 => bytes.extend_from_slice(b" x"),
        2 => bytes.insert(at, 0xff),
        3 => {
            let odd = *rng.pick(b"{}[]\",:\\e-0\x00\x1f\xc3").unwrap_or(&b'"');
            if let Some(byte) = bytes.get_mut(at) {
                *byte = odd;
            }
        }
        4 => bytes = [b"\xef\xbb\xbf".as_slice(), &bytes].concat(),
        5 => bytes = br#"{"a":"\ud800"}"#.to_vec(),
        6 => {
            let deep = rng.between(60, 400);
            bytes = [r#"{"a":"#.repeat(deep), "1".to_owned(), "}".repeat(deep)]
                .concat()
                .into_bytes();
        }
        _ => bytes = (0..rng.below(40)).map(|_| rng.next_u64() as u8).collect(),
    }
    bytes
}
