//! Laws of reading definitions, tried on examples in which something was changed.

use std::cell::Cell;

use cutover::mapping::Definition;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::definition::format;

const EXAMPLES: [&str; 4] = [
    include_str!("definitions/order.json"),
    include_str!("definitions/library.json"),
    include_str!("definitions/telemetry.json"),
    include_str!("definitions/cloudevents.json"),
];

/// Names that mean something to the format, or nearly so.
const NAMES: &[&str] = &[
    "",
    "a",
    "a/*/b",
    "a/*",
    "a/",
    "./b",
    "./*",
    "~2",
    "a~",
    "to",
    "from",
    "also",
    "wins",
    "foreign",
    "words",
    "codec",
    "by",
    "text",
    "separator",
    "hook",
    "list",
    "pivot",
    "where",
    "value",
    "entries",
    "key",
    "grouped",
    "split",
    "join",
    "pick",
    "without",
    "drop",
    "tag",
    "when",
    "type",
    "absent",
    "absent_by",
    "absent_down",
    "lost",
    "refuse",
    "version",
    "schema",
    "first",
    "rules",
    "added",
    "dialect",
    "name",
    "context",
    "loss",
    "conflict",
];

/// Values that some key takes.
fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(NAMES).prop_map(Value::from),
        select(
            &[
                "keep",
                "scale",
                "joined",
                "integer",
                "all",
                "up",
                "both",
                "coerce",
                "$language",
                "$x",
                "string"
            ][..]
        )
        .prop_map(Value::from),
        select(vec![
            json!(null),
            json!(true),
            json!(0),
            json!(2),
            json!(1.5),
            json!([]),
            json!({}),
            json!([{}]),
            json!(["a", "./b"]),
            json!([["a", "b"]]),
            json!({"a": 1}),
            json!({"a": ["b"]}),
            json!({"value": "b"}),
            json!({"key": "a", "value": "b"}),
        ]),
    ]
}

/// One change of a definition.
#[derive(Clone, Debug)]
enum Edit {
    Replace(Index, Value),
    Insert(Index, &'static str, Value),
    Rename(Index, Index, &'static str),
    Remove(Index, Index),
}

fn edits() -> impl Strategy<Value = Edit> {
    let index = any::<Index>;
    prop_oneof![
        (index(), values()).prop_map(|(at, value)| Edit::Replace(at, value)),
        (index(), select(NAMES), values())
            .prop_map(|(at, name, value)| Edit::Insert(at, name, value)),
        (index(), index(), select(NAMES))
            .prop_map(|(at, member, name)| Edit::Rename(at, member, name)),
        (index(), index()).prop_map(|(at, member)| Edit::Remove(at, member)),
    ]
}

/// Pointers to everything but what is in a schema.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name != "schema" {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    pointers(value, &format!("{at}/{name}"), found);
                }
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn apply(definition: &mut Value, edit: &Edit) {
    let mut found = Vec::new();
    pointers(definition, "", &mut found);
    let (Edit::Replace(at, _) | Edit::Insert(at, ..) | Edit::Rename(at, ..) | Edit::Remove(at, _)) =
        edit;
    let target = definition
        .pointer_mut(&found[at.index(found.len())])
        .unwrap();
    match (edit, target) {
        (Edit::Replace(_, value), target) => *target = value.clone(),
        (Edit::Insert(_, name, value), Value::Object(members)) => {
            members.insert((*name).to_owned(), value.clone());
        }
        (Edit::Insert(_, _, value), Value::Array(elements)) => elements.push(value.clone()),
        (Edit::Rename(_, member, name), Value::Object(members)) if !members.is_empty() => {
            let old = members
                .keys()
                .nth(member.index(members.len()))
                .unwrap()
                .clone();
            let value = members.remove(&old).unwrap();
            members.insert((*name).to_owned(), value);
        }
        (Edit::Remove(_, member), Value::Object(members)) if !members.is_empty() => {
            let old = members
                .keys()
                .nth(member.index(members.len()))
                .unwrap()
                .clone();
            members.remove(&old);
        }
        (Edit::Remove(_, member), Value::Array(elements)) if !elements.is_empty() => {
            elements.remove(member.index(elements.len()));
        }
        _ => {}
    }
}

#[test]
fn what_is_read_is_written_and_read_back_and_accepted_by_the_schema() {
    let format = format();
    let read = Cell::new(0);
    let refused = Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(600));
    runner
        .run(
            &(select(&EXAMPLES[..]), prop::collection::vec(edits(), 0..4)),
            |(example, edits)| {
                let mut edited: Value = serde_json::from_str(example).unwrap();
                for edit in &edits {
                    apply(&mut edited, edit);
                }
                let text = edited.to_string();
                let Ok(definition) = Definition::from_json(&text) else {
                    refused.set(refused.get() + 1);
                    return Ok(());
                };
                read.set(read.get() + 1);
                prop_assert!(format.is_valid(&edited), "read, but no schema's: {text}");
                let written = definition.to_json();
                prop_assert_eq!(&Definition::from_json(&written).unwrap(), &definition);
                let written: Value = serde_json::from_str(&written).unwrap();
                prop_assert!(
                    format.is_valid(&written),
                    "written, but no schema's: {written}"
                );
                Ok(())
            },
        )
        .unwrap();
    // Both happen often, or the law says little.
    let (read, refused) = (read.get(), refused.get());
    assert!(read > 50 && refused > 50, "{read} read, {refused} refused");
}

proptest! {
    /// No text harms the reader, and what it refuses has a reason.
    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![
        ".*",
        r#"[\[\]{}",:a0\\u -]{0,40}"#,
        (select(&EXAMPLES[..]), any::<Index>()).prop_map(|(text, at)| {
            let end = at.index(text.len());
            text.get(..end).unwrap_or(text).to_owned()
        }),
    ]) {
        if let Err(flaws) = Definition::from_json(&text) {
            prop_assert!(!flaws.as_slice().is_empty());
        }
        #[cfg(feature = "file")]
        if let Err(flaws) = Definition::from_toml(&text) {
            prop_assert!(!flaws.as_slice().is_empty());
        }
    }
}
