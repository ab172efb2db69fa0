//! Writes a definition as JSON: always the same text for the same definition.

use serde_json::Value;

use super::read::json::quoted;
use super::{
    Condition, Constant, Definition, HookRule, Inner, Join, JsonType, Outer, Rule, StandIn, Target,
    Treatment, Version,
};
use crate::mapping::call::Side;
use crate::mapping::path::Path;

impl Definition {
    /// The definition as compact JSON, its schemas included. [`from_json`](Self::from_json) reads it back.
    ///
    /// ```
    /// use cutover::mapping::Definition;
    ///
    /// let text = r#"{"name":"order","from":{"version":"v1"},"to":{"version":"v2"},"rules":{"name":{"to":"customer/name"}}}"#;
    /// assert_eq!(Definition::from_json(text)?.to_json(), text);
    /// # Ok::<(), cutover::mapping::Flaws>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut top = Object::default();
        if !self.name.is_empty() {
            top.text("name", &self.name);
        }
        top.put("from", &version(&self.from));
        top.put("to", &version(&self.to));
        top.texts("context", &self.context);
        top.texts("policies", &self.policies);
        if self.nulls_absent {
            top.text("nulls", "absent");
        }
        let tiers = self.tiers.iter();
        top.table(
            "tiers",
            tiers.map(|(name, t)| (name, quoted(treatment(*t)))),
        );
        let codes = self.codes.iter();
        top.table("codes", codes.map(|(code, name)| (code, quoted(name))));
        let rules = self.rules.iter();
        top.table("rules", rules.map(|(path, r)| (path, alternatives(r))));
        let added = self.added.iter();
        top.table("added", added.map(|(path, r)| (path, rule(r))));
        let dialects = self.dialects.iter().map(|dialect| {
            let mut object = Object::default();
            object.text("name", &dialect.name);
            object.put("added", &paths(&dialect.added));
            object.end()
        });
        top.list("dialect", dialects);
        top.list("hook", self.hooks.iter().map(hook));
        top.end()
    }
}

/// An object, as far as it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Object(String);

impl Object {
    /// A member with this JSON text.
    pub(super) fn put(&mut self, name: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&quoted(name));
        self.0.push(':');
        self.0.push_str(json);
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.put(name, &quoted(text));
    }

    /// An array, unless it is empty.
    pub(super) fn list(&mut self, name: &str, items: impl Iterator<Item = String>) {
        let list = array(items);
        if list != "[]" {
            self.put(name, &list);
        }
    }

    pub(super) fn texts(&mut self, name: &str, texts: &[String]) {
        self.list(name, texts.iter().map(|text| quoted(text)));
    }

    /// An object, unless it is empty.
    pub(super) fn table<K: ToString>(
        &mut self,
        name: &str,
        members: impl Iterator<Item = (K, String)>,
    ) {
        let mut object = Self::default();
        for (key, json) in members {
            object.put(&key.to_string(), &json);
        }
        if !object.0.is_empty() {
            self.put(name, &object.end());
        }
    }

    pub(super) fn end(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}

pub(super) fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// The JSON of a value, its members by name: the same text whatever map serde_json was built with.
pub(super) fn sorted(mut value: Value) -> String {
    value.sort_all_objects();
    value.to_string()
}

fn paths(paths: &[Path]) -> String {
    array(paths.iter().map(|path| quoted(&path.to_string())))
}

fn version(version: &Version) -> String {
    let mut object = Object::default();
    object.text("version", &version.version);
    if let Some(schema) = &version.schema {
        object.put("schema", &sorted(schema.clone()));
    }
    object.texts("first", &version.first);
    object.texts("last", &version.last);
    if version.foreign_keep {
        object.text("foreign", "keep");
    }
    object.end()
}

pub(super) const fn treatment(treatment: Treatment) -> &'static str {
    match treatment {
        Treatment::Error => "error",
        Treatment::Coerce => "coerce",
        Treatment::Warn => "warn",
    }
}

fn hook(hook: &HookRule) -> String {
    let mut object = Object::default();
    object.text("name", &hook.name);
    object.put("from", &paths(&hook.from));
    object.put("to", &paths(&hook.to));
    let loss = match (hook.loses_up, hook.loses_down) {
        (false, false) => "none",
        (true, false) => "up",
        (false, true) => "down",
        (true, true) => "both",
    };
    object.text("loss", loss);
    object.end()
}

fn alternatives(rules: &[Rule]) -> String {
    match rules {
        [only] if only.condition == Condition::Always => rule(only),
        _ => array(rules.iter().map(rule)),
    }
}

fn rule(rule: &Rule) -> String {
    let mut object = Object::default();
    condition(&rule.condition, &mut object);
    if let Some(to) = &rule.to {
        object.text("to", &target(to));
    }
    if !rule.also.is_empty() {
        object.put("also", &paths(&rule.also));
    }
    if rule.wins != Side::To {
        object.text("wins", rule.wins.as_str());
    }
    if rule.foreign_keep {
        object.text("foreign", "keep");
    }
    if let Some(kind) = &rule.outer {
        outer(kind, &mut object);
    }
    if let Some(kind) = &rule.inner {
        inner(kind, &mut object);
    }
    match &rule.absent {
        StandIn::Nothing => {}
        StandIn::Always(literal) => object.put("absent", literal),
        StandIn::By(by) => object.table("absent_by", by.iter().map(|(p, l)| (p, l.to_string()))),
    }
    if let Some(literal) = &rule.absent_down {
        object.put("absent_down", literal);
    }
    for (key, reason) in [("lost", &rule.lost), ("refuse", &rule.refuse)] {
        if let Some(reason) = reason {
            object.text(key, reason);
        }
    }
    object.end()
}

fn target(target: &Target) -> String {
    match target {
        Target::Beside(name) => format!("./{}", Path::default().member(name)),
        Target::At(path) => path.to_string(),
    }
}

fn condition(condition: &Condition, object: &mut Object) {
    match condition {
        Condition::Always => {}
        Condition::Tag(siblings) => {
            object.table("tag", siblings.iter().map(|(n, l)| (n, l.to_string())));
        }
        Condition::When(siblings) => {
            object.table("when", siblings.iter().map(|(n, l)| (n, l.to_string())));
        }
        Condition::Type(of) => object.text("type", json_type(*of)),
    }
}

pub(super) const fn json_type(of: JsonType) -> &'static str {
    match of {
        JsonType::Null => "null",
        JsonType::Boolean => "boolean",
        JsonType::Integer => "integer",
        JsonType::Number => "number",
        JsonType::String => "string",
        JsonType::Object => "object",
        JsonType::Array => "array",
    }
}

pub(super) const fn join(join: Join) -> &'static str {
    match join {
        Join::All => "all",
        Join::Any => "any",
        Join::First => "first",
    }
}

fn inner(inner: &Inner, object: &mut Object) {
    match inner {
        Inner::Words(words) => {
            let pairs = words.iter().map(|(from, to)| format!("[{from},{to}]"));
            object.put("words", &array(pairs));
        }
        Inner::Hook(name) => object.text("hook", name),
        Inner::Codec(codec) => {
            object.text("codec", codec.name());
            if let Some((key, json)) = codec.argument() {
                object.put(key, &json);
            }
        }
    }
}

fn outer(outer: &Outer, object: &mut Object) {
    match outer {
        Outer::List(side) => object.text("list", side.as_str()),
        Outer::Pivot(pivot) => {
            let mut inside = Object::default();
            let constants = pivot.constants.iter().map(|(name, constant)| {
                let json = match constant {
                    Constant::Literal(literal) => literal.to_string(),
                    Constant::Context(of) => quoted(&format!("${of}")),
                };
                (name, json)
            });
            inside.table("where", constants);
            inside.text("value", &pivot.value);
            object.put("pivot", &inside.end());
        }
        Outer::Entries {
            key,
            value,
            grouped,
        } => {
            let mut inside = Object::default();
            inside.text("key", key);
            inside.text("value", value);
            if *grouped {
                inside.put("grouped", "true");
            }
            object.put("entries", &inside.end());
        }
        Outer::Split { into, join: back } => {
            object.put("split", &array(into.iter().map(|to| quoted(&target(to)))));
            object.text("join", join(*back));
        }
        Outer::Pick(name) => object.text("pick", &format!("${name}")),
        Outer::Without(members) => {
            let members = members
                .iter()
                .map(|(name, values)| (name, array(values.iter().map(ToString::to_string))));
            object.table("without", members);
        }
        Outer::Drop(reason) => object.text("drop", reason),
    }
}
