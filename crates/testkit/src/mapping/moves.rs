//! The moves of a scope, and what they leave empty.

use super::Run;
use super::joins::element;
use super::tree::{Kind, Member, Node};
use crate::model::json::quote;

#[derive(Debug)]
pub(crate) struct Move {
    /// The value in the input.
    pub(crate) from: Node,
    /// The names of the destination, from the scope on.
    pub(crate) at: Vec<String>,
    pub(crate) act: Act,
}

#[derive(Debug)]
pub(crate) enum Act {
    /// The member, and before it the tags that are put back.
    Put(Vec<Member>),
    /// Into an element of the list at the destination.
    Join {
        constants: Vec<(String, Node)>,
        member: Member,
    },
}

/// An element that a joining pivot made: its list, its constants, its index.
type Made = (Vec<String>, Vec<(String, Node)>, usize);

impl Run<'_> {
    pub(crate) fn make_moves(&mut self, scope: &mut Node, mut moves: Vec<Move>) {
        moves.sort_by_key(|m| m.from.order);
        let mut made = vec![];
        while !moves.is_empty() {
            // What goes into another move's destination waits for that one.
            let waits = |m: &Move| {
                moves.iter().any(|other| {
                    let joins = matches!(m.act, Act::Join { .. });
                    matches!(other.act, Act::Put(_))
                        && m.at.starts_with(&other.at)
                        && (m.at.len() > other.at.len() || joins)
                })
            };
            let next = moves.iter().position(|m| !waits(m)).unwrap_or(0);
            let next = moves.remove(next);
            if self.make(scope, &next, &mut made).is_none() {
                self.find("conflict", &next.from);
            }
        }
    }

    /// `None` is a conflict.
    fn make(&mut self, scope: &mut Node, m: &Move, made: &mut Vec<Made>) -> Option<()> {
        let (last, way) = m.at.split_last()?;
        let object = self.way(scope, way, &m.from)?;
        match &m.act {
            Act::Put(written) => {
                if object.get(last).is_some_and(emptied) {
                    object.members_mut()?.retain(|o| o.name != *last);
                }
                if written.iter().any(|w| object.get(&w.name).is_some()) {
                    return None;
                }
                object.members_mut()?.extend(written.iter().cloned());
            }
            Act::Join { constants, member } => {
                if object.get(last).is_some_and(emptied) {
                    object.members_mut()?.retain(|o| o.name != *last);
                }
                if object.get(last).is_none() {
                    let list = Node::new(Kind::Array(vec![]), &m.from);
                    object.members_mut()?.push(Member {
                        name: last.clone(),
                        key: quote(last),
                        value: list,
                    });
                }
                let list = object.get_mut(last)?;
                let Kind::Array(elements) = &mut list.kind else {
                    return None;
                };
                list.raw = None;
                let equal = |other: &[(String, Node)]| {
                    other.len() == constants.len()
                        && other
                            .iter()
                            .zip(constants)
                            .all(|(a, b)| a.0 == b.0 && a.1.same(&b.1))
                };
                let shared = made
                    .iter()
                    .find(|(at, other, _)| *at == m.at && equal(other));
                if let Some((_, _, index)) = shared {
                    elements[*index].members_mut()?.push(member.clone());
                } else {
                    made.push((m.at.clone(), constants.clone(), elements.len()));
                    elements.push(element(member.clone(), constants, &m.from));
                }
            }
        }
        Some(())
    }

    /// The object that a move goes to; what is missing on the way is created.
    fn way<'n>(
        &mut self,
        scope: &'n mut Node,
        way: &[String],
        like: &Node,
    ) -> Option<&'n mut Node> {
        let mut object = scope;
        for name in way {
            object = self.enter(object)?;
            if object.get(name).is_none() {
                let empty = Node::new(Kind::Object(vec![]), like);
                object.members_mut()?.push(Member::new(name, empty));
            }
            object = object.get_mut(name)?;
        }
        self.enter(object)
    }

    fn enter<'n>(&mut self, object: &'n mut Node) -> Option<&'n mut Node> {
        object.members()?;
        object.raw = None;
        if object.came_empty {
            // The way back would leave it out.
            self.find("lost", object);
            object.came_empty = false;
        }
        Some(object)
    }
}

/// An object that moves emptied, it or all that is in it.
pub(crate) fn emptied(node: &Node) -> bool {
    node.members().is_some_and(|members| {
        (node.taken || !members.is_empty()) && members.iter().all(|m| emptied(&m.value))
    })
}

/// Leaves out the objects in this one that were emptied.
pub(crate) fn prune_below(node: &mut Node) {
    let Some(members) = node.members_mut() else {
        return;
    };
    for m in members.iter_mut() {
        prune_below(&mut m.value);
    }
    let count = members.len();
    members.retain(|m| !(m.value.taken && m.value.members().is_some_and(<[Member]>::is_empty)));
    let fewer = members.len() < count;
    node.taken |= fewer;
}
