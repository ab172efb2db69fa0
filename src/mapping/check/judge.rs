//! Whether a value is valid against a schema: yes, no, or not to be told here.

use serde_json::{Map, Value};

use super::super::schema::format::Format;
use super::numbers;
use super::view::{Types, View};

/// What can be told of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Valid {
    Yes,
    No,
    Unknown,
}

impl Valid {
    fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }

    fn maybe(known: Option<bool>) -> Self {
        known.map_or(Self::Unknown, Self::of)
    }
}

/// Nested deeper, a schema is taken as one that can't be told.
const DEPTH: usize = 8;

/// Is the value valid against all of a view?
pub(super) fn judge(value: &Value, view: &View<'_>) -> Valid {
    judge_in(value, view, 0)
}

fn judge_in(value: &Value, view: &View<'_>, depth: usize) -> Valid {
    if view.never {
        return Valid::No;
    }
    let start = if view.unresolved || depth > DEPTH {
        Valid::Unknown
    } else {
        Valid::Yes
    };
    if depth > DEPTH {
        return start;
    }
    let parts = view.parts.iter();
    parts.fold(start, |all, part| {
        all.and(judge_part(value, view.root, part, depth))
    })
}

/// Is it valid against one schema's own keywords? `$ref` and `allOf` are other parts of the view.
fn judge_part(value: &Value, root: &Value, part: &Map<String, Value>, depth: usize) -> Valid {
    part.iter().fold(Valid::Yes, |all, (keyword, said)| {
        if all == Valid::No {
            return all;
        }
        all.and(keyword_holds(value, root, part, keyword, said, depth))
    })
}

/// Is it valid against one keyword, which stands in `part`?
pub(super) fn judge_keyword(
    value: &Value,
    root: &Value,
    part: &Map<String, Value>,
    keyword: &str,
) -> Valid {
    part.get(keyword).map_or(Valid::Yes, |said| {
        keyword_holds(value, root, part, keyword, said, 0)
    })
}

fn keyword_holds(
    value: &Value,
    root: &Value,
    part: &Map<String, Value>,
    keyword: &str,
    said: &Value,
    depth: usize,
) -> Valid {
    let below =
        |value: &Value, schema: &Value| judge_in(value, &View::new(root, schema), depth + 1);
    match keyword {
        "type" => Valid::of(Types::of(value).within(Types::said(said))),
        "const" => Valid::of(numbers::equal(value, said)),
        "enum" => match said.as_array() {
            Some(list) => Valid::of(list.iter().any(|one| numbers::equal(one, value))),
            None => Valid::Unknown,
        },
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            match value {
                Value::Number(number) => Valid::maybe(numbers::holds(number, keyword, said)),
                _ => Valid::Yes,
            }
        }
        "minLength" | "maxLength" | "pattern" | "format" => match value {
            Value::String(text) => text_holds(text, keyword, said),
            _ => Valid::Yes,
        },
        "minItems" | "maxItems" | "uniqueItems" | "items" | "contains" => match value {
            Value::Array(list) => list_holds(list, keyword, said, &below),
            _ => Valid::Yes,
        },
        "minProperties"
        | "maxProperties"
        | "required"
        | "properties"
        | "patternProperties"
        | "additionalProperties"
        | "propertyNames"
        | "dependentRequired"
        | "dependencies" => match value {
            Value::Object(map) => object_holds(map, part, keyword, said, &below),
            _ => Valid::Yes,
        },
        "not" => below(value, said).not(),
        "anyOf" | "oneOf" => match said.as_array() {
            Some(branches) => one_holds(
                branches.iter().map(|branch| below(value, branch)),
                keyword == "oneOf",
            ),
            None => Valid::Unknown,
        },
        "if" => {
            let holds = |branch: &str| {
                part.get(branch)
                    .map_or(Valid::Yes, |schema| below(value, schema))
            };
            match below(value, said) {
                Valid::Yes => holds("then"),
                Valid::No => holds("else"),
                Valid::Unknown if holds("then") == Valid::Yes && holds("else") == Valid::Yes => {
                    Valid::Yes
                }
                Valid::Unknown => Valid::Unknown,
            }
        }
        "prefixItems" | "additionalItems" if !value.is_array() => Valid::Yes,
        "additionalItems" if !part.get("items").is_some_and(Value::is_array) => Valid::Yes,
        _ if UNDECIDED.contains(&keyword) => Valid::Unknown,
        _ => Valid::Yes,
    }
}

/// Keywords that assert something that isn't judged here.
pub(super) const UNDECIDED: &[&str] = &[
    "prefixItems",
    "additionalItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "dependentSchemas",
    "minContains",
    "maxContains",
    "$dynamicRef",
    "$recursiveRef",
    super::image::UNKNOWN,
];

fn one_holds(branches: impl Iterator<Item = Valid>, exactly: bool) -> Valid {
    let (mut yes, mut unknown) = (0, 0);
    for branch in branches {
        match branch {
            Valid::Yes => yes += 1,
            Valid::Unknown => unknown += 1,
            Valid::No => {}
        }
    }
    match (yes, unknown) {
        (0, 0) => Valid::No,
        (1.., _) if !exactly => Valid::Yes,
        (1, 0) => Valid::Yes,
        (2.., _) => Valid::No,
        _ => Valid::Unknown,
    }
}

fn count_holds(count: usize, keyword: &str, said: &Value) -> Valid {
    let limit = said.as_f64().map(|limit| limit as usize);
    let Some(limit) = limit else {
        return Valid::Unknown;
    };
    Valid::of(if keyword.starts_with("min") {
        count >= limit
    } else {
        count <= limit
    })
}

fn text_holds(text: &str, keyword: &str, said: &Value) -> Valid {
    match (keyword, said.as_str()) {
        ("pattern", Some(pattern)) => Valid::maybe(super::pattern::matches(pattern, text)),
        ("format", Some(name)) => {
            Valid::of(Format::named(name).is_none_or(|format| format.has(text)))
        }
        ("format", None) => Valid::Yes,
        _ => count_holds(text.chars().count(), keyword, said),
    }
}

fn list_holds(
    list: &[Value],
    keyword: &str,
    said: &Value,
    below: &dyn Fn(&Value, &Value) -> Valid,
) -> Valid {
    match keyword {
        "items" if said.is_array() => Valid::Unknown,
        "items" => list
            .iter()
            .fold(Valid::Yes, |all, value| all.and(below(value, said))),
        "contains" => one_holds(list.iter().map(|value| below(value, said)), false),
        "uniqueItems" => {
            let mut pairs = list.iter().enumerate();
            Valid::of(
                said != &Value::Bool(true)
                    || pairs.all(|(at, one)| {
                        !list.iter().skip(at + 1).any(|two| numbers::equal(one, two))
                    }),
            )
        }
        _ => count_holds(list.len(), keyword, said),
    }
}

fn object_holds(
    map: &Map<String, Value>,
    part: &Map<String, Value>,
    keyword: &str,
    said: &Value,
    below: &dyn Fn(&Value, &Value) -> Valid,
) -> Valid {
    let has_all = |names: &Value| {
        let mut names = names
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        names.all(|name| map.contains_key(name))
    };
    match (keyword, said) {
        ("required", names) => Valid::of(has_all(names)),
        ("properties", Value::Object(known)) => {
            map.iter().fold(Valid::Yes, |all, (name, value)| {
                known
                    .get(name)
                    .map_or(all, |schema| all.and(below(value, schema)))
            })
        }
        ("patternProperties", Value::Object(patterns)) => {
            map.iter().fold(Valid::Yes, |all, (name, value)| {
                patterns.iter().fold(all, |all, (pattern, schema)| {
                    match (super::pattern::matches(pattern, name), below(value, schema)) {
                        (Some(false), _) | (_, Valid::Yes) => all,
                        (Some(true), holds) => all.and(holds),
                        (None, _) => all.and(Valid::Unknown),
                    }
                })
            })
        }
        ("additionalProperties", schema) => map
            .iter()
            .filter(|(name, _)| {
                part.get("properties")
                    .and_then(|known| known.get(*name))
                    .is_none()
            })
            .fold(Valid::Yes, |all, (name, value)| {
                match (by_pattern(part, name), below(value, schema)) {
                    (Some(true), _) | (_, Valid::Yes) => all,
                    (Some(false), holds) => all.and(holds),
                    (None, _) => all.and(Valid::Unknown),
                }
            }),
        ("propertyNames", schema) => map.keys().fold(Valid::Yes, |all, name| {
            all.and(below(&Value::String(name.clone()), schema))
        }),
        ("dependencies" | "dependentRequired", Value::Object(on)) => {
            on.iter()
                .fold(Valid::Yes, |all, (name, needs)| match needs {
                    _ if !map.contains_key(name) => all,
                    Value::Array(_) => all.and(Valid::of(has_all(needs))),
                    schema => all.and(below(&Value::Object(map.clone()), schema)),
                })
        }
        ("minProperties" | "maxProperties", limit) => count_holds(map.len(), keyword, limit),
        _ => Valid::Unknown,
    }
}

/// Does `patternProperties` of this schema speak of a name?
pub(super) fn by_pattern(part: &Map<String, Value>, name: &str) -> Option<bool> {
    let Some(Value::Object(patterns)) = part.get("patternProperties") else {
        return Some(false);
    };
    let mut all = Some(false);
    for pattern in patterns.keys() {
        match super::pattern::matches(pattern, name) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => all = None,
        }
    }
    all
}
