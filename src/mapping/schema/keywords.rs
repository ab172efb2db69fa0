//! One subschema's keywords, read and checked.

use serde_json::Value as Json;

use super::compile::Compiler;
use super::format::Format;
use super::node::{Additional, Applied, Node, Number};
use super::parts::{Elements, Members, Strings};
use super::reading::{Left, Reading};
use super::refs::{Draft, Target, child};

impl<'d> Compiler<'d> {
    pub(super) fn subschema(&mut self, pointer: &str, value: &'d Json) -> (Node, Left) {
        let mut reading = Reading {
            compiler: self,
            pointer,
            node: Node::any(),
            values: Vec::new(),
            applied: Vec::new(),
            number: Number::default(),
            strings: Strings::default(),
            members: Members::default(),
            elements: Elements::default(),
            left: None,
        };
        match value {
            Json::Bool(any) => reading.node.never = !any,
            Json::Object(keywords) => reading.all(keywords),
            _ => reading
                .compiler
                .flaw(pointer, "a schema must be an object, `true` or `false`"),
        }
        reading.finish()
    }
}

impl<'d> Reading<'_, 'd> {
    fn all(&mut self, keywords: &'d serde_json::Map<String, Json>) {
        // In draft-07 nothing beside a `$ref` counts.
        let reference = keywords.get_key_value("$ref");
        if let (Draft::Draft7, Some((keyword, value))) = (self.compiler.draft, reference) {
            return self.any_draft(keyword, value, keywords);
        }
        for (keyword, value) in keywords {
            self.any_draft(keyword, value, keywords);
        }
    }

    fn any_draft(
        &mut self,
        keyword: &str,
        value: &'d Json,
        beside: &'d serde_json::Map<String, Json>,
    ) {
        match keyword {
            "x-tier" => match value.as_str() {
                Some(name) => self.node.tier = Some(self.compiler.tier(name)),
                None => self.wrong(keyword, "the name of a tier"),
            },
            "$ref" => self.reference(keyword, value),
            "type" => self.types(value),
            "enum" => match value {
                Json::Array(values) => self.one_of(keyword, values),
                _ => self.wrong(keyword, "a list of values"),
            },
            "const" => self.one_of(keyword, std::slice::from_ref(value)),
            "minimum" => self.number.minimum = self.bound(keyword, value),
            "maximum" => self.number.maximum = self.bound(keyword, value),
            "exclusiveMinimum" => self.number.above = self.bound(keyword, value),
            "exclusiveMaximum" => self.number.below = self.bound(keyword, value),
            "multipleOf" => self.multiple_of(value),
            "minLength" => self.strings.min = self.count(keyword, value).unwrap_or(0),
            "maxLength" => self.strings.max = self.count(keyword, value),
            "pattern" => self.strings.pattern = value.as_str().and_then(|text| self.pattern(text)),
            "format" => match value.as_str() {
                Some(name) => self.strings.format = Format::named(name),
                None => self.wrong(keyword, "the name of a format"),
            },
            "properties" => {
                self.members.properties = value.as_object();
                if !value.is_object() {
                    self.wrong(keyword, "an object of schemas");
                }
            }
            "patternProperties" => {
                for (name, id) in self.by_name(keyword, value) {
                    if let Some(pattern) = self.pattern(name) {
                        self.members.patterns.push((pattern, id));
                    }
                }
            }
            "additionalProperties" => {
                self.members.additional = Some(self.additional(keyword, value));
            }
            "propertyNames" => self.members.names_as = Some(self.one(keyword, value)),
            "required" => self.members.required = self.strings(keyword, value),
            "minProperties" => self.members.min = self.count(keyword, value).unwrap_or(0),
            "maxProperties" => self.members.max = self.count(keyword, value),
            // Draft-07's; 2020-12 asks to go on reading it.
            "dependencies" => self.dependencies(keyword, value),
            "minItems" => self.elements.min = self.count(keyword, value).unwrap_or(0),
            "maxItems" => self.elements.max = self.count(keyword, value),
            "uniqueItems" => match value.as_bool() {
                Some(unique) => self.elements.unique = unique,
                None => self.wrong(keyword, "`true` or `false`"),
            },
            "contains" => self.elements.contains = Some(self.one(keyword, value)),
            "allOf" => {
                let all = self.list(keyword, value);
                self.applied.extend(all.into_iter().map(Applied::All));
            }
            "anyOf" => {
                let choice = self.choice(keyword, value);
                self.applied.push(Applied::Any(choice));
            }
            "oneOf" => {
                let choice = self.choice(keyword, value);
                self.applied.push(Applied::One(choice));
            }
            "not" => {
                let not = self.one(keyword, value);
                self.applied.push(Applied::Not(not));
            }
            "if" => {
                let test = self.one(keyword, value);
                let then = beside.get("then").map(|then| self.one("then", then));
                let otherwise = beside.get("else").map(|other| self.one("else", other));
                self.applied.push(Applied::If {
                    test,
                    then,
                    otherwise,
                });
            }
            "$schema" if !self.pointer.is_empty() => {
                if value.as_str().and_then(Draft::of) != Some(self.compiler.draft) {
                    self.leave(keyword, "a subschema declares another JSON Schema version");
                }
            }
            _ => match self.compiler.draft {
                Draft::Draft7 => self.draft_7(keyword, value),
                Draft::Draft202012 => self.draft_2020_12(keyword, value),
            },
        }
    }

    fn draft_7(&mut self, keyword: &str, value: &'d Json) {
        match keyword {
            "items" if value.is_array() => {
                self.elements.first = self.list(keyword, value);
                self.elements.has_list = true;
            }
            "items" => self.elements.rest = Some(self.one(keyword, value)),
            "additionalItems" => self.elements.additional = Some(self.one(keyword, value)),
            "contentEncoding" | "contentMediaType" => {
                self.leave(keyword, "draft-07 asks to decode the text");
            }
            _ => {}
        }
    }

    fn draft_2020_12(&mut self, keyword: &str, value: &'d Json) {
        match keyword {
            "items" => self.elements.rest = Some(self.one(keyword, value)),
            "prefixItems" => self.elements.first = self.list(keyword, value),
            "minContains" => self.elements.min_contains = self.count(keyword, value),
            "maxContains" => self.elements.max_contains = self.count(keyword, value),
            "dependentRequired" | "dependentSchemas" => self.dependencies(keyword, value),
            // Without a `$dynamicAnchor` anywhere it is a `$ref`.
            "$dynamicRef" if !self.compiler.resources.has_dynamic_anchors => {
                self.reference(keyword, value);
            }
            "$dynamicRef" => self.compiler.is_dynamic = true,
            "unevaluatedProperties" => self.members.unevaluated = Some(value),
            "unevaluatedItems" => self.elements.unevaluated = Some(value),
            _ => {}
        }
    }

    /// `unevaluated…` is `additional…` where no keyword beside it judges the same value by other schemas.
    fn unevaluated(&mut self) {
        const REASON: &str = "it depends on the results of the keywords beside it";
        let others = self
            .applied
            .iter()
            .any(|one| !matches!(one, Applied::Not(_)));
        if let Some(value) = self.members.unevaluated {
            if others
                || self
                    .members
                    .dependent
                    .iter()
                    .any(|dependent| dependent.holds.is_some())
            {
                self.leave("unevaluatedProperties", REASON);
            } else if self.members.additional.is_none() {
                self.members.additional = Some(self.additional("unevaluatedProperties", value));
            }
        }
        if let Some(value) = self.elements.unevaluated {
            if others || self.elements.contains.is_some() {
                self.leave("unevaluatedItems", REASON);
            } else if self.elements.rest.is_none() {
                self.elements.rest = Some(self.one("unevaluatedItems", value));
            }
        }
    }

    fn additional(&mut self, keyword: &str, value: &'d Json) -> Additional {
        match value {
            Json::Bool(true) => Additional::Any,
            Json::Bool(false) => Additional::Never,
            schema => Additional::As(self.one(keyword, schema)),
        }
    }

    fn finish(mut self) -> (Node, Left) {
        self.unevaluated();
        let Self {
            mut node,
            number,
            strings,
            members,
            elements,
            ..
        } = self;
        node.values = self.values.into();
        // Without a consequence there is nothing to test.
        let idle = |one: &Applied| {
            matches!(
                one,
                Applied::If {
                    then: None,
                    otherwise: None,
                    ..
                }
            )
        };
        self.applied.retain(|one| !idle(one));
        node.applied = self.applied.into();
        node.number = number.asks().then(|| Box::new(number));
        node.text = strings.finish();
        node.object = members.finish(self.compiler, self.pointer);
        node.array = elements.finish();
        (node, self.left)
    }

    fn reference(&mut self, keyword: &str, value: &'d Json) {
        let Some(reference) = value.as_str() else {
            return self.wrong(keyword, "a reference");
        };
        match self.compiler.resources.find(self.pointer, reference) {
            Target::Here(place, schema) => {
                let id = self.compiler.node(place, schema);
                self.applied.push(Applied::All(id));
            }
            // The standard's own schemas are in the `jsonschema` crate.
            Target::Elsewhere(uri) if Draft::of(&uri).is_some() => {
                self.leave(keyword, "it refers to the schema of schemas");
            }
            Target::Elsewhere(uri) => {
                let reason = format!(
                    "`{keyword}` refers to {uri:?}, which isn't in this document, and nothing is fetched: put it under `$defs` with its `$id`"
                );
                self.compiler.flaw(&child(self.pointer, keyword), reason);
            }
            Target::Nowhere => {
                let reason = format!("`{keyword}` refers to {reference:?}, which is not there");
                self.compiler.flaw(&child(self.pointer, keyword), reason);
            }
        }
    }
}
