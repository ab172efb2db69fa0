//! Small documents that a schema accepts: values at its edges, the least one, the least one with a value at a place.

use serde_json::{Map, Value, json};

use super::super::definition::Literal;
use super::super::path::Segment;
use super::judge::{Valid, judge};
use super::numbers;
use super::view::{Types, View};

const DEPTH: usize = 6;

/// Values at the edges of a schema and of a keyword that it is compared with, the plainest first. Not all are valid.
pub(super) fn candidates(view: &View<'_>, other: Option<&Value>, words: &[String]) -> Vec<Value> {
    if let Some(values) = view.values() {
        return values;
    }
    let types = view.types();
    let mut all = Vec::new();
    if types.has(Types::STRING) {
        all.extend(texts(view, other));
    }
    if types.has(Types::NUMBER) {
        all.extend(edges(view, other));
    }
    if types.has(Types::BOOLEAN) {
        all.extend([json!(false), json!(true)]);
    }
    if types.has(Types::ARRAY) {
        all.extend(lists(view, other, words));
    }
    if types.has(Types::OBJECT) {
        all.push(minimal(view, words));
        all.push(json!({}));
        all.push(json!({ "x": null }));
    }
    if types.has(Types::NULL) {
        all.push(Value::Null);
    }
    all
}

fn texts(view: &View<'_>, other: Option<&Value>) -> Vec<Value> {
    let limit = |keyword| view.first(keyword).and_then(Value::as_u64);
    let repeat = |count: u64| {
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= 100_000)
            .map(|count| "x".repeat(count))
    };
    let mut all = vec![String::new(), "x".to_owned()];
    let counts = [limit("minLength"), limit("maxLength")]
        .into_iter()
        .flatten();
    let around = other
        .and_then(Value::as_u64)
        .into_iter()
        .flat_map(|count| [count.saturating_sub(1), count.saturating_add(1)]);
    all.extend(counts.chain(around).filter_map(repeat));
    all.extend(["0", "x y", "2024-01-01T00:00:00Z", "2024-01-01"].map(str::to_owned));
    all.extend(hints(view));
    all.into_iter().map(Value::String).collect()
}

/// Texts that the schema itself gives.
fn hints(view: &View<'_>) -> Vec<String> {
    let examples = view.each("examples").filter_map(Value::as_array).flatten();
    let given = examples
        .chain(view.each("default"))
        .filter_map(Value::as_str)
        .map(str::to_owned);
    let patterns = view.each("pattern").filter_map(Value::as_str);
    given
        .chain(patterns.filter_map(super::pattern::example))
        .collect()
}

fn edges(view: &View<'_>, other: Option<&Value>) -> Vec<Value> {
    let mut all = vec![json!(0), json!(1), json!(-1)];
    let limits = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"];
    for limit in limits
        .into_iter()
        .flat_map(|keyword| view.each(keyword))
        .chain(other)
    {
        let Value::Number(limit) = limit else {
            continue;
        };
        all.push(Value::Number(limit.clone()));
        if let Some(whole) = numbers::integer(limit) {
            let near = [whole - 1, whole + 1]
                .map(i64::try_from)
                .into_iter()
                .flatten();
            all.extend(near.map(Value::from));
        } else if let Some(float) = limit.as_f64() {
            all.extend([json!(float.floor()), json!(float.ceil())]);
        }
    }
    all.extend([
        json!(0.5),
        json!(1_000_000_000_000_000_u64),
        json!(-1_000_000_000_000_000_i64),
    ]);
    all
}

fn lists(view: &View<'_>, other: Option<&Value>, words: &[String]) -> Vec<Value> {
    let (items, _) = view.step(&Segment::Each, words);
    let element = minimal(&items, words);
    let count = |keyword| view.first(keyword).and_then(Value::as_u64);
    let counts = [
        Some(0),
        count("minItems"),
        Some(1),
        Some(2),
        count("maxItems"),
    ]
    .into_iter()
    .flatten();
    let around = other
        .and_then(Value::as_u64)
        .into_iter()
        .flat_map(|count| [count.saturating_sub(1), count.saturating_add(1)]);
    counts
        .chain(around)
        .filter_map(|count| usize::try_from(count).ok().filter(|count| *count <= 1_000))
        .map(|count| Value::Array(vec![element.clone(); count]))
        .collect()
}

/// A value as small as the schema allows.
pub(super) fn minimal(view: &View<'_>, words: &[String]) -> Value {
    minimal_in(view, words, 0)
}

fn minimal_in(view: &View<'_>, words: &[String], depth: usize) -> Value {
    if let Some(values) = view.values() {
        let valid = values.iter().find(|value| judge(value, view) == Valid::Yes);
        return valid.or(values.first()).cloned().unwrap_or(Value::Null);
    }
    if let Some(branches) = view.branches().filter(|_| depth < DEPTH) {
        let mut first = None;
        for branch in &branches {
            let value = minimal_in(branch, words, depth + 1);
            if judge(&value, view) == Valid::Yes {
                return value;
            }
            first.get_or_insert(value);
        }
        return first.unwrap_or(Value::Null);
    }
    let types = view.types();
    if types.has(Types::OBJECT) && (types == Types::OBJECT || view.required().next().is_some()) {
        return object(view, words, depth);
    }
    let simple = if types.has(Types::STRING) {
        texts(view, None)
    } else if types.has(Types::NUMBER) {
        edges(view, None)
    } else if types.has(Types::BOOLEAN) {
        vec![Value::Bool(false)]
    } else if types.has(Types::ARRAY) {
        return array(view, words, depth);
    } else {
        vec![if types.has(Types::OBJECT) {
            json!({})
        } else {
            Value::Null
        }]
    };
    let best = |wanted| simple.iter().find(|value| judge(value, view) == wanted);
    best(Valid::Yes)
        .or_else(|| {
            hints(view).first().and_then(|hint| {
                simple
                    .iter()
                    .find(|value| **value == Value::String(hint.clone()))
            })
        })
        .or_else(|| best(Valid::Unknown))
        .or(simple.first())
        .cloned()
        .unwrap_or(Value::Null)
}

fn array(view: &View<'_>, words: &[String], depth: usize) -> Value {
    let least = view
        .each("minItems")
        .filter_map(Value::as_u64)
        .max()
        .unwrap_or(0)
        .min(64);
    if least == 0 || depth > DEPTH {
        return json!([]);
    }
    let (items, _) = view.step(&Segment::Each, words);
    let element = minimal_in(&items, words, depth + 1);
    Value::Array((0..least).map(|_| element.clone()).collect())
}

fn object(view: &View<'_>, words: &[String], depth: usize) -> Value {
    let mut map = Map::new();
    if depth <= DEPTH {
        for name in view.required() {
            let (member, _) = view.step(&Segment::Name(name.into()), words);
            map.insert(name.to_owned(), minimal_in(&member, words, depth + 1));
        }
    }
    Value::Object(map)
}

/// The least document that has this value at this place.
pub(super) fn document(
    view: &View<'_>,
    path: &[Segment],
    value: Option<Value>,
    words: &[String],
) -> Value {
    let Some((segment, rest)) = path.split_first() else {
        return value.unwrap_or_else(|| minimal(view, words));
    };
    let (next, _) = view.step(segment, words);
    match segment {
        Segment::Name(name) => {
            let mut whole = match minimal(view, words) {
                Value::Object(map) => map,
                _ => Map::new(),
            };
            if rest.is_empty() && value.is_none() {
                whole.remove(&**name);
                return whole.into();
            }
            whole.insert(name.to_string(), document(&next, rest, value, words));
            whole.into()
        }
        Segment::Each => {
            let mut whole = match minimal(view, words) {
                Value::Array(list) => list,
                _ => Vec::new(),
            };
            let element = document(&next, rest, value, words);
            match whole.first_mut() {
                Some(first) => *first = element,
                None => whole.push(element),
            }
            whole.into()
        }
    }
}

/// Gives members of the object at `around` these values.
pub(super) fn put(document: &mut Value, around: &[Segment], list: &[(String, Literal)]) {
    let object = around
        .iter()
        .try_fold(document, |value, segment| match segment {
            Segment::Name(name) => value.get_mut(&**name),
            Segment::Each => value.get_mut(0),
        });
    if let Some(Value::Object(members)) = object {
        let values = list
            .iter()
            .map(|(name, value)| (name.clone(), numbers::literal(value)));
        members.extend(values);
    }
}
