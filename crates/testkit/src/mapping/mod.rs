//! The naive model of mappings: it interprets a definition over plain JSON trees, one obvious step after the other.
//! Slow on purpose and written from the text alone; where the crate and this model differ, one of them misreads it.
//!
//! It does not judge documents by their schemas; a schema only says which names a version declares.

mod check;
mod codecs;
mod compare;
mod contest;
mod decimal;
mod definition;
mod documents;
mod give;
mod joins;
mod moves;
mod path;
mod places;
mod scalars;
mod shrink;
mod stand_ins;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod walk;

pub use shrink::shrink;

use std::collections::BTreeMap;
use std::fmt;

use definition::Definition;
use places::Table;
use tree::Node;

/// The definition of an order that the documentation begins with, without schemas.
pub const ORDER: &str = include_str!("order.json");

/// A code and a JSON pointer.
pub type Found = (String, String);

/// What a conversion made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The document.
    pub json: String,
    /// What was found, none of it an error, in order.
    pub findings: Vec<Found>,
    /// Pointers of stand-ins in the output.
    pub assumed: Vec<String>,
}

/// What is said with a document.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call<'a> {
    /// The first one of the definition when there is none.
    pub policy: Option<&'a str>,
    /// Names and values.
    pub context: &'a [(&'a str, &'a str)],
    /// What the upgrade of this document assumed.
    pub assumed: &'a [String],
    /// Keep the shape of `to`, as it was in this dialect.
    pub dialect: Option<&'a str>,
    /// Pointers of values that the input's schema takes as their text.
    pub coerced: &'a [String],
}

/// What a hook made: its values, or the code of an error; and the codes of its losses.
#[derive(Clone, Debug)]
pub struct Hooked {
    /// JSON texts in the order of the hook's paths; `None` is absent. `Err` is the code of an error.
    pub values: Result<Vec<Option<String>>, String>,
    /// Codes of what was lost.
    pub losses: Vec<String>,
}

/// A hook: whether it goes up, and the values' JSON texts.
pub type Hook = fn(bool, &[Option<&str>]) -> Hooked;

/// The model of one definition.
#[derive(Clone)]
pub struct Model {
    definition: Definition,
    hooks: BTreeMap<String, Hook>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").finish_non_exhaustive()
    }
}

/// A conversion on its way.
struct Run<'m> {
    model: &'m Model,
    table: Table,
    policy: Option<String>,
    /// With its turn: the position in the input.
    found: Vec<(usize, Found)>,
}

impl Model {
    /// Reads a definition's JSON text, its schemas in it.
    ///
    /// # Panics
    /// On a definition with flaws.
    #[must_use]
    pub fn new(definition: &str) -> Self {
        Self {
            definition: Definition::read(definition),
            hooks: BTreeMap::new(),
        }
    }

    /// With a hook of this name.
    #[must_use]
    pub fn hook(mut self, name: &str, hook: Hook) -> Self {
        self.hooks.insert(name.into(), hook);
        self
    }

    /// A document of `from` as one of `to`.
    ///
    /// # Errors
    /// What was found, when an error is among it.
    pub fn upgrade(&self, doc: &str, call: &Call<'_>) -> Result<Output, Vec<Found>> {
        self.convert(doc, call, true).map(|(_, output)| output)
    }

    /// A document of `to` as one of `from`.
    ///
    /// # Errors
    /// What was found, when an error is among it.
    pub fn downgrade(&self, doc: &str, call: &Call<'_>) -> Result<Output, Vec<Found>> {
        self.convert(doc, call, false).map(|(_, output)| output)
    }

    fn convert(&self, doc: &str, call: &Call<'_>, up: bool) -> Result<(Node, Output), Vec<Found>> {
        let alone = |code: &str| vec![(code.to_owned(), String::new())];
        let definition = self.definition.for_call(call.context);
        let definition = definition.ok_or_else(|| alone("call"))?;
        let mut run = Run {
            model: self,
            policy: call
                .policy
                .map(str::to_owned)
                .or(definition.policies.first().cloned()),
            table: Table::new(definition, up),
            found: vec![],
        };
        let mut input = self.check_input(doc, &run.table.definition, up)?;
        coerce(&mut input, call.coerced);
        let mut output = if let (Some(dialect), false) = (call.dialect, up) {
            run.in_dialect(&input, dialect)
        } else {
            if !up {
                run.leave_out_assumed(&mut input, call.assumed);
            }
            run.document(&input)
        };
        run.finish()?;
        let assumed = match call.dialect {
            Some(_) if !up => vec![],
            _ => run.stand_ins(&mut output),
        };
        run.put_first(&mut output);
        let findings = run.finish()?;
        let json = output.write();
        Ok((
            output,
            Output {
                json,
                findings,
                assumed,
            },
        ))
    }
}

impl Model {
    /// Reads a document, and refuses what is wrong with it whatever becomes of it.
    fn check_input(
        &self,
        doc: &str,
        definition: &Definition,
        up: bool,
    ) -> Result<Node, Vec<Found>> {
        let alone = |code: &str| vec![(code.to_owned(), String::new())];
        let input = Node::parse(doc).map_err(alone)?;
        if input.members().is_none() {
            return Err(alone("invalid_type"));
        }
        let mut run = Run {
            model: self,
            policy: None,
            table: Table::new(definition.clone(), up),
            found: vec![],
        };
        run.check(&input, &[], true);
        run.finish()?;
        Ok(input)
    }
}

impl Run<'_> {
    fn find(&mut self, code: &str, at: &Node) {
        self.found
            .push((at.order, (code.into(), at.source.clone())));
    }

    /// All findings in the input's order, as `Err` when there is an error among them.
    fn finish(&mut self) -> Result<Vec<Found>, Vec<Found>> {
        self.found.sort_by_key(|(order, _)| *order);
        let error = self.found.iter().any(|(_, (code, _))| is_error(code));
        let codes = &self.table.definition.codes;
        let named = |code: &str| {
            let code = code.trim_start_matches(HOOK_ERROR);
            let own = codes.iter().find(|(known, _)| known == code);
            own.map_or(code, |(_, own)| own).to_owned()
        };
        let found = self.found.iter();
        let found = found
            .map(|(_, (code, path))| (named(code), path.clone()))
            .collect();
        if error { Err(found) } else { Ok(found) }
    }
}

/// Whether a code of a conversion refuses the document. A hook's own codes of losses don't.
fn is_error(code: &str) -> bool {
    matches!(
        code,
        "duplicate_member"
            | "invalid_type"
            | "required"
            | "other_version"
            | "conflict"
            | "out_of_domain"
    ) || code.starts_with(HOOK_ERROR)
}

/// Stands before the code of a hook's error until it is reported.
const HOOK_ERROR: &str = "error:";

/// Numbers and bools that the schema takes as texts become texts.
fn coerce(node: &mut Node, coerced: &[String]) {
    if coerced.contains(&node.source) {
        let text = tree::Kind::Text(node.write());
        *node = Node::new(text, node);
    }
    let came = match &mut node.kind {
        tree::Kind::Array(elements) => elements.iter_mut().collect::<Vec<_>>(),
        tree::Kind::Object(members) => members.iter_mut().map(|m| &mut m.value).collect(),
        _ => return,
    };
    for below in came {
        coerce(below, coerced);
    }
    // Written anew if something in it is.
    let changed = coerced
        .iter()
        .any(|p| p.starts_with(&format!("{}/", node.source)));
    if changed {
        node.raw = None;
    }
}
