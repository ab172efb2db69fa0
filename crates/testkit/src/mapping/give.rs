//! What a rule writes, and whether it stays in its object or moves.

use super::contest::Who;
use super::definition::Outer;
use super::moves::{Act, Move};
use super::path::{Path, Step, name, names, parent};
use super::tree::{Kind, Member, Node};
use super::walk::{Frame, Scope};
use super::{HOOK_ERROR, Run};
use crate::model::json::quote;

impl Run<'_> {
    /// The rule's value goes where the rule says.
    pub(crate) fn give(
        &mut self,
        rule: usize,
        at: usize,
        m: &Member,
        here: &[Step],
        frame: &mut Frame<'_>,
        scope: &mut Scope<'_>,
    ) {
        let alternative = self.alternative(rule, at);
        let to = self.table.destination(rule, at);
        match &alternative.outer {
            Outer::Split { .. } => {
                let Some(value) = self.inner(&alternative, &m.value) else {
                    return;
                };
                for part in self.table.parts(rule, at) {
                    self.put(part, m, value.clone(), &[], frame, scope);
                }
            }
            Outer::Pivot { constants, value } if alternative.joins() => {
                let Some(converted) = self.inner(&alternative, &m.value) else {
                    return;
                };
                frame.taken = true;
                let act = Act::Join {
                    constants: constants.clone(),
                    member: Member::new(value, converted),
                };
                self.send(to, m, act, scope);
            }
            _ => {
                let tags = if self.table.up {
                    vec![]
                } else {
                    alternative.tag.clone()
                };
                if let Some(value) = self.converted(rule, at, &m.value, here, &to, scope) {
                    if !self.table.up && !self.chooses_again(rule, at, &value, scope) {
                        self.find("conflict", &m.value);
                    }
                    self.put(to, m, value, &tags, frame, scope);
                }
            }
        }
    }

    /// In place when it stays in its object, else a move.
    pub(crate) fn put(
        &mut self,
        to: Path,
        m: &Member,
        value: Node,
        tags: &[(String, Node)],
        frame: &mut Frame<'_>,
        scope: &mut Scope<'_>,
    ) {
        let last = name(&to);
        let key = if last == m.name {
            m.key.clone()
        } else {
            quote(&last)
        };
        let written = Member {
            name: last,
            key,
            value,
        };
        let mut tags = tags.to_vec();
        tags.sort_by(|(a, _), (b, _)| a.cmp(b));
        let tags = tags
            .iter()
            .map(|(name, tag)| Member::new(name, tag.anew(&m.value)));
        if parent(&to) == frame.image {
            frame
                .out
                .extend(tags.chain([written]).map(|member| (true, member)));
        } else {
            frame.taken = true;
            let act = Act::Put(tags.chain([written]).collect());
            self.send(to, m, act, scope);
        }
    }

    pub(crate) fn send(&mut self, to: Path, m: &Member, act: Act, scope: &mut Scope<'_>) {
        let at = to.strip_prefix(scope.outside.as_slice()).and_then(names);
        scope.moves.push(Move {
            from: m.value.clone(),
            at: at.unwrap_or_else(|| panic!("{to:?} leaves the array {:?}", scope.outside)),
            act,
        });
    }

    /// A member that a split made, on the way back.
    pub(crate) fn part(
        &mut self,
        rule: usize,
        at: usize,
        m: &Member,
        frame: &mut Frame<'_>,
        scope: &mut Scope<'_>,
    ) {
        if self
            .contest(rule, at, scope)
            .is_some_and(|who| who != Who::Own)
        {
            return self.shadow(m, frame);
        }
        let to = self.table.destination(rule, at);
        let parts = self.table.parts(rule, at);
        let present: Vec<&Node> = parts.iter().filter_map(|p| scope.value(p)).collect();
        if present.iter().any(|p| p.order < m.value.order) {
            frame.taken |= parent(&to) != frame.image;
            return;
        }
        let alternative = self.alternative(rule, at);
        let Outer::Split { join, .. } = &alternative.outer else {
            return;
        };
        let equal = present.iter().all(|p| p.same(present[0]));
        if !equal || present.len() < parts.len() {
            self.find("lost", &m.value);
        }
        let bools: Option<Vec<bool>> = present
            .iter()
            .map(|p| match p.kind {
                Kind::Bool(b) => Some(b),
                _ => None,
            })
            .collect();
        let mut joined = match (equal, join.as_str(), bools) {
            (false, "all", Some(all)) => Node::new(Kind::Bool(all.iter().all(|b| *b)), &m.value),
            (false, "any", Some(all)) => Node::new(Kind::Bool(all.contains(&true)), &m.value),
            _ => present[0].clone(),
        };
        (joined.source, joined.order) = (m.value.source.clone(), m.value.order);
        if let Some(value) = self.inner(&alternative, &joined) {
            self.put(to, m, value, &[], frame, scope);
        }
    }

    /// A hook over several members: all it makes stands where the first of them stood.
    pub(crate) fn hooked(
        &mut self,
        hook: usize,
        m: &Member,
        frame: &mut Frame<'_>,
        scope: &mut Scope<'_>,
    ) {
        let h = self.table.definition.hooks[hook].clone();
        let (reads, writes) = if self.table.up {
            (h.from, h.to)
        } else {
            (h.to, h.from)
        };
        let inputs: Vec<Option<&Node>> = reads.iter().map(|p| scope.value(p)).collect();
        if inputs.iter().flatten().any(|i| i.order < m.value.order) {
            frame.taken |= parent(&writes[0]) != frame.image;
            return;
        }
        let texts: Vec<Option<String>> = inputs.iter().map(|i| i.map(Node::write)).collect();
        let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
        let hooked = self.model.hooks[&h.name](self.table.up, &texts);
        for loss in &hooked.losses {
            self.find(loss, &m.value);
        }
        match hooked.values {
            Err(code) => self.find(&format!("{HOOK_ERROR}{code}"), &m.value),
            Ok(values) => {
                for (to, text) in writes.iter().zip(values) {
                    if let Some(text) = text {
                        self.put(
                            to.clone(),
                            m,
                            self.written_by_hook(&text, &m.value),
                            &[],
                            frame,
                            scope,
                        );
                    }
                }
            }
        }
    }

    pub(crate) fn written_by_hook(&self, text: &str, like: &Node) -> Node {
        let made = Node::parse(text).expect("hooks write JSON");
        Node {
            raw: Some(text.into()),
            ..Node::new(made.kind, like)
        }
    }
}
