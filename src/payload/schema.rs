//! What a definition says, as JSON Schema (draft 2020-12), as far as a schema can say it.
//!
//! A schema sees neither the text of a number, nor a member that is there twice, nor bytes and nesting; everything else
//! that refuses a payload is in here.

use serde_json::{Map, Value, json};

use super::kind::{Amount, Kind};
use super::limits::Limits;
use super::report::Tier;
use super::table::{Member, Table};
use crate::version::Version;

/// One character of Unicode's White_Space. `\s` would not do: in ECMAScript it takes U+FEFF and leaves out U+0085.
const SPACE: &str = r"[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]";

/// The schema of a version's payloads.
pub(crate) fn object(table: &Table, version: Version, limits: &Limits, title: &str) -> Value {
    let required: Vec<&str> = match version {
        Version::V1 => table
            .required_v1
            .iter()
            .map(|row| table.rows[usize::from(*row)].name)
            .collect(),
        Version::V2 => table.core_names.to_vec(),
    };
    let mut properties = Map::new();
    for member in table.rows {
        let schema = match version {
            Version::V2 if member.alias_of.is_some() => Value::Bool(false),
            _ if required.contains(&member.name) => commented(member, of_member(member, version)),
            _ => commented(member, or_null(of_member(member, version))),
        };
        properties.insert(member.name.to_owned(), schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "required": required,
        "properties": properties,
        "maxProperties": limits.members,
    })
}

/// As JSON text, keys sorted whatever map serde_json was built with.
pub(crate) fn text(mut schema: Value) -> String {
    schema.sort_all_objects();
    format!("{schema:#}\n")
}

/// What null, which is left out with a warning, adds to a schema.
pub(crate) fn or_null(mut schema: Value) -> Value {
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
pub(crate) fn amount(amount: &Amount) -> Value {
    json!({"type": "number", "maximum": number(amount.most.parse().unwrap_or(f64::MAX))})
}

/// A text that is this word once the white space around it is left out.
pub(crate) fn trimmed_word(word: &str) -> Value {
    json!({"type": "string", "pattern": format!("^{SPACE}*{word}{SPACE}*$")})
}

/// What a kind takes in v1, null apart.
pub(crate) fn of_kind(kind: &Kind, tier: Tier, version: Version) -> Value {
    // Optional members take numbers and bools as their JSON text.
    let coerced = tier == Tier::Optional;
    match kind {
        Kind::Id { .. } => json!({"type": "string", "minLength": 1}),
        Kind::Number { min, max } => {
            json!({"type": "number", "minimum": number(*min), "maximum": number(*max)})
        }
        Kind::Flag { amount: behind } => {
            let words = json!({"enum": [true, false, "yes", "no"]});
            match behind {
                Some(behind) if version == Version::V1 => json!({"anyOf": [words, amount(behind)]}),
                _ => words,
            }
        }
        Kind::YesNo { also } => {
            let words = ["yes", "no"].into_iter().chain(*also);
            json!({"enum": words.map(Value::from).chain([true.into(), false.into()]).collect::<Vec<_>>()})
        }
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Enum { words, replaced } => {
            let earlier = replaced.map(|(earlier, _)| earlier);
            json!({"enum": words.iter().copied().chain(earlier).collect::<Vec<_>>()})
        }
        Kind::List { words } => {
            let item = format!("{SPACE}*(?:{}){SPACE}*", words.join("|"));
            json!({"type": "string", "pattern": format!("^{item}(?:;{item})*$")})
        }
        Kind::Text { max } if coerced => {
            json!({"type": ["string", "number", "boolean"], "maxLength": max})
        }
        Kind::Text { max } => json!({"type": "string", "maxLength": max}),
        Kind::TextOrNumber if coerced => json!({"type": ["string", "number", "boolean"]}),
        Kind::TextOrNumber => json!({"type": ["string", "number"]}),
        Kind::Date => {
            let pattern = "^[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?$";
            if coerced {
                // Of numbers only a year has the text of a date.
                json!({"type": ["string", "integer"], "pattern": pattern, "minimum": 1_000, "maximum": 9_999})
            } else {
                json!({"type": "string", "pattern": pattern})
            }
        }
        Kind::Read {
            max, trims: true, ..
        } => {
            json!({"type": "string", "pattern": format!(r"^{SPACE}*[\s\S]{{0,{max}}}{SPACE}*$")})
        }
        Kind::Read { max, .. } => json!({"type": "string", "maxLength": max}),
        Kind::Any => Value::Bool(true),
    }
}

fn of_member(member: &Member, version: Version) -> Value {
    of_kind(&member.kind, member.tier, version)
}

/// Says the tier of a member that is judged at all.
fn commented(member: &Member, mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$comment".to_owned(), member.tier.as_str().into());
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
