//! What tells the branches of an `anyOf` or `oneOf` apart, so that one look finds the only one that can hold.

use super::names::Names;
use super::node::{Applied, By, Choice, Id, Node, Types};

/// Decides for every choice how its branch is found.
pub(super) fn tell_apart(nodes: &mut [Node]) {
    for at in 0..nodes.len() {
        let Some(applied) = nodes.get(at).map(|node| node.applied.len()) else {
            continue;
        };
        for index in 0..applied {
            let found = match nodes.get(at).and_then(|node| node.applied.get(index)) {
                Some(Applied::Any(choice) | Applied::One(choice)) => by(nodes, choice),
                _ => continue,
            };
            if let Some(Applied::Any(choice) | Applied::One(choice)) = nodes
                .get_mut(at)
                .and_then(|node| node.applied.get_mut(index))
            {
                choice.by = found;
            }
        }
    }
}

fn by(nodes: &[Node], choice: &Choice) -> By {
    let types: Vec<Types> = choice
        .branches
        .iter()
        .map(|id| certainly(nodes, *id).fold(Types::ALL, |types, node| types.and(node.types)))
        .collect();
    let mut taken = Types::NONE;
    let apart = types.iter().all(|types| {
        let free = taken.and(*types).is_empty();
        taken = taken.or(*types);
        free
    });
    if apart {
        return By::Type(types.into());
    }
    let mut candidates = words(nodes, choice.branches.first()).into_iter();
    let found = candidates.find_map(|(name, _)| by_member(nodes, choice, name));
    found.unwrap_or(By::Trial)
}

fn by_member(nodes: &[Node], choice: &Choice, name: &str) -> Option<By> {
    let mut all: Vec<(Box<str>, Id)> = Vec::new();
    for id in &choice.branches {
        let words = words(nodes, Some(id));
        let (_, words) = words.into_iter().find(|(known, _)| *known == name)?;
        for word in words {
            if all.iter().any(|(known, _)| **known == *word) {
                return None;
            }
            all.push((word.into(), *id));
        }
    }
    Some(By::Member {
        name: name.into(),
        words: Names::new(all.iter().map(|(word, _)| word.clone())),
        branch: all.into_iter().map(|(_, id)| id).collect(),
    })
}

/// The members that a branch requires of an object and that have one of some strings there.
fn words<'n>(nodes: &'n [Node], branch: Option<&Id>) -> Vec<(&'n str, Vec<&'n str>)> {
    let Some(branch) = branch else {
        return Vec::new();
    };
    let objects = || certainly(nodes, *branch).filter_map(|node| node.object.as_deref());
    let required =
        |name: &str| objects().any(|o| o.names.iter().take(o.required).any(|n| n == name));
    let mut found = Vec::new();
    for object in objects() {
        for (name, property) in object.names.iter().zip(&object.properties) {
            let values = property.and_then(|id| nodes.get(id as usize)?.values.first());
            if let Some(values) = values {
                if required(name) && values.others.is_empty() && !values.strings.is_empty() {
                    found.push((name, values.strings.iter().collect()));
                }
            }
        }
    }
    found
}

/// A node and what it refers to, or has under `allOf`: all of them must hold.
fn certainly(nodes: &[Node], id: Id) -> impl Iterator<Item = &Node> {
    let mut queue = vec![id];
    std::iter::from_fn(move || {
        let node = nodes.get(queue.pop()? as usize)?;
        // What the crate judges is not looked into.
        if node.fallback.is_some() {
            return Some(node);
        }
        queue.extend(node.applied.iter().filter_map(|one| match one {
            Applied::All(id) => Some(*id),
            _ => None,
        }));
        Some(node)
    })
}
