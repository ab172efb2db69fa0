//! Names of the other version: where they would stand in this one's documents, and what they are taken for there.

use super::build::{Build, HOOKED};
use super::declared::declares;
use super::program::{Act, Candidate, Take, Way};
use super::takes;
use crate::mapping::call::Side;
use crate::mapping::definition::Outer;
use crate::mapping::path::Path;

/// Path in the definition, the name as the other version has it, whether it is kept, and the rule's path, alternative and end.
type Carried<'d> = (Path, Path, bool, Option<(&'d Path, usize, usize)>);

impl Build<'_> {
    /// What only `to` has is known there.
    pub(super) fn known_to(&mut self) {
        let definition = self.definition;
        let dialects = definition
            .dialects
            .iter()
            .flat_map(|dialect| &dialect.added);
        let added = definition.added.iter().map(|(path, _)| path);
        for path in added.chain(dialects) {
            self.place(path);
        }
    }

    /// Everything is read, and stays.
    pub(super) fn read_only(&mut self) {
        let definition = self.definition;
        for (path, alternatives) in &definition.rules {
            for rule in alternatives {
                if matches!(rule.outer, Some(Outer::Drop(_))) {
                    continue;
                }
                for read in takes::to_ends(self, path, rule) {
                    self.place(&read);
                }
                for also in &rule.also {
                    let also = self.images.image(also);
                    self.place(&also);
                }
            }
        }
        for path in definition.hooks.iter().flat_map(|hook| &hook.to) {
            self.place(path);
        }
        self.known_to();
        self.foreign();
    }

    /// Names that only the other version has, at the places where they would stand in this one's documents.
    pub(super) fn foreign(&mut self) {
        let definition = self.definition;
        let (side, keeps) = match self.side() {
            Side::From => (&definition.from, definition.from.foreign_keep),
            Side::To => (&definition.to, definition.to.foreign_keep),
        };
        let mut found: Vec<Carried<'_>> = Vec::new();
        for (path, alternatives) in &definition.rules {
            for (at, rule) in alternatives.iter().enumerate() {
                let keep = keeps || rule.foreign_keep;
                for (nth, other) in takes::other_ends(self, path, rule).into_iter().enumerate() {
                    found.push((path.clone(), other, keep, Some((path, at, nth))));
                }
            }
        }
        for hook in &definition.hooks {
            let others = match self.way {
                Way::Up => &hook.to,
                _ => &hook.from,
            };
            found.extend(
                others
                    .iter()
                    .map(|other| (other.clone(), other.clone(), keeps, None)),
            );
        }
        if self.way == Way::Up {
            found.extend(definition.added.iter().map(|(path, rule)| {
                (path.clone(), path.clone(), keeps || rule.foreign_keep, None)
            }));
        }
        // Containers first: what is below one that only the other version has is judged with it.
        found.sort_by_key(|(_, other, ..)| other.0.len());
        for (path, other, keep, rule) in found {
            let (Some(parent), Some(last)) = (other.parent(), other.0.last()) else {
                continue;
            };
            let place = match self.way {
                Way::Up => self.images.back(&parent),
                _ => self.images.image(&parent),
            }
            .child(last.clone());
            if self.known(&place)
                || side
                    .schema
                    .as_ref()
                    .is_some_and(|schema| declares(schema, &place))
            {
                continue;
            }
            let act = match rule {
                Some((path, at, nth)) if keep && self.way != Way::Dialect => {
                    self.kept(path, at, nth, &place)
                }
                _ if keep => match self.rivals.get(&(path, HOOKED, 0)) {
                    Some(slot) => Act::Foreign(Some(Candidate {
                        slot: *slot,
                        rank: 0,
                    })),
                    None => Act::Stay,
                },
                _ => Act::Foreign(None),
            };
            let id = self.place(&place);
            self.at(id).act = act;
        }
    }

    fn kept(&mut self, path: &Path, at: usize, nth: usize, place: &Path) -> Act {
        let definition = self.definition;
        let Some((_, rules)) = definition.rules.iter().find(|(known, _)| known == path) else {
            return Act::Stay;
        };
        let Some(rule) = rules.get(at) else {
            return Act::Stay;
        };
        let (_, write) = self.ends(path, rule);
        let Some(slot) = self.rivals_of(path, at, nth) else {
            return Act::Stay;
        };
        let candidate = Candidate {
            slot,
            rank: takes::foreign_rank(self.way, rule.wins),
        };
        if self.way != Way::Settle {
            return Act::Foreign(Some(candidate));
        }
        // Two documents are compared with everything in its own place.
        match self.dest(place, &write) {
            Some(dest) => Act::Take(vec![Take {
                inner: takes::inner(self.hooks, rule, Way::Up),
                candidate: Some(candidate),
                ..Take::plain(dest)
            }]),
            None => Act::Stay,
        }
    }
}
