#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};

use super::*;
use crate::mapping::flaws::FlawCode;

mod examples;
mod open;
mod seeded;

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
    check(&definition(from, to, rest), &|name| name == "known")
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
#[test]
fn dump() {
    for path in std::env::var("DUMP")
        .unwrap_or_default()
        .split(',')
        .filter(|p| !p.is_empty())
    {
        let schemas = std::env::var("SCHEMAS").ok().map(std::path::PathBuf::from);
        let definition = match Definition::open(path, schemas.as_deref()) {
            Ok(d) => d,
            Err(f) => {
                println!("{path}: {f}");
                continue;
            }
        };
        let start = std::time::Instant::now();
        let checked = check(&definition, &|_| true);
        println!("== {path} {:?}", start.elapsed());
        for flaw in &checked.flaws {
            println!("FLAW {flaw}");
        }
        for open in &checked.open {
            println!(
                "OPEN {} {} {}: {}",
                open.direction, open.path, open.keyword, open.reason
            );
        }
        for loss in &checked.losses {
            println!(
                "LOSS {} {} {}: {}",
                loss.direction, loss.path, loss.code, loss.reason
            );
        }
        println!(
            "proved up {} down {}",
            checked.proved_up, checked.proved_down
        );
    }
}
