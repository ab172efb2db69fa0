//! Where what a rule reads goes, in one direction: the places of one side against those of the other.

use super::read::Step;
use crate::mapping::call::Side;
use crate::mapping::definition::images::Images;
use crate::mapping::definition::{Condition, Definition, Inner, Outer, Rule};
use crate::mapping::path::{Path, Segment};
use crate::mapping::samples::hints::{across, plain};
use crate::mapping::samples::tree::Tree;

/// A rule, read in one direction.
#[derive(Debug)]
pub(super) struct End {
    /// The rule's path as the definition writes it.
    pub(super) rule: String,
    /// Its own place first, then older ones and the other version's.
    pub(super) read: Vec<Path>,
    pub(super) write: Vec<Path>,
    /// Whether the value is turned into another: then something stands at `write`, but not the same.
    pub(super) turned: bool,
    /// Whether elements may be left out, so that those behind them move up.
    pub(super) thins: bool,
    /// Whether a value of another form than it takes is refused, or the rule says that a document may be.
    pub(super) refuses: bool,
    /// Whether one element may become several or none, so that those behind it move.
    pub(super) regroups: bool,
    /// Whether several places become one, so that what is reported at one of them is said of all.
    pub(super) merges: bool,
    /// Siblings that go when the rule's alternative is used.
    pub(super) tags: Vec<Path>,
}

/// All rules of a definition, read in one direction.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) side: Side,
    pub(super) ends: Vec<End>,
    images: Images,
    context: Vec<(String, String)>,
    /// Where defaults are written that no rule of this side reads.
    defaults: Vec<Path>,
}

impl Places {
    pub(super) fn new(definition: &Definition, side: Side, context: &[(String, String)]) -> Self {
        let images = Images::of(definition);
        let mut ends = Vec::new();
        for (path, alternatives) in &definition.rules {
            for rule in alternatives {
                ends.push(end(&images, side, path, rule));
            }
        }
        for hook in &definition.hooks {
            let (read, write) = match side {
                Side::From => (&hook.from, &hook.to),
                Side::To => (&hook.to, &hook.from),
            };
            for place in read {
                let mut end = plain_end(place, vec![place.clone()], write.clone());
                end.turned = true;
                end.refuses = true;
                ends.push(end);
            }
        }
        let dialects = definition
            .dialects
            .iter()
            .flat_map(|dialect| &dialect.added);
        let added = definition.added.iter().map(|(path, _)| path);
        for path in added.chain(dialects).filter(|_| side == Side::To) {
            ends.push(plain_end(path, vec![path.clone()], Vec::new()));
        }
        let added = definition.added.iter().filter(|_| side == Side::From);
        let defaults = added.map(|(path, _)| images.back(path)).collect();
        Self {
            side,
            ends,
            defaults,
            images,
            context: context.to_vec(),
        }
    }

    /// Whether a rule reads this place, or one in it.
    pub(super) fn leads_to_a_rule(&self, steps: &[Step]) -> bool {
        self.all_read()
            .chain(&self.defaults)
            .any(|path| path.0.len() >= steps.len() && self.matched(path, steps) == steps.len())
    }

    fn all_read(&self) -> impl Iterator<Item = &Path> {
        self.ends
            .iter()
            .flat_map(|end| end.read.iter().chain(&end.tags))
    }

    /// How many steps from the first on the path says too.
    fn matched(&self, path: &Path, steps: &[Step]) -> usize {
        let pairs = path.0.iter().zip(steps);
        pairs
            .take_while(|(segment, step)| match (segment, step) {
                (Segment::Each, Step::Index(_)) => true,
                (Segment::Name(name), Step::Name(step)) => plain(name, &self.context) == *step,
                _ => false,
            })
            .count()
    }

    /// Whether the steps lead to the path's place or into it.
    pub(super) fn is_below(&self, path: &Path, steps: &[Step]) -> bool {
        self.matched(path, steps) == path.0.len()
    }

    /// Whether a definition's path, as text, is this place or around it.
    pub(super) fn covers(&self, path: &str, steps: &[Step]) -> bool {
        Path::parse(path).is_ok_and(|path| self.is_below(&path, steps))
    }

    /// Whether one of the two is in the other.
    pub(super) fn near(&self, path: &str, steps: &[Step]) -> bool {
        Path::parse(path)
            .is_ok_and(|path| self.matched(&path, steps) == path.0.len().min(steps.len()))
    }

    /// What stands at a path of this side, with the indices of these steps.
    pub(super) fn find<'t>(&self, tree: &'t Tree, path: &Path, steps: &[Step]) -> Option<&'t Tree> {
        let way = self.with(path, steps, steps.len());
        way.iter().try_fold(tree, |tree, step| match (tree, step) {
            (Tree::Array(items), Step::Index(index)) => items.get(*index),
            (tree, Step::Name(name)) => tree.member(name),
            _ => None,
        })
    }

    /// The rules that read this place or the nearest one around it, and how long their path is.
    pub(super) fn readers(&self, steps: &[Step]) -> Vec<(&End, usize)> {
        let mut found: Vec<(&End, usize)> = Vec::new();
        for end in &self.ends {
            for path in &end.read {
                if self.is_below(path, steps) {
                    found.push((end, path.0.len()));
                }
            }
        }
        let longest = found.iter().map(|(_, length)| *length).max();
        found.retain(|(_, length)| Some(*length) == longest);
        found
    }

    /// Where these steps lead on the other side, by the rules that move what is around.
    pub(super) fn image(&self, steps: &[Step]) -> Vec<Step> {
        let path = self.path_of(steps);
        let image = match self.side {
            Side::From => self.images.image(&path),
            Side::To => self.images.back(&path),
        };
        self.with(&image, steps, steps.len())
    }

    /// A path of the other side with the indices of these steps, and the steps behind the first `length`.
    pub(super) fn with(&self, path: &Path, steps: &[Step], length: usize) -> Vec<Step> {
        let mut indices = steps.iter().filter(|step| matches!(step, Step::Index(_)));
        let image = path.0.iter().map(|segment| match segment {
            Segment::Each => indices.next().cloned().unwrap_or(Step::Index(0)),
            Segment::Name(name) => Step::Name(plain(name, &self.context)),
        });
        image.chain(steps.iter().skip(length).cloned()).collect()
    }

    /// As a path; what a `pick`'s word stands for in a document is that word again.
    fn path_of(&self, steps: &[Step]) -> Path {
        let segments = steps.iter().enumerate().map(|(at, step)| match step {
            Step::Index(_) => Segment::Each,
            Step::Name(name) => {
                let word = self.all_read().find_map(|path| match path.0.get(at) {
                    Some(Segment::Name(word))
                        if word.starts_with('$') && self.matched(path, steps) > at =>
                    {
                        Some(word.clone())
                    }
                    _ => None,
                });
                Segment::Name(word.unwrap_or_else(|| name.as_str().into()))
            }
        });
        Path(segments.collect())
    }
}

fn plain_end(path: &Path, read: Vec<Path>, write: Vec<Path>) -> End {
    End {
        rule: path.to_string(),
        read,
        write,
        turned: false,
        thins: false,
        refuses: false,
        regroups: false,
        merges: false,
        tags: Vec::new(),
    }
}

fn end(images: &Images, side: Side, path: &Path, rule: &Rule) -> End {
    let target = images.target(path, rule);
    let there: Vec<Path> = match &rule.outer {
        Some(Outer::Split { into, .. }) => into.iter().map(|to| images.resolve(path, to)).collect(),
        Some(Outer::Drop(_)) => Vec::new(),
        _ => vec![target],
    };
    let turned = rule.inner.is_some()
        || !matches!(
            rule.outer,
            None | Some(Outer::Pick(_) | Outer::Without(_) | Outer::Drop(_))
        );
    // What a `pick` takes is the member that its word names.
    let own = match &rule.outer {
        Some(Outer::Pick(word)) => path.member(&format!("${word}")),
        _ => path.clone(),
    };
    let (mut read, write) = match side {
        Side::From if own != *path => (vec![path.clone(), own], there),
        Side::From => (vec![own], there),
        Side::To => (there, vec![own]),
    };
    for also in &rule.also {
        read.push(match side {
            Side::From => also.clone(),
            Side::To => images.image(also),
        });
    }
    let foreign: Vec<Path> = match side {
        Side::From => write
            .iter()
            .filter_map(|to| across(images, side, to))
            .collect(),
        Side::To => across(images, side, path).into_iter().collect(),
    };
    for place in foreign {
        if !read.contains(&place) {
            read.push(place);
        }
    }
    let tags = match (&rule.condition, path.parent()) {
        (Condition::Tag(siblings), Some(parent)) if side == Side::From => siblings
            .iter()
            .map(|(name, _)| parent.member(name))
            .collect(),
        _ => Vec::new(),
    };
    End {
        tags,
        thins: matches!(rule.outer, Some(Outer::Without(_))) && side == Side::From,
        refuses: rule.refuse.is_some()
            || matches!(rule.outer, Some(Outer::Entries { .. } | Outer::Pick(_)))
            || matches!(rule.inner, Some(Inner::Hook(_))),
        regroups: matches!(rule.outer, Some(Outer::Entries { grouped: true, .. })),
        merges: matches!(rule.outer, Some(Outer::Split { .. })) && side == Side::To,
        turned,
        ..plain_end(path, read, write)
    }
}
