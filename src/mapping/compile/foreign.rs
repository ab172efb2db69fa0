//! Names of the other version: where they would stand in this one's documents, and what they are taken for there.

use super::build::Build;
use super::declared::declares;
use super::program::{Act, Candidate, Take, Way};
use super::takes;
use crate::mapping::call::Side;
use crate::mapping::definition::Condition;
use crate::mapping::path::Path;

impl Build<'_> {
    /// Names that only the other version has, at the places where they would stand in this one's documents.
    pub(super) fn foreign(&mut self) {
        let definition = self.definition;
        let (side, keeps) = match self.side() {
            Side::From => (&definition.from, definition.from.foreign_keep),
            Side::To => (&definition.to, definition.to.foreign_keep),
        };
        let mut found: Vec<(Path, Path, bool, Option<(&Path, usize)>)> = Vec::new();
        for (path, alternatives) in &definition.rules {
            for (at, rule) in alternatives.iter().enumerate() {
                let keep = keeps || rule.foreign_keep;
                for other in takes::other_ends(self, path, rule) {
                    found.push((path.clone(), other, keep, Some((path, at))));
                }
            }
        }
        // What says how a member is to be read belongs to `from` alone.
        let tags = definition.rules.iter().flat_map(|(path, alternatives)| {
            alternatives
                .iter()
                .filter_map(move |rule| match &rule.condition {
                    Condition::Tag(of) => Some((path, rule, of)),
                    _ => None,
                })
        });
        if self.way == Way::Down {
            for (path, rule, of) in tags {
                let around = path.parent().unwrap_or_default();
                let keep = keeps || rule.foreign_keep;
                found.extend(
                    of.iter()
                        .map(|(name, _)| (path.clone(), around.member(name), keep, None)),
                );
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
        for (_, other, keep, rule) in found {
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
                Some((path, at)) if keep => self.kept(path, at, &place),
                _ if keep => Act::Stay,
                _ => Act::Foreign(None),
            };
            let id = self.place(&place);
            self.at(id).act = act;
        }
    }

    fn kept(&mut self, path: &Path, at: usize, place: &Path) -> Act {
        let definition = self.definition;
        let Some((_, rules)) = definition.rules.iter().find(|(known, _)| known == path) else {
            return Act::Stay;
        };
        let Some(rule) = rules.get(at) else {
            return Act::Stay;
        };
        let (read, write) = self.ends(path, rule);
        let own = self.place(&read);
        let Some(slot) = takes::slot_of(&self.at(own).act, at) else {
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
