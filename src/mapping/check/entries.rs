//! The rules read in one direction: what stands where in the input, and where it goes in the output.

use super::super::definition::images::Images;
use super::super::definition::{Condition, Definition, Literal, Outer, Rule, StandIn};
use super::super::path::{Path, Segment};
use super::Direction;

/// A rule, or one of its places, in one direction.
#[derive(Clone, Debug)]
pub(super) struct Entry<'d> {
    /// In the input.
    pub(super) at: Path,
    /// In the output.
    pub(super) to: Path,
    pub(super) step: Step<'d>,
    /// Whether it applies whenever there is something at its place.
    pub(super) sure: bool,
}

impl Entry<'_> {
    /// The values that members beside its place must have for it to apply, and the object they are in.
    pub(super) fn needs(&self) -> Option<(Path, &[(String, Literal)])> {
        match self.step {
            Step::Rule(Rule {
                condition: Condition::Tag(list) | Condition::When(list),
                ..
            }) => Some((self.at.parent().unwrap_or_default(), list)),
            _ => None,
        }
    }
}

/// What happens to the value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'d> {
    /// Left out.
    Drop,
    /// The rule's kind.
    Rule(&'d Rule),
    /// As it is.
    Stays,
    /// One input of a hook.
    Hook,
}

/// Everything that the rules say, read in one direction.
#[derive(Debug)]
pub(super) struct Table<'d> {
    pub(super) definition: &'d Definition,
    pub(super) images: &'d Images,
    pub(super) direction: Direction,
    pub(super) entries: Vec<Entry<'d>>,
    /// Places of the output that a hook may fill.
    pub(super) hooked: Vec<Path>,
    /// Places of the output with a stand-in, and whether it is written under every policy.
    pub(super) stand_ins: Vec<(Path, bool)>,
    /// Places of the output that nothing in an input can fill: there such a name is the other version's.
    pub(super) foreign: Vec<Path>,
    /// Places of the output where a name of the other version is taken as it stands.
    pub(super) kept: Vec<Path>,
    /// Members that a condition may write or take: of the output, with their values.
    pub(super) tagged: Vec<(Path, String)>,
}

/// The path that a rule reads; a `pick`'s word is part of it.
pub(super) fn own_place(path: &Path, rule: &Rule) -> Path {
    match &rule.outer {
        Some(Outer::Pick(word)) => path.member(&format!("${word}")),
        _ => path.clone(),
    }
}

/// Whether the rule keeps what stands below it out of the reach of other rules.
pub(super) fn takes_whole(rule: &Rule) -> bool {
    rule.inner.is_some() || !matches!(rule.outer, None | Some(Outer::Pick(_) | Outer::Without(_)))
}

/// Where a rule's values land in `to`.
pub(super) fn targets(images: &Images, path: &Path, rule: &Rule) -> Vec<Path> {
    match &rule.outer {
        Some(Outer::Split { into, .. }) => into
            .iter()
            .map(|target| images.resolve(path, target))
            .collect(),
        Some(Outer::Drop(_)) => Vec::new(),
        _ => vec![images.target(path, rule)],
    }
}

impl<'d> Table<'d> {
    pub(super) fn new(
        definition: &'d Definition,
        images: &'d Images,
        direction: Direction,
    ) -> Self {
        let mut table = Self {
            definition,
            images,
            direction,
            entries: Vec::new(),
            hooked: Vec::new(),
            stand_ins: Vec::new(),
            foreign: Vec::new(),
            kept: Vec::new(),
            tagged: Vec::new(),
        };
        for (path, alternatives) in &definition.rules {
            for rule in alternatives {
                table.add_rule(path, rule, alternatives.len() == 1);
            }
        }
        for (path, rule) in &definition.added {
            table.add_added(path, rule);
        }
        for hook in &definition.hooks {
            let (inputs, outputs) = match direction {
                Direction::Up => (&hook.from, &hook.to),
                Direction::Down => (&hook.to, &hook.from),
            };
            for at in inputs {
                table.push(at.clone(), at.clone(), Step::Hook, false);
            }
            table.hooked.extend(outputs.iter().cloned());
        }
        if direction == Direction::Down {
            let dropped = definition
                .dialects
                .iter()
                .flat_map(|dialect| &dialect.added);
            for path in dropped {
                if !table.entries.iter().any(|entry| entry.at == *path) {
                    table.push(path.clone(), path.clone(), Step::Drop, true);
                }
            }
        }
        table
    }

    fn push(&mut self, at: Path, to: Path, step: Step<'d>, sure: bool) {
        self.entries.push(Entry { at, to, step, sure });
    }

    fn keeps(&self, rule: &Rule) -> bool {
        let side = match self.direction {
            Direction::Up => &self.definition.from,
            Direction::Down => &self.definition.to,
        };
        rule.foreign_keep || side.foreign_keep
    }

    fn add_rule(&mut self, path: &Path, rule: &'d Rule, alone: bool) {
        let place = own_place(path, rule);
        let targets = targets(self.images, path, rule);
        let keeps = self.keeps(rule);
        // A default that an upgrade assumed is left out again on the way back.
        let stays = self.direction == Direction::Up || rule.absent == StandIn::Nothing;
        let sure = alone && stays && rule.condition == Condition::Always;
        if let Some(Outer::Drop(_)) = rule.outer {
            match self.direction {
                Direction::Up => self.push(path.clone(), path.clone(), Step::Drop, true),
                Direction::Down if keeps => self.kept.push(path.clone()),
                Direction::Down => self.foreign.push(path.clone()),
            }
        }
        for target in &targets {
            match self.direction {
                Direction::Up => self.push(path.clone(), target.clone(), Step::Rule(rule), sure),
                Direction::Down => self.push(target.clone(), place.clone(), Step::Rule(rule), sure),
            }
            if keeps && *target != place {
                self.kept.push(if self.direction == Direction::Up {
                    target.clone()
                } else {
                    place.clone()
                });
            }
        }
        if let Condition::Tag(tags) = &rule.condition {
            let parent = path.parent().unwrap_or_default();
            for (name, literal) in tags {
                self.tagged.push((parent.member(name), literal.to_string()));
            }
        }
        for older in &rule.also {
            match self.direction {
                Direction::Up => {
                    for target in &targets {
                        self.push(older.clone(), target.clone(), Step::Rule(rule), sure);
                    }
                }
                Direction::Down => {
                    self.push(self.images.image(older), place.clone(), Step::Stays, sure)
                }
            }
        }
        match self.direction {
            Direction::Up => {
                if let Some(every) = self.covers(&rule.absent) {
                    self.stand_ins
                        .extend(targets.into_iter().map(|target| (target, every)));
                }
            }
            Direction::Down => {
                if rule.absent_down.is_some() {
                    self.stand_ins.push((place, true));
                }
            }
        }
    }

    fn add_added(&mut self, path: &Path, rule: &'d Rule) {
        match self.direction {
            Direction::Up => {
                if self.keeps(rule) {
                    self.kept.push(path.clone());
                } else {
                    self.foreign.push(path.clone());
                }
                if let Some(every) = self.covers(&rule.absent) {
                    self.stand_ins.push((path.clone(), every));
                }
            }
            Direction::Down => {
                self.push(path.clone(), path.clone(), Step::Drop, true);
            }
        }
    }

    /// Whether a stand-in is written under every policy; `None` when there is none.
    fn covers(&self, stand_in: &StandIn) -> Option<bool> {
        match stand_in {
            StandIn::Nothing => None,
            StandIn::Always(_) => Some(true),
            StandIn::By(list) => {
                let mut policies = self.definition.policies.iter();
                Some(policies.all(|policy| list.iter().any(|(name, _)| name == policy)))
            }
        }
    }

    /// Where what no rule mentions goes.
    pub(super) fn image(&self, at: &Path) -> Path {
        match self.direction {
            Direction::Up => self.images.image(at),
            Direction::Down => self.images.back(at),
        }
    }

    /// Where a place of the output is in the input.
    pub(super) fn back(&self, to: &Path) -> Path {
        match self.direction {
            Direction::Up => self.images.back(to),
            Direction::Down => self.images.image(to),
        }
    }

    pub(super) fn at<'t>(&'t self, at: &'t Path) -> impl Iterator<Item = &'t Entry<'d>> + 't {
        self.entries.iter().filter(move |entry| entry.at == *at)
    }

    /// Whether a rule reads below this place, or writes below its image.
    pub(super) fn reaches_into(&self, at: &Path, image: &Path) -> bool {
        let below =
            |path: &Path, whole: &Path| path.behind(whole).is_some_and(|rest| !rest.is_empty());
        self.entries
            .iter()
            .any(|entry| below(&entry.at, at) || below(&entry.to, image))
            || self.stand_ins.iter().any(|(path, _)| below(path, image))
            || self
                .hooked
                .iter()
                .chain(&self.foreign)
                .chain(&self.kept)
                .any(|path| below(path, image))
            || self.direction == Direction::Down
                && self.tagged.iter().any(|(path, _)| below(path, image))
    }

    /// Names directly below a place that rules read.
    pub(super) fn names_below(&self, at: &Path) -> Vec<String> {
        let names = self
            .entries
            .iter()
            .filter_map(|entry| match entry.at.behind(at)?.first()? {
                Segment::Name(name) => Some(name.to_string()),
                Segment::Each => None,
            });
        names.collect()
    }

    /// Whether something is taken out of the object at `at` and put elsewhere, so that it may be left out when it is empty.
    pub(super) fn takes_out_of(&self, at: &Path, image: &Path) -> bool {
        self.entries.iter().any(|entry| {
            let rest = entry.at.behind(at).unwrap_or_default();
            !rest.is_empty()
                && !rest.contains(&Segment::Each)
                && !matches!(entry.step, Step::Drop)
                && entry.to.behind(image).is_none()
        })
    }
}
