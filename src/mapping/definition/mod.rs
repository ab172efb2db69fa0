//! A definition as data: what a team declares about two versions of a payload. Plain values; compiling judges them.

pub(crate) mod builder;
#[cfg(feature = "file")]
mod file;
pub(crate) mod images;
mod read;
mod write;

pub(super) use read::nearest::nearest;

use super::call::Side;
use super::codec::Codec;
use super::path::Path;

/// How two versions of a payload correspond, as it was declared and before it is compiled into a
/// [`Mapping`](super::Mapping).
///
/// Read from JSON or TOML, or built; rules stand in the byte order of their paths, since their order means nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    pub(crate) name: String,
    pub(crate) from: Version,
    pub(crate) to: Version,
    /// Names of the strings that each call gives.
    pub(crate) context: Vec<String>,
    /// The first is the default.
    pub(crate) policies: Vec<String>,
    /// `nulls = "absent"`: a member of the document that is null counts as absent.
    pub(crate) nulls_absent: bool,
    /// What a wrong value is, by the schema's `x-tier`.
    pub(crate) tiers: Vec<(String, Treatment)>,
    /// Codes of findings and what they are called here.
    pub(crate) codes: Vec<(String, String)>,
    /// By path in `from`; more than one rule are alternatives, in the order in which they are tried.
    pub(crate) rules: Vec<(Path, Vec<Rule>)>,
    /// By path in `to`: what only `to` has.
    pub(crate) added: Vec<(Path, Rule)>,
    /// Oldest first.
    pub(crate) dialects: Vec<Dialect>,
    pub(crate) hooks: Vec<HookRule>,
}

impl Definition {
    /// Whether a rule of `added` is a default for where a hook writes: it stands when the hook gives nothing.
    pub(crate) fn is_default_of_hook(&self, path: &Path, rule: &Rule) -> bool {
        let is_default = rule.outer.is_none() && rule.inner.is_none();
        is_default && self.hooks.iter().any(|hook| hook.to.contains(path))
    }
}

/// One side of a definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Version {
    /// Its name, `2.3`.
    pub(crate) version: String,
    pub(crate) schema: Option<serde_json::Value>,
    /// Members that are written first at the top, in this order.
    pub(crate) first: Vec<String>,
    /// Members whose defaults are appended after all others, in this order.
    pub(crate) last: Vec<String>,
    /// `foreign = "keep"`: names of the other version are taken as meant.
    pub(crate) foreign_keep: bool,
}

/// What a wrong value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// An error.
    Error,
    /// A number or boolean where a string is wanted becomes its text; anything else is an error.
    Coerce,
    /// A warning.
    Warn,
}

/// A JSON value of the definition, as compact JSON text: numbers keep their text.
pub(crate) type Literal = Box<str>;

/// One rule. The kinds are those of the definition's format, under the same names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) to: Option<Target>,
    /// Older places in `from`, read on both sides and never written.
    pub(crate) also: Vec<Path>,
    pub(crate) wins: Side,
    pub(crate) foreign_keep: bool,
    pub(crate) inner: Option<Inner>,
    pub(crate) outer: Option<Outer>,
    pub(crate) condition: Condition,
    pub(crate) absent: StandIn,
    pub(crate) absent_down: Option<Literal>,
    /// Why the loss is fine.
    pub(crate) lost: Option<String>,
    /// Why an upgrade may be refused here or below.
    pub(crate) refuse: Option<String>,
}

impl Default for Rule {
    /// `{}`: the member stays as it is.
    fn default() -> Self {
        Self {
            to: None,
            also: Vec::new(),
            wins: Side::To,
            foreign_keep: false,
            inner: None,
            outer: None,
            condition: Condition::Always,
            absent: StandIn::Nothing,
            absent_down: None,
            lost: None,
            refuse: None,
        }
    }
}

/// Where a rule sends something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// `./name`: this member of the image of the rule's parent.
    Beside(String),
    /// A full path in `to`.
    At(Path),
}

/// What a rule does with a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Inner {
    /// Pairs of values, `from` first.
    Words(Vec<(Literal, Literal)>),
    Codec(Codec),
    /// The name that the hook is registered by.
    Hook(String),
}

/// What a rule does with the place of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outer {
    /// Which side has the list.
    List(Side),
    Pivot(Pivot),
    Entries {
        key: String,
        value: String,
        grouped: bool,
    },
    Split {
        into: Vec<Target>,
        join: Join,
    },
    /// The context name, without its `$`.
    Pick(String),
    /// Members and the values by which an element is left out.
    Without(Vec<(String, Vec<Literal>)>),
    /// The reason.
    Drop(String),
}

/// `v` ↔ an element `{value: v, …where}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pivot {
    /// In byte order of the names.
    pub(crate) constants: Vec<(String, Constant)>,
    pub(crate) value: String,
}

/// What a member of a pivoted element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    Literal(Literal),
    /// The call's value of this context name.
    Context(String),
}

/// How the members of a split become one again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// `true` if all of them are `true`.
    All,
    /// `true` if one of them is.
    Any,
    /// The first that is there.
    First,
}

/// When an alternative applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    /// These siblings have these values; they are taken away, and put back just before the member.
    Tag(Vec<(String, Literal)>),
    /// As `Tag`, but the siblings stay.
    When(Vec<(String, Literal)>),
    /// The value has this JSON type.
    Type(JsonType),
}

/// A JSON Schema type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JsonType {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number without a fraction.
    Integer,
    /// Any number.
    Number,
    /// Text.
    String,
    /// Members.
    Object,
    /// Elements.
    Array,
}

/// What is written when there is no source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum StandIn {
    #[default]
    Nothing,
    Always(Literal),
    /// By policy; under a policy that is not here, nothing.
    By(Vec<(String, Literal)>),
}

/// A dated step of `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) name: String,
    /// Paths in `to`.
    pub(crate) added: Vec<Path>,
}

/// Code that turns some members of one object into some members of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HookRule {
    pub(crate) name: String,
    pub(crate) from: Vec<Path>,
    /// Paths in `to`.
    pub(crate) to: Vec<Path>,
    pub(crate) loses_up: bool,
    pub(crate) loses_down: bool,
}
