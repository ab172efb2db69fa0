//! Rules of several places: pivots that share a list, and splits.

use super::build::{Build, pattern};
use super::program::{Act, Candidate, Dest, Element, Merge, Outer, Take, Way};
use super::takes::inner;
use crate::mapping::definition::{self as def, Pivot, Rule};
use crate::mapping::path::Path;

impl Build<'_> {
    pub(super) fn element(&mut self, list: &Path, pivot: &Pivot) -> Element {
        let shared = (list.clone(), pivot.constants.clone());
        let group = match self.elements.iter().position(|known| *known == shared) {
            Some(at) => at,
            None => {
                self.elements.push(shared);
                self.elements.len() - 1
            }
        };
        let constants = pivot
            .constants
            .iter()
            .map(|(name, it)| (self.key(name), it.clone()))
            .collect();
        Element {
            group: group as u16,
            value: self.key(&pivot.value),
            constants,
        }
    }

    /// A pivot whose element joins a list that others may be in.
    pub(super) fn joining(
        &mut self,
        read: &Path,
        write: &Path,
        rule: &Rule,
        pivot: &Pivot,
        candidate: Option<Candidate>,
    ) {
        if matches!(self.way, Way::Settle | Way::Dialect) {
            self.place(write);
            return;
        }
        let Some(target) = self.target(read, write) else {
            return;
        };
        let take = Take {
            inner: inner(self.hooks, rule, self.way),
            candidate,
            ..Take::plain(Dest::Move(target))
        };
        let place = self.place(read);
        if self.way == Way::Up {
            let element = self.element(write, pivot);
            self.program.targets[target as usize].join = Some(element);
            self.at(place).act = Act::Take(vec![take]);
            return;
        }
        // Rules of one element take their values out of it together.
        let shared = (read.clone(), pivot.constants.clone());
        let mut in_list = self.elements.iter().filter(|(list, _)| list == read);
        let nth = in_list.position(|known| *known == shared);
        if nth.is_none() {
            self.elements.push(shared);
        }
        let new = pattern(pivot, take);
        let act = &mut self.at(place).act;
        if let Act::Unjoin(patterns) = act {
            match nth.and_then(|nth| patterns.get_mut(nth)) {
                Some(known) => known.values.extend(new.values),
                None => patterns.push(new),
            }
        } else {
            *act = Act::Unjoin(vec![new]);
        }
    }

    pub(super) fn split(
        &mut self,
        path: &Path,
        rule: &Rule,
        into: &[def::Target],
        join: def::Join,
        at: usize,
        rivals: bool,
    ) {
        let ends: Vec<Path> = into
            .iter()
            .map(|target| self.images.resolve(path, target))
            .collect();
        let inner = inner(self.hooks, rule, self.way);
        match self.way {
            Way::Up => {
                let mut dests = Vec::new();
                for (nth, end) in ends.iter().enumerate() {
                    let Some(dest) = self.dest(path, end) else {
                        continue;
                    };
                    let candidate = rivals.then(|| self.candidate((path.clone(), at, nth), rule));
                    dests.push((dest, candidate));
                }
                let take = Take {
                    inner,
                    outer: Outer::Split(dests),
                    ..Take::plain(Dest::Here(None))
                };
                let place = self.place(path);
                self.at(place).act = Act::Take(vec![take]);
            }
            Way::Down => {
                let candidate = rivals.then(|| self.candidate((path.clone(), at, 0), rule));
                for end in &ends {
                    let Some(dest) = self.dest(end, path) else {
                        continue;
                    };
                    let take = Take {
                        inner: self::inner(self.hooks, rule, self.way),
                        candidate,
                        ..Take::plain(dest)
                    };
                    let place = self.place(end);
                    self.at(place).act = Act::Merge(Box::new(Merge {
                        names: ends
                            .iter()
                            .filter_map(|end| end.name().map(str::to_owned))
                            .collect(),
                        join,
                        take,
                    }));
                }
            }
            Way::Settle | Way::Dialect => {
                for end in &ends {
                    self.place(end);
                }
            }
        }
    }

    /// Marks what takes a name in its object that another member there may keep: one that rules only lead through.
    pub(super) fn find_collisions(&mut self, object: usize) {
        let program = &mut self.program;
        let members: Vec<_> = program.places[object].members.clone();
        let stays: Vec<Box<str>> = members
            .iter()
            .filter(|(_, id)| matches!(program.places[*id as usize].act, Act::Stay))
            .map(|(name, _)| name.clone())
            .collect();
        for (_, id) in &members {
            let Act::Take(takes) = &mut program.places[*id as usize].act else {
                continue;
            };
            for take in takes {
                if let Dest::Here(Some(key)) = take.dest {
                    let name = program.keys.get(key as usize).map(|key| &key.name);
                    take.may_collide = name.is_some_and(|name| stays.contains(name));
                }
            }
        }
    }
}
