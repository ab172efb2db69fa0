//! The end of a scope: who gets a place that several want, the moves, what is emptied by them, and what stands in.

use std::ops::Range;

use super::tree::{Key, Kind, NONE, Out, OutId};
use super::walk::{Base, Move, Rival, Walk};
use crate::mapping::compile::program::{NEVER_LEFT_OUT, Place};
use crate::mapping::report::{Code, Finding};
use crate::mapping::tape::{Shape, Value};

impl<'a, 't> Walk<'a, 't> {
    /// `value` and `place` are those of the scope's object, which became `node`.
    pub(super) fn finish(&mut self, value: Value<'t>, place: &'a Place, node: OutId, base: Base) {
        if self.is_contested(base.rivals) {
            self.settle(value, base);
        }
        self.rivals.truncate(base.rivals);
        if self.moves.len() > base.moves {
            self.make_moves(value, node, base.moves);
        }
        while self.taken.len() > base.taken {
            if let Some(taken) = self.taken.pop() {
                self.prune(taken, node);
            }
        }
        for nth in base.renamed..self.renamed.len() {
            if let Some((child, at)) = self.renamed.get(nth).copied() {
                self.check_name(value, child, at);
            }
        }
        self.renamed.truncate(base.renamed);
        for stand_in in &place.stand_ins {
            let Some(literal) = stand_in.by.of(self.prepared.policy) else {
                continue;
            };
            let through = stand_in.through.iter().try_fold(node, |at, key| {
                let found = self.tree.member(at, *key, &self.source)?;
                (self.tree.get(found).kind == Kind::Object).then_some(found)
            });
            let Some(object) = through else { continue };
            if self
                .tree
                .member(object, stand_in.key, &self.source)
                .is_some()
            {
                continue;
            }
            let made = self.tree.push_text(literal.text(), NONE);
            self.tree.append(object, Key::Literal(stand_in.key), made);
            self.assumed.push((object, stand_in.key, stand_in.listed));
        }
    }

    /// Whether a destination may have two candidates.
    fn is_contested(&self, base: usize) -> bool {
        let rivals = self.rivals.get(base..).unwrap_or_default();
        let twice = |(nth, rival): (usize, &Rival)| {
            let mut before = rivals.iter().take(nth);
            before.any(|other| other.of.slot == rival.of.slot)
        };
        // Of many, sorting finds out sooner.
        rivals.len() > 16 || rivals.iter().enumerate().any(twice)
    }

    /// A member took a name that another one in its object may still have.
    fn check_name(&mut self, value: Value<'t>, child: OutId, at: u32) {
        let node = self.tree.get(child);
        let Key::Literal(name) = node.key else {
            return;
        };
        let taken = |(id, other): (OutId, Out)| id != child && self.source.is(other.key, name);
        if !node.gone && self.tree.inside(node.parent).any(taken) {
            let path = self.trail.down_to(&self.source, value, at);
            let message = "another member already fills its place in the other version: send only one of the two";
            self.found
                .push((at, Finding::error(Code::CONFLICT, path, message)));
        }
    }

    /// One of each place's candidates stays.
    fn settle(&mut self, value: Value<'t>, base: Base) {
        let mut rivals = self.rivals.split_off(base.rivals);
        rivals.sort_by_key(|rival| (rival.of.slot, rival.of.rank));
        let mut groups: Vec<_> = rivals.chunk_by(|a, b| a.of.slot == b.of.slot).collect();
        // Containers first: what is in one that is left out is no candidate for anything.
        groups.sort_by_key(|group| group.iter().map(|rival| rival.at).min());
        let mut out: Vec<Range<u32>> = Vec::new();
        for group in groups {
            let group: Vec<Rival> = group
                .iter()
                .filter(|rival| !out.iter().any(|range| range.contains(&rival.at)))
                .copied()
                .collect();
            let (parts, group): (Vec<_>, Vec<_>) = group.into_iter().partition(|rival| rival.part);
            let Some((winner, others)) = group.split_first() else {
                continue;
            };
            for part in parts.iter().filter(|part| part.of.rank != winner.of.rank) {
                self.shadow(value, base, part);
            }
            let tied = others
                .iter()
                .filter(|other| other.of.rank == winner.of.rank);
            if tied.clone().next().is_some() {
                for rival in &group {
                    self.cancel(base, rival.at);
                }
                for other in tied {
                    let mut found = self.found.iter().skip(base.found);
                    if !found.any(|(at, it)| *at == other.at && it.code == Code::CONFLICT) {
                        let path = self.trail.down_to(&self.source, value, other.at);
                        let message = "two members go to the same place in the other version: send only one of them";
                        self.found
                            .push((other.at, Finding::error(Code::CONFLICT, path, message)));
                    }
                }
                continue;
            }
            for other in others {
                if other.of.rank == NEVER_LEFT_OUT {
                    let path = self.trail.down_to(&self.source, value, other.at);
                    let message = "another member already fills its place in the other version: send only one of the two";
                    self.found
                        .push((other.at, Finding::error(Code::CONFLICT, path, message)));
                } else {
                    out.push(other.at..self.source.value(other.at).node().next);
                    self.shadow(value, base, other);
                    // Of a value that is split, all is left out.
                    for twin in rivals
                        .iter()
                        .filter(|twin| twin.at == other.at && !twin.moved)
                    {
                        self.tree.take_out(twin.node);
                    }
                }
            }
        }
    }

    /// Nothing of this value is moved.
    fn cancel(&mut self, base: Base, at: u32) {
        let range = at..self.source.value(at).node().next;
        for moved in self.moves.iter_mut().skip(base.moves) {
            moved.lost |= range.contains(&moved.at);
        }
    }

    /// Leaves a candidate out, and with it what was found in it.
    fn shadow(&mut self, value: Value<'t>, base: Base, other: &Rival) {
        let next = self.source.value(other.at).node().next;
        let mut found = self.found.split_off(base.found);
        found.retain(|(at, _)| !(other.at..next).contains(at));
        self.found.append(&mut found);
        self.cancel(base, other.at);
        let path = self.trail.down_to(&self.source, value, other.at);
        let message = "left out: this member was also sent in another place, and that value was used. Send only that one";
        self.found
            .push((other.at, Finding::warning(Code::SHADOWED, path, message)));
        if !other.moved && other.node != NONE {
            let around = self.tree.get(other.node).parent;
            self.tree.take_out(other.node);
            self.takes(around);
        }
    }

    /// In input order, but what goes inside another move's destination waits for that one.
    fn make_moves(&mut self, value: Value<'t>, node: OutId, base: usize) {
        let mut kept = base;
        for nth in base..self.moves.len() {
            if !self.moves[nth].lost {
                self.moves.swap(kept, nth);
                kept += 1;
            }
        }
        self.moves.truncate(kept);
        let moves = &mut self.moves[base..];
        if !moves.is_sorted_by_key(|one| one.at) {
            moves.sort_by_key(|one| one.at);
        }
        let program = self.program;
        let after = |one: &Move| match program.targets.get(one.target as usize) {
            Some(target) => &target.after[..],
            None => &[],
        };
        // What has been made is marked as if it were lost.
        for _ in base..kept {
            let moves = &self.moves[base..];
            let waits = |one: &Move| {
                let after = after(one);
                let mut others = moves.iter();
                !after.is_empty()
                    && others.any(|other| !other.lost && after.contains(&other.target))
            };
            let mut due = moves.iter().enumerate().filter(|(_, one)| !one.lost);
            let Some((first, _)) = due.clone().next() else {
                break;
            };
            let next = due.find(|(_, one)| !waits(one));
            let next = base + next.map_or(first, |(nth, _)| nth);
            let one = self.moves[next];
            self.moves[next].lost = true;
            if !self.make(value, node, one) {
                let path = self.trail.down_to(&self.source, value, one.at);
                let message = "another member already fills its place in the other version: send only one of the two";
                self.found
                    .push((one.at, Finding::error(Code::CONFLICT, path, message)));
            }
        }
        self.moves.truncate(base);
    }

    /// Whether there was room.
    fn make(&mut self, value: Value<'t>, node: OutId, one: Move) -> bool {
        let Some(target) = self.program.targets.get(one.target as usize) else {
            return false;
        };
        let mut object = node;
        for key in &target.through {
            object = match self.tree.member(object, *key, &self.source) {
                Some(found) if self.tree.get(found).kind == Kind::Object => {
                    self.fills(value, found);
                    found
                }
                Some(_) => return false,
                None => self.add(object, *key, Kind::Object),
            };
        }
        let there = self.tree.member(object, target.key, &self.source);
        let Some(element) = &target.join else {
            if let Some(there) = there {
                if !self.tree.is_emptied(there) {
                    return false;
                }
                self.tree.take_out(there);
            }
            // A name that stays the same keeps its spelling.
            let name = match one.key {
                NONE => Key::Literal(target.key),
                key if self.source.is(Key::Input(key), target.key) => Key::Input(key),
                _ => Key::Literal(target.key),
            };
            self.tree.append(object, name, one.node);
            return true;
        };
        let list = match there {
            Some(there) if self.open_list(there) => there,
            Some(_) => return false,
            None => self.add(object, target.key, Kind::Array),
        };
        let group = element.group + 1;
        let shared = self
            .tree
            .inside(list)
            .find(|(_, node)| node.group == group)
            .map(|(id, _)| id);
        match shared {
            Some(shared) => self
                .tree
                .append(shared, Key::Literal(element.value), one.node),
            None => {
                let new = self.pivoted(element, one.node, one.at);
                self.tree.change(new, |node| node.group = group);
                self.tree.append(list, Key::None, new);
            }
        }
        true
    }

    /// Makes a list that was taken as it is one that something can join; `false` for what is no list.
    fn open_list(&mut self, list: OutId) -> bool {
        let node = self.tree.get(list);
        if node.kind == Kind::Array || node.origin == NONE {
            return node.kind == Kind::Array;
        }
        let value = self.source.value(node.origin);
        if value.shape() != Shape::Array {
            return false;
        }
        self.tree.change(list, |node| node.kind = Kind::Array);
        for element in value.elements() {
            let raw = self.raw(element);
            self.tree.append(list, Key::None, raw);
        }
        true
    }

    fn add(&mut self, object: OutId, key: u32, kind: Kind) -> OutId {
        let new = self.tree.push(Out::new(kind, NONE));
        self.tree.append(object, Key::Literal(key), new);
        new
    }

    /// A move goes into an object. One that came empty is gone on the way back: nobody could tell it from one that was made.
    fn fills(&mut self, value: Value<'t>, object: OutId) {
        let node = self.tree.get(object);
        if node.came_empty && node.live == 0 && node.origin != NONE {
            self.tree.change(object, |node| node.came_empty = false);
            let path = self.trail.down_to(&self.source, value, node.origin);
            let message =
                "the object was empty and a member was moved into it: converting back removes it";
            self.found
                .push((node.origin, Finding::warning(Code::LOST, path, message)));
        }
    }

    /// Leaves out what moves have emptied, and what is emptied by that.
    fn prune(&mut self, emptied: OutId, scope: OutId) {
        let mut at = emptied;
        loop {
            let node = self.tree.get(at);
            if at == scope || node.gone || node.live > 0 || node.parent == NONE {
                return;
            }
            self.tree.take_out(at);
            at = node.parent;
        }
    }
}
