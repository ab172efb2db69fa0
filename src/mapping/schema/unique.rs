//! `uniqueItems`: whether all elements of an array differ.

use std::hash::{BuildHasher, RandomState};

use crate::mapping::json::equal;
use crate::mapping::tape::{Shape, Value};

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
    // Under a key that nobody outside knows, or elements could be made that all have to be compared with each other.
    let salt = RandomState::new();
    let mut hashed: Vec<_> = array
        .elements()
        .map(|one| (hash(one, &salt), one))
        .collect();
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
fn hash(value: Value<'_>, salt: &RandomState) -> u64 {
    let mixed = |a: u64, b: u64| salt.hash_one((a, b));
    let mut sum = value.shape() as u64;
    match value.shape() {
        Shape::Null | Shape::True | Shape::False => {}
        // Equal numbers have one nearest float.
        Shape::Number => {
            let float = value.text().parse::<f64>().unwrap_or_default();
            sum = mixed(sum, (float + 0.0).to_bits());
        }
        Shape::String => {
            let text = value.string().unwrap_or_default();
            sum = mixed(sum, salt.hash_one(&*text));
        }
        Shape::Array => {
            for element in value.elements() {
                sum = mixed(sum, hash(element, salt));
            }
        }
        // Members in any order.
        Shape::Object => {
            for (name, member) in value.members() {
                sum = sum.wrapping_add(mixed(hash(name, salt), hash(member, salt)));
            }
        }
    }
    sum
}
