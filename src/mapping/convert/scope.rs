//! The end of a scope: who gets a place that several want, the moves, what is emptied by them, and what stands in.

use super::tree::{Key, Kind, NONE, Out, OutId};
use super::walk::{Base, Move, Rival, Walk};
use crate::mapping::compile::program::Place;
use crate::mapping::report::{Code, Finding};
use crate::mapping::tape::Value;

impl<'a, 't> Walk<'a, 't> {
    /// `value` and `place` are those of the scope's object, which became `node`.
    pub(super) fn finish(&mut self, value: Value<'t>, place: &'a Place, node: OutId, base: Base) {
        if self.rivals.len() > base.rivals + 1 {
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

    /// One of each place's candidates stays.
    fn settle(&mut self, value: Value<'t>, base: Base) {
        let mut rivals = self.rivals.split_off(base.rivals);
        rivals.sort_by_key(|rival| (rival.of.slot, rival.of.rank));
        for group in rivals.chunk_by(|a, b| a.of.slot == b.of.slot) {
            let Some((winner, others)) = group.split_first() else {
                continue;
            };
            let tie = others.iter().find(|other| other.of.rank == winner.of.rank);
            if let Some(other) = tie {
                let path = self.trail.down_to(&self.source, value, other.at);
                let message =
                    "two members are for one place of the other version: send one of them";
                self.found
                    .push((other.at, Finding::error(Code::CONFLICT, path, message)));
                continue;
            }
            for other in others {
                self.shadow(value, base, other);
            }
        }
    }

    /// Leaves a candidate out, and with it what was found in it.
    fn shadow(&mut self, value: Value<'t>, base: Base, other: &Rival) {
        let next = self.source.value(other.at).node().next;
        let mut found = self.found.split_off(base.found);
        found.retain(|(at, _)| !(other.at..next).contains(at));
        self.found.append(&mut found);
        let path = self.trail.down_to(&self.source, value, other.at);
        let message = "left out: another place of the same value is filled too. Send one of them";
        self.found
            .push((other.at, Finding::warning(Code::SHADOWED, path, message)));
        match other.moved {
            Some(at) => {
                if let Some(moved) = self.moves.get_mut(at) {
                    moved.lost = true;
                }
            }
            None if other.node == NONE => {}
            None => {
                let around = self.tree.get(other.node).parent;
                self.tree.take_out(other.node);
                self.takes(around);
            }
        }
    }

    /// In input order, but those that go inside another's destination after it.
    fn make_moves(&mut self, value: Value<'t>, node: OutId, base: usize) {
        let mut moves = self.moves.split_off(base);
        let level = |one: &Move| {
            self.program
                .targets
                .get(one.target as usize)
                .map_or(0, |target| target.level)
        };
        moves.sort_by_key(|one| (level(one), one.at));
        for one in moves.into_iter().filter(|one| !one.lost) {
            if !self.make(value, node, one) {
                let path = self.trail.down_to(&self.source, value, one.at);
                let message = "its place in the other version is taken: leave one of the two out";
                self.found
                    .push((one.at, Finding::error(Code::CONFLICT, path, message)));
            }
        }
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
            Some(there) if self.tree.get(there).kind == Kind::Array => there,
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
            let message = "an empty object that something moves into: the way back leaves it out";
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
