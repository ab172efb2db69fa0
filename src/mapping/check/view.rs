//! A schema as the checks read it: local `$ref`s followed, `allOf` merged, one step at a time along a path.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::path::{Path, Segment};
pub(super) use super::types::Types;

/// Whether a path can stand in a document of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// By `properties`, `patternProperties`, `items` and the like.
    Yes,
    /// The schema is silent.
    Open,
    /// The schema can't have it.
    No,
}

/// One place of a schema: everything that must hold there.
#[derive(Clone, Debug)]
pub(super) struct View<'s> {
    pub(super) root: &'s Value,
    /// All of these hold.
    pub(super) parts: Vec<&'s Map<String, Value>>,
    /// `false`: no value at all.
    pub(super) never: bool,
    /// A `$ref` that leads out of the document, or nowhere.
    pub(super) unresolved: bool,
    /// Combinations that are already taken apart, by the address of their schema.
    spent: Vec<*const Value>,
    /// Types that a condition leaves.
    limit: Types,
}

impl<'s> View<'s> {
    pub(super) fn new(root: &'s Value, node: &'s Value) -> Self {
        let mut view = Self::anything(root);
        view.add(node, 0);
        view
    }

    pub(super) fn anything(root: &'s Value) -> Self {
        Self {
            root,
            parts: Vec::new(),
            never: false,
            unresolved: false,
            spent: Vec::new(),
            limit: Types::ALL,
        }
    }

    /// Adds what must hold too.
    pub(super) fn add(&mut self, node: &'s Value, depth: usize) {
        match node {
            Value::Bool(false) => self.never = true,
            Value::Object(map) => {
                // A schema that includes itself says nothing more the second time.
                if depth > 32 || self.parts.iter().any(|known| std::ptr::eq(*known, map)) {
                    return;
                }
                if let Some(Value::String(target)) = map.get("$ref") {
                    match resolve(self.root, target) {
                        Some(found) => self.add(found, depth + 1),
                        None => self.unresolved = true,
                    }
                    if is_draft_07(self.root) {
                        return;
                    }
                }
                self.parts.push(map);
                if let Some(Value::Array(all)) = map.get("allOf") {
                    for each in all {
                        self.add(each, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// Only values of these types.
    pub(super) fn limit(&mut self, types: Types) {
        self.limit = self.limit.and(types);
    }

    /// Every value of this keyword.
    pub(super) fn each(&self, keyword: &'static str) -> impl Iterator<Item = &'s Value> + '_ {
        self.parts.iter().filter_map(move |part| part.get(keyword))
    }

    pub(super) fn first(&self, keyword: &'static str) -> Option<&'s Value> {
        self.each(keyword).next()
    }

    pub(super) fn types(&self) -> Types {
        let mut types = if self.never { Types(0) } else { self.limit };
        for keyword in self.each("type") {
            types = types.and(Types::said(keyword));
        }
        for list in self.each("enum").filter_map(Value::as_array) {
            let said = list.iter().fold(0, |set, value| set | Types::of(value).0);
            types = types.and(Types(said));
        }
        for value in self.each("const") {
            types = types.and(Types::of(value));
        }
        types
    }

    /// All the values that there are, when they are few: of `const`, `enum`, or of the types null and boolean alone.
    pub(super) fn values(&self) -> Option<Vec<Value>> {
        let listed = self
            .first("const")
            .map(|value| vec![value.clone()])
            .or_else(|| self.first("enum")?.as_array().cloned());
        if listed.is_some() {
            return listed;
        }
        let types = self.types();
        types
            .within(Types(Types::NULL.0 | Types::BOOLEAN.0))
            .then(|| {
                let mut values = Vec::new();
                if types.has(Types::NULL) {
                    values.push(Value::Null);
                }
                if types.has(Types::BOOLEAN) {
                    values.extend([Value::Bool(false), Value::Bool(true)]);
                }
                values
            })
    }

    pub(super) fn requires(&self, name: &str) -> bool {
        self.required().any(|required| required == name)
    }

    pub(super) fn required(&self) -> impl Iterator<Item = &'s str> + '_ {
        self.each("required")
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_str)
    }

    /// Names in `properties`.
    pub(super) fn names(&self) -> BTreeSet<&'s str> {
        self.each("properties")
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
            .map(String::as_str)
            .collect()
    }

    /// What `properties` says of this name; several must all hold.
    pub(super) fn properties(&self, name: &str) -> Vec<&'s Value> {
        self.each("properties")
            .filter_map(|properties| properties.get(name))
            .collect()
    }

    /// Whether names that nothing declares are allowed.
    pub(super) fn is_closed(&self) -> bool {
        self.each("additionalProperties")
            .any(|more| more == &Value::Bool(false))
    }

    pub(super) fn patterns(&self) -> impl Iterator<Item = (&'s String, &'s Value)> + '_ {
        self.each("patternProperties")
            .filter_map(Value::as_object)
            .flatten()
    }

    /// The value's schemas one step further, and whether the schema declares that step.
    pub(super) fn steps(&self, segment: &Segment, words: &[String]) -> (Vec<&'s Value>, Declared) {
        match segment {
            Segment::Each => {
                if !self.types().has(Types::ARRAY) {
                    return (Vec::new(), Declared::No);
                }
                let items: Vec<_> = self
                    .each("items")
                    .filter(|items| !items.is_array())
                    .collect();
                let declared = if items.is_empty() {
                    Declared::Open
                } else {
                    Declared::Yes
                };
                (items, declared)
            }
            Segment::Name(name) => self.member(name, words),
        }
    }

    fn member(&self, name: &str, words: &[String]) -> (Vec<&'s Value>, Declared) {
        if !self.types().has(Types::OBJECT) {
            return (Vec::new(), Declared::No);
        }
        let declared = self.properties(name);
        if !declared.is_empty() {
            return (declared, Declared::Yes);
        }
        let is_word = name
            .strip_prefix('$')
            .is_some_and(|word| words.iter().any(|known| known == word));
        let mut more: Vec<_> = self
            .patterns()
            .filter(|(pattern, _)| is_word || super::pattern::matches(pattern, name) != Some(false))
            .map(|(_, schema)| schema)
            .collect();
        if more.is_empty() {
            more.extend(
                self.each("additionalProperties")
                    .filter(|more| !more.is_boolean()),
            );
        }
        if !more.is_empty() {
            return (more, Declared::Yes);
        }
        let has_properties = !self.names().is_empty();
        let closed = self.is_closed();
        let open =
            !closed && (!has_properties || self.branches().is_some() || self.unresolved || is_word);
        (more, if open { Declared::Open } else { Declared::No })
    }

    /// The view one step further; of anything when the schema is silent.
    pub(super) fn step(&self, segment: &Segment, words: &[String]) -> (Self, Declared) {
        let (schemas, declared) = self.steps(segment, words);
        let mut view = Self::anything(self.root);
        view.unresolved = self.unresolved && declared != Declared::Yes;
        for schema in schemas {
            view.add(schema, 0);
        }
        if declared != Declared::Yes {
            return self
                .step_into_a_branch(segment, words)
                .unwrap_or((view, declared));
        }
        (view, declared)
    }

    /// A step that only a branch of `anyOf` or `oneOf` declares.
    fn step_into_a_branch(&self, segment: &Segment, words: &[String]) -> Option<(Self, Declared)> {
        if self.spent.len() > 4 {
            return None;
        }
        self.branches()?
            .into_iter()
            .map(|branch| branch.step(segment, words))
            .find(|(_, declared)| *declared == Declared::Yes)
    }

    /// The view at a path.
    pub(super) fn at(&self, path: &Path, words: &[String]) -> (Self, Declared) {
        let mut view = (self.clone(), Declared::Yes);
        for segment in &path.0 {
            let (next, declared) = view.0.step(segment, words);
            if declared == Declared::No {
                return (next, declared);
            }
            // Below what nothing declares, nothing is declared.
            let all = if view.1 == Declared::Open {
                Declared::Open
            } else {
                declared
            };
            view = (next, all);
        }
        view
    }

    /// Whether a valid document can have an empty object there, as far as can be told.
    pub(super) fn may_be_empty(&self, path: &Path, words: &[String]) -> bool {
        let mut view = self.clone();
        for segment in &path.0 {
            let (next, declared) = view.step(segment, words);
            let is_open = view.types().has(Types::OBJECT) && !view.is_closed();
            if declared == Declared::No && !is_open {
                return false;
            }
            view = next;
        }
        let least = view.each("minProperties").filter_map(Value::as_u64).max();
        view.types().has(Types::OBJECT)
            && view.required().next().is_none()
            && least.unwrap_or(0) == 0
    }

    /// One view a branch of the first `anyOf` or `oneOf` that isn't taken apart yet.
    pub(super) fn branches(&self) -> Option<Vec<Self>> {
        let (keyword, branches) = ["anyOf", "oneOf"]
            .into_iter()
            .flat_map(|keyword| self.each(keyword))
            .filter(|keyword| {
                !self
                    .spent
                    .iter()
                    .any(|spent| std::ptr::eq(*spent, *keyword))
            })
            .find_map(|keyword| Some((keyword, keyword.as_array()?)))?;
        if branches.len() > 16 || self.spent.len() > 6 {
            return None;
        }
        let view = |branch: &'s Value| {
            let mut view = self.clone();
            view.spent.push(keyword);
            view.add(branch, 0);
            view
        };
        Some(branches.iter().map(view).collect())
    }
}

pub(super) fn is_draft_07(root: &Value) -> bool {
    root.get("$schema")
        .and_then(Value::as_str)
        .is_some_and(|draft| {
            ["draft-07", "draft-06", "draft-04"]
                .iter()
                .any(|old| draft.contains(old))
        })
}

/// A reference within the document.
fn resolve<'s>(root: &'s Value, target: &str) -> Option<&'s Value> {
    let pointer = target.strip_prefix('#').or_else(|| {
        let id = root.get("$id")?.as_str()?.trim_end_matches('#');
        target.strip_prefix(id)?.strip_prefix('#')
    })?;
    if pointer.is_empty() {
        return Some(root);
    }
    if !pointer.starts_with('/') {
        let definitions = ["$defs", "definitions"];
        let mut all = definitions
            .iter()
            .filter_map(|key| root.get(key)?.as_object())
            .flat_map(Map::values);
        return all.find(|schema| {
            schema.get("$anchor").and_then(Value::as_str) == Some(pointer)
                || schema.get("$id").and_then(Value::as_str) == Some(target)
        });
    }
    root.pointer(&pointer.replace("%25", "%").replace("%22", "\""))
}
