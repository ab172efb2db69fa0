//! The keywords of objects, arrays and strings, gathered, and the checks that they make together.

use serde_json::Value as Json;

use super::compile::Compiler;
use super::format::Format;
use super::names::Names;
use super::node::{Additional, Array, Contains, Dependent, Id, Object, Text};
use super::pattern::Pattern;
use super::refs::child;

/// What of an object's keywords stands on its own.
#[derive(Default)]
pub(super) struct Members<'d> {
    pub(super) properties: Option<&'d serde_json::Map<String, Json>>,
    pub(super) required: Vec<Box<str>>,
    pub(super) patterns: Vec<(Pattern, Id)>,
    pub(super) additional: Option<Additional>,
    pub(super) names_as: Option<Id>,
    pub(super) min: u64,
    pub(super) max: Option<u64>,
    pub(super) dependent: Vec<Dependent>,
    pub(super) unevaluated: Option<&'d Json>,
}

#[derive(Default)]
pub(super) struct Elements<'d> {
    pub(super) first: Vec<Id>,
    pub(super) rest: Option<Id>,
    /// `additionalItems`, which counts only beside a list of `items`.
    pub(super) additional: Option<Id>,
    pub(super) has_list: bool,
    pub(super) min: u64,
    pub(super) max: Option<u64>,
    pub(super) unique: bool,
    pub(super) contains: Option<Id>,
    pub(super) min_contains: Option<u64>,
    pub(super) max_contains: Option<u64>,
    pub(super) unevaluated: Option<&'d Json>,
}

#[derive(Default)]
pub(super) struct Strings {
    pub(super) min: u64,
    pub(super) max: Option<u64>,
    pub(super) pattern: Option<Pattern>,
    pub(super) format: Option<Format>,
}

impl Strings {
    pub(super) fn finish(self) -> Option<Box<Text>> {
        let asks =
            self.min > 0 || self.max.is_some() || self.pattern.is_some() || self.format.is_some();
        asks.then(|| {
            Box::new(Text {
                min: self.min,
                max: self.max.unwrap_or(u64::MAX),
                pattern: self.pattern,
                format: self.format,
            })
        })
    }
}

impl<'d> Members<'d> {
    pub(super) fn finish(self, compiler: &mut Compiler<'d>, pointer: &str) -> Option<Box<Object>> {
        let names = Names::new(
            self.required.iter().cloned().chain(
                self.properties
                    .into_iter()
                    .flat_map(|p| p.keys().map(|name| name.as_str().into())),
            ),
        );
        let required = Names::new(self.required).len();
        let at = child(pointer, "properties");
        let properties: Box<[Option<Id>]> = names
            .iter()
            .map(|name| {
                let schema = self.properties?.get(name)?;
                Some(compiler.node(child(&at, name), schema))
            })
            .collect();
        let additional = self.additional.unwrap_or(Additional::Any);
        let walks = self.properties.is_some()
            || !self.patterns.is_empty()
            || !matches!(additional, Additional::Any)
            || self.names_as.is_some()
            || self.min > 0
            || self.max.is_some();
        (walks || required > 0 || !self.dependent.is_empty()).then(|| {
            Box::new(Object {
                names,
                properties,
                required,
                patterns: self.patterns.into(),
                additional,
                names_as: self.names_as,
                min: self.min,
                max: self.max.unwrap_or(u64::MAX),
                dependent: self.dependent.into(),
                only_required: !walks,
            })
        })
    }
}

impl Elements<'_> {
    pub(super) fn finish(self) -> Option<Box<Array>> {
        let rest = if self.has_list {
            self.additional
        } else {
            self.rest
        };
        let contains = self.contains.map(|what| Contains {
            what,
            min: self.min_contains.unwrap_or(1),
            max: self.max_contains.unwrap_or(u64::MAX),
        });
        let asks = !self.first.is_empty()
            || rest.is_some()
            || self.min > 0
            || self.max.is_some()
            || self.unique
            || contains.is_some();
        asks.then(|| {
            Box::new(Array {
                first: self.first.into(),
                rest,
                min: self.min,
                max: self.max.unwrap_or(u64::MAX),
                unique: self.unique,
                contains,
            })
        })
    }
}
