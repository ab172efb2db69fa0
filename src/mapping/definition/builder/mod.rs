//! Definitions built in Rust, with the names that files have.

mod rule;

use serde_json::Value;

pub use self::rule::Rule;

use super::read::json::quoted;
use super::write::{Object, array, sorted, treatment};
use super::{Definition, Treatment};
use crate::mapping::call::Side;
use crate::mapping::flaws::Flaws;
use crate::mapping::report::Code;

/// Builds a [`Definition`]; each method is a key of the file's format. Nothing is judged before [`build`](Self::build).
///
/// ```
/// use cutover::mapping::{Definition, Rule, Side};
/// use serde_json::json;
///
/// let built = Definition::builder("order")
///     .from("v1", Some(json!({"type": "object"})))
///     .to("v2", None)
///     .foreign_keep(Side::To)
///     .rule("name", Rule::new().to("customer/name"))
///     .rule("total", Rule::new().to("total/minor").scale(2))
///     .added("total/currency", Rule::new().absent("EUR").drop("v1 is in euros"))
///     .build()?;
///
/// let read = Definition::from_json(
///     r#"{
///         "name": "order",
///         "from": {"version": "v1", "schema": {"type": "object"}},
///         "to": {"version": "v2", "foreign": "keep"},
///         "rules": {
///             "name": {"to": "customer/name"},
///             "total": {"to": "total/minor", "codec": "scale", "by": 2}
///         },
///         "added": {"total/currency": {"absent": "EUR", "drop": "v1 is in euros"}}
///     }"#,
/// )?;
/// assert_eq!(built, read);
/// # Ok::<(), cutover::mapping::Flaws>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    name: String,
    from: Object,
    to: Object,
    first: [Vec<String>; 2],
    last: [Vec<String>; 2],
    context: Vec<String>,
    policies: Vec<String>,
    nulls_absent: bool,
    tiers: Object,
    codes: Object,
    rules: Object,
    added: Object,
    dialects: Vec<String>,
    hooks: Vec<String>,
}

/// In which directions a hook can lose something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookLoss {
    /// In none.
    None,
    /// When it upgrades.
    Up,
    /// When it downgrades.
    Down,
    /// In both.
    Both,
}

impl HookLoss {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Up => "up",
            Self::Down => "down",
            Self::Both => "both",
        }
    }
}

impl Definition {
    /// Begins a definition in Rust.
    pub fn builder(name: impl Into<String>) -> Builder {
        Builder {
            name: name.into(),
            ..Builder::default()
        }
    }
}

impl Builder {
    /// The version that an upgrade reads, and its JSON Schema if there is one.
    pub fn from(mut self, version: &str, schema: Option<Value>) -> Self {
        self.from.version(version, schema);
        self
    }

    /// The version that an upgrade writes, and its JSON Schema if there is one.
    pub fn to(mut self, version: &str, schema: Option<Value>) -> Self {
        self.to.version(version, schema);
        self
    }

    /// Members that a side's documents begin with, in this order.
    pub fn first<'n>(mut self, side: Side, names: impl IntoIterator<Item = &'n str>) -> Self {
        let [from, to] = &mut self.first;
        let first = match side {
            Side::From => from,
            Side::To => to,
        };
        first.extend(names.into_iter().map(str::to_owned));
        self
    }

    /// Members whose defaults are appended after all others to this side's documents, in this order.
    pub fn last<'n>(mut self, side: Side, names: impl IntoIterator<Item = &'n str>) -> Self {
        let [from, to] = &mut self.last;
        let last = match side {
            Side::From => from,
            Side::To => to,
        };
        last.extend(names.into_iter().map(str::to_owned));
        self
    }

    /// A member of the document that is null counts as absent, in both versions.
    pub fn nulls_absent(mut self) -> Self {
        self.nulls_absent = true;
        self
    }

    /// In documents of this side, names of the other version are taken as meant.
    pub fn foreign_keep(mut self, side: Side) -> Self {
        let object = match side {
            Side::From => &mut self.from,
            Side::To => &mut self.to,
        };
        object.text("foreign", "keep");
        self
    }

    /// The name of a string that each call gives.
    pub fn context(mut self, name: impl Into<String>) -> Self {
        self.context.push(name.into());
        self
    }

    /// A policy; the first one is the default.
    pub fn policy(mut self, name: impl Into<String>) -> Self {
        self.policies.push(name.into());
        self
    }

    /// What a wrong value of this tier is.
    pub fn tier(mut self, name: &str, treated: Treatment) -> Self {
        self.tiers.text(name, treatment(treated));
        self
    }

    /// Another name for a code.
    pub fn code(mut self, code: &Code, name: &str) -> Self {
        self.codes.text(code.as_str(), name);
        self
    }

    /// A rule for a path in `from`.
    pub fn rule(mut self, path: &str, rule: Rule) -> Self {
        self.rules.put(path, &rule.json());
        self
    }

    /// Rules for a path in `from`, of which the first that applies is used.
    pub fn alternatives(
        mut self,
        path: &str,
        alternatives: impl IntoIterator<Item = Rule>,
    ) -> Self {
        let rules = alternatives.into_iter().map(Rule::json);
        self.rules.put(path, &array(rules));
        self
    }

    /// A rule for a path in `to` that nothing in `from` is the source of.
    pub fn added(mut self, path: &str, rule: Rule) -> Self {
        self.added.put(path, &rule.json());
        self
    }

    /// A dated step of `to`, and the paths that it added; oldest first.
    pub fn dialect<'p>(mut self, name: &str, added: impl IntoIterator<Item = &'p str>) -> Self {
        let mut dialect = Object::default();
        dialect.text("name", name);
        dialect.put("added", &array(added.into_iter().map(quoted)));
        self.dialects.push(dialect.end());
        self
    }

    /// Code that turns members of one object in `from` into members of one object in `to`, and back.
    pub fn hook<'p>(
        mut self,
        name: &str,
        from: impl IntoIterator<Item = &'p str>,
        to: impl IntoIterator<Item = &'p str>,
        loss: HookLoss,
    ) -> Self {
        let mut hook = Object::default();
        hook.text("name", name);
        hook.put("from", &array(from.into_iter().map(quoted)));
        hook.put("to", &array(to.into_iter().map(quoted)));
        hook.text("loss", loss.as_str());
        self.hooks.push(hook.end());
        self
    }

    /// The definition, read by the same reader as a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, as for [`Definition::from_json`].
    pub fn build(self) -> Result<Definition, Flaws> {
        let mut top = Object::default();
        top.text("name", &self.name);
        let ([first_from, first_to], [last_from, last_to]) = (&self.first, &self.last);
        for (key, mut version, first, last) in [
            ("from", self.from, first_from, last_from),
            ("to", self.to, first_to, last_to),
        ] {
            version.texts("first", first);
            version.texts("last", last);
            top.put(key, &version.end());
        }
        top.texts("context", &self.context);
        top.texts("policies", &self.policies);
        if self.nulls_absent {
            top.text("nulls", "absent");
        }
        for (key, object) in [
            ("tiers", self.tiers),
            ("codes", self.codes),
            ("rules", self.rules),
            ("added", self.added),
        ] {
            top.put(key, &object.end());
        }
        top.list("dialect", self.dialects.into_iter());
        top.list("hook", self.hooks.into_iter());
        Definition::from_json(&top.end())
    }
}

impl Object {
    fn version(&mut self, version: &str, schema: Option<Value>) {
        self.text("version", version);
        if let Some(schema) = schema {
            self.put("schema", &sorted(schema));
        }
    }
}
