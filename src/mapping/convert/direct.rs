//! Writing a document while it is walked, without a tree: where everything stays in its own object.

use smallvec::SmallVec;

use super::condition::applies;
use super::emit::Emit;
use super::trail::Step;
use super::tree::Kind;
use super::walk::Walk;
use crate::mapping::compile::program::{Act, Candidate, Ending, Place, PlaceId, When};
use crate::mapping::names::Seen;
use crate::mapping::tape::{Shape, Value};

/// How far a document has been written.
pub(super) struct Direct<'t, 'o> {
    pub(super) emit: Emit<'t, 'o>,
    /// The destinations of this scope that have got a value.
    slots: u64,
    /// The document's stand-ins whose places are filled, and those that were written.
    filled: u64,
    written: u64,
    /// The least rank that may still be written of what goes first.
    pub(super) next: u16,
    /// Something was written behind what it should stand before.
    disordered: bool,
    /// The hooks of this object that have been asked.
    pub(super) asked: u64,
    /// Results of hooks that wait for the member whose position they keep.
    pub(super) held: SmallVec<[Held; 2]>,
}

/// A result of a hook that takes the position of a later member, by that one's value.
pub(super) struct Held {
    pub(super) at: u32,
    pub(super) kind: Kind,
    pub(super) key: u32,
    pub(super) candidate: Option<Candidate>,
}

/// An object that is being written.
pub(super) struct Open<'a> {
    pub(super) place: &'a Place,
    is_empty: bool,
    /// It is the document, and some of its members go first.
    has_fronts: bool,
    /// Its members that hooks read, nulls and copies too, once one of several members has asked for them: place and value.
    pub(super) hooked: SmallVec<[(PlaceId, u32); 16]>,
}

/// Under which name a member is written.
#[derive(Clone, Copy)]
pub(super) enum Name<'t, 'a> {
    /// Its own, and its place.
    Own(Value<'t>, &'a Place),
    Literal(u32),
}

/// Two values for one destination: only a tree can tell what becomes of them.
pub(super) struct Rivals;

pub(super) type Done = Result<(), Rivals>;

impl Direct<'_, '_> {
    pub(super) fn candidate(&mut self, candidate: Option<Candidate>) -> Done {
        let Some(candidate) = candidate else {
            return Ok(());
        };
        let bit = 1 << (candidate.slot & 63);
        if self.slots & bit != 0 {
            return Err(Rivals);
        }
        self.slots |= bit;
        Ok(())
    }

    /// A value as it stands.
    #[inline(always)]
    pub(super) fn raw(&mut self, value: Value<'_>) {
        let node = value.node();
        self.emit.copy(node.start as usize, node.end as usize);
    }
}

impl<'a, 't> Walk<'a, 't> {
    /// Appends the converted document to `out`. `None` when only a tree will do; else the numbers of the stand-ins that were
    /// written, as bits.
    pub(super) fn direct(&mut self, value: Value<'t>, out: &mut Vec<u8>) -> Option<u64> {
        let place = self.place(0)?;
        let mut direct = Direct {
            emit: Emit::new(self.source.tape.text, out),
            slots: 0,
            filled: 0,
            written: 0,
            next: 0,
            disordered: false,
            asked: 0,
            held: SmallVec::new(),
        };
        let has_fronts = !self.program.first.is_empty();
        self.direct_object(value, place, &mut direct, has_fronts)
            .ok()?;
        direct.emit.flush();
        (!direct.disordered).then_some(direct.written)
    }

    fn direct_object(
        &mut self,
        object: Value<'t>,
        place: &'a Place,
        direct: &mut Direct<'t, '_>,
        has_fronts: bool,
    ) -> Done {
        let node = object.node();
        let (start, end) = (node.start as usize, node.end as usize);
        direct.emit.copy(start, start + 1);
        let mut open = Open {
            place,
            is_empty: true,
            has_fronts,
            hooked: SmallVec::new(),
        };
        let text = self.source.tape.text;
        let mut names = Seen::default();
        let skips = self.skips_nulls(object);
        let around = std::mem::take(&mut direct.asked);
        if has_fronts {
            self.direct_first(object, direct, &mut open)?;
        }
        for pair in object.pairs() {
            names.add(pair.key);
            let found = place
                .member_of(text, pair.key)
                .and_then(|id| self.place(id));
            if found.is_some_and(|found| found.lead.is_some()) {
                continue;
            }
            if found.is_none() && skips && pair.value.shape == Shape::Null {
                self.trail.push(Step::Key(pair.at));
                self.null(self.source.value(pair.at + 1));
                self.trail.pop();
                continue;
            }
            if let Some(found) = found {
                self.direct_known(object, pair.at, found, direct, &mut open)?;
                continue;
            }
            let name = (pair.key.start as usize, pair.key.end as usize);
            let raw = (pair.value.start as usize, pair.value.end as usize);
            if open.is_empty || !direct.emit.runs_on(name, raw) {
                if !open.is_empty {
                    direct.emit.token(b',');
                }
                open.is_empty = false;
                direct.emit.copy(name.0, name.1);
                direct.emit.token(b':');
                direct.emit.copy(raw.0, raw.1);
            }
        }
        if names.may_repeat {
            self.check_names(object);
        }
        for group in &place.asks {
            if direct.asked & 1 << (group & 63) == 0 {
                self.direct_fill(*group, object, direct, &mut open)?;
            }
        }
        direct.asked = around;
        for ending in &place.endings {
            self.direct_ending(*ending, direct, &mut open);
        }
        direct.emit.end(b'}', end);
        Ok(())
    }

    /// A stand-in, unless its place is filled.
    pub(super) fn direct_ending(
        &mut self,
        ending: Ending,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) {
        let bit = 1 << ending.stand_in;
        if direct.filled & bit != 0 {
            return;
        }
        let root = self.program.places.first();
        let stand_in = root.and_then(|root| root.stand_ins.get(usize::from(ending.stand_in)));
        if let Some(literal) = stand_in.and_then(|it| it.by.of(self.prepared.policy)) {
            self.name(Name::Literal(ending.key), direct, open);
            direct.emit.literal(literal.text().as_bytes());
            direct.written |= bit;
        }
    }

    /// A member's name, and what stands around it.
    #[inline]
    pub(super) fn name(
        &mut self,
        name: Name<'t, 'a>,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) {
        let (front, fills, literal) = match name {
            Name::Own(_, place) => (place.front, place.fills, ""),
            Name::Literal(key) => match self.program.keys.get(key as usize) {
                // The name may be that of a stand-in in another object too.
                Some(key) => (key.front, key.fills & open.place.ends, &*key.between),
                None => (None, 0, ""),
            },
        };
        direct.filled |= fills;
        if open.has_fronts {
            if let Some(rank) = front.map(u16::from) {
                direct.disordered |= rank < direct.next;
                direct.next = rank + 1;
            }
        }
        let is_first = std::mem::take(&mut open.is_empty);
        match name {
            Name::Own(key, _) => {
                if !is_first {
                    direct.emit.token(b',');
                }
                direct.raw(key);
                direct.emit.token(b':');
            }
            Name::Literal(_) => {
                let literal = literal.as_bytes().get(usize::from(is_first)..);
                direct.emit.literal(literal.unwrap_or_default());
            }
        }
    }

    /// One member that the program knows, by the node of its name.
    pub(super) fn direct_known(
        &mut self,
        object: Value<'t>,
        at: u32,
        place: &'a Place,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) -> Done {
        let (key, value) = (self.source.value(at), self.source.value(at + 1));
        self.trail.push(Step::Key(at));
        let done = if value.shape() == Shape::Null
            && self.skips_nulls(object)
            && !matches!(place.act, Act::Foreign(None))
        {
            self.null(value);
            Ok(())
        } else {
            self.direct_member(object, key, value, place, direct, open)
        };
        self.trail.pop();
        done
    }

    fn direct_member(
        &mut self,
        object: Value<'t>,
        key: Value<'t>,
        value: Value<'t>,
        place: &'a Place,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) -> Done {
        if let Some(by) = &place.assumed
            && self.was_assumed(by, value)
        {
            return Ok(());
        }
        match &place.act {
            Act::Stay => {}
            Act::Take(takes) => {
                if let Some(take) = takes
                    .iter()
                    .find(|take| matches!(take.when, When::Always) || applies(take, object, value))
                {
                    return self.direct_take(take, key, value, place, direct, open);
                }
            }
            Act::Foreign(Some(candidate)) => direct.candidate(Some(*candidate))?,
            Act::Hook(groups) => {
                for group in groups {
                    self.direct_group(*group, (object, key, value), place, direct, open)?;
                }
                return self.direct_held((key, value), place, direct, open);
            }
            Act::Drop(_) | Act::Foreign(None) => {
                self.left_out(&place.act, value);
                return Ok(());
            }
            Act::Unjoin(_) | Act::Merge(_) => return Err(Rivals),
        }
        self.name(Name::Own(key, place), direct, open);
        self.direct_value(value, place, direct)
    }

    /// A value as its own rules have it.
    pub(super) fn direct_value(
        &mut self,
        value: Value<'t>,
        place: &'a Place,
        direct: &mut Direct<'t, '_>,
    ) -> Done {
        match (value.shape(), place.each.and_then(|each| self.place(each))) {
            (Shape::Object, _) if place.is_entered() => {
                self.direct_object(value, place, direct, false)
            }
            (Shape::Array, Some(each)) => self.direct_array(value, each, direct),
            _ => {
                direct.raw(value);
                Ok(())
            }
        }
    }

    fn direct_array(
        &mut self,
        array: Value<'t>,
        each: &'a Place,
        direct: &mut Direct<'t, '_>,
    ) -> Done {
        let node = array.node();
        let (start, end) = (node.start as usize, node.end as usize);
        direct.emit.copy(start, start + 1);
        let around = direct.slots;
        for (index, element) in array.elements().enumerate() {
            if index > 0 {
                direct.emit.token(b',');
            }
            self.trail.push(Step::Index(index as u32));
            direct.slots = 0;
            let done = self.direct_value(element, each, direct);
            self.trail.pop();
            done?;
        }
        direct.slots = around;
        direct.emit.end(b']', end);
        Ok(())
    }
}
