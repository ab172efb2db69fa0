//! The JSON Schemas of the form, of v1 and of v2: those that are published, and those that payloads are judged by.

use serde_json::{Map, Value, json};

use super::charge::LIMIT;
use super::form::{BOXES, CUSTOM};
use super::kind::Kind;
use super::limits::Limits;
use super::report::Tier;
use super::tags::{TAGS, Tag, required};
use crate::version::Version;

/// One character of Unicode's White_Space. `\s` would not do: in ECMAScript it takes U+FEFF and leaves out U+0085.
const SPACE: &str = r"[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]";

/// The JSON Schema (draft 2020-12) of a version's payloads, made of the same tags as the schema that they are judged by.
///
/// A payload that it refuses is refused. The reverse holds but for what a schema can't see: the text of numbers (a fee's
/// digits, `2024.0` as a date), members that are there twice, bytes and nesting; `docs/schemas/README.md` has the list.
///
/// ```
/// use cutover::{Version, contribution::schema};
/// assert!(schema(Version::V2).contains(r#""opening_hours""#));
/// ```
#[must_use]
pub fn schema(version: Version) -> String {
    let title = match version {
        Version::V1 => "A contribution, v1",
        Version::V2 => "A contribution, v2",
    };
    text(published(version, title))
}

/// The JSON Schema (draft 2020-12) of the form; [`schema`] says what it can't see, and here it also can't see a ticked box
/// beside the tag that the box stands for.
#[must_use]
pub fn form_schema() -> String {
    let mut form = published(Version::V1, "A contribution, as filled in");
    if let Some(properties) = form["properties"].as_object_mut() {
        let tick = json!({"type": ["boolean", "null"]});
        let boxes: Map<_, _> = BOXES
            .iter()
            .map(|(feature, _)| ((*feature).to_owned(), tick.clone()))
            .collect();
        properties.insert("fee".to_owned(), or_null(amount()));
        properties.insert(
            "features".to_owned(),
            json!({"type": ["object", "null"], "properties": boxes}),
        );
        properties.insert("customHours".to_owned(), true.into());
    }
    // Custom hours count only when hours ask for them.
    let hours = or_null(trimmed(255));
    form["if"] = json!({"required": ["hours"], "properties": {"hours": trimmed_word(CUSTOM)}});
    form["then"] = json!({"properties": {"customHours": hours}});
    text(form)
}

/// What a payload is judged by. What trimming or a price changes is measured by a hook, and so are numbers that count as the
/// nearest f64; a null counts as absent; a number or bool becomes its text where the tier says so.
pub(crate) fn judged(version: Version) -> Value {
    let shown = TAGS
        .iter()
        .filter(|tag| version == Version::V1 || tag.alias_of.is_none());
    let properties: Map<String, Value> = shown
        .map(|tag| (tag.name.to_owned(), judged_tag(tag, version)))
        .collect();
    json!({
        "type": "object",
        "required": required(version),
        "properties": properties,
        "additionalProperties": {"type": "string", "x-tier": "specialized"},
    })
}

fn judged_tag(tag: &Tag, version: Version) -> Value {
    let is_text = matches!(
        tag.kind,
        Kind::Text { .. } | Kind::TextOrNumber | Kind::Date
    );
    let mut schema = match &tag.kind {
        Kind::Number { .. } => json!({"type": "number"}),
        Kind::Fee if version == Version::V1 => json!({"anyOf": [
            {"type": "boolean"}, {"type": "string", "enum": ["yes", "no"]}, {"type": "number"}
        ]}),
        Kind::Fee => json!({"type": ["boolean", "string"], "enum": [true, false, "yes", "no"]}),
        Kind::YesNo { also } => {
            json!({"type": ["string", "boolean"], "enum": yes_no(*also)})
        }
        Kind::Enum { words, earlier } => {
            json!({"type": "string", "enum": words.iter().chain(earlier).collect::<Vec<_>>()})
        }
        Kind::Charge | Kind::Name | Kind::HoursWords => json!({"type": "string"}),
        Kind::TextOrNumber => json!({"type": ["string", "number"]}),
        Kind::Date => json!({"type": "string", "pattern": DATE}),
        Kind::Id | Kind::Bool | Kind::List { .. } | Kind::Text { .. } | Kind::Hours => {
            of_kind(&tag.kind, Tier::Core, version)
        }
    };
    if let (Some(schema), true) = (schema.as_object_mut(), is_text) {
        schema.insert("x-tier".to_owned(), tag.tier.as_str().into());
    }
    schema
}

/// The schema of a version's payloads, for others.
fn published(version: Version, title: &str) -> Value {
    let required = required(version);
    let mut properties = Map::new();
    for tag in &TAGS {
        let schema = match version {
            Version::V2 if tag.alias_of.is_some() => Value::Bool(false),
            _ if required.contains(&tag.name) => commented(tag, version),
            _ => or_null(commented(tag, version)),
        };
        properties.insert(tag.name.to_owned(), schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "required": required,
        "properties": properties,
        "maxProperties": Limits::of(version).members,
    })
}

/// As JSON text, keys sorted whatever map serde_json was built with.
fn text(mut schema: Value) -> String {
    schema.sort_all_objects();
    format!("{schema:#}\n")
}

/// What null, which is left out with a warning, adds to a schema.
fn or_null(mut schema: Value) -> Value {
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    } else if let Some(schemas) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        schemas.push(json!({"type": "null"}));
    } else if let Some(types) = schema.get_mut("type") {
        match types {
            Value::Array(types) => types.push("null".into()),
            one => *one = json!([one.take(), "null"]),
        }
    }
    schema
}

/// A number that is an amount; that it has too many digits is one of the things that a schema can't see.
fn amount() -> Value {
    json!({"type": "number", "maximum": number(LIMIT.parse().unwrap_or(f64::MAX))})
}

/// A text that is this word once the white space around it is left out.
fn trimmed_word(word: &str) -> Value {
    json!({"type": "string", "pattern": format!("^{SPACE}*{word}{SPACE}*$")})
}

/// A text of at most so many characters once the white space around it is left out.
fn trimmed(max: usize) -> Value {
    json!({"type": "string", "pattern": format!(r"^{SPACE}*[\s\S]{{0,{max}}}{SPACE}*$")})
}

const DATE: &str = "^[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?$";

fn yes_no(also: Option<&str>) -> Vec<Value> {
    let words = ["yes", "no"].into_iter().chain(also).map(Value::from);
    words.chain([true.into(), false.into()]).collect()
}

/// What a kind takes, null apart.
fn of_kind(kind: &Kind, tier: Tier, version: Version) -> Value {
    // Optional members take numbers and bools as their JSON text.
    let coerced = tier == Tier::Optional;
    match kind {
        Kind::Id => json!({"type": "string", "minLength": 1}),
        Kind::Number { min, max } => {
            json!({"type": "number", "minimum": number(*min), "maximum": number(*max)})
        }
        Kind::Fee => {
            let words = json!({"enum": [true, false, "yes", "no"]});
            match version {
                Version::V1 => json!({"anyOf": [words, amount()]}),
                Version::V2 => words,
            }
        }
        Kind::YesNo { also } => json!({"enum": yes_no(*also)}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Enum { words, earlier } => {
            json!({"enum": words.iter().chain(earlier).collect::<Vec<_>>()})
        }
        Kind::List { words } => {
            let item = format!("{SPACE}*(?:{}){SPACE}*", words.join("|"));
            json!({"type": "string", "pattern": format!("^{item}(?:;{item})*$")})
        }
        Kind::Text { max } if coerced => {
            json!({"type": ["string", "number", "boolean"], "maxLength": max})
        }
        Kind::TextOrNumber if coerced => json!({"type": ["string", "number", "boolean"]}),
        Kind::TextOrNumber => json!({"type": ["string", "number"]}),
        // Of numbers only a year has the text of a date.
        Kind::Date if coerced => {
            json!({"type": ["string", "integer"], "pattern": DATE, "minimum": 1_000, "maximum": 9_999})
        }
        Kind::Date => json!({"type": "string", "pattern": DATE}),
        Kind::HoursWords | Kind::Name => trimmed(kind.max().unwrap_or_default()),
        Kind::Charge | Kind::Hours | Kind::Text { .. } => {
            json!({"type": "string", "maxLength": kind.max()})
        }
    }
}

/// A tag's schema, with its tier.
fn commented(tag: &Tag, version: Version) -> Value {
    let mut schema = of_kind(&tag.kind, tag.tier, version);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$comment".to_owned(), tag.tier.as_str().into());
    }
    schema
}

/// Whole numbers without a point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}
