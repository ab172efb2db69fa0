//! There and back again: what differs from the document that went, but for what was reported on the way.

use super::read::{Step, has_twins, pointer};
use crate::mapping::json::OwnedJson;
use crate::mapping::samples::tree::{Tree, said};

/// Takes out the elements that were reported, where at least as many are missing afterwards; the other places follow them.
pub(super) fn thin(
    before: &mut Tree,
    after: Option<&Tree>,
    reported: &mut Vec<Vec<Step>>,
    steps: &mut Vec<Step>,
) {
    let depth = steps.len();
    match before {
        Tree::Leaf(_) => {}
        Tree::Object(members) => {
            for (name, value) in members {
                let name = said(name);
                let after = after.and_then(|after| after.member(&name));
                steps.push(Step::Name(name));
                thin(value, after, reported, steps);
                steps.pop();
            }
        }
        Tree::Array(items) => {
            let mut gone: Vec<usize> = Vec::new();
            for spot in reported.iter() {
                if let (true, Some(Step::Index(index))) = (
                    spot.len() == depth + 1 && spot.starts_with(steps),
                    spot.last(),
                ) {
                    gone.push(*index);
                }
            }
            gone.sort_unstable();
            gone.dedup();
            let left = match after {
                Some(Tree::Array(left)) => left.len(),
                _ => 0,
            };
            if !gone.is_empty() && left + gone.len() <= items.len() {
                let mut at = 0;
                items.retain(|_| {
                    at += 1;
                    gone.binary_search(&(at - 1)).is_err()
                });
                reported.retain_mut(|spot| follow(spot, steps, &gone));
                if items.is_empty() && left == 0 {
                    // A list that came to nothing need not come back as an empty one.
                    reported.push(steps.clone());
                }
            }
            for (index, item) in items.iter_mut().enumerate() {
                let after = match after {
                    Some(Tree::Array(left)) => left.get(index),
                    _ => None,
                };
                steps.push(Step::Index(index));
                thin(item, after, reported, steps);
                steps.pop();
            }
        }
    }
}

/// Moves a place up past the elements that are gone; false for a place in one of them.
fn follow(spot: &mut [Step], array: &[Step], gone: &[usize]) -> bool {
    if !spot.starts_with(array) {
        return true;
    }
    let Some(Step::Index(index)) = spot.get_mut(array.len()) else {
        return true;
    };
    match gone.binary_search(index) {
        Ok(_) => false,
        Err(before) => {
            *index -= before;
            true
        }
    }
}

/// A place in which two documents differ: what each has there.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) steps: Vec<Step>,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl Other {
    pub(super) fn what(&self) -> String {
        let nothing = || "nothing".to_owned();
        format!(
            "{} comes back as {}",
            self.before.clone().unwrap_or_else(nothing),
            self.after.clone().unwrap_or_else(nothing)
        )
    }

    pub(super) fn path(&self) -> String {
        pointer(&self.steps)
    }
}

/// Every scalar and empty container that one has and the other hasn't.
pub(super) fn differences(before: &Tree, after: &Tree) -> Vec<Other> {
    let mut found = Vec::new();
    both(before, after, &mut Vec::new(), &mut found);
    found
}

fn both(before: &Tree, after: &Tree, steps: &mut Vec<Step>, found: &mut Vec<Other>) {
    match (before, after) {
        (Tree::Object(left), Tree::Object(right))
            if !has_twins(left.iter().map(|(name, _)| said(name)))
                && !has_twins(right.iter().map(|(name, _)| said(name))) =>
        {
            for (name, value) in left {
                let name = said(name);
                let other = after.member(&name);
                steps.push(Step::Name(name));
                match other {
                    Some(other) => both(value, other, steps, found),
                    None => one(value, true, steps, found),
                }
                steps.pop();
            }
            for (name, value) in right {
                let name = said(name);
                if before.member(&name).is_none() {
                    steps.push(Step::Name(name));
                    one(value, false, steps, found);
                    steps.pop();
                }
            }
        }
        (Tree::Array(left), Tree::Array(right)) => {
            for index in 0..left.len().max(right.len()) {
                steps.push(Step::Index(index));
                match (left.get(index), right.get(index)) {
                    (Some(left), Some(right)) => both(left, right, steps, found),
                    (Some(left), None) => one(left, true, steps, found),
                    (None, Some(right)) => one(right, false, steps, found),
                    (None, None) => {}
                }
                steps.pop();
            }
        }
        (Tree::Leaf(left), Tree::Leaf(right)) => {
            let same = left == right
                || super::super::json::equal(
                    OwnedJson::of(left).value(),
                    OwnedJson::of(right).value(),
                );
            if !same {
                found.push(Other {
                    steps: steps.clone(),
                    before: Some(left.clone()),
                    after: Some(right.clone()),
                });
            }
        }
        _ if before.text() == after.text() => {}
        _ => {
            one(before, true, steps, found);
            one(after, false, steps, found);
        }
    }
}

/// What only one of the two has.
pub(super) fn one(tree: &Tree, is_before: bool, steps: &mut Vec<Step>, found: &mut Vec<Other>) {
    match tree {
        Tree::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                steps.push(Step::Index(index));
                one(item, is_before, steps, found);
                steps.pop();
            }
        }
        Tree::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                steps.push(Step::Name(said(name)));
                one(value, is_before, steps, found);
                steps.pop();
            }
        }
        whole => {
            let text = Some(whole.text());
            let (before, after) = if is_before {
                (text, None)
            } else {
                (None, text)
            };
            found.push(Other {
                steps: steps.clone(),
                before,
                after,
            });
        }
    }
}
