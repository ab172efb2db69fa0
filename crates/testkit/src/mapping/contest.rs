//! Which alternative applies, and which of several filled places has a rule's value.

use super::Run;
use super::definition::Alternative;
use super::path::{Path, parent};
use super::places::Role;
use super::tree::{Member, Node};
use super::walk::Scope;

/// Which of the places of a rule has its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Own,
    Foreign,
    Also(usize),
}

impl Run<'_> {
    pub(crate) fn alternative(&self, rule: usize, at: usize) -> Alternative {
        self.table.definition.rules[rule].alternatives[at].clone()
    }

    /// The first alternative that applies to a member with these siblings.
    pub(crate) fn choose(&self, rule: usize, siblings: &[Member], value: &Node) -> Option<usize> {
        let alternatives = &self.table.definition.rules[rule].alternatives;
        alternatives.iter().position(|a| {
            let has = |(name, wanted): &(String, Node)| {
                siblings
                    .iter()
                    .any(|s| s.name == *name && s.value.same(wanted))
            };
            a.tag.iter().all(has)
                && a.when.iter().all(has)
                && a.json_type.as_ref().is_none_or(|t| value.is_of(t))
        })
    }

    /// Whether the way up would read what the way down writes as the same alternative.
    pub(crate) fn chooses_again(
        &self,
        rule: usize,
        at: usize,
        value: &Node,
        scope: &Scope<'_>,
    ) -> bool {
        let alternatives = &self.table.definition.rules[rule].alternatives;
        let place = parent(&self.table.written(rule, at)[0]);
        let siblings = scope.value(&place).and_then(Node::members);
        let siblings = siblings.unwrap_or_default();
        let has = |(name, wanted): &(String, Node)| {
            siblings
                .iter()
                .any(|s| s.name == *name && s.value.same(wanted))
        };
        let of_type = |a: &Alternative| a.json_type.as_ref().is_none_or(|t| value.is_of(t));
        let own = &alternatives[at];
        let says = |a: &Alternative| {
            !(a.tag.is_empty() && a.when.is_empty() && a.json_type.is_none())
                && a.tag.iter().all(has)
                && a.when.iter().all(has)
                && of_type(a)
        };
        own.when.iter().all(has) && of_type(own) && !alternatives[..at].iter().any(says)
    }

    /// Who has the value of a rule, when several of its places are filled.
    pub(crate) fn contest(&self, rule: usize, at: usize, scope: &Scope<'_>) -> Option<Who> {
        let r = &self.table.definition.rules[rule];
        let alternative = &r.alternatives[at];
        let filled = |path: &Path| scope.value(path).is_some();
        let own = if self.table.up {
            let siblings = scope.value(&parent(&r.path)).and_then(Node::members);
            scope.value(&r.path).is_some_and(|value| {
                self.choose(rule, siblings.unwrap_or_default(), value) == Some(at)
            })
        } else if alternative.joins() {
            let list = scope.value(&self.table.written(rule, at)[0]);
            list.is_some_and(|list| self.element_of(rule, at, list).is_some())
        } else {
            self.table.written(rule, at).iter().any(filled)
        };
        let kept = |role: &Role| matches!(role, Role::Kept { rule: r, alternative: a } if *r == rule && a.is_none_or(|a| a == at));
        let foreign = self.table.places(kept).iter().any(filled);
        let also = |path: &Path| {
            if self.table.up {
                filled(path)
            } else {
                filled(&self.table.images.image(path))
            }
        };
        let own_first = self.table.up == alternative.from_wins;
        if own && (own_first || !foreign) {
            return Some(Who::Own);
        }
        if foreign {
            return Some(Who::Foreign);
        }
        alternative.also.iter().position(also).map(Who::Also)
    }
}
