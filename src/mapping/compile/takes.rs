//! What each kind of rule does with a value, in one direction.

use super::build::{Build, pattern};
use super::program::{
    Act, Candidate, Dest, Inner, Known, Outer, Pattern, Tag, Take, Way, When, Word,
};
use crate::mapping::call::Side;
use crate::mapping::definition::{self as def, Condition, Constant, Pivot, Rule};
use crate::mapping::hook::Hooks;
use crate::mapping::json::{self, OwnedJson};
use crate::mapping::path::Path;

/// The first of the ranks of `also` places.
const ALSO: u8 = 2;

fn own_rank(way: Way, wins: Side) -> u8 {
    1 - foreign_rank(way, wins)
}

/// On the way up, the place that is foreign is that of `to`; on the way down it is that of `from`.
pub(super) fn foreign_rank(way: Way, wins: Side) -> u8 {
    let foreign = match way {
        Way::Up => Side::To,
        _ => Side::From,
    };
    u8::from(foreign != wins)
}

/// The paths of the other version that a rule says, as they would stand in the other version.
pub(super) fn other_ends(build: &Build<'_>, path: &Path, rule: &Rule) -> Vec<Path> {
    match (build.way, &rule.outer) {
        // Elements that no rule takes stay in a list on the way back: both versions have it.
        (Way::Up, Some(def::Outer::Pivot(_))) if rule.to.is_some() => Vec::new(),
        (Way::Up, _) => to_ends(build, path, rule),
        _ => vec![path.clone()],
    }
}

/// Where a rule's values are in `to`.
pub(super) fn to_ends(build: &Build<'_>, path: &Path, rule: &Rule) -> Vec<Path> {
    match &rule.outer {
        Some(def::Outer::Split { into, .. }) => into
            .iter()
            .map(|target| build.images.resolve(path, target))
            .collect(),
        _ => vec![build.images.target(path, rule)],
    }
}

pub(super) fn inner(hooks: &Hooks, rule: &Rule, way: Way) -> Inner {
    match (&rule.inner, way) {
        (None, _) | (_, Way::Dialect) => Inner::Same,
        (Some(def::Inner::Words(pairs)), Way::Up) => {
            Inner::Words(words(pairs.iter().map(|(a, b)| (a, b))))
        }
        (Some(def::Inner::Words(pairs)), Way::Down) => {
            Inner::Words(words(pairs.iter().map(|(a, b)| (b, a))))
        }
        (Some(def::Inner::Codec(codec)), Way::Settle) => Inner::Settle(codec.clone()),
        (Some(def::Inner::Codec(codec)), _) => Inner::Codec(codec.clone(), way == Way::Up),
        (Some(def::Inner::Hook(name)), _) => Inner::Hook(hooks.index(name)),
        (Some(def::Inner::Words(_)), Way::Settle) => Inner::Same,
    }
}

/// Pairs as they are read in one direction: the first with each value, and whether the way back gives it again. A value
/// that is in no pair as read, but is what another becomes, is listed too: it stays, and wouldn't come back.
fn words<'d>(
    pairs: impl Iterator<Item = (&'d def::Literal, &'d def::Literal)> + Clone,
) -> Vec<Word> {
    let pairs: Vec<_> = pairs
        .map(|(read, write)| (OwnedJson::of(read), OwnedJson::of(write), write))
        .collect();
    let same = |a: &OwnedJson, b: &OwnedJson| json::equal(a.value(), b.value());
    let mut found: Vec<Word> = Vec::new();
    let back = |of: &OwnedJson| {
        pairs
            .iter()
            .find(|(_, written, _)| same(written, of))
            .map(|(read, ..)| read)
    };
    for (read, written, write) in &pairs {
        if found.iter().any(|word| same(&word.read, read)) {
            continue;
        }
        found.push(Word {
            read: read.clone(),
            write: Some((*write).clone()),
            lost: back(written).is_some_and(|again| !same(again, read)),
        });
    }
    for (_, written, _) in &pairs {
        if found.iter().any(|word| same(&word.read, written)) {
            continue;
        }
        found.push(Word {
            read: written.clone(),
            write: None,
            lost: true,
        });
    }
    found
}

/// How an element of a pivot is known.
pub(super) fn known(pivot: &Pivot) -> Vec<(String, Known)> {
    let known = |constant: &Constant| match constant {
        Constant::Literal(literal) => Known::Literal(OwnedJson::of(literal)),
        Constant::Context(name) => Known::Context(name.clone()),
    };
    pivot
        .constants
        .iter()
        .map(|(name, constant)| (name.clone(), known(constant)))
        .collect()
}

impl Build<'_> {
    /// What a rule's own place becomes.
    pub(super) fn own(&mut self, path: &Path, alternatives: &[Rule]) {
        if self.way == Way::Up
            && let [
                Rule {
                    outer: Some(def::Outer::Drop(reason)),
                    ..
                },
            ] = alternatives
        {
            let place = self.place(path);
            self.at(place).act = Act::Drop(reason.clone());
            return;
        }
        let side = match self.side() {
            Side::From => self.definition.from.foreign_keep,
            Side::To => self.definition.to.foreign_keep,
        };
        let several = (self.way != Way::Up && alternatives.len() > 1)
            || alternatives
                .iter()
                .any(|rule| side || rule.foreign_keep || !rule.also.is_empty());
        for (at, rule) in alternatives.iter().enumerate() {
            if !matches!(rule.outer, Some(def::Outer::Drop(_))) {
                self.one(path, alternatives, at, several);
            }
        }
    }

    /// A rule's own place among several for its destination. On the way down, alternatives have one destination.
    pub(super) fn candidate(&mut self, of: (Path, usize, usize), rule: &Rule) -> Candidate {
        let key = match self.way {
            Way::Down => (of.0, 0, 0),
            _ => of,
        };
        let slot = match self.rivals.get(&key) {
            Some(slot) => *slot,
            None => {
                let slot = self.slot();
                self.rivals.insert(key, slot);
                slot
            }
        };
        Candidate {
            slot,
            rank: own_rank(self.way, rule.wins),
        }
    }

    /// The slot of a rule that has rivals.
    pub(super) fn rivals_of(&self, path: &Path, at: usize, nth: usize) -> Option<u32> {
        let key = match self.way {
            Way::Down => (path.clone(), 0, 0),
            _ => (path.clone(), at, nth),
        };
        self.rivals.get(&key).copied()
    }

    fn one(&mut self, path: &Path, alternatives: &[Rule], nth: usize, rivals: bool) {
        let Some(rule) = alternatives.get(nth) else {
            return;
        };
        let (read, write) = self.ends(path, rule);
        if let Some(def::Outer::Split { into, join }) = &rule.outer {
            self.split(path, rule, into, *join, nth, rivals);
            return;
        }
        let joins = matches!(rule.outer, Some(def::Outer::Pivot(_))) && rule.to.is_some();
        // What joins a list has no rival there.
        let rivals = rivals && !(joins && self.way == Way::Up);
        let candidate = rivals.then(|| self.candidate((path.clone(), nth, 0), rule));
        if let (true, Some(def::Outer::Pivot(pivot))) = (joins, &rule.outer) {
            self.joining(&read, &write, rule, pivot, candidate);
            return;
        }
        let Some(dest) = self.dest(&read, &write) else {
            return;
        };
        let outer = self.outer(path, rule);
        let place = self.place(&read);
        let mut take = Take {
            inner: inner(self.hooks, rule, self.way),
            outer,
            candidate,
            guards: match self.way {
                Way::Down => guards(alternatives, nth),
                _ => Vec::new(),
            },
            lost: rule.lost.is_some(),
            ..Take::plain(dest)
        };
        match (&rule.condition, self.way) {
            (Condition::Tag(of), Way::Up) => take.when = siblings(of, true),
            (Condition::When(of), Way::Up) => take.when = siblings(of, false),
            (Condition::Type(json), Way::Up) => take.when = When::Type(*json),
            (Condition::Tag(of), Way::Down) => {
                let mut of = of.clone();
                of.sort();
                for (name, value) in of {
                    let beside = write.parent().unwrap_or_default().member(&name);
                    if let Some(dest) = self.dest(&read, &beside) {
                        let key = self.key(&name);
                        take.before.push(Tag { key, value, dest });
                    }
                }
            }
            _ => {}
        }
        let assumed = match self.way {
            Way::Down => self.by_policy(&rule.absent),
            _ => None,
        };
        let at = self.at(place);
        at.assumed = at.assumed.take().or(assumed);
        match &mut at.act {
            Act::Take(takes) => takes.push(take),
            act => *act = Act::Take(vec![take]),
        }
    }

    fn outer(&mut self, path: &Path, rule: &Rule) -> Outer {
        let Some(outer) = &rule.outer else {
            return Outer::Same;
        };
        let up = match self.way {
            Way::Up => true,
            Way::Down => false,
            Way::Settle | Way::Dialect => return Outer::Same,
        };
        match outer {
            def::Outer::List(side) if (*side == Side::To) == up => Outer::Wrap,
            def::Outer::List(_) => Outer::First,
            def::Outer::Pivot(pivot) if up => Outer::Pivot(self.element(path, pivot)),
            def::Outer::Pivot(pivot) => {
                Outer::Unpivot(pattern(pivot, Take::plain(Dest::Here(None))))
            }
            def::Outer::Entries {
                key,
                value,
                grouped,
            } if up => Outer::Entries {
                key: self.key(key),
                value: self.key(value),
                grouped: *grouped,
            },
            def::Outer::Entries {
                key,
                value,
                grouped,
            } => Outer::Unentries {
                key: key.clone(),
                value: value.clone(),
                grouped: *grouped,
            },
            def::Outer::Pick(word) if up => Outer::Pick {
                word: word.clone(),
                inside: self.place(&path.member(&format!("${word}"))),
            },
            def::Outer::Pick(word) => Outer::Unpick(self.word(word)),
            def::Outer::Without(of) if up => Outer::Without(
                of.iter()
                    .map(|(name, values)| {
                        (
                            name.clone(),
                            values.iter().map(|it| OwnedJson::of(it)).collect(),
                        )
                    })
                    .collect(),
            ),
            def::Outer::Without(_) | def::Outer::Split { .. } | def::Outer::Drop(_) => Outer::Same,
        }
    }

    /// Older places of a rule.
    pub(super) fn also(&mut self, path: &Path, alternatives: &[Rule]) {
        for (at, rule) in alternatives
            .iter()
            .enumerate()
            .filter(|(_, rule)| !rule.also.is_empty())
        {
            let (_, write) = self.ends(path, rule);
            let Some(slot) = self.rivals_of(path, at, 0) else {
                continue;
            };
            for (nth, also) in rule.also.iter().enumerate() {
                let place = match self.way {
                    Way::Up => also.clone(),
                    _ => self.images.image(also),
                };
                let Some(dest) = self.dest(&place, &write) else {
                    continue;
                };
                let take = Take {
                    // An older place has the value as `from` spells it.
                    inner: match self.way {
                        Way::Up | Way::Settle => inner(self.hooks, rule, Way::Up),
                        _ => Inner::Same,
                    },
                    candidate: Some(Candidate {
                        slot,
                        rank: ALSO + nth as u8,
                    }),
                    ..Take::plain(dest)
                };
                let id = self.place(&place);
                self.at(id).act = Act::Take(vec![take]);
            }
        }
    }
}

/// What has to hold of a member on the way down, so that the way up chooses this alternative again.
fn guards(alternatives: &[Rule], nth: usize) -> Vec<(When, bool)> {
    let mut guards = Vec::new();
    for (at, rule) in alternatives.iter().enumerate().take(nth + 1) {
        match &rule.condition {
            // Its own siblings are put back.
            Condition::Tag(_) if at == nth => {}
            Condition::Tag(of) | Condition::When(of) => {
                guards.push((siblings(of, false), at == nth));
            }
            Condition::Type(json) => guards.push((When::Type(*json), at == nth)),
            Condition::Always => {}
        }
    }
    guards
}

fn siblings(of: &[(String, def::Literal)], take: bool) -> When {
    let of = of
        .iter()
        .map(|(name, value)| (name.clone(), OwnedJson::of(value)))
        .collect();
    When::Siblings { of, take }
}

/// What a pattern says of the other members of an element.
impl Pattern {
    pub(crate) fn names(&self, name: &str) -> bool {
        self.constants.iter().any(|(known, _)| known == name)
            || self.values.iter().any(|(known, _)| known == name)
    }
}
