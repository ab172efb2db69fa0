//! Pivots: a value as an element of a list, known by what else is in it.

use super::outer::NOWHERE;
use super::trail::Step;
use super::tree::{Key, Kind, NONE, Out, OutId};
use super::walk::Walk;
use crate::mapping::compile::program::{Element, Known, Pattern, Place, Take};
use crate::mapping::definition::Constant;
use crate::mapping::json;
use crate::mapping::report::Code;
use crate::mapping::tape::{Shape, Value};

impl<'a, 't> Walk<'a, 't> {
    /// `{value: …, constants}`
    pub(super) fn pivoted(&mut self, element: &'a Element, value: OutId, at: u32) -> OutId {
        let object = self.tree.push(Out::new(Kind::Object, at));
        self.tree.append(object, Key::Literal(element.value), value);
        for (key, constant) in &element.constants {
            let child = match constant {
                Constant::Literal(literal) => self.tree.push_text(literal, at),
                Constant::Context(name) => {
                    let start = self.tree.made.len();
                    let text = self.prepared.call.value_of(name).unwrap_or_default();
                    json::write_string(text, &mut self.tree.made);
                    self.tree.push_made(start, at)
                }
            };
            self.tree.append(object, Key::Literal(*key), child);
        }
        object
    }

    /// Whether an element has the constants of a pivot.
    fn fits(&self, pattern: &Pattern, element: Value<'t>) -> bool {
        element.shape() == Shape::Object
            && pattern.constants.iter().all(|(name, known)| {
                element.member(name).is_some_and(|found| match known {
                    Known::Literal(literal) => json::equal(found, literal.value()),
                    Known::Context(name) => self
                        .prepared
                        .call
                        .value_of(name)
                        .is_some_and(|it| found.says(it)),
                })
            })
            && pattern
                .values
                .iter()
                .any(|(name, _)| element.member(name).is_some())
    }

    pub(super) fn unpivot(
        &mut self,
        take: &'a Take,
        pattern: &'a Pattern,
        value: Value<'t>,
        place: &'a Place,
    ) -> Option<OutId> {
        if value.shape() != Shape::Array {
            return Some(self.value(value, place));
        }
        let mut found = None;
        let mut empty = true;
        for (index, element) in value.elements().enumerate() {
            empty = false;
            self.trail.push(Step::Index(index as u32));
            self.check_names(element);
            if found.is_none() && self.fits(pattern, element) {
                self.further(pattern, element);
                for (name, _) in &pattern.values {
                    let mut members = element.members();
                    let Some((key, member)) = members.find(|(key, _)| key.says(name)) else {
                        continue;
                    };
                    self.trail.push(Step::Key(key.at));
                    found = self.inner(take, member, place);
                    self.trail.pop();
                }
            } else {
                self.warn(
                    element.at,
                    Code::LOST,
                    "the other version has no place for this element".to_owned(),
                );
            }
            self.trail.pop();
        }
        if empty {
            self.warn(
                value.at,
                Code::LOST,
                "an empty list has no equivalent in the other version".to_owned(),
            );
        }
        found
    }

    /// Members of a pivot's element that the other version has no place for.
    fn further(&mut self, pattern: &Pattern, element: Value<'t>) {
        for (key, member) in element.members() {
            let name = key.string().unwrap_or_default();
            if !pattern.names(&name) {
                self.lost_at(
                    Step::Key(key.at),
                    member.at,
                    "the other version has no place for this member",
                );
            }
        }
    }

    /// A list that rules take elements out of; the others stay.
    pub(super) fn unjoin(
        &mut self,
        patterns: &'a [Pattern],
        key: Value<'t>,
        value: Value<'t>,
        node: OutId,
    ) {
        if value.shape() != Shape::Array {
            let raw = self.raw(value);
            self.tree.append(node, Key::Input(key.at), raw);
            return;
        }
        let mut used = vec![false; patterns.len()];
        let fitting: Vec<Option<usize>> = value
            .elements()
            .map(|element| {
                let mut free = used.iter().zip(patterns).enumerate();
                let fit = free.find(|(_, (used, pattern))| !**used && self.fits(pattern, element));
                let nth = fit.map(|(nth, _)| nth)?;
                used[nth] = true;
                Some(nth)
            })
            .collect();
        let last_to_stay = fitting.iter().rposition(Option::is_none).unwrap_or(0);
        if fitting.iter().all(Option::is_none) {
            for (index, element) in value.elements().enumerate() {
                self.trail.push(Step::Index(index as u32));
                self.check_names(element);
                self.trail.pop();
            }
            let raw = self.raw(value);
            self.tree.append(node, Key::Input(key.at), raw);
            return;
        }
        if fitting.iter().take(last_to_stay).any(Option::is_some) {
            let message = "the list's order changes: converting back appends the elements that were taken out";
            self.warn(value.at, Code::LOST, message.to_owned());
        }
        let list = self.tree.push(Out::new(Kind::Array, value.at));
        self.tree.append(node, Key::Input(key.at), list);
        for (index, (element, fit)) in value.elements().zip(fitting).enumerate() {
            self.trail.push(Step::Index(index as u32));
            self.check_names(element);
            match fit.and_then(|nth| patterns.get(nth)) {
                Some(pattern) => {
                    self.further(pattern, element);
                    for (name, take) in &pattern.values {
                        let Some((key, member)) = element.members().find(|(key, _)| key.says(name))
                        else {
                            continue;
                        };
                        self.trail.push(Step::Key(key.at));
                        match self.inner(take, member, NOWHERE) {
                            Some(child) => {
                                self.put(take.dest, child, key, member.at, list, take.candidate);
                            }
                            None => self.rival(take.candidate, NONE, member.at, false),
                        }
                        self.trail.pop();
                    }
                }
                None => {
                    let raw = self.raw(element);
                    self.tree.append(list, Key::None, raw);
                }
            }
            self.trail.pop();
        }
    }
}
