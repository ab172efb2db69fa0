//! Where a path of one version is in the other: the longest prefix that a rule moves, replaced.

use super::{Definition, Outer, Rule, Target};
use crate::mapping::path::{Path, Segment};

/// The moves of a definition, as pairs of places.
#[derive(Clone, Debug)]
pub(crate) struct Images {
    /// Prefix in `from`, and what stands for it in `to`; a `pick`'s prefix ends with its word.
    moves: Vec<(Path, Path)>,
}

impl Images {
    pub(crate) fn of(definition: &Definition) -> Self {
        let mut images = Self { moves: Vec::new() };
        // Shorter paths first: a rule's own image may ask for that of a container around it.
        let mut rules: Vec<_> = definition.rules.iter().collect();
        rules.sort_by_key(|(path, _)| path.0.len());
        for (path, alternatives) in rules {
            for rule in alternatives {
                let prefix = match &rule.outer {
                    Some(Outer::Pick(word)) => path.member(&format!("${word}")),
                    _ if rule.to.is_some() => path.clone(),
                    _ => continue,
                };
                let image = images.target(path, rule);
                images.moves.push((prefix, image));
            }
        }
        images
    }

    /// Where what stands at this path of `from` is in `to`.
    pub(crate) fn image(&self, path: &Path) -> Path {
        replaced(path, self.moves.iter().map(|(from, to)| (from, to)))
    }

    /// Where what stands at this path of `to` is in `from`.
    pub(crate) fn back(&self, path: &Path) -> Path {
        replaced(path, self.moves.iter().map(|(from, to)| (to, from)))
    }

    /// Where a rule's own value goes.
    pub(crate) fn target(&self, path: &Path, rule: &Rule) -> Path {
        match &rule.to {
            Some(target) => self.resolve(path, target),
            None => self.stays(path),
        }
    }

    /// Where a target is, said by a rule of this path.
    pub(crate) fn resolve(&self, path: &Path, target: &Target) -> Path {
        match target {
            Target::At(to) => to.clone(),
            Target::Beside(name) => self.image(&path.parent().unwrap_or_default()).member(name),
        }
    }

    /// The image of a path whose own rule does not move it.
    fn stays(&self, path: &Path) -> Path {
        match (path.parent(), path.0.last()) {
            (Some(parent), Some(last)) => self.image(&parent).child(last.clone()),
            _ => Path::default(),
        }
    }
}

fn replaced<'m>(path: &Path, moves: impl Iterator<Item = (&'m Path, &'m Path)>) -> Path {
    moves
        .filter_map(|(prefix, image)| Some((prefix, image, path.behind(prefix)?)))
        .max_by_key(|(prefix, ..)| prefix.0.len())
        .map_or_else(
            || path.clone(),
            |(_, image, rest): (_, _, &[Segment])| image.join(rest),
        )
}
