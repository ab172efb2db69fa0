//! Payloads that show a flaw: as small as possible, valid, and ones that the rule applies to.

use serde_json::{Value, json};

use super::super::codec::Codec;
use super::super::definition::{Inner, Literal, Outer, Rule};
use super::super::path::{Path, Segment};
use super::accept::Issue;
use super::entries::{Entry, Step, takes_whole};
use super::judge::{Valid, judge};
use super::numbers::{equal, literal, shifted};
use super::report::Reporting;
use super::values::pairs;
use super::view::{Declared, View};
use super::{Direction, witness};

impl Reporting<'_, '_> {
    /// The least document with this value there that the rule applies to, if the schema accepts it.
    pub(super) fn shown(&self, issue: &Issue, at: &Path, value: Option<Value>) -> Option<Value> {
        let view = View::new(self.mine, self.mine);
        let words = &self.table.definition.context;
        let document = |value: Option<Value>| {
            let is_missing = value.is_none();
            let mut document = witness::document(&view, &at.0, value, words);
            let rule = self.table.entries.iter().find(|entry| {
                let rest = at.behind(&entry.at);
                rest.is_some_and(|rest| !is_missing || !rest.is_empty())
                    && issue.to.behind(&entry.to).is_some()
            });
            if let Some((around, list)) = rule.and_then(Entry::needs) {
                witness::put(&mut document, &around.0, list);
            }
            document
        };
        let shown = document(value);
        // Where no valid document could be made at all, this one's faults show nothing.
        let least = document(Some(self.least(at)));
        (judge(&shown, &view) != Valid::No || judge(&least, &view) == Valid::No).then_some(shown)
    }

    pub(super) fn declared(&self, at: &Path) -> bool {
        View::new(self.mine, self.mine)
            .at(at, &self.table.definition.context)
            .1
            == Declared::Yes
    }

    /// A document in which the object at this place loses what it has.
    pub(super) fn emptied(&self, issue: &Issue, at: &Path) -> Option<Value> {
        let moved = self.table.entries.iter().find(|entry| {
            let is_inside = entry.at.behind(at).is_some_and(|rest| !rest.is_empty());
            is_inside && entry.to.behind(&self.table.image(at)).is_none()
        })?;
        self.shown(issue, &moved.at, Some(self.least(&moved.at)))
    }

    fn least(&self, at: &Path) -> Value {
        let words = &self.table.definition.context;
        let (view, _) = View::new(self.mine, self.mine).at(at, words);
        witness::minimal(&view, words)
    }

    /// What in the input becomes this value.
    pub(super) fn before(&self, issue: &Issue, keyword: &str, value: &Value) -> Value {
        let words = &self.table.definition.context;
        let view = View::new(self.mine, self.mine).at(&issue.at, words).0;
        let least = || self.least(&issue.at);
        // The value of a list's element is in the list.
        let list = issue.at.parent().filter(|_| issue.inner);
        let around = || {
            self.table
                .entries
                .iter()
                .find(|entry| Some(&entry.at) == list.as_ref())
        };
        let rule = self
            .table
            .at(&issue.at)
            .next()
            .or_else(around)
            .and_then(|entry| match entry.step {
                Step::Rule(rule) => Some(rule),
                _ => None,
            });
        let Some(rule) = rule else {
            let is_container = value.is_object() || value.is_array();
            let is_count = matches!(keyword, "minItems" | "maxItems");
            return if issue.entered && is_container && !is_count {
                least()
            } else {
                value.clone()
            };
        };
        match &rule.outer {
            Some(Outer::Without(left_out)) if keyword == "minItems" => {
                self.left_out(&view, left_out)
            }
            Some(Outer::Entries { .. }) if issue.inner => json!({ "x": self.uncoded(rule, value) }),
            _ if issue.inner => self.uncoded(rule, value),
            _ if rule.inner.is_none() && !takes_whole(rule) && !issue.entered => value.clone(),
            _ if issue.entered
                && (keyword.ends_with("Items") || !(value.is_object() || value.is_array())) =>
            {
                value.clone()
            }
            _ => least(),
        }
    }

    /// The value before the rule's inner operation.
    fn uncoded(&self, rule: &Rule, value: &Value) -> Value {
        let up = self.table.direction == Direction::Up;
        match &rule.inner {
            Some(Inner::Words(list)) => {
                let pairs = pairs(list, self.table.direction);
                let found = pairs.iter().find(|(_, image)| equal(image, value));
                found.map_or_else(|| value.clone(), |(source, _)| source.clone())
            }
            Some(Inner::Codec(Codec::Scale { by })) => {
                let by = if up { by.saturating_neg() } else { *by };
                let number = value.as_number().and_then(|number| shifted(number, by));
                number.map_or(Value::Null, Value::Number)
            }
            Some(Inner::Codec(Codec::PosixRfc3339)) if up => json!(1_700_000_000),
            Some(Inner::Codec(Codec::NumberString)) if up => json!(0),
            _ => value.clone(),
        }
    }

    /// A list of which nothing is left.
    fn left_out(&self, view: &View<'_>, left_out: &[(String, Vec<Literal>)]) -> Value {
        let words = &self.table.definition.context;
        let element = left_out.first().and_then(|(name, values)| {
            let (items, _) = view.step(&Segment::Each, words);
            let name = [Segment::Name(name.as_str().into())];
            Some(witness::document(
                &items,
                &name,
                Some(literal(values.first()?)),
                words,
            ))
        });
        let least = view
            .first("minItems")
            .and_then(Value::as_u64)
            .unwrap_or(0)
            .clamp(1, 64);
        Value::Array(
            (0..least)
                .map(|_| element.clone().unwrap_or_default())
                .collect(),
        )
    }
}
