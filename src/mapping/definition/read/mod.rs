//! Reads a definition from its JSON, and collects everything that is wrong with it as text: keys, names, types, paths.

mod inner;
pub(super) mod json;
pub(super) mod nearest;
mod outer;
mod place;
mod rule;
mod tables;

use serde_json::Value;
use serde_json::value::RawValue;

use self::json::kind;
use self::place::{Object, Place};
use self::rule::{At, KEEP};
use self::tables::{dialects, hooks};
use super::{Definition, Rule, Treatment, Version};
use crate::mapping::call::Side;
use crate::mapping::flaws::{Flaw, FlawCode, Flaws};
use crate::mapping::path::Path;
use crate::mapping::report::Code;

/// All keys at the top.
const KEYS: &[&str] = &[
    "name", "from", "to", "context", "policies", "nulls", "tiers", "codes", "rules", "added",
    "dialect", "hook",
];

/// What a null in the document is.
const NULLS: &[(&str, bool)] = &[("absent", true), ("values", false)];

const TREATMENTS: &[(&str, Treatment)] = &[
    ("error", Treatment::Error),
    ("coerce", Treatment::Coerce),
    ("warn", Treatment::Warn),
];

/// Names that rules may use.
#[derive(Debug, Default)]
struct Names {
    context: Vec<String>,
    policies: Vec<String>,
}

/// Reads the text of a schema that a definition names.
type Schemas<'s> = &'s mut dyn FnMut(&str) -> Result<String, String>;

impl Definition {
    /// Reads a definition from its JSON. Schemas stand in it, since there is no folder to look for their files in.
    ///
    /// ```
    /// use cutover::mapping::Definition;
    ///
    /// let text = r#"{"name": "order", "rules": {"name": {"to": "customer/name"}}}"#;
    /// assert!(Definition::from_json(text).is_ok());
    ///
    /// let flaws = Definition::from_json(r#"{"rules": {"name": {"tu": "customer/name"}}}"#).unwrap_err();
    /// assert!(flaws.to_string().contains(r#"did you mean "to"?"#));
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong with the text. Whether the rules fit the schemas and each other, compiling says.
    pub fn from_json(text: &str) -> Result<Self, Flaws> {
        Self::from_json_with(text, &mut |_| {
            Err("put the schema itself here, open the definition as a file, or read it with `from_json_with` or `from_toml_with`".to_owned())
        })
    }

    /// As [`from_json`](Self::from_json), but `schemas` reads the schemas that the definition names by a path: it is given the
    /// path as written and returns the schema's text, or why there is none.
    ///
    /// # Errors
    /// Everything that is wrong with the text, and schemas that could not be read.
    pub fn from_json_with(
        text: &str,
        schemas: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Self, Flaws> {
        read(text, schemas)
    }

    /// The JSON Schema (draft 2020-12) of the format, for editors. The same keys in TOML and in JSON.
    ///
    /// What it refuses, the reader refuses too; the reader also knows which names a definition declares.
    #[must_use]
    pub const fn format_schema() -> &'static str {
        include_str!("../../../../docs/schemas/mapping.json")
    }
}

fn read(text: &str, schemas: Schemas<'_>) -> Result<Definition, Flaws> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        let reason = format!("not JSON: {error}");
        Flaw::new(FlawCode::UnreadableDefinition, "", reason)
    })?;
    let mut flaws = Vec::new();
    let definition = definition(raw, schemas, &mut flaws);
    if flaws.is_empty() {
        return Ok(definition);
    }
    flaws.sort_by(|a, b| a.path.cmp(&b.path));
    Err(Flaws(flaws))
}

fn definition(raw: &RawValue, schemas: Schemas<'_>, flaws: &mut Vec<Flaw>) -> Definition {
    let mut top = Place::new("", flaws).object("a definition", raw, KEYS);
    let mut list = |key: &str| {
        let raw = top.take(key)?;
        Some(Place::new(key, flaws).names(&format!("`{key}`"), raw))
    };
    let names = Names {
        context: list("context").unwrap_or_default(),
        policies: list("policies").unwrap_or_default(),
    };
    Definition {
        name: top
            .take("name")
            .and_then(|raw| Place::new("name", flaws).text("`name`", raw))
            .unwrap_or_default(),
        from: version(&mut top, Side::From, schemas, flaws),
        to: version(&mut top, Side::To, schemas, flaws),
        nulls_absent: top
            .take("nulls")
            .and_then(|raw| Place::new("nulls", flaws).choice("`nulls`", raw, NULLS))
            .unwrap_or(false),
        tiers: tiers(&mut top, flaws),
        codes: codes(&mut top, flaws),
        rules: rules(&mut top, &names, flaws),
        added: added(&mut top, &names, flaws),
        dialects: dialects(&mut top, flaws),
        hooks: hooks(&mut top, flaws),
        context: names.context,
        policies: names.policies,
    }
}

fn version(
    top: &mut Object<'_>,
    side: Side,
    schemas: Schemas<'_>,
    flaws: &mut Vec<Flaw>,
) -> Version {
    let mut version = Version {
        version: side.as_str().to_owned(),
        ..Version::default()
    };
    let Some(raw) = top.take(side.as_str()) else {
        return version;
    };
    let what = format!("`{side}`");
    let mut place = Place::new(side.as_str(), flaws);
    let mut object = place.object(
        &what,
        raw,
        &["version", "schema", "first", "last", "foreign"],
    );
    if let Some(raw) = object.take("version") {
        version.version = place.text("`version`", raw).unwrap_or_default();
    }
    version.schema = object
        .take("schema")
        .and_then(|raw| schema(&mut place, raw, schemas));
    if let Some(raw) = object.take("first") {
        version.first = place.names("`first`", raw);
    }
    if let Some(raw) = object.take("last") {
        version.last = place.names("`last`", raw);
    }
    version.foreign_keep = object
        .take("foreign")
        .and_then(|raw| place.choice("`foreign`", raw, KEEP))
        .unwrap_or(false);
    version
}

fn schema(place: &mut Place<'_>, raw: &RawValue, schemas: Schemas<'_>) -> Option<Value> {
    let (named, text) = match kind(raw.get()) {
        "a string" => {
            let path = place.text("`schema`", raw)?;
            let named = format!("the schema {path:?}");
            match schemas(&path) {
                Ok(text) => (named, text),
                Err(reason) => {
                    place.unreadable(format!("{named} can't be read: {reason}"));
                    return None;
                }
            }
        }
        _ => ("`schema`".to_owned(), raw.get().to_owned()),
    };
    match serde_json::from_str(&text) {
        Ok(schema @ (Value::Object(_) | Value::Bool(_))) => Some(schema),
        Ok(_) => {
            place.unreadable(format!("{named} must be an object, true or false"));
            None
        }
        Err(error) => {
            place.unreadable(format!("{named} is not JSON: {error}"));
            None
        }
    }
}

fn tiers(top: &mut Object<'_>, flaws: &mut Vec<Flaw>) -> Vec<(String, Treatment)> {
    let mut place = Place::new("tiers", flaws);
    let raw = top.take("tiers");
    let members = raw.and_then(|raw| place.by_name("`tiers`", raw));
    members
        .into_iter()
        .flatten()
        .filter_map(|(name, raw)| {
            let treatment = place.choice(&format!("tier {name:?}"), raw, TREATMENTS)?;
            Some((name, treatment))
        })
        .collect()
}

fn codes(top: &mut Object<'_>, flaws: &mut Vec<Flaw>) -> Vec<(String, String)> {
    let known: Vec<&str> = CODES.iter().map(Code::as_str).collect();
    let mut place = Place::new("codes", flaws);
    let raw = top.take("codes");
    let members = raw.and_then(|raw| place.by_name("`codes`", raw));
    members
        .into_iter()
        .flatten()
        .filter_map(|(code, raw)| {
            if !known.contains(&code.as_str()) {
                place.unknown("code", &code, &known);
            }
            let name = place.text(&format!("the name of {code:?}"), raw)?;
            Some((code, name))
        })
        .collect()
}

/// Codes that may be renamed.
static CODES: &[Code] = &[
    Code::MALFORMED_JSON,
    Code::TOO_LARGE,
    Code::TOO_DEEP,
    Code::TOO_MANY_MEMBERS,
    Code::TOO_MANY_ELEMENTS,
    Code::DUPLICATE_MEMBER,
    Code::INVALID_TYPE,
    Code::INVALID_ENUM,
    Code::OUT_OF_RANGE,
    Code::INVALID_FORMAT,
    Code::TOO_LONG,
    Code::TOO_SHORT,
    Code::REQUIRED,
    Code::UNKNOWN_MEMBER,
    Code::SCHEMA,
    Code::OTHER_VERSION,
    Code::CONFLICT,
    Code::OUT_OF_DOMAIN,
    Code::LOST,
    Code::DROPPED,
    Code::SHADOWED,
    Code::NULL_VALUE,
    Code::ASSUMED,
    Code::TYPE_COERCION,
];

fn rules(top: &mut Object<'_>, names: &Names, flaws: &mut Vec<Flaw>) -> Vec<(Path, Vec<Rule>)> {
    let mut rules: Vec<(Path, Vec<Rule>)> = Vec::new();
    for (text, raw) in paths(top, "rules", flaws) {
        let mut place = Place::new(&text, flaws);
        let Some(path) = place.any_path("the path", &text) else {
            continue;
        };
        if rules.iter().any(|(known, _)| *known == path) {
            place.flaw(
                FlawCode::TwoWriters,
                "there are two rules for this path: keep one, or write alternatives",
            );
            continue;
        }
        rules.push((path, alternatives(&mut place, raw, text.is_empty(), names)));
    }
    rules.sort_by_cached_key(|(path, _)| path.to_string());
    rules
}

fn alternatives(place: &mut Place<'_>, raw: &RawValue, document: bool, names: &Names) -> Vec<Rule> {
    if document {
        return vec![rule::rule(place, raw, At::Document, names)];
    }
    if kind(raw.get()) != "an array" {
        return vec![rule::rule(place, raw, At::Member, names)];
    }
    let alternatives = place.elements("a rule", raw).unwrap_or_default();
    if alternatives.is_empty() {
        place.unreadable("an array of rules needs one");
    }
    alternatives
        .into_iter()
        .map(|raw| rule::rule(place, raw, At::Alternative, names))
        .collect()
}

fn added(top: &mut Object<'_>, names: &Names, flaws: &mut Vec<Flaw>) -> Vec<(Path, Rule)> {
    let mut added: Vec<(Path, Rule)> = Vec::new();
    for (text, raw) in paths(top, "added", flaws) {
        let mut place = Place::new(format!("added: {text}"), flaws);
        let Some(path) = place.path("the path", &text) else {
            continue;
        };
        if added.iter().any(|(known, _)| *known == path) {
            place.flaw(
                FlawCode::TwoWriters,
                "there are two rules for this path: keep one",
            );
        } else if kind(raw.get()) == "an array" {
            place.flaw(
                FlawCode::UnknownName,
                "there are no alternatives in [added]: write one rule",
            );
        } else {
            added.push((path, rule::rule(&mut place, raw, At::Added, names)));
        }
    }
    added.sort_by_cached_key(|(path, _)| path.to_string());
    added
}

/// A table that is keyed by paths; duplicates are for the caller, since two texts can be one path.
fn paths<'t>(
    top: &mut Object<'t>,
    key: &str,
    flaws: &mut Vec<Flaw>,
) -> Vec<(String, &'t RawValue)> {
    let raw = top.take(key);
    raw.and_then(|raw| Place::new(key, flaws).members(&format!("`{key}`"), raw))
        .unwrap_or_default()
}
