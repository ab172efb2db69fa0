//! What a rule makes of a value, as a schema: from the schema of the value to the schema of its image.

use serde_json::{Map, Value, json};

use super::super::codec::Codec;
use super::super::definition::{Constant, Inner, Join, Literal, Outer, Pivot, Rule};
use super::Direction;
use super::image::{AT, CODEC, INNER, UNKNOWN};
use super::numbers::{equal, literal, shifted};
use super::view::{Types, View};

/// What nothing is known of.
pub(super) fn unknown(why: &str) -> Value {
    json!({ UNKNOWN: why })
}

/// A schema limited to some JSON types.
pub(super) fn only(schema: &Value, types: Types) -> Value {
    json!({ "allOf": [schema], "type": types.keyword() })
}

fn any_of(mut branches: Vec<Value>) -> Value {
    match branches.len() {
        0 => Value::Bool(false),
        1 => branches.remove(0),
        _ => json!({ "anyOf": branches }),
    }
}

/// The image of one value under `words`, a codec or a hook. `at` is its place in the input.
pub(super) fn inner(
    inner: Option<&Inner>,
    direction: Direction,
    schema: &Value,
    view: &View<'_>,
    at: &str,
) -> Value {
    let image = match inner {
        None => schema.clone(),
        Some(Inner::Hook(name)) => unknown(&format!("hook {name}")),
        Some(Inner::Words(pairs)) => words(pairs, direction, schema, view),
        Some(Inner::Codec(codec)) => coded(codec, direction, schema, view),
    };
    json!({ "allOf": [image], AT: at, INNER: true })
}

/// Pairs as they are read in a direction.
pub(super) fn pairs(pairs: &[(Literal, Literal)], direction: Direction) -> Vec<(Value, Value)> {
    let read = |(from, to): &(Literal, Literal)| match direction {
        Direction::Up => (literal(from), literal(to)),
        Direction::Down => (literal(to), literal(from)),
    };
    pairs.iter().map(read).collect()
}

/// The value that stands for this one.
pub(super) fn worded(pairs: &[(Value, Value)], value: &Value) -> Value {
    let found = pairs.iter().find(|(known, _)| equal(known, value));
    found.map_or_else(|| value.clone(), |(_, image)| image.clone())
}

fn words(
    list: &[(Literal, Literal)],
    direction: Direction,
    schema: &Value,
    view: &View<'_>,
) -> Value {
    let pairs = pairs(list, direction);
    if let Some(values) = view.values() {
        let images: Vec<_> = values
            .iter()
            .filter(|value| super::judge::judge(value, view) != super::judge::Valid::No)
            .map(|value| worded(&pairs, value))
            .collect();
        return json!({ "enum": images });
    }
    let (known, images): (Vec<_>, Vec<_>) = pairs
        .into_iter()
        .filter(|(value, _)| super::judge::judge(value, view) != super::judge::Valid::No)
        .unzip();
    let others = json!({ "allOf": [schema], "not": { "enum": known } });
    any_of(vec![json!({ "enum": images }), others])
}

/// The bounds of a number, moved.
fn bounds(view: &View<'_>, by: i32) -> Map<String, Value> {
    let mut moved = Map::new();
    for keyword in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] {
        let limit = view.first(keyword).and_then(Value::as_number);
        if let Some(limit) = limit.and_then(|limit| shifted(limit, by)) {
            moved.insert(keyword.into(), Value::Number(limit));
        }
    }
    moved
}

fn with(mut schema: Map<String, Value>, more: Value) -> Value {
    if let Value::Object(more) = more {
        schema.extend(more);
    }
    Value::Object(schema)
}

fn length(view: &View<'_>, keyword: &'static str, more: i64) -> Option<Value> {
    let limit = view.first(keyword)?.as_i64()?;
    Some(limit.saturating_add(more).max(0).into())
}

fn coded(codec: &Codec, direction: Direction, schema: &Value, view: &View<'_>) -> Value {
    let types = view.types();
    let up = direction == Direction::Up;
    let text = || json!({ "type": "string", CODEC: true });
    let (reads, image) = match codec {
        Codec::PosixRfc3339 if up => (
            Types::NUMBER,
            json!({ "type": "string", "format": "date-time", "minLength": 20, "maxLength": 20, CODEC: true }),
        ),
        Codec::PosixRfc3339 => (
            Types::STRING,
            json!({ "type": "integer", "minimum": 0, "maximum": 253_402_300_799_u64 }),
        ),
        Codec::Scale { by } => {
            let by = if up { *by } else { by.saturating_neg() };
            let kind = if by > 0 { "integer" } else { "number" };
            (
                Types::NUMBER,
                with(bounds(view, by), json!({ "type": kind })),
            )
        }
        Codec::Integer => (
            Types::NUMBER,
            with(bounds(view, 0), json!({ "type": "integer" })),
        ),
        Codec::NumberString if up => (
            Types::NUMBER,
            json!({ "type": "string", "minLength": 1, CODEC: true }),
        ),
        Codec::NumberString => (Types::STRING, json!({ "type": "number" })),
        Codec::Prefix { text } => {
            let more = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            let more = if up { more } else { -more };
            let mut image = json!({ "type": "string", CODEC: true });
            if let Some(map) = image.as_object_mut() {
                for keyword in ["minLength", "maxLength"] {
                    map.extend(
                        length(view, keyword, more).map(|limit| (keyword.to_owned(), limit)),
                    );
                }
                if up && !map.contains_key("minLength") {
                    map.insert("minLength".into(), more.into());
                }
            }
            (Types::STRING, image)
        }
        Codec::Joined { .. } if up => (
            Types::STRING,
            json!({ "type": "array", "items": { "type": "string" } }),
        ),
        Codec::Joined { .. } => (Types::ARRAY, text()),
        Codec::Base64 => (Types::STRING, text()),
    };
    let mut branches = Vec::new();
    if types.has(reads) {
        branches.push(image);
    }
    let others = types.without(reads);
    if others != Types(0) {
        branches.push(only(schema, others));
    }
    any_of(branches)
}

/// The image of a value under a rule's outer kind, and whether a value that is there may leave nothing behind.
///
/// `element` makes the image of an inner value from its schema and its place.
pub(super) fn outer(
    rule: &Rule,
    direction: Direction,
    schema: &Value,
    view: &View<'_>,
    at: &str,
) -> (Value, bool) {
    let image = |schema: &Value, at: &str| {
        inner(
            rule.inner.as_ref(),
            direction,
            schema,
            &View::new(view.root, schema),
            at,
        )
    };
    let (value, may_vanish) = match &rule.outer {
        Some(Outer::List(side)) if *side == direction.output() => {
            (listed(schema, view, &image, at), false)
        }
        Some(Outer::List(_)) => (
            unlisted(schema, view, &image, at),
            minimum(view, "minItems") < 1,
        ),
        Some(Outer::Pivot(pivot)) if direction == Direction::Up => {
            let element = pivoted(pivot, image(schema, at), at);
            (
                json!({ "type": "array", "minItems": 1, "maxItems": 1, "items": element }),
                false,
            )
        }
        Some(Outer::Pivot(_)) => (unknown("pivot"), true),
        Some(Outer::Entries {
            key,
            value,
            grouped,
        }) if direction == Direction::Up => (
            entries(key, value, *grouped, schema, view, &image, at),
            false,
        ),
        Some(Outer::Entries { .. }) => (unknown("entries"), false),
        Some(Outer::Split { join, .. }) if direction == Direction::Down => {
            (joined(*join, view, image(schema, at)), false)
        }
        _ => (image(schema, at), false),
    };
    (value, may_vanish)
}

fn minimum(view: &View<'_>, keyword: &'static str) -> u64 {
    view.each(keyword)
        .filter_map(Value::as_u64)
        .max()
        .unwrap_or(0)
}

/// `v` becomes `[v]`; null stays.
fn listed(
    schema: &Value,
    view: &View<'_>,
    image: &dyn Fn(&Value, &str) -> Value,
    at: &str,
) -> Value {
    let types = view.types();
    let others = types.without(Types::NULL);
    let inner = if types.has(Types::NULL) {
        only(schema, others)
    } else {
        schema.clone()
    };
    let mut branches =
        vec![json!({ "type": "array", "minItems": 1, "maxItems": 1, "items": image(&inner, at) })];
    if types.has(Types::NULL) {
        branches.push(json!({ "type": "null" }));
    }
    any_of(branches)
}

/// `[v, …]` becomes `v`; what is no list stays.
fn unlisted(
    schema: &Value,
    view: &View<'_>,
    image: &dyn Fn(&Value, &str) -> Value,
    at: &str,
) -> Value {
    let types = view.types();
    let mut branches = Vec::new();
    if types.has(Types::ARRAY) {
        let items = view
            .each("items")
            .filter(|items| !items.is_array())
            .cloned()
            .collect::<Vec<_>>();
        branches.push(image(&json!({ "allOf": items }), &format!("{at}/*")));
    }
    let others = types.without(Types::ARRAY);
    if others != Types(0) {
        branches.push(only(schema, others));
    }
    any_of(branches)
}

/// The element of a pivot.
pub(super) fn pivoted(pivot: &Pivot, value: Value, at: &str) -> Value {
    let mut properties = Map::new();
    let mut required = vec![Value::from(pivot.value.as_str())];
    for (name, constant) in &pivot.constants {
        let schema = match constant {
            Constant::Literal(text) => json!({ "const": literal(text) }),
            Constant::Context(word) => {
                json!({ "type": "string", UNKNOWN: format!("context {word}") })
            }
        };
        properties.insert(name.clone(), json!({ "allOf": [schema], AT: at }));
        required.push(name.as_str().into());
    }
    properties.insert(pivot.value.clone(), value);
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn entries(
    key: &str,
    value: &str,
    grouped: bool,
    schema: &Value,
    view: &View<'_>,
    image: &dyn Fn(&Value, &str) -> Value,
    at: &str,
) -> Value {
    let types = view.types();
    let mut branches = Vec::new();
    if types.has(Types::OBJECT) {
        let mut values: Vec<Value> = Vec::new();
        for name in view.names() {
            let all = view.properties(name);
            values.push(image(&json!({ "allOf": all }), &format!("{at}/{name}")));
        }
        let patterns: Vec<_> = view.patterns().collect();
        values.extend(patterns.iter().map(|(_, schema)| image(schema, at)));
        let closed = view.is_closed();
        if !closed {
            let more = view
                .first("additionalProperties")
                .cloned()
                .unwrap_or(Value::Bool(true));
            values.push(image(&more, at));
        }
        let mut name = json!({ "type": "string" });
        if let (true, [(pattern, _)], true) = (closed, patterns.as_slice(), view.names().is_empty())
        {
            name = json!({ "type": "string", "pattern": pattern });
        } else if closed && patterns.is_empty() {
            name = json!({ "enum": view.names() });
        } else if let Some(names) = view.first("propertyNames") {
            name = json!({ "allOf": [names], "type": "string" });
        }
        if grouped {
            name = json!({ "type": "array", "minItems": 1, "maxItems": 1, "items": name });
        }
        let element = json!({
            "type": "object",
            "properties": { key: name, value: any_of(values) },
            "required": [key, value],
            "additionalProperties": false,
        });
        let mut list = json!({ "type": "array", "items": element });
        if let Some(list) = list.as_object_mut() {
            for (mine, theirs) in [("minItems", "minProperties"), ("maxItems", "maxProperties")] {
                list.extend(
                    view.first(theirs)
                        .map(|limit| (mine.to_owned(), limit.clone())),
                );
            }
        }
        branches.push(list);
    }
    let others = types.without(Types::OBJECT);
    if others != Types(0) {
        branches.push(only(schema, others));
    }
    any_of(branches)
}

/// What several members become when they are one again.
fn joined(join: Join, view: &View<'_>, image: Value) -> Value {
    if join != Join::First && view.types().within(Types::BOOLEAN) {
        return json!({ "type": "boolean" });
    }
    image
}
