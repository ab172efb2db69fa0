//! A schema's place as the plain schema objects that hold there together: references resolved, one alternative chosen.

use serde_json::{Map, Value};

use super::rng::Rng;
use super::tree::Kind;

/// Beyond so many references and alternatives in one place something is endless.
const MOST: usize = 64;

/// Schema objects that hold at one place, all of them.
pub(crate) type Parts<'s> = Vec<&'s Map<String, Value>>;

/// All that holds where these schemas do.
pub(crate) fn expand<'s>(root: &'s Value, schemas: &[&'s Value], rng: &mut Rng) -> Parts<'s> {
    let mut parts = Vec::new();
    let mut waiting: Vec<&Value> = schemas.to_vec();
    while let Some(schema) = waiting.pop() {
        let Value::Object(map) = schema else { continue };
        if parts.len() >= MOST {
            break;
        }
        parts.push(map);
        if let Some(Value::String(reference)) = map.get("$ref") {
            waiting.extend(resolve(root, reference));
        }
        if let Some(Value::Array(all)) = map.get("allOf") {
            waiting.extend(all);
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(some)) = map.get(keyword) {
                let possible: Vec<&Value> = some.iter().filter(|one| is_possible(one)).collect();
                waiting.extend(rng.pick(&possible).copied());
            }
        }
        if let Some(condition) = map.get("if") {
            // What must not be met at all is harder to build than what follows from it.
            if rng.chance(70) {
                waiting.push(condition);
                waiting.extend(map.get("then"));
            } else {
                waiting.extend(map.get("else"));
            }
        }
    }
    parts
}

/// Whether an alternative isn't plainly impossible: `false`, or a member required and ruled out at once.
fn is_possible(schema: &Value) -> bool {
    let asked = names_in(schema, "/required");
    let ruled_out = names_in(schema, "/not/required");
    let is_both = !ruled_out.is_empty() && ruled_out.iter().all(|name| asked.contains(name));
    *schema != Value::Bool(false) && !is_both
}

/// The names that stand in a schema's list.
fn names_in<'s>(schema: &'s Value, pointer: &str) -> Vec<&'s str> {
    let list = schema.pointer(pointer).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Leaves out what may not stand there together: `not` of `required`.
pub(crate) fn rule_out(parts: &[&Map<String, Value>], names: &mut Vec<String>) {
    let asked: Vec<&str> = all(parts, "required")
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for part in parts {
        let together = part
            .get("not")
            .map_or_else(Vec::new, |not| names_in(not, "/required"));
        if !together.is_empty()
            && together
                .iter()
                .all(|one| names.iter().any(|name| name == one))
        {
            let free = together.iter().find(|name| !asked.contains(name));
            names.retain(|name| Some(&name.as_str()) != free);
        }
    }
}

/// What a reference within the document means.
fn resolve<'s>(root: &'s Value, reference: &str) -> Option<&'s Value> {
    let Some(fragment) = reference.strip_prefix('#') else {
        return find(root, "$id", reference);
    };
    if fragment.is_empty() {
        return Some(root);
    }
    if fragment.starts_with('/') {
        return root
            .pointer(fragment)
            .or_else(|| root.pointer(&unpercented(fragment)));
    }
    find(root, "$anchor", fragment).or_else(|| find(root, "$id", reference))
}

/// The schema with this `$anchor` or `$id`.
fn find<'s>(root: &'s Value, keyword: &str, wanted: &str) -> Option<&'s Value> {
    let mut waiting = vec![root];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(map) => {
                if map.get(keyword).and_then(Value::as_str) == Some(wanted) {
                    return Some(value);
                }
                waiting.extend(map.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    None
}

/// `%25` and its like, as they stand in a reference.
fn unpercented(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let code = behind
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) if byte == b'%' => {
                bytes.push(code);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(byte);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Every value of a keyword.
pub(crate) fn all<'s>(
    parts: &[&'s Map<String, Value>],
    keyword: &str,
) -> impl Iterator<Item = &'s Value> {
    parts.iter().filter_map(move |part| part.get(keyword))
}

/// The largest of a keyword's numbers.
pub(crate) fn largest(parts: &[&Map<String, Value>], keyword: &str) -> Option<f64> {
    all(parts, keyword)
        .filter_map(Value::as_f64)
        .reduce(f64::max)
}

/// The smallest of a keyword's numbers.
pub(crate) fn smallest(parts: &[&Map<String, Value>], keyword: &str) -> Option<f64> {
    all(parts, keyword)
        .filter_map(Value::as_f64)
        .reduce(f64::min)
}

/// Bounds of lengths and counts.
pub(crate) fn counts(parts: &[&Map<String, Value>], least: &str, most: &str) -> (usize, usize) {
    let count = |bound: Option<f64>| bound.map(|bound| bound.max(0.0) as usize);
    (
        count(largest(parts, least)).unwrap_or(0),
        count(smallest(parts, most)).unwrap_or(usize::MAX),
    )
}

/// The values that `enum` and `const` leave; `None` when neither stands there.
pub(crate) fn listed<'s>(parts: &[&'s Map<String, Value>]) -> Option<Vec<&'s Value>> {
    let mut lists: Vec<Vec<&Value>> = Vec::new();
    for part in parts {
        lists.extend(part.get("const").map(|value| vec![value]));
        if let Some(Value::Array(values)) = part.get("enum") {
            lists.push(values.iter().collect());
        }
    }
    lists.into_iter().reduce(|left, right| {
        left.into_iter()
            .filter(|value| right.contains(value))
            .collect()
    })
}

/// The types that are allowed and whether numbers must be integral; what the keywords suggest when none is named.
pub(crate) fn kinds(parts: &[&Map<String, Value>]) -> (Vec<Kind>, bool) {
    const EVERY: [&str; 6] = ["null", "boolean", "number", "string", "array", "object"];
    let mut names: Vec<&str> = EVERY.to_vec();
    let (mut said, mut integral) = (false, false);
    for kinds in all(parts, "type") {
        let kinds: Vec<&str> = match kinds {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => continue,
        };
        integral |= kinds.contains(&"integer") && !kinds.contains(&"number");
        names.retain(|name| {
            kinds.contains(name) || (*name == "number" && kinds.contains(&"integer"))
        });
        said = true;
    }
    if !said {
        let has = |keywords: &[&str]| {
            keywords
                .iter()
                .any(|k| parts.iter().any(|p| p.contains_key(*k)))
        };
        if has(&[
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "minProperties",
        ]) {
            names = vec!["object"];
        } else if has(&["items", "prefixItems", "contains", "minItems", "maxItems"]) {
            names = vec!["array"];
        } else if has(&["pattern", "format", "minLength", "maxLength"]) {
            names = vec!["string"];
        } else if has(&[
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ]) {
            names = vec!["number"];
        }
    }
    let kind = |name: &str| match name {
        "null" => Kind::Null,
        "boolean" => Kind::Bool,
        "number" => Kind::Number,
        "string" => Kind::String,
        "array" => Kind::Array,
        _ => Kind::Object,
    };
    (names.into_iter().map(kind).collect(), integral)
}
