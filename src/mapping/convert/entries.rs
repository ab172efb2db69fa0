//! Entries: an object as a list of its members.

use std::collections::HashSet;

use super::trail::Step;
use super::tree::{Key, Kind, Out, OutId};
use super::walk::Walk;
use crate::mapping::compile::program::{Place, Take};
use crate::mapping::json;
use crate::mapping::report::Code;
use crate::mapping::tape::{Shape, Value};

impl<'a, 't> Walk<'a, 't> {
    pub(super) fn entries(
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
            let (start, end) = self.spelled(key);
            let name = self.tree.push(Out::new(Kind::Made(start, end), key.at));
            if grouped {
                let names = self.tree.push(Out::new(Kind::Array, key.at));
                self.tree.append(names, Key::None, name);
                self.tree.append(entry, Key::Literal(keys[0]), names);
            } else {
                self.tree.append(entry, Key::Literal(keys[0]), name);
            }
            if let Some(child) = self.inner(take, member, place) {
                self.tree.append(entry, Key::Literal(keys[1]), child);
            }
            self.tree.append(list, Key::None, entry);
            self.trail.pop();
        }
        list
    }

    pub(super) fn unentries(
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
        let mut seen = HashSet::new();
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
        seen: &mut HashSet<String>,
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
            let at = self.key_of(element, key, names.at);
            self.lost_at(
                Step::Key(at),
                names.at,
                "grouped keys become separate entries: converting back doesn't group them again",
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
        let at = self.key_of(element, from, member.at);
        for name in listed {
            if !seen.insert(name.string().unwrap_or_default().into_owned()) {
                self.refuse(
                    element.at,
                    Code::DUPLICATE_MEMBER,
                    "duplicate key: each entry needs a key of its own",
                );
                continue;
            }
            let (start, end) = self.spelled(name);
            self.trail.push(Step::Key(at));
            if let Some(child) = self.inner(take, member, place) {
                self.tree.append(object, Key::Made(start, end), child);
            }
            self.trail.pop();
        }
    }

    /// A name as written strings are: with minimal escapes, in the made text.
    fn spelled(&mut self, name: Value<'t>) -> (u32, u32) {
        let start = self.tree.made.len();
        match name.node().escaped {
            true => json::write_string(&name.string().unwrap_or_default(), &mut self.tree.made),
            false => self.tree.made.extend_from_slice(name.text().as_bytes()),
        }
        (start as u32, self.tree.made.len() as u32)
    }

    /// The node of a member's name.
    fn key_of(&self, object: Value<'t>, name: &str, or: u32) -> u32 {
        let mut members = object.members();
        members
            .find(|(key, _)| key.says(name))
            .map_or(or, |(key, _)| key.at)
    }
}
