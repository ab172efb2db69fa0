//! Messages of findings: what is wanted, never the value.

use super::names::Names;
use super::node::{Types, Values};

pub(super) const NOTHING: &str = "the schema allows no value here: remove it";
pub(super) const UNKNOWN: &str = "not declared by the schema: remove it, or check the spelling";
pub(super) const MISSING: &str = "required, but missing: send it";
pub(super) const NAME: &str =
    "the schema does not allow a member of this name: remove it, or check the spelling";
pub(super) const UNIQUE: &str = "elements must differ from each other: remove duplicates";
pub(super) const SEVERAL: &str = "matches more than one alternative of the schema (`oneOf`): send a value that matches exactly one";
pub(super) const NOT: &str = "the schema excludes this value (`not`): send another";
pub(super) const COERCED: &str = "must be a string: its JSON text was taken; send a string";

/// So many allowed values are listed.
const LISTED: usize = 8;

pub(super) fn types(types: Types) -> String {
    let names = [
        (Types::OBJECT, "an object"),
        (Types::ARRAY, "an array"),
        (Types::STRING, "a string"),
        (Types::NUMBER, "a number"),
        (Types::BOOLEAN, "true or false"),
        (Types::NULL, "null"),
    ];
    let mut wanted: Vec<&str> = names
        .iter()
        .filter(|(each, _)| types.has(*each))
        .map(|(_, name)| *name)
        .collect();
    if types.has(Types::INTEGER) && !types.has(Types::NUMBER) {
        wanted.insert(0, "an integer");
    }
    format!("must be {}", listed(&wanted))
}

pub(super) fn values(values: &Values) -> String {
    let strings = values.strings.iter().map(quoted);
    let others = values.others.iter().map(|other| other.text().to_owned());
    one_of(strings.chain(others).collect())
}

pub(super) fn words(words: &Names) -> String {
    one_of(words.iter().map(quoted).collect())
}

pub(super) fn bound(words: &str, bound: &str) -> String {
    format!("must be {words} {bound}")
}

pub(super) fn pattern(source: &str) -> String {
    format!("must match the pattern {source}")
}

pub(super) fn least(count: u64, what: &str) -> String {
    format!("must have at least {}", counted(count, what))
}

pub(super) fn most(count: u64, what: &str) -> String {
    format!("must have at most {}", counted(count, what))
}

pub(super) fn needs(on: &str, name: &str) -> String {
    format!(
        "{} requires {} beside it: send both",
        quoted(on),
        quoted(name)
    )
}

pub(super) fn contains(min: u64, max: u64) -> String {
    match (min, max) {
        (min, u64::MAX) => format!(
            "must contain at least {} that `contains` describes",
            counted(min, "element")
        ),
        (min, max) => format!("must contain {min} to {max} elements that `contains` describes"),
    }
}

pub(super) fn none_of(count: usize, keyword: &str) -> String {
    format!("matches none of the schema's {count} alternatives (`{keyword}`)")
}

fn one_of(mut texts: Vec<String>) -> String {
    let count = texts.len();
    if count > LISTED {
        texts.truncate(LISTED);
        return format!("must be one of {count} values: {}, …", texts.join(", "));
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    format!("must be {}", listed(&texts))
}

/// `a, b or c`
fn listed(texts: &[&str]) -> String {
    match texts {
        [] => "nothing: the schema lists no value".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
