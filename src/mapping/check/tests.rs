//! The checks, on small definitions and on those of others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use serde_json::{Value, json};

use super::*;
use crate::mapping::flaws::FlawCode;

mod advice;
mod examples;
mod open;
mod seeded;
mod seeded_rules;
mod seeded_values;

/// A definition from parts: the members of both schemas, and the rest.
fn definition(from: &Value, to: &Value, rest: Value) -> Definition {
    let mut whole = json!({
        "name": "test",
        "from": { "version": "1", "schema": from },
        "to": { "version": "2", "schema": to },
        "context": ["language"],
        "policies": ["first", "second"],
    });
    let Value::Object(rest) = rest else {
        panic!("not an object")
    };
    for (key, value) in rest {
        match (whole.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (_, value) => whole[&key] = value,
        }
    }
    match Definition::from_json(&whole.to_string()) {
        Ok(definition) => definition,
        Err(flaws) => panic!("{flaws}\n{whole:#}"),
    }
}

fn checked(from: &Value, to: &Value, rest: Value) -> Checked {
    let definition = definition(from, to, rest);
    let images = Images::of(&definition);
    check(&definition, &images, &|name| name == "known")
}

/// An object with these members; `"name!"` is required.
fn object(members: Value) -> Value {
    let (mut properties, mut required) = (serde_json::Map::new(), Vec::new());
    for (name, schema) in members.as_object().unwrap() {
        let plain = name.trim_end_matches('!');
        if plain != name {
            required.push(plain);
        }
        properties.insert(plain.to_owned(), schema.clone());
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn closed(members: Value) -> Value {
    let mut schema = object(members);
    schema["additionalProperties"] = json!(false);
    schema
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn codes(checked: &Checked) -> Vec<FlawCode> {
    let mut codes: Vec<_> = checked.flaws.iter().map(Flaw::code).collect();
    codes.dedup();
    codes
}

fn show(checked: &Checked) -> String {
    let flaws = checked.flaws.iter().map(ToString::to_string);
    let open = checked
        .open
        .iter()
        .map(|open| format!("open {} {:?} {}", open.direction, open.path, open.keyword));
    flaws.chain(open).collect::<Vec<_>>().join("\n")
}
