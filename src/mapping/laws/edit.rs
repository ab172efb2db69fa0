//! What people do to a converted document before it goes back: other values, members and elements.

use crate::mapping::samples::rng::Rng;
use crate::mapping::samples::tree::{Tree, said};

/// One edit: something of another document of the side takes its place here, or something goes or moves.
pub(super) fn edit(tree: &mut Tree, other: &Tree, rng: &mut Rng) {
    match (tree, other) {
        (Tree::Object(members), _) if !members.is_empty() && rng.chance(15) => {
            members.remove(rng.below(members.len()));
        }
        (Tree::Array(items), _) if items.len() > 1 && rng.chance(40) => {
            let at = rng.below(items.len());
            match rng.below(3) {
                0 => drop(items.remove(at)),
                1 => items.swap(0, at),
                _ => items.extend(items.get(at).cloned()),
            }
        }
        (tree @ Tree::Object(_), Tree::Object(theirs)) => {
            let Some((name, value)) = rng.pick(theirs) else {
                return;
            };
            let name = said(name);
            match tree.member_mut(&name) {
                Some(mine) if rng.chance(70) => edit(mine, value, rng),
                _ => tree.set(&name, value.clone()),
            }
        }
        (Tree::Array(items), Tree::Array(theirs)) => {
            let Some(value) = rng.pick(theirs) else {
                items.clear();
                return;
            };
            let at = rng.below(items.len() + 1);
            match items.get_mut(at) {
                Some(mine) => edit(mine, value, rng),
                None => items.push(value.clone()),
            }
        }
        (tree, other) => *tree = other.clone(),
    }
}
