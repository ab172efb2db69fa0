//! A subschema half read, and how the values of keywords are read.

use serde_json::Value as Json;

use super::compile::Compiler;
use super::names::Names;
use super::node::{Applied, By, Choice, Dependent, Id, Node, Number, Types, Values};
use super::number::Bound;
use super::parts::{Elements, Members, Strings};
use super::pattern::Pattern;
use super::refs::child;
use crate::mapping::json::OwnedJson;

/// A keyword that isn't compiled, and why.
pub(super) type Left = Option<(String, String)>;

/// A subschema half read.
pub(super) struct Reading<'c, 'd> {
    pub(super) compiler: &'c mut Compiler<'d>,
    pub(super) pointer: &'c str,
    pub(super) node: Node,
    pub(super) values: Vec<Values>,
    pub(super) applied: Vec<Applied>,
    pub(super) number: Number,
    pub(super) strings: Strings,
    pub(super) members: Members<'d>,
    pub(super) elements: Elements<'d>,
    pub(super) left: Left,
}

impl<'d> Reading<'_, 'd> {
    pub(super) fn types(&mut self, value: &Json) {
        let names = match value {
            Json::Array(names) => names.as_slice(),
            one => std::slice::from_ref(one),
        };
        let types = names.iter().try_fold(Types::NONE, |types, name| {
            Some(types.or(Types::named(name.as_str()?)?))
        });
        match types {
            Some(types) => self.node.types = types,
            None => self.wrong("type", "one of the seven types, or a list of them"),
        }
    }

    pub(super) fn one_of(&mut self, keyword: &str, values: &[Json]) {
        let strings = values.iter().filter_map(Json::as_str).map(Box::from);
        let others = values.iter().filter(|value| !value.is_string());
        let literals: Result<Vec<_>, _> = others
            .map(|value| OwnedJson::new(value.to_string()))
            .collect();
        match literals {
            Ok(others) => self.values.push(Values {
                strings: Names::new(strings),
                others: others.into(),
            }),
            Err(_) => self.wrong(keyword, "values that are not nested deeper than 128 times"),
        }
    }

    pub(super) fn bound(&mut self, keyword: &str, value: &Json) -> Option<Bound> {
        if let Json::Number(number) = value {
            return Some(Bound::new(number));
        }
        self.wrong(keyword, "a number");
        None
    }

    pub(super) fn multiple_of(&mut self, value: &Json) {
        match self.bound("multipleOf", value) {
            Some(divisor) if !divisor.is_positive() => {
                self.wrong("multipleOf", "a number greater than 0");
            }
            Some(divisor) if divisor.divides() => self.number.multiple_of = Some(divisor),
            Some(_) => self.leave("multipleOf", "it has too many digits"),
            None => {}
        }
    }

    /// A number that counts something: a whole one.
    pub(super) fn count(&mut self, keyword: &str, value: &Json) -> Option<u64> {
        let whole = value.as_u64().or_else(|| {
            value
                .as_f64()
                .and_then(|n| (n >= 0.0 && n.fract() == 0.0).then_some(n as u64))
        });
        if whole.is_none() {
            self.wrong(keyword, "a whole number, 0 or more");
        }
        whole
    }

    pub(super) fn pattern(&mut self, source: &str) -> Option<Pattern> {
        match Pattern::new(source) {
            Ok(pattern) => Some(pattern),
            Err(reason) => {
                self.leave(
                    "pattern",
                    &format!("{source:?} can't be matched in linear time here: {reason}"),
                );
                None
            }
        }
    }

    pub(super) fn strings(&mut self, keyword: &str, value: &Json) -> Vec<Box<str>> {
        let strings: Option<Vec<_>> = value
            .as_array()
            .and_then(|list| list.iter().map(|one| one.as_str().map(Box::from)).collect());
        if strings.is_none() {
            self.wrong(keyword, "a list of names");
        }
        strings.unwrap_or_default()
    }

    pub(super) fn dependencies(&mut self, keyword: &str, value: &'d Json) {
        let Json::Object(members) = value else {
            return self.wrong(keyword, "an object");
        };
        for (name, what) in members {
            let names =
                keyword == "dependentRequired" || (keyword == "dependencies" && what.is_array());
            let mut dependent = Dependent {
                on: name.as_str().into(),
                needs: Box::default(),
                holds: None,
            };
            if names {
                dependent.needs = self.strings(keyword, what).into();
            } else {
                let place = child(&child(self.pointer, keyword), name);
                dependent.holds = Some(self.compiler.node(place, what));
            }
            self.members.dependent.push(dependent);
        }
    }

    pub(super) fn one(&mut self, keyword: &str, value: &'d Json) -> Id {
        self.compiler.node(child(self.pointer, keyword), value)
    }

    pub(super) fn list(&mut self, keyword: &str, value: &'d Json) -> Vec<Id> {
        let Some(schemas) = value.as_array().filter(|schemas| !schemas.is_empty()) else {
            self.wrong(keyword, "a list of schemas, at least one");
            return Vec::new();
        };
        let at = child(self.pointer, keyword);
        let each = schemas.iter().enumerate();
        each.map(|(index, schema)| self.compiler.node(format!("{at}/{index}"), schema))
            .collect()
    }

    pub(super) fn choice(&mut self, keyword: &str, value: &'d Json) -> Choice {
        Choice {
            branches: self.list(keyword, value).into(),
            by: By::Trial,
        }
    }

    pub(super) fn by_name(&mut self, keyword: &str, value: &'d Json) -> Vec<(&'d str, Id)> {
        let Json::Object(schemas) = value else {
            self.wrong(keyword, "an object of schemas");
            return Vec::new();
        };
        let at = child(self.pointer, keyword);
        let each = schemas.iter();
        each.map(|(name, schema)| {
            let id = self.compiler.node(child(&at, name), schema);
            (name.as_str(), id)
        })
        .collect()
    }

    #[cold]
    pub(super) fn wrong(&mut self, keyword: &str, wanted: &str) {
        let reason = format!("`{keyword}` must be {wanted}");
        self.compiler.flaw(&child(self.pointer, keyword), reason);
    }

    #[cold]
    pub(super) fn leave(&mut self, keyword: &str, reason: &str) {
        let _ = self
            .left
            .get_or_insert_with(|| (keyword.to_owned(), reason.to_owned()));
    }
}
