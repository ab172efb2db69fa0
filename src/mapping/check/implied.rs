//! Keywords: which refuse values, and which hold by what another schema says already.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::{Map, Value};

use super::super::schema::format::Format;
use super::judge::UNDECIDED;
use super::numbers;
use super::view::{Types, View};

/// Keywords that can refuse a value.
pub(super) fn asserts(keyword: &str) -> bool {
    const ASSERTIONS: &[&str] = &[
        "type",
        "enum",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "required",
        "properties",
        "patternProperties",
        "additionalProperties",
        "items",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "propertyNames",
        "contains",
        "if",
        "not",
        "anyOf",
        "oneOf",
        "dependencies",
        "dependentRequired",
    ];
    ASSERTIONS.contains(&keyword) || UNDECIDED.contains(&keyword)
}

/// Keywords that are compared member by member.
pub(super) fn structural(keyword: &str) -> bool {
    matches!(
        keyword,
        "required" | "properties" | "patternProperties" | "additionalProperties" | "items"
    )
}

pub(super) fn most(view: &View<'_>, keyword: &'static str) -> Option<f64> {
    view.each(keyword)
        .filter_map(Value::as_f64)
        .reduce(f64::min)
}

/// Whether a keyword holds for all that the image accepts, as far as its own keywords say.
pub(super) fn implied(
    image: &View<'_>,
    part: &Map<String, Value>,
    keyword: &str,
    said: &Value,
) -> bool {
    let least = |keyword| {
        image
            .each(keyword)
            .filter_map(Value::as_f64)
            .reduce(f64::max)
    };
    let any = |keywords: &[&'static str], holds: &dyn Fn(&serde_json::Number) -> bool| {
        keywords
            .iter()
            .any(|keyword| image.each(keyword).filter_map(Value::as_number).any(holds))
    };
    let compare = |limit: &serde_json::Number| {
        said.as_number()
            .and_then(|said| numbers::compare(limit, said))
    };
    match keyword {
        "type" => image.types().within(Types::said(said)),
        "minimum" => any(&["minimum", "exclusiveMinimum"], &|limit| {
            compare(limit).is_some_and(Ordering::is_ge)
        }),
        "maximum" => any(&["maximum", "exclusiveMaximum"], &|limit| {
            compare(limit).is_some_and(Ordering::is_le)
        }),
        "exclusiveMinimum" => {
            any(&["minimum"], &|limit| {
                compare(limit).is_some_and(Ordering::is_gt)
            }) || any(&["exclusiveMinimum"], &|limit| {
                compare(limit).is_some_and(Ordering::is_ge)
            })
        }
        "exclusiveMaximum" => {
            any(&["maximum"], &|limit| {
                compare(limit).is_some_and(Ordering::is_lt)
            }) || any(&["exclusiveMaximum"], &|limit| {
                compare(limit).is_some_and(Ordering::is_le)
            })
        }
        "minLength" | "minItems" | "minProperties" => {
            let mine = match keyword {
                "minLength" => least("minLength"),
                "minItems" => least("minItems"),
                _ => {
                    let required = image.required().collect::<HashSet<_>>().len() as f64;
                    Some(least("minProperties").unwrap_or(0.0).max(required))
                }
            };
            said.as_f64()
                .is_some_and(|said| said <= mine.unwrap_or(0.0))
        }
        "maxLength" | "maxItems" | "maxProperties" => {
            let mine = match keyword {
                "maxLength" => most(image, "maxLength"),
                "maxItems" => most(image, "maxItems"),
                _ => most(image, "maxProperties"),
            };
            mine.zip(said.as_f64())
                .is_some_and(|(mine, said)| mine <= said)
        }
        "uniqueItems" => {
            said != &Value::Bool(true)
                || most(image, "maxItems").is_some_and(|most| most <= 1.0)
                || equal_keyword(image, part, keyword)
        }
        "format" => {
            said.as_str().and_then(Format::named).is_none() || equal_keyword(image, part, keyword)
        }
        "multipleOf" if said.as_f64() == Some(1.0) && !image.types().has(Types(8)) => true,
        "if" => said == &Value::Bool(false) || equal_keyword(image, part, keyword),
        _ => equal_keyword(image, part, keyword),
    }
}

/// Whether the image has this very keyword, with those that belong to it.
fn equal_keyword(image: &View<'_>, part: &Map<String, Value>, keyword: &str) -> bool {
    let belong: &[&str] = match keyword {
        "if" => &["if", "then", "else"],
        "contains" => &["contains", "minContains", "maxContains"],
        "additionalItems" => &["additionalItems", "items"],
        "unevaluatedProperties" | "unevaluatedItems" => {
            return image.parts.contains(&part);
        }
        _ => &[keyword],
    };
    let same = |mine: &Map<String, Value>| {
        belong
            .iter()
            .all(|keyword| mine.get(*keyword) == part.get(*keyword))
    };
    image.parts.iter().any(|mine| same(mine))
}

pub(super) fn mentions_ref(part: &Map<String, Value>) -> bool {
    part.contains_key("$ref") || part.values().any(mentions_ref_in)
}

pub(super) fn mentions_ref_in(value: &Value) -> bool {
    match value {
        Value::Object(map) => mentions_ref(map),
        Value::Array(list) => list.iter().any(mentions_ref_in),
        _ => false,
    }
}
