//! Compiled schemas against the `jsonschema` crate, on any schema and any documents.

use cutover::mapping::{Builder, Call, Code, Definition, Hooks, Mapping, Side};
use jsonschema::Draft;
use serde_json::{Value, json};

/// The schema in the first line, documents in the others. How many verdicts were compared.
pub(crate) fn run(data: &[u8]) -> usize {
    let Ok(text) = std::str::from_utf8(data) else {
        return 0;
    };
    let (schema, documents) = text.split_once('\n').unwrap_or((text, ""));
    // Of the formats the crate asserts others, and which of two anchors of one name is meant is undefined.
    if !is_plain(schema)
        || schema.contains("\"format\"")
        || schema.matches("nchor\"").count() > 1
        || schema.contains('\\')
    {
        return 0;
    }
    let Ok(schema) = serde_json::from_str::<Value>(schema) else {
        return 0;
    };
    // What is refused is refused by name.
    let Some(mapping) = compiled(Definition::builder("fuzzed"), &schema) else {
        return 0;
    };
    let draft = match schema.get("$schema").and_then(Value::as_str) {
        Some(name) if name.contains("draft-07") => Draft::Draft7,
        _ => Draft::Draft202012,
    };
    let options = jsonschema::options()
        .with_draft(draft)
        .should_validate_formats(false);
    // It also refuses what is wrong where nothing is judged by it, such as beside a `$ref` of draft-07.
    let Ok(validator) = options.build(&schema) else {
        return 0;
    };
    let verdicts = documents.lines().filter(|document| is_plain(document));
    verdicts
        .filter(|document| compare(&mapping, &validator, document))
        .count()
}

fn compiled(builder: Builder, schema: &Value) -> Option<Mapping> {
    let definition = builder
        .from("v1", Some(schema.clone()))
        .to("v2", None)
        .build()
        .ok()?;
    Mapping::compile(definition, &Hooks::new()).ok()
}

/// Whether there were two verdicts to compare.
fn compare(mapping: &Mapping, validator: &jsonschema::Validator, document: &str) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(document) else {
        return false;
    };
    // The crate sees one of two members of a name: it gets none to choose from.
    let (text, value) = match value {
        Value::Object(_) => (document.to_owned(), value),
        other => (format!("{{\"a\":{document}}}"), json!({ "a": other })),
    };
    let report = mapping
        .validate(Side::From, text.as_bytes(), &Call::new())
        .unwrap();
    let limits = [
        Code::DUPLICATE_MEMBER,
        Code::TOO_DEEP,
        Code::TOO_MANY_MEMBERS,
        Code::TOO_MANY_ELEMENTS,
        Code::TOO_LARGE,
    ];
    if report.errors().any(|error| limits.contains(error.code())) || has_copies(&text, &value) {
        return false;
    }
    let crates = validator.is_valid(&value);
    assert_eq!(report.is_valid(), crates, "{text}: {report}");
    true
}

/// Whether a member stands in one object twice: then there are more colons than the tree has members.
fn has_copies(text: &str, value: &Value) -> bool {
    fn colons(value: &Value) -> usize {
        match value {
            Value::Object(members) => {
                let below = members
                    .iter()
                    .map(|(name, value)| colons(value) + name.matches(':').count());
                below.sum::<usize>() + members.len()
            }
            Value::Array(elements) => elements.iter().map(colons).sum(),
            Value::String(text) => text.matches(':').count(),
            _ => 0,
        }
    }
    // An escaped colon is not in the text.
    !text.contains("\\u") && colons(value) != text.matches(':').count()
}

/// Without numbers that a float rounds, or that are beyond one: the crate judges floats.
fn is_plain(text: &str) -> bool {
    let mut numbers =
        text.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    numbers.all(|number| {
        let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, ""));
        digits.len() <= 15 && exponent.trim_start_matches(['+', '-']).len() <= 1
    })
}
