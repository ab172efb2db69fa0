//! Pivots whose elements join a list: their elements, found and taken out on the way back.

use super::Run;
use super::contest::Who;
use super::definition::Outer;
use super::moves::Act;
use super::tree::{Kind, Member, Node};
use super::walk::Scope;

impl Run<'_> {
    /// The element that a joining pivot's value is in, on the way down: the first with its constants and a value of
    /// any of the rules that fill it together.
    pub(crate) fn element_of(&self, rule: usize, at: usize, list: &Node) -> Option<usize> {
        let group = self.group(rule, at);
        let values: Vec<&str> = group.iter().map(|(_, value)| value.as_str()).collect();
        let Outer::Pivot { constants, value } = self.alternative(rule, at).outer else {
            return None;
        };
        let elements = list.elements()?;
        let found = elements
            .iter()
            .position(|e| is_element(e, &constants, &values))?;
        elements[found].get(&value).map(|_| found)
    }

    /// The rules with this one's list and constants, and the members that they fill.
    fn group(&self, rule: usize, at: usize) -> Vec<((usize, usize), String)> {
        let Outer::Pivot {
            constants: mine, ..
        } = self.alternative(rule, at).outer
        else {
            return vec![];
        };
        let mut group = vec![];
        for (r, other) in self.table.definition.rules.iter().enumerate() {
            for (a, alternative) in other.alternatives.iter().enumerate() {
                let Outer::Pivot { constants, value } = &alternative.outer else {
                    continue;
                };
                let equal = constants.len() == mine.len()
                    && constants
                        .iter()
                        .zip(&mine)
                        .all(|(a, b)| a.0 == b.0 && a.1.same(&b.1));
                let list = self.table.written(r, a) == self.table.written(rule, at);
                if alternative.joins() && equal && list {
                    group.push(((r, a), value.clone()));
                }
            }
        }
        group
    }

    /// Takes the elements of joining pivots out of their list; whether that emptied it.
    pub(crate) fn take_elements(
        &mut self,
        rules: &[(usize, usize)],
        list: &mut Node,
        scope: &mut Scope<'_>,
    ) -> bool {
        let mut gone: Vec<usize> = vec![];
        for (rule, at) in rules {
            let Some(found) = self.element_of(*rule, *at, list) else {
                continue;
            };
            let alternative = self.alternative(*rule, *at);
            let Outer::Pivot { constants, value } = &alternative.outer else {
                continue;
            };
            let element = list.elements().unwrap()[found].clone();
            if !gone.contains(&found) {
                gone.push(found);
                let known: Vec<String> =
                    self.group(*rule, *at).into_iter().map(|(_, v)| v).collect();
                for m in element.members().unwrap_or_default() {
                    if !known.contains(&m.name) && !constants.iter().any(|(n, _)| *n == m.name) {
                        self.find("lost", &m.value);
                    }
                }
            }
            let taken = element.get(value).unwrap();
            if self
                .contest(*rule, *at, scope)
                .is_some_and(|who| who != Who::Own)
            {
                self.find("shadowed", taken);
                continue;
            }
            if let Some(converted) = self.inner(&alternative, taken) {
                let to = self.table.destination(*rule, *at);
                let m = Member::new(value, taken.clone());
                let written = Member::new(&super::path::name(&to), converted);
                self.send(to, &m, Act::Put(vec![written]), scope);
            }
        }
        let Kind::Array(elements) = &mut list.kind else {
            return false;
        };
        if gone.is_empty() {
            return false;
        }
        let behind = |at: &usize| (at + 1..elements.len()).any(|other| !gone.contains(&other));
        let reordered = gone.iter().any(behind);
        let all = std::mem::take(elements).into_iter().enumerate();
        elements.extend(all.filter(|(at, _)| !gone.contains(at)).map(|(_, e)| e));
        list.raw = None;
        let empty = elements.is_empty();
        // The way back puts them behind those that stay.
        if reordered {
            self.find("lost", list);
        }
        empty
    }
}

/// `{value: v, …constants}`
pub(crate) fn element(member: Member, constants: &[(String, Node)], like: &Node) -> Node {
    let constants = constants
        .iter()
        .map(|(name, c)| Member::new(name, c.anew(like)));
    Node::new(
        Kind::Object([member].into_iter().chain(constants).collect()),
        like,
    )
}

pub(crate) fn is_element(node: &Node, constants: &[(String, Node)], values: &[&str]) -> bool {
    constants
        .iter()
        .all(|(name, c)| node.get(name).is_some_and(|v| v.same(c)))
        && values.iter().any(|value| node.get(value).is_some())
}
