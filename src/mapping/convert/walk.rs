//! The walk over a document: what a program says of each member, in input order.

use std::sync::Arc;

use super::condition::applies;
pub(super) use super::lists::{Base, Ended, Held, Lists, Move, Rival};
use super::trail::{Step, Trail};
use super::tree::{Key, Kind, Out, OutId, Source, Tree};
use crate::mapping::call::Call;
use crate::mapping::compile::program::{self, Act, ByPolicy, Place, PlaceId, Program, When};
use crate::mapping::hook::Hook;
use crate::mapping::json;
use crate::mapping::names;
use crate::mapping::report::{Code, Finding};
use crate::mapping::tape::{Shape, Value};

/// What a call comes to, once it has been looked at.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    pub(crate) call: &'a Call<'a>,
    /// Index of the policy.
    pub(crate) policy: usize,
    /// The context's values as names, where a pick writes them.
    pub(crate) words: Vec<program::Key>,
}

/// What is wanted of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// What there is to say of the input.
    Input,
    /// That, and what a conversion finds.
    Findings,
    /// The output too.
    Output,
}

/// Everything that a walk reads and collects.
pub(crate) struct Walk<'a, 't> {
    pub(super) program: &'a Program,
    pub(super) source: Source<'a, 't>,
    pub(super) prepared: &'a Prepared<'a>,
    pub(super) hooks: &'a [Arc<dyn Hook>],
    pub(super) tree: &'a mut Tree,
    /// Nodes that are written as strings of their text, in order.
    pub(super) coerced: &'a [u32],
    pub(super) trail: Trail,
    pub(super) moves: Vec<Move>,
    pub(super) rivals: Vec<Rival>,
    /// Objects that something was moved out of.
    pub(super) taken: Vec<OutId>,
    /// Members that took a name which another may have kept, and where they were.
    pub(super) renamed: Vec<(OutId, u32)>,
    /// Errors of the input itself, by node.
    pub(super) input: Vec<(u32, Finding)>,
    /// What the conversion found, by node.
    pub(super) found: Vec<(u32, Finding)>,
    /// Objects and keys of what was assumed, and whether it is given back.
    pub(super) assumed: Vec<(OutId, u32, bool)>,
    /// Results of hooks that wait for the member whose position they keep.
    pub(super) held: Vec<Held>,
}

impl<'a, 't> Walk<'a, 't> {
    /// Ends the walk; its lists go back to where they are kept.
    pub(super) fn end(self) -> Ended<'a, 't> {
        let Self {
            source,
            tree,
            mut trail,
            mut moves,
            mut rivals,
            mut taken,
            mut renamed,
            input,
            found,
            assumed,
            ..
        } = self;
        trail.clear();
        moves.clear();
        rivals.clear();
        taken.clear();
        renamed.clear();
        tree.lists = Lists {
            trail,
            moves,
            rivals,
            taken,
            renamed,
        };
        Ended {
            source,
            tree,
            input,
            found,
            assumed,
        }
    }

    /// Converts the document.
    pub(crate) fn document(&mut self, value: Value<'t>) -> OutId {
        let Some(place) = self.place(0) else { return 0 };
        self.scope(value, place, None)
    }

    pub(super) fn place(&self, id: PlaceId) -> Option<&'a Place> {
        self.program.places.get(id as usize)
    }

    /// An object that moves stay inside of: the document or an element; appended to its array before it is walked.
    fn scope(&mut self, value: Value<'t>, place: &'a Place, array: Option<OutId>) -> OutId {
        let base = Base {
            moves: self.moves.len(),
            rivals: self.rivals.len(),
            taken: self.taken.len(),
            renamed: self.renamed.len(),
            found: self.found.len(),
        };
        let node = self.open(value);
        if let Some(array) = array {
            self.tree.append(array, Key::None, node);
        }
        self.object(value, place, node);
        self.finish(value, place, node, base);
        node
    }

    /// A node for an object that is looked into.
    fn open(&mut self, value: Value<'t>) -> OutId {
        let came_empty = value.node().next == value.at + 1;
        self.tree.push(Out {
            came_empty,
            ..Out::new(Kind::Object, value.at)
        })
    }

    /// The members of an object, in order.
    pub(super) fn object(&mut self, value: Value<'t>, place: &'a Place, node: OutId) {
        let tags = self.tags(value, place);
        for (key, member) in value.members() {
            self.trail.push(Step::Key(key.at));
            if tags.is_empty() || !tags.iter().any(|tag| key.says(tag)) {
                match place.member(key).and_then(|id| Some((id, self.place(id)?))) {
                    Some((_, place)) => self.member(value, key, member, place, node),
                    None if member.shape() == Shape::Null && self.skips_nulls(value) => {
                        self.null(member);
                    }
                    None => {
                        let raw = self.raw(member);
                        self.tree.append(node, Key::Input(key.at), raw);
                    }
                }
            }
            self.trail.pop();
        }
        for group in &place.asks {
            self.fill(*group, value, node);
        }
        self.check_names(value);
    }

    /// Whether nulls in this object count as absent.
    pub(super) fn skips_nulls(&self, object: Value<'t>) -> bool {
        object.at == 0 && self.program.nulls_absent
    }

    pub(super) fn null(&mut self, value: Value<'t>) {
        let message = "null: left out, do not send the member";
        self.warn(value.at, Code::NULL_VALUE, message.to_owned());
    }

    /// An object's member, unless it is a null that counts as absent.
    pub(super) fn there(&self, object: Value<'t>, name: &str) -> Option<Value<'t>> {
        let skips = self.skips_nulls(object);
        object
            .member(name)
            .filter(|value| !(skips && value.shape() == Shape::Null))
    }

    /// Further copies of a member, as errors of the input.
    pub(super) fn check_names(&mut self, object: Value<'t>) {
        let (trail, source, input) = (&self.trail, self.source, &mut self.input);
        names::duplicates(object, |key| {
            let path = trail.with(&source, &[Step::Key(key.at)]);
            let message = "duplicate member: send it once";
            input.push((
                key.at,
                Finding::error(Code::DUPLICATE_MEMBER, path, message),
            ));
        });
    }

    /// Siblings that the alternatives of this object's members take away.
    fn tags(&self, object: Value<'t>, place: &'a Place) -> Vec<&'a str> {
        let mut tags = Vec::new();
        for id in &place.tagged {
            let Some(tagged) = self.place(*id) else {
                continue;
            };
            let (Act::Take(takes), Some((_, value))) = (
                &tagged.act,
                object
                    .members()
                    .find(|(key, _)| place.member(*key) == Some(*id)),
            ) else {
                continue;
            };
            if let Some(take) = takes.iter().find(|take| applies(take, object, value))
                && let When::Siblings { of, take: true } = &take.when
            {
                tags.extend(of.iter().map(|(name, _)| &**name));
            }
        }
        tags
    }

    /// One member that the program knows.
    fn member(
        &mut self,
        object: Value<'t>,
        key: Value<'t>,
        value: Value<'t>,
        place: &'a Place,
        node: OutId,
    ) {
        if value.shape() == Shape::Null
            && self.skips_nulls(object)
            && !matches!(place.act, Act::Foreign(None))
        {
            return self.null(value);
        }
        if let Some(by) = &place.assumed
            && self.was_assumed(by, value)
        {
            return;
        }
        match &place.act {
            Act::Stay => self.stay(key, value, place, node),
            Act::Take(takes) => match takes.iter().find(|take| applies(take, object, value)) {
                Some(take) => self.take(take, object, key, value, place, node),
                None => self.stay(key, value, place, node),
            },
            Act::Drop(_) | Act::Foreign(None) => self.left_out(&place.act, value),
            Act::Foreign(Some(candidate)) => {
                let raw = self.value(value, place);
                self.tree.append(node, Key::Input(key.at), raw);
                self.rival(Some(*candidate), raw, value.at, false);
            }
            Act::Unjoin(patterns) => self.unjoin(patterns, key, value, node),
            Act::Hook(groups) => {
                for group in groups {
                    self.group(*group, object, key, value, node);
                }
                self.put_held(value, key, node);
            }
            Act::Merge(merge) => self.merge(merge, object, key, value, place, node),
        }
    }

    /// A member that the other version has no place for, or that only the other version has.
    pub(super) fn left_out(&mut self, act: &Act, value: Value<'t>) {
        match act {
            Act::Drop(reason) => self.warn(value.at, Code::DROPPED, format!("left out: {reason}")),
            _ => {
                let path = self.trail.path(&self.source);
                let message = "belongs to the other version: send this version's member instead";
                self.input
                    .push((value.at, Finding::error(Code::OTHER_VERSION, path, message)));
            }
        }
    }

    fn stay(&mut self, key: Value<'t>, value: Value<'t>, place: &'a Place, node: OutId) {
        let child = self.value(value, place);
        self.tree.append(node, Key::Input(key.at), child);
    }

    /// A value as its own rules have it: looked into when a path leads through it, else as it is.
    pub(super) fn value(&mut self, value: Value<'t>, place: &'a Place) -> OutId {
        match value.shape() {
            Shape::Object if place.is_entered() => {
                let node = self.open(value);
                self.object(value, place, node);
                node
            }
            Shape::Array => match place.each.and_then(|each| self.place(each)) {
                Some(each) => {
                    let node = self.tree.push(Out::new(Kind::Array, value.at));
                    for (index, element) in value.elements().enumerate() {
                        self.trail.push(Step::Index(index as u32));
                        self.element(element, each, node);
                        self.trail.pop();
                    }
                    node
                }
                None => self.raw(value),
            },
            _ => self.raw(value),
        }
    }

    /// One element, appended to its array.
    pub(super) fn element(&mut self, element: Value<'t>, each: &'a Place, array: OutId) {
        if element.shape() == Shape::Object && each.is_entered() {
            self.scope(element, each, Some(array));
        } else {
            let child = self.value(element, each);
            self.tree.append(array, Key::None, child);
        }
    }

    /// A value as it is, but for what was coerced in it.
    pub(super) fn raw(&mut self, value: Value<'t>) -> OutId {
        let (at, next) = (value.at, value.node().next);
        let first = self.coerced.partition_point(|coerced| *coerced < at);
        let coerced = self.coerced.get(first..).unwrap_or_default();
        let here = coerced.iter().take_while(|coerced| **coerced < next);
        let begin = value.node().start as usize;
        let (mut done, start) = (0, self.tree.made.len());
        for node in here {
            let wrong = self.source.value(*node);
            let (text, wrong) = (value.text(), wrong.node());
            let (from, to) = (wrong.start as usize - begin, wrong.end as usize - begin);
            let made = &mut self.tree.made;
            made.extend_from_slice(text.get(done..from).unwrap_or_default().as_bytes());
            json::write_string(text.get(from..to).unwrap_or_default(), made);
            done = to;
        }
        if done == 0 {
            return self.tree.push(Out::new(Kind::Raw(at), at));
        }
        let rest = value.text().get(done..).unwrap_or_default();
        self.tree.made.extend_from_slice(rest.as_bytes());
        self.tree.push_made(start, at)
    }

    /// Whether an upgrade filled this in, and nobody has changed it since.
    pub(super) fn was_assumed(&self, by: &ByPolicy, value: Value<'t>) -> bool {
        let assumed = self.prepared.call.assumed;
        !assumed.is_empty()
            && by
                .among(self.prepared.call.policy.map(|_| self.prepared.policy))
                .any(|it| json::equal(it.value(), value))
            && {
                let path = self.trail.beside(&self.source, value.at);
                assumed.contains(&path)
            }
    }

    /// Something to remark on, at the member or element that is looked at.
    pub(super) fn warn(&mut self, at: u32, code: Code, message: String) {
        let path = self.trail.path(&self.source);
        self.found.push((at, Finding::warning(code, path, message)));
    }

    /// Something to refuse.
    pub(super) fn refuse(
        &mut self,
        at: u32,
        code: Code,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) {
        let path = self.trail.path(&self.source);
        self.found.push((at, Finding::error(code, path, message)));
    }
}
