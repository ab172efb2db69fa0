//! JSON Schema (draft-07 and 2020-12), compiled into checks over the tape.
//!
//! What isn't compiled is judged by the `jsonschema` crate on its part of the document (feature `schema`), or refused by
//! its keyword and place.

mod choice;
mod compile;
mod containers;
mod fallback;
pub(in crate::mapping) mod format;
mod judge;
mod keywords;
mod loud;
mod names;
mod node;
mod number;
mod parts;
pub(in crate::mapping) mod pattern;
mod positions;
mod quick;
mod reading;
mod refs;
mod say;
mod scalars;
#[cfg(test)]
mod tests;
mod unique;

use judge::{Pass, Subject};
use loud::Loud;

use super::definition::Treatment;
use super::flaws::Flaw;
use super::names::Symbols;
use super::report::Finding;
use super::tape::Value;

pub(crate) use fallback::Leftover;

/// A schema, ready to judge.
#[derive(Debug)]
pub(crate) struct Schema {
    nodes: Box<[node::Node]>,
    root: node::Id,
    /// Names of tiers, by index.
    tiers: Box<[Box<str>]>,
    leftovers: fallback::Leftovers,
    /// A member of the document that is null counts as absent.
    nulls_absent: bool,
}

/// What a wrong value is, by the schema's `x-tier`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tiers {
    by_name: Vec<(String, Treatment)>,
}

impl Tiers {
    /// As the definition lists them; `rest` is for the names that it doesn't.
    pub(crate) fn new(listed: &[(String, Treatment)]) -> Self {
        Self {
            by_name: listed.to_vec(),
        }
    }

    fn treatment(&self, name: &str) -> Treatment {
        let of = |name: &str| self.by_name.iter().find(|(known, _)| known == name);
        of(name)
            .or_else(|| of("rest"))
            .map_or(Treatment::Error, |(_, treatment)| *treatment)
    }
}

/// What a judgement gives.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// In document order.
    pub(crate) findings: Vec<Finding>,
    /// Their values' nodes.
    pub(crate) places: Vec<u32>,
    /// Nodes of the tape, in order: numbers and bools that were taken as their JSON text.
    pub(crate) coerced: Vec<u32>,
}

impl Schema {
    /// # Errors
    /// Everything that is wrong with the schema, or that can't be judged; places are JSON pointers into it.
    pub(crate) fn compile(document: &serde_json::Value) -> Result<Self, Vec<Flaw>> {
        compile::compile(document, refs::Draft::Draft202012)
    }

    /// Members of the document that are null count as absent.
    pub(crate) fn with_nulls_absent(self, nulls_absent: bool) -> Self {
        Self {
            nulls_absent,
            ..self
        }
    }

    /// The names of members that the schema knows.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let objects = self.nodes.iter().filter_map(|node| node.object.as_deref());
        objects.flat_map(|object| object.names.iter())
    }

    /// From now on members are known by their symbols, where they have one.
    pub(crate) fn adopt(&mut self, symbols: &Symbols) {
        for node in &mut self.nodes {
            if let Some(object) = node.object.as_deref_mut() {
                object.names.adopt(symbols);
            }
        }
    }

    /// Whether the value is accepted, every tier taken seriously. Allocates nothing unless the schema asks for `uniqueItems`
    /// of a long array, or a text has escapes.
    pub(crate) fn is_valid(&self, value: Value<'_>) -> bool {
        Pass::new(self, value, None).node(self.root, Subject::new(value))
    }

    /// Everything that is wrong with a document, in document order.
    pub(crate) fn judge(&self, value: Value<'_>, tiers: &Tiers, out: &mut Judged) {
        self.judge_at("", value, tiers, out);
    }

    /// The same for a value that stands at a pointer of its document.
    pub(crate) fn judge_at(&self, base: &str, value: Value<'_>, tiers: &Tiers, out: &mut Judged) {
        if self.is_valid(value) {
            return;
        }
        let loud = Loud {
            schema: self,
            tiers,
            steps: Vec::new(),
            base,
            found: Vec::new(),
            coerced: Vec::new(),
        };
        let mut pass = Pass::new(self, value, Some(loud));
        pass.node(self.root, Subject::new(value));
        let Some(mut loud) = pass.loud else {
            return;
        };
        // Subschemas that judge one value go over its members one after another, and may say the same.
        loud.found.sort_by_key(|(at, _)| *at);
        let mut from = 0;
        for index in 0..loud.found.len() {
            let (at, finding) = &loud.found[index];
            if loud.found[from].0 != *at {
                from = index;
            }
            if !loud.found[from..index]
                .iter()
                .any(|(_, other)| other == finding)
            {
                out.findings.push(finding.clone());
                out.places.push(*at);
            }
        }
        loud.coerced.sort_unstable();
        loud.coerced.dedup();
        out.coerced.append(&mut loud.coerced);
    }

    /// The subschemas that aren't compiled but judged by the `jsonschema` crate.
    #[cfg(test)]
    pub(crate) fn leftovers(&self) -> &[Leftover] {
        &self.leftovers.list
    }
}
