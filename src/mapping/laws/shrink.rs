//! Smaller documents that break the same law: members and elements left out, values made plain.

use crate::mapping::samples::tree::{Kind, Tree};

/// So many documents are tried at most.
const TRIES: usize = 3_000;

/// Changes that are tried at each value, the ones that take most away first.
const CHANGES: usize = 5;

/// The smallest document found that still breaks the law.
pub(super) fn smallest(tree: Tree, mut still: impl FnMut(&Tree) -> bool) -> Tree {
    let mut best = tree;
    let mut tries = 0;
    loop {
        let (mut at, mut smaller) = (0, false);
        while at < best.count() * CHANGES {
            let mut candidate = best.clone();
            if !change(&mut candidate, at) || candidate == best {
                at += 1;
                continue;
            }
            tries += 1;
            if tries > TRIES {
                return best;
            }
            if still(&candidate) {
                // What stands at this place now may be made smaller too.
                best = candidate;
                smaller = true;
            } else {
                at += 1;
            }
        }
        if !smaller {
            return best;
        }
    }
}

/// Makes the change of this number; false when there is nothing to change.
fn change(tree: &mut Tree, number: usize) -> bool {
    let mut at = number / CHANGES;
    if number % CHANGES == 3 {
        return at > 0 && remove(tree, &mut at);
    }
    let Some(place) = tree.nth_mut(&mut at) else {
        return false;
    };
    match (number % CHANGES, place) {
        (0, Tree::Array(items)) if items.len() > 1 => items.clear(),
        (0, Tree::Object(members)) if members.len() > 1 => members.clear(),
        (1, Tree::Array(items)) if items.len() > 3 => items.truncate(items.len() / 2),
        (2, Tree::Array(items)) if items.len() > 3 => drop(items.drain(..items.len() / 2)),
        (4, place @ Tree::Leaf(_)) => {
            let plain = match place.kind() {
                Kind::Number => "0",
                Kind::String => "\"\"",
                Kind::Bool => "false",
                _ => return false,
            };
            *place = Tree::leaf(plain);
        }
        _ => return false,
    }
    true
}

/// Takes the value of this index out of what it is in.
fn remove(tree: &mut Tree, at: &mut usize) -> bool {
    fn out_of<T>(
        all: &mut Vec<T>,
        at: &mut usize,
        value: impl Fn(&mut T) -> &mut Tree,
    ) -> Option<bool> {
        for index in 0..all.len() {
            *at -= 1;
            if *at == 0 {
                all.remove(index);
                return Some(true);
            }
            let inside = value(all.get_mut(index)?);
            if remove(inside, at) {
                return Some(true);
            }
            if *at == 0 {
                return Some(false);
            }
        }
        None
    }
    let done = match tree {
        Tree::Leaf(_) => None,
        Tree::Array(items) => out_of(items, at, |item| item),
        Tree::Object(members) => out_of(members, at, |(_, value)| value),
    };
    done.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mapping::laws::read::tree;

    #[test]
    fn what_breaks_nothing_goes() {
        let document = tree(br#"{"a":[1,2,{"b":"text","c":[[],7]}],"d":{"e":null}}"#).unwrap();
        let small = smallest(document, |tree| tree.text().contains("\"c\":[["));
        assert_eq!(small.text(), r#"{"a":[{"c":[[]]}]}"#);
    }

    #[test]
    fn thousands_of_elements_shrink_to_the_one() {
        let mut items = vec![Tree::leaf("1"); 3_000];
        items.insert(1_234, Tree::leaf("2"));
        let small = smallest(Tree::Array(items), |tree| tree.text().contains('2'));
        assert_eq!(small.text(), "[2]");
    }
}
