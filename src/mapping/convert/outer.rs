//! What rules do with the place of a value: lists, pivots, entries, picks, filters.

use super::trail::Step;
use super::tree::{Key, Kind, Out, OutId};
use super::walk::Walk;
use crate::mapping::compile::program::{Element, Known, Outer, Pattern, Place, PlaceId, Take};
use crate::mapping::definition::Constant;
use crate::mapping::json::{self, OwnedJson};
use crate::mapping::report::{Code, Finding};
use crate::mapping::tape::{Shape, Value};

impl<'a, 't> Walk<'a, 't> {
    /// What stands for a value; `None` when nothing does.
    pub(super) fn outer(
        &mut self,
        take: &'a Take,
        value: Value<'t>,
        place: &'a Place,
    ) -> Option<OutId> {
        match &take.outer {
            Outer::Same | Outer::Split(_) => Some(self.inner(take, value, place)),
            Outer::Wrap if value.shape() == Shape::Null => Some(self.raw(value)),
            Outer::Wrap => {
                let list = self.tree.push(Out::new(Kind::Array, value.at));
                let child = self.inner(take, value, place);
                self.tree.append(list, Key::None, child);
                Some(list)
            }
            Outer::First => self.first(take, value, place),
            Outer::Pivot(element) => {
                let list = self.tree.push(Out::new(Kind::Array, value.at));
                let inner = self.inner(take, value, place);
                let child = self.pivoted(element, inner, value.at);
                self.tree.append(list, Key::None, child);
                Some(list)
            }
            Outer::Unpivot(pattern) => self.unpivot(take, pattern, value, place),
            Outer::Entries {
                key,
                value: to,
                grouped,
            } => Some(self.entries(take, value, place, [*key, *to], *grouped)),
            Outer::Unentries {
                key,
                value: from,
                grouped,
            } => Some(self.unentries(take, value, place, [key, from], *grouped)),
            Outer::Pick { word, inside } => self.pick(word, *inside, value, place),
            Outer::Unpick { word } => {
                let object = self.tree.push(Out::new(Kind::Object, value.at));
                let key = self.context_key(word);
                let child = self.inner(take, value, place);
                self.tree.append(object, key, child);
                Some(object)
            }
            Outer::Without(of) => Some(self.without(of, value, place)),
        }
    }

    fn first(&mut self, take: &'a Take, value: Value<'t>, place: &'a Place) -> Option<OutId> {
        if value.shape() != Shape::Array {
            return Some(self.value(value, place));
        }
        let mut elements = value.elements();
        let Some(first) = elements.next() else {
            self.warn(
                value.at,
                Code::LOST,
                "an empty list: the other version has nothing for it".to_owned(),
            );
            return None;
        };
        self.trail.push(Step::Index(0));
        if first.shape() == Shape::Null {
            self.warn(
                first.at,
                Code::LOST,
                "null in a list: the way back gives null without the list".to_owned(),
            );
        }
        let child = self.inner(take, first, place);
        self.trail.pop();
        for (index, element) in elements.enumerate() {
            self.lost_at(
                Step::Index(index as u32 + 1),
                element.at,
                "the other version has one value",
            );
        }
        Some(child)
    }

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

    fn unpivot(
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
                    found = element
                        .member(name)
                        .map(|member| self.inner(take, member, place));
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
                "an empty list: the other version has nothing for it".to_owned(),
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
        let list = self.tree.push(Out::new(Kind::Array, value.at));
        self.tree.append(node, Key::Input(key.at), list);
        let mut used = vec![false; patterns.len()];
        for (index, element) in value.elements().enumerate() {
            self.trail.push(Step::Index(index as u32));
            self.check_names(element);
            let fit = patterns.iter().enumerate().find(|(nth, pattern)| {
                !used.get(*nth).copied().unwrap_or(true) && self.fits(pattern, element)
            });
            match fit {
                Some((nth, pattern)) => {
                    if let Some(used) = used.get_mut(nth) {
                        *used = true;
                    }
                    self.further(pattern, element);
                    for (name, take) in &pattern.values {
                        let Some((key, member)) = element.members().find(|(key, _)| key.says(name))
                        else {
                            continue;
                        };
                        self.trail.push(Step::Key(key.at));
                        let child = self.inner(take, member, NOWHERE);
                        self.put(take.dest, child, key, member.at, list, take.candidate);
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

    fn entries(
        &mut self,
        take: &'a Take,
        value: Value<'t>,
        place: &'a Place,
        keys: [u32; 2],
        grouped: bool,
    ) -> OutId {
        if value.shape() != Shape::Object {
            return self.value(value, place);
        }
        self.check_names(value);
        let list = self.tree.push(Out::new(Kind::Array, value.at));
        for (key, member) in value.members() {
            self.trail.push(Step::Key(key.at));
            let entry = self.tree.push(Out::new(Kind::Object, member.at));
            let name = self.tree.push(Out::new(Kind::Raw(key.at), key.at));
            if grouped {
                let names = self.tree.push(Out::new(Kind::Array, key.at));
                self.tree.append(names, Key::None, name);
                self.tree.append(entry, Key::Literal(keys[0]), names);
            } else {
                self.tree.append(entry, Key::Literal(keys[0]), name);
            }
            let child = self.inner(take, member, place);
            self.tree.append(entry, Key::Literal(keys[1]), child);
            self.tree.append(list, Key::None, entry);
            self.trail.pop();
        }
        list
    }

    fn unentries(
        &mut self,
        take: &'a Take,
        value: Value<'t>,
        place: &'a Place,
        [key, from]: [&'a str; 2],
        grouped: bool,
    ) -> OutId {
        if value.shape() != Shape::Array {
            return self.value(value, place);
        }
        let object = self.tree.push(Out::new(Kind::Object, value.at));
        let mut seen = std::collections::HashSet::new();
        for (index, element) in value.elements().enumerate() {
            self.trail.push(Step::Index(index as u32));
            self.check_names(element);
            self.entry(
                take,
                place,
                element,
                [key, from],
                grouped,
                object,
                &mut seen,
            );
            self.trail.pop();
        }
        object
    }

    #[expect(clippy::too_many_arguments, reason = "one entry of the loop above")]
    fn entry(
        &mut self,
        take: &'a Take,
        place: &'a Place,
        element: Value<'t>,
        [key, from]: [&'a str; 2],
        grouped: bool,
        object: OutId,
        seen: &mut std::collections::HashSet<String>,
    ) {
        let (names, member) = (element.member(key), element.member(from));
        let (Some(names), Some(member)) = (names, member) else {
            self.refuse(
                element.at,
                Code::INVALID_TYPE,
                format!("send an object with {key} and {from}"),
            );
            return;
        };
        let listed: Vec<Value<'t>> = match (grouped, names.shape()) {
            (true, Shape::Array) => names.elements().collect(),
            (false, Shape::String) => vec![names],
            _ => Vec::new(),
        };
        let strings = listed.iter().all(|name| name.shape() == Shape::String);
        if !strings || (listed.is_empty() && !(grouped && names.shape() == Shape::Array)) {
            let wanted = if grouped {
                "a list of strings"
            } else {
                "a string"
            };
            self.refuse(
                element.at,
                Code::INVALID_TYPE,
                format!("{key}: send {wanted}"),
            );
            return;
        }
        if grouped && listed.len() != 1 {
            let at = element
                .members()
                .find(|(known, _)| known.says(key))
                .map_or(names.at, |(key, _)| key.at);
            self.lost_at(
                Step::Key(at),
                names.at,
                "a group that is not of one becomes entries of their own, or none",
            );
        }
        for (other, further) in element.members() {
            if !other.says(key) && !other.says(from) {
                self.lost_at(
                    Step::Key(other.at),
                    further.at,
                    "the other version has no place for this member",
                );
            }
        }
        for name in listed {
            if !seen.insert(name.string().unwrap_or_default().into_owned()) {
                self.refuse(
                    element.at,
                    Code::DUPLICATE_MEMBER,
                    "the key of an entry stands here for the second time",
                );
                continue;
            }
            let child = self.inner(take, member, place);
            self.tree.append(object, Key::Input(name.at), child);
        }
    }

    fn pick(
        &mut self,
        word: &str,
        inside: PlaceId,
        value: Value<'t>,
        place: &'a Place,
    ) -> Option<OutId> {
        if value.shape() != Shape::Object {
            return Some(self.value(value, place));
        }
        self.check_names(value);
        let wanted = self.prepared.call.value_of(word).unwrap_or_default();
        let mut found = None;
        for (key, member) in value.members() {
            if found.is_none() && key.says(wanted) {
                self.trail.push(Step::Key(key.at));
                found = self.place(inside).map(|place| self.value(member, place));
                self.trail.pop();
            } else {
                self.lost_at(
                    Step::Key(key.at),
                    member.at,
                    "the other version has one of these, and the call says which",
                );
            }
        }
        if found.is_none() {
            let mut path = self.trail.path(&self.source);
            super::trail::push_name(&mut path, wanted);
            let message =
                "the member that the call picks is not there: send it, or call with another value";
            self.found
                .push((value.at, Finding::error(Code::REQUIRED, path, message)));
        }
        found
    }

    fn without(
        &mut self,
        of: &'a [(String, Vec<OwnedJson>)],
        value: Value<'t>,
        place: &'a Place,
    ) -> OutId {
        let each = place
            .each
            .and_then(|each| self.place(each))
            .unwrap_or(NOWHERE);
        if value.shape() != Shape::Array {
            return self.value(value, place);
        }
        let list = self.tree.push(Out::new(Kind::Array, value.at));
        for (index, element) in value.elements().enumerate() {
            self.trail.push(Step::Index(index as u32));
            let out = of.iter().any(|(name, values)| {
                element.member(name).is_some_and(|found| {
                    values.iter().any(|value| json::equal(found, value.value()))
                })
            });
            if out {
                self.check_names(element);
                self.warn(
                    element.at,
                    Code::LOST,
                    "the other version has no such element".to_owned(),
                );
            } else {
                self.element(element, each, list);
            }
            self.trail.pop();
        }
        list
    }

    /// A context's value as a member's name.
    fn context_key(&mut self, word: &str) -> Key {
        let text = self.prepared.call.value_of(word).unwrap_or_default();
        let start = self.tree.made.len();
        json::write_string(text, &mut self.tree.made);
        Key::Made(start as u32, self.tree.made.len() as u32)
    }

    /// Something that has no place in the other version, just below what is looked at.
    fn lost_at(&mut self, step: Step, at: u32, message: &'static str) {
        let path = self.trail.with(&self.source, &[step]);
        self.found
            .push((at, Finding::warning(Code::LOST, path, message)));
    }
}

/// The place of what no path leads through.
pub(super) const NOWHERE: &Place = &Place::NOWHERE;
