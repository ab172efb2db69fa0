//! One rule at one member: what it becomes, and where that is put.

use super::condition::holds;
use super::tree::{Key, Kind, NONE, Out, OutId};
use super::walk::{Move, Rival, Walk};
use crate::mapping::compile::program::{Candidate, Dest, Outer, Place, Take};
use crate::mapping::report::Code;
use crate::mapping::tape::{Shape, Value};

impl<'a, 't> Walk<'a, 't> {
    pub(super) fn take(
        &mut self,
        take: &'a Take,
        object: Value<'t>,
        key: Value<'t>,
        value: Value<'t>,
        place: &'a Place,
        node: OutId,
    ) {
        if let Outer::Split(dests) = &take.outer {
            let first = self.inner(take, value, place);
            for (nth, (dest, candidate)) in dests.iter().enumerate() {
                let Some(first) = first else { break };
                // A node stands in one place only.
                let part = match self.tree.get(first).kind {
                    _ if nth == 0 => first,
                    kind @ (Kind::Raw(_) | Kind::Made(..)) => {
                        self.tree.push(Out::new(kind, value.at))
                    }
                    Kind::Object | Kind::Array => self.raw(value),
                };
                self.put(*dest, part, key, value.at, node, *candidate);
            }
            return;
        }
        let Some(child) = self.outer(take, value, place) else {
            return self.rival(take.candidate, NONE, value.at, false);
        };
        if !take.guards.is_empty() {
            let (shape, text) = self.kind(child);
            let guards = take.guards.iter();
            if guards
                .clone()
                .any(|(when, must)| holds(when, object, shape, text) != *must)
            {
                let message = "ambiguous: by its siblings or type, converting back would read it as another alternative";
                self.refuse(value.at, Code::CONFLICT, message);
            }
        }
        for tag in &take.before {
            let name = self.source.name(tag.key);
            if object.members().any(|(key, _)| key.says(name)) {
                let message =
                    "another member already has the name that marks this alternative: leave it out";
                self.refuse(value.at, Code::CONFLICT, message);
                continue;
            }
            let text = self.tree.push_text(&tag.value, value.at);
            match tag.dest {
                Dest::Here(_) => self.tree.append(node, Key::Literal(tag.key), text),
                Dest::Move(target) => self.moves.push(Move {
                    target,
                    node: text,
                    at: value.at,
                    key: NONE,
                    lost: false,
                }),
            }
        }
        if take.may_collide {
            self.renamed.push((child, value.at));
        }
        self.put(take.dest, child, key, value.at, node, take.candidate);
    }

    /// The type and text of a value of the output.
    fn kind(&self, node: OutId) -> (Shape, &str) {
        match self.tree.get(node).kind {
            Kind::Object => (Shape::Object, ""),
            Kind::Array => (Shape::Array, ""),
            Kind::Raw(at) => (self.source.value(at).shape(), self.source.value(at).text()),
            Kind::Made(start, end) => {
                let text = self.tree.made.get(start as usize..end as usize);
                let text = text
                    .and_then(|text| std::str::from_utf8(text).ok())
                    .unwrap_or_default();
                let shape = match text.trim_start().bytes().next() {
                    Some(b'{') => Shape::Object,
                    Some(b'[') => Shape::Array,
                    Some(b'"') => Shape::String,
                    Some(b't') => Shape::True,
                    Some(b'f') => Shape::False,
                    Some(b'n') => Shape::Null,
                    _ => Shape::Number,
                };
                (shape, text)
            }
        }
    }

    /// Puts a converted value where it goes.
    pub(super) fn put(
        &mut self,
        dest: Dest,
        child: OutId,
        key: Value<'t>,
        at: u32,
        node: OutId,
        candidate: Option<Candidate>,
    ) {
        match dest {
            Dest::Here(name) => {
                let key = name.map_or(Key::Input(key.at), Key::Literal);
                self.tree.append(node, key, child);
                self.rival(candidate, child, at, false);
            }
            Dest::Move(target) => {
                self.moves.push(Move {
                    target,
                    node: child,
                    at,
                    key: key.at,
                    lost: false,
                });
                self.takes(node);
                self.rival(candidate, child, at, true);
            }
        }
    }

    /// A value that is one of several for its place; `NONE` when it comes to nothing.
    pub(super) fn rival(
        &mut self,
        candidate: Option<Candidate>,
        node: OutId,
        at: u32,
        moved: bool,
    ) {
        if let Some(of) = candidate {
            self.rivals.push(Rival {
                of,
                node,
                at,
                moved,
                part: false,
            });
        }
    }

    /// A further one of several members that become one: it shares the fate of the first.
    pub(super) fn part(&mut self, candidate: Option<Candidate>, at: u32) {
        if let Some(of) = candidate {
            self.rivals.push(Rival {
                of,
                node: NONE,
                at,
                moved: false,
                part: true,
            });
        }
    }

    /// Something is moved out of this object or list.
    pub(super) fn takes(&mut self, node: OutId) {
        self.tree.change(node, |node| node.taken = true);
        self.taken.push(node);
    }
}
