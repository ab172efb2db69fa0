//! The walk over a document: what a program says of each member, in input order.

use std::sync::Arc;

use super::condition::applies;
use super::trail::{Step, Trail};
use super::tree::{Key, Kind, Out, OutId, Source, Tree};
use crate::mapping::call::Call;
use crate::mapping::compile::program::{
    self, Act, ByPolicy, Candidate, Place, PlaceId, Program, When,
};
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

/// Something that goes to one of the program's targets at the end of the scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) target: u32,
    pub(super) node: OutId,
    /// Where it was in the input.
    pub(super) at: u32,
    /// The node of its name there.
    pub(super) key: u32,
    /// Another candidate has the place.
    pub(super) lost: bool,
}

/// One of several values for a destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rival {
    pub(super) of: Candidate,
    pub(super) node: OutId,
    pub(super) at: u32,
    /// It is among the moves.
    pub(super) moved: bool,
    /// Another member has its value too, and stands for both.
    pub(super) part: bool,
}

/// Where the lists of moves and the like stood when a scope began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    pub(super) moves: usize,
    pub(super) rivals: usize,
    pub(super) taken: usize,
    pub(super) renamed: usize,
    pub(super) found: usize,
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
}

/// Lists of a walk that are empty between walks: kept for their room.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(super) trail: Trail,
    pub(super) moves: Vec<Move>,
    pub(super) rivals: Vec<Rival>,
    pub(super) taken: Vec<OutId>,
    pub(super) renamed: Vec<(OutId, u32)>,
}

impl Lists {
    /// For a walk without a tree.
    pub(super) fn only(trail: Trail) -> Self {
        Self {
            trail,
            ..Self::default()
        }
    }
}

/// What is left of a walk.
pub(super) struct Ended<'a, 't> {
    pub(super) source: Source<'a, 't>,
    pub(super) tree: &'a mut Tree,
    pub(super) input: Vec<(u32, Finding)>,
    pub(super) found: Vec<(u32, Finding)>,
    pub(super) assumed: Vec<(OutId, u32, bool)>,
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
                    None => {
                        let raw = self.raw(member);
                        self.tree.append(node, Key::Input(key.at), raw);
                    }
                }
            }
            self.trail.pop();
        }
        self.check_names(value);
    }

    /// Further copies of a member, as errors of the input.
    pub(super) fn check_names(&mut self, object: Value<'t>) {
        let (trail, source, input) = (&self.trail, self.source, &mut self.input);
        names::duplicates(object, |key| {
            let path = trail.with(&source, &[Step::Key(key.at)]);
            let message = "the member stands in its object twice: send it once";
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
                let message =
                    "only the other version has this member: send what this version calls it";
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
                .of(self.prepared.policy)
                .is_some_and(|it| json::equal(it.value(), value))
            && {
                let path = self.trail.path(&self.source);
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
