//! What each kind of rule does with a value.

use super::codecs::Coded;
use super::decimal::Decimal;
use super::definition::{Alternative, Inner, Outer};
use super::joins::{element, is_element};
use super::path::{Step, member};
use super::tree::{Kind, Member, Node, below};
use super::walk::Scope;
use super::{HOOK_ERROR, Run};

impl Node {
    /// Whether it has this JSON Schema type.
    pub(crate) fn is_of(&self, json_type: &str) -> bool {
        match (&self.kind, json_type) {
            (Kind::Null, "null")
            | (Kind::Bool(_), "boolean")
            | (Kind::Number(_), "number")
            | (Kind::Text(_), "string")
            | (Kind::Array(_), "array")
            | (Kind::Object(_), "object") => true,
            (Kind::Number(text), "integer") => Decimal::of(text).is_some_and(|d| d.is_integral()),
            _ => false,
        }
    }
}

impl Run<'_> {
    /// The whole of what a rule makes of a value; `None` is absent.
    pub(crate) fn converted(
        &mut self,
        rule: usize,
        at: usize,
        node: &Node,
        path: &[Step],
        to: &[Step],
        scope: &mut Scope<'_>,
    ) -> Option<Node> {
        let alternative = self.alternative(rule, at);
        let up = self.table.up;
        match &alternative.outer {
            Outer::Nothing if matches!(alternative.inner, Inner::Nothing) => {
                Some(self.walk(node, path, to, scope))
            }
            Outer::Nothing => self.inner(&alternative, node),
            Outer::List(to_has) if up == *to_has => {
                if node.is_null() {
                    return Some(node.clone());
                }
                let element = self.inner(&alternative, node)?;
                Some(Node::new(Kind::Array(vec![element]), node))
            }
            Outer::List(_) => self.unlisted(&alternative, node),
            Outer::Pivot { constants, value } if up => {
                let converted = self.inner(&alternative, node)?;
                let element = element(Member::new(value, converted), constants, node);
                Some(Node::new(Kind::Array(vec![element]), node))
            }
            Outer::Pivot { constants, value } => {
                self.unpivoted(&alternative, constants, value, node)
            }
            Outer::Entries {
                key,
                value,
                grouped,
            } if up => self.entries(&alternative, key, value, *grouped, node),
            Outer::Entries {
                key,
                value,
                grouped,
            } => self.unentried(&alternative, key, value, *grouped, node),
            Outer::Pick(word) if up => {
                let Some(members) = node.members() else {
                    return Some(node.clone());
                };
                for m in members.iter().filter(|m| m.name != *word) {
                    self.find("lost", &m.value);
                }
                match node.get(word) {
                    Some(picked) => Some(self.walk(picked, &member(path, word), to, scope)),
                    None => {
                        let found = ("required".into(), below(&node.source, word));
                        self.found.push((node.order, found));
                        None
                    }
                }
            }
            Outer::Pick(word) => {
                let value = self.walk(node, path, &member(to, word), scope);
                Some(Node::new(
                    Kind::Object(vec![Member::new(word, value)]),
                    node,
                ))
            }
            Outer::Without(values) if up => {
                let mut node = node.clone();
                if let Kind::Array(elements) = &mut node.kind {
                    let all = std::mem::take(elements);
                    let count = all.len();
                    for element in all {
                        let out = values.iter().any(|(name, values)| {
                            element
                                .get(name)
                                .is_some_and(|v| values.iter().any(|w| w.same(v)))
                        });
                        if out {
                            self.find("lost", &element);
                        } else {
                            elements.push(element);
                        }
                    }
                    if elements.len() < count {
                        node.raw = None;
                    }
                }
                Some(self.walk(&node, path, to, scope))
            }
            Outer::Without(_) => Some(self.walk(node, path, to, scope)),
            Outer::Split { .. } | Outer::Drop => panic!("done elsewhere"),
        }
    }

    /// `words`, `codec` or `hook`.
    pub(crate) fn inner(&mut self, alternative: &Alternative, node: &Node) -> Option<Node> {
        match &alternative.inner {
            Inner::Nothing => Some(node.clone()),
            Inner::Words(pairs) => {
                let there = translated(pairs, self.table.up, node);
                let back = translated(pairs, !self.table.up, there.unwrap_or(node));
                if !back.or(there).unwrap_or(node).same(node) {
                    self.find("lost", node);
                }
                Some(there.map_or_else(|| node.clone(), |there| there.anew(node)))
            }
            _ if node.is_null() => Some(node.clone()),
            Inner::Codec(codec) => match codec.convert(self.table.up, node, alternative.lost) {
                Coded::Value(kind) => Some(Node::new(kind, node)),
                Coded::Cut(kind) => {
                    self.find("lost", node);
                    Some(Node::new(kind, node))
                }
                Coded::Left => Some(node.clone()),
                Coded::Outside => {
                    self.find("out_of_domain", node);
                    None
                }
            },
            Inner::Hook(name) => {
                let hooked = self.model.hooks[name](self.table.up, &[Some(&node.write())]);
                for loss in &hooked.losses {
                    self.find(loss, node);
                }
                match hooked.values {
                    Err(code) => {
                        self.find(&format!("{HOOK_ERROR}{code}"), node);
                        None
                    }
                    Ok(values) => {
                        let text = values.into_iter().next().flatten()?;
                        Some(self.written_by_hook(&text, node))
                    }
                }
            }
        }
    }

    fn unlisted(&mut self, alternative: &Alternative, node: &Node) -> Option<Node> {
        let Some(elements) = node.elements() else {
            return Some(node.clone());
        };
        let Some((first, further)) = elements.split_first() else {
            self.find("lost", node);
            return None;
        };
        if first.is_null() {
            self.find("lost", first);
        }
        for element in further {
            self.find("lost", element);
        }
        self.inner(alternative, first)
    }

    fn unpivoted(
        &mut self,
        alternative: &Alternative,
        constants: &[(String, Node)],
        value: &str,
        node: &Node,
    ) -> Option<Node> {
        let Some(elements) = node.elements() else {
            return Some(node.clone());
        };
        if elements.is_empty() {
            self.find("lost", node);
        }
        let chosen = elements
            .iter()
            .position(|e| is_element(e, constants, &[value]));
        for (at, element) in elements.iter().enumerate() {
            if Some(at) != chosen {
                self.find("lost", element);
                continue;
            }
            for m in element.members().unwrap_or_default() {
                if m.name != value && !constants.iter().any(|(name, _)| *name == m.name) {
                    self.find("lost", &m.value);
                }
            }
        }
        self.inner(alternative, elements[chosen?].get(value)?)
    }

    fn entries(
        &mut self,
        alternative: &Alternative,
        key: &str,
        value: &str,
        grouped: bool,
        node: &Node,
    ) -> Option<Node> {
        let Some(members) = node.members() else {
            return Some(node.clone());
        };
        let mut elements = vec![];
        for m in members {
            let name = Node::new(Kind::Text(m.name.clone()), &m.value);
            let name = if grouped {
                Node::new(Kind::Array(vec![name]), &m.value)
            } else {
                name
            };
            if let Some(converted) = self.inner(alternative, &m.value) {
                let pair = vec![Member::new(key, name), Member::new(value, converted)];
                elements.push(Node::new(Kind::Object(pair), &m.value));
            }
        }
        Some(Node::new(Kind::Array(elements), node))
    }

    fn unentried(
        &mut self,
        alternative: &Alternative,
        key: &str,
        value: &str,
        grouped: bool,
        node: &Node,
    ) -> Option<Node> {
        let Some(elements) = node.elements() else {
            return Some(node.clone());
        };
        let mut members: Vec<Member> = vec![];
        for element in elements {
            let names: Option<Vec<&str>> = element.get(key).and_then(|names| {
                if grouped {
                    names.elements()?.iter().map(Node::text).collect()
                } else {
                    Some(vec![names.text()?])
                }
            });
            let (Some(names), Some(converted)) = (names, element.get(value)) else {
                self.find("invalid_type", element);
                continue;
            };
            if names.len() != 1 {
                self.find("lost", element.get(key)?);
            }
            for m in element.members().unwrap_or_default() {
                if m.name != key && m.name != value {
                    self.find("lost", &m.value);
                }
            }
            if names.is_empty() {
                continue;
            }
            let converted = self.inner(alternative, converted);
            for name in names {
                if members.iter().any(|m| m.name == name) {
                    self.find("duplicate_member", element);
                } else if let Some(converted) = &converted {
                    members.push(Member::new(name, converted.clone()));
                }
            }
        }
        Some(Node::new(Kind::Object(members), node))
    }
}

/// The other value of the first pair that has this one.
fn translated<'a>(pairs: &'a [(Node, Node)], up: bool, node: &Node) -> Option<&'a Node> {
    let found = pairs
        .iter()
        .find(|(from, to)| if up { from } else { to }.same(node));
    found.map(|(from, to)| if up { to } else { from })
}
