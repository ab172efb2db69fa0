//! From a schema document to nodes: one worklist over its subschemas, so that no nesting of theirs nests calls.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::node::{Id, Node};
use super::quick::Quick;
use super::refs::{Draft, Resources};
use super::{Leftover, Schema, choice, fallback};
use crate::mapping::flaws::{Flaw, FlawCode};

/// How many subschemas may judge one value one within another (`allOf` in `$ref` in `anyOf` …). Together with the depth of
/// documents it bounds how deep a judgement nests.
const NESTED: usize = 12;

pub(super) struct Compiler<'d> {
    pub(super) resources: Resources<'d>,
    pub(super) draft: Draft,
    pub(super) nodes: Vec<Node>,
    by_pointer: HashMap<String, Id>,
    queue: Vec<(Id, String, &'d Json)>,
    pub(super) flaws: Vec<Flaw>,
    pub(super) tiers: Vec<Box<str>>,
    leftovers: Vec<Leftover>,
    /// A reference that depends on the way there: only the whole document can be judged.
    pub(super) is_dynamic: bool,
}

/// `otherwise` is the standard of a schema that doesn't say.
pub(super) fn compile(document: &Json, otherwise: Draft) -> Result<Schema, Vec<Flaw>> {
    let draft = match document.get("$schema") {
        None => otherwise,
        Some(uri) => uri.as_str().and_then(Draft::of).ok_or_else(|| {
            let reason = "unsupported JSON Schema version: use draft-07 or 2020-12";
            vec![unreadable("/$schema", reason)]
        })?,
    };
    let mut compiler = Compiler {
        resources: Resources::of(document, draft),
        draft,
        nodes: Vec::new(),
        by_pointer: HashMap::new(),
        queue: Vec::new(),
        flaws: Vec::new(),
        tiers: Vec::new(),
        leftovers: Vec::new(),
        is_dynamic: false,
    };
    let root = compiler.node(String::new(), document);
    let mut places: HashMap<Id, String> = HashMap::new();
    while let Some((id, pointer, value)) = compiler.queue.pop() {
        let mut node = compiler.subschema(&pointer, value);
        if let Some((keyword, reason)) = node.1 {
            node.0.fallback = compiler.leave(&pointer, keyword, reason);
        }
        if let Some(slot) = compiler.nodes.get_mut(id as usize) {
            *slot = node.0;
        }
        places.insert(id, pointer);
    }
    if compiler.is_dynamic {
        let reason = "its target depends on where it is referred from".to_owned();
        let index = compiler.leave("", "$dynamicRef".to_owned(), reason);
        if let Some(node) = compiler.nodes.get_mut(root as usize) {
            node.fallback = index;
        }
    }
    if let Some(id) = too_nested(&compiler.nodes) {
        let place = places.remove(&id).unwrap_or_default();
        let reason = format!(
            "this schema refers back to itself for the same value, or more than {NESTED} subschemas judge one value one within another: \
             let a reference stand below `properties` or `items`, or flatten the schema"
        );
        compiler.flaws.push(unreadable(&place, reason));
    }
    let leftovers = fallback::build(document, draft, compiler.leftovers, &mut compiler.flaws);
    if compiler.flaws.is_empty() {
        choice::tell_apart(&mut compiler.nodes);
        for node in &mut compiler.nodes {
            node.quick = Quick::of(node);
        }
        Ok(Schema {
            nodes: compiler.nodes.into(),
            root,
            tiers: compiler.tiers.into(),
            leftovers,
            nulls_absent: false,
        })
    } else {
        compiler.flaws.sort_by(|a, b| a.path.cmp(&b.path));
        Err(compiler.flaws)
    }
}

pub(super) fn unreadable(place: &str, reason: impl Into<String>) -> Flaw {
    Flaw::new(FlawCode::UnreadableDefinition, place, reason)
}

impl<'d> Compiler<'d> {
    /// The node of a subschema, compiled already or later.
    pub(super) fn node(&mut self, pointer: String, value: &'d Json) -> Id {
        if let Some(&id) = self.by_pointer.get(&pointer) {
            return id;
        }
        let id = self.nodes.len() as Id;
        self.nodes.push(Node::any());
        self.by_pointer.insert(pointer.clone(), id);
        self.queue.push((id, pointer, value));
        id
    }

    pub(super) fn tier(&mut self, name: &str) -> u16 {
        let known = self.tiers.iter().position(|tier| **tier == *name);
        let index = known.unwrap_or_else(|| {
            self.tiers.push(name.into());
            self.tiers.len() - 1
        });
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    pub(super) fn flaw(&mut self, place: &str, reason: impl Into<String>) {
        self.flaws.push(unreadable(place, reason));
    }

    /// Leaves a subschema to the `jsonschema` crate, or refuses it.
    fn leave(&mut self, pointer: &str, keyword: String, reason: String) -> Option<u32> {
        if !cfg!(feature = "schema") {
            self.flaw(
                pointer,
                format!(
                    "`{keyword}` is not compiled ({reason}): say it with other keywords, or build with the feature `schema`"
                ),
            );
            return None;
        }
        let index = self.leftovers.len();
        self.leftovers.push(Leftover {
            pointer: pointer.to_owned(),
            keyword,
            reason,
        });
        u32::try_from(index).ok()
    }
}

/// A node from which more than [`NESTED`] nodes judge one value one within another; endless ones are among them.
fn too_nested(nodes: &[Node]) -> Option<Id> {
    // Layer by layer: after n rounds these are the nodes that end a chain of more than n.
    let mut layer: Vec<Id> = (0..nodes.len() as Id).collect();
    for _ in 0..NESTED {
        let mut next: Vec<Id> = layer
            .iter()
            .filter_map(|id| nodes.get(*id as usize))
            .filter(|node| node.fallback.is_none())
            .flat_map(below)
            .collect();
        next.sort_unstable();
        next.dedup();
        layer = next;
        if layer.is_empty() {
            return None;
        }
    }
    layer.first().copied()
}

/// The nodes that judge the same value as this one.
fn below(node: &Node) -> Vec<Id> {
    let mut below: Vec<Id> = node.applied.iter().flat_map(|one| one.nodes()).collect();
    let dependent = node
        .object
        .iter()
        .flat_map(|object| object.dependent.iter());
    below.extend(dependent.filter_map(|dependent| dependent.holds));
    below
}
