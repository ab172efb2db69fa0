//! Paths, and where a path of one version is in the other.

use super::definition::{Alternative, Definition, Outer};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    Each,
}

pub(crate) type Path = Vec<Step>;

/// Reads a path of a definition.
pub(crate) fn path(text: &str) -> Path {
    if text.is_empty() {
        return vec![];
    }
    text.split('/')
        .map(|step| match step {
            "*" => Step::Each,
            name => Step::Name(
                name.replace("~2", "*")
                    .replace("~1", "/")
                    .replace("~0", "~"),
            ),
        })
        .collect()
}

pub(crate) fn with(path: &[Step], step: Step) -> Path {
    let mut path = path.to_vec();
    path.push(step);
    path
}

pub(crate) fn member(path: &[Step], name: &str) -> Path {
    with(path, Step::Name(name.into()))
}

pub(crate) fn parent(path: &[Step]) -> Path {
    path[..path.len().saturating_sub(1)].to_vec()
}

/// The last name; a path of a rule always ends with one.
pub(crate) fn name(path: &[Step]) -> String {
    match path.last() {
        Some(Step::Name(name)) => name.clone(),
        other => panic!("a rule's path ends with {other:?}"),
    }
}

/// The names of a path that crosses no array; `None` for any other.
pub(crate) fn names(path: &[Step]) -> Option<Vec<String>> {
    path.iter()
        .map(|step| match step {
            Step::Name(name) => Some(name.clone()),
            Step::Each => None,
        })
        .collect()
}

/// Which prefix of `from` is which prefix of `to`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Images(Vec<(Path, Path)>);

impl Images {
    pub(crate) fn of(definition: &Definition) -> Self {
        let mut images = Self::default();
        let mut rules: Vec<_> = definition.rules.iter().collect();
        rules.sort_by_key(|rule| rule.path.len());
        for rule in rules {
            for alternative in &rule.alternatives {
                let target = images.target(&rule.path, alternative);
                match &alternative.outer {
                    Outer::Pick(word) => images.0.push((member(&rule.path, word), target)),
                    _ if alternative.to.is_some() => images.0.push((rule.path.clone(), target)),
                    _ => {}
                }
            }
        }
        images
    }

    /// Where a rule's own value goes.
    pub(crate) fn target(&self, at: &[Step], rule: &Alternative) -> Path {
        match &rule.to {
            Some(to) => self.resolve(at, to),
            None => member(&self.image(&parent(at)), &name(at)),
        }
    }

    /// A target as it is written, `./x` or a full path.
    pub(crate) fn resolve(&self, at: &[Step], target: &str) -> Path {
        match target.strip_prefix("./") {
            // One name, in which only the escapes of a path mean something.
            Some(beside) => [self.image(&parent(at)), path(beside)].concat(),
            None => path(target),
        }
    }

    pub(crate) fn image(&self, path: &[Step]) -> Path {
        replaced(path, self.0.iter().map(|(from, to)| (from, to)))
    }

    pub(crate) fn back(&self, path: &[Step]) -> Path {
        replaced(path, self.0.iter().map(|(from, to)| (to, from)))
    }
}

/// The longest prefix that there is, replaced.
fn replaced<'a>(path: &[Step], moves: impl Iterator<Item = (&'a Path, &'a Path)>) -> Path {
    let mut best: Option<(&Path, &Path)> = None;
    for (prefix, image) in moves {
        if path.starts_with(prefix) && best.is_none_or(|(b, _)| prefix.len() >= b.len()) {
            best = Some((prefix, image));
        }
    }
    match best {
        Some((prefix, image)) => [image.as_slice(), &path[prefix.len()..]].concat(),
        None => path.to_vec(),
    }
}
