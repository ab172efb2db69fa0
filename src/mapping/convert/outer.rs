//! What rules do with the place of a value: lists, pivots, entries, picks, filters.

use super::trail::Step;
use super::tree::{Key, Kind, Out, OutId};
use super::walk::Walk;
use crate::mapping::compile::program::{Outer, Place, PlaceId, Take};
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
            Outer::Same | Outer::Split(_) => self.inner(take, value, place),
            Outer::Wrap if value.shape() == Shape::Null => Some(self.raw(value)),
            Outer::Wrap => {
                let list = self.tree.push(Out::new(Kind::Array, value.at));
                let child = self.inner(take, value, place)?;
                self.tree.append(list, Key::None, child);
                Some(list)
            }
            Outer::First => self.first(take, value, place),
            Outer::Pivot(element) => {
                let list = self.tree.push(Out::new(Kind::Array, value.at));
                let inner = self.inner(take, value, place)?;
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
            Outer::Unpick(key) => {
                let object = self.tree.push(Out::new(Kind::Object, value.at));
                let child = self.inner(take, value, place)?;
                self.tree.append(object, Key::Literal(*key), child);
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
                "an empty list has no equivalent in the other version".to_owned(),
            );
            return None;
        };
        self.trail.push(Step::Index(0));
        if first.shape() == Shape::Null {
            self.warn(
                first.at,
                Code::LOST,
                "a list with null as its first element: converting back gives null, without the list".to_owned(),
            );
        }
        let child = self.inner(take, first, place);
        self.trail.pop();
        for (index, element) in elements.enumerate() {
            self.lost_at(
                Step::Index(index as u32 + 1),
                element.at,
                "the other version has room for one value only",
            );
        }
        child
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
                    "the other version only has the member that the call picks",
                );
            }
        }
        if found.is_none() {
            let mut path = self.trail.path(&self.source);
            crate::mapping::pointer::push_name(&mut path, wanted);
            let message = "missing, but the call picks it: send it, or call with another value";
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

    /// Something that has no place in the other version, just below what is looked at.
    pub(super) fn lost_at(&mut self, step: Step, at: u32, message: &'static str) {
        let path = self.trail.with(&self.source, &[step]);
        self.found
            .push((at, Finding::warning(Code::LOST, path, message)));
    }
}

/// The place of what no path leads through.
pub(super) const NOWHERE: &Place = &Place::NOWHERE;
