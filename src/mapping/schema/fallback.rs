//! What isn't compiled, judged by the `jsonschema` crate on that part of the document (feature `schema`).

use serde_json::Value as Json;

use super::judge::Subject;
use super::loud::Loud;
use super::refs::Draft;
#[cfg(feature = "schema")]
use super::say;
use crate::mapping::flaws::Flaw;
#[cfg(feature = "schema")]
use crate::mapping::pointer::names;
#[cfg(feature = "schema")]
use crate::mapping::{report::Code, tape::Value};

/// A subschema that isn't compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    /// JSON pointer of the subschema.
    pub(crate) pointer: String,
    /// The keyword that isn't compiled, and why.
    pub(crate) keyword: String,
    pub(crate) reason: String,
}

/// All of a document's.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    /// What they are, for the tests that count them.
    #[cfg(test)]
    pub(super) list: Box<[Leftover]>,
    #[cfg(feature = "schema")]
    validators: Box<[jsonschema::Validator]>,
}

#[cfg(not(feature = "schema"))]
pub(super) fn build(_: &Json, _: Draft, _list: Vec<Leftover>, _: &mut Vec<Flaw>) -> Leftovers {
    Leftovers {
        #[cfg(test)]
        list: _list.into(),
    }
}

#[cfg(not(feature = "schema"))]
impl Leftovers {
    // Such schemas are refused: nothing ever asks.
    pub(super) fn is_valid(&self, _: u32, _: Subject<'_>) -> bool {
        false
    }

    pub(super) fn judge<'t>(&self, _: u32, _: Subject<'t>, _: &mut Loud<'_, 't>) {}
}

#[cfg(feature = "schema")]
pub(super) fn build(
    document: &Json,
    draft: Draft,
    list: Vec<Leftover>,
    flaws: &mut Vec<Flaw>,
) -> Leftovers {
    use super::compile::unreadable;
    if list.is_empty() || !flaws.is_empty() {
        return Leftovers {
            #[cfg(test)]
            list: list.into(),
            ..Leftovers::default()
        };
    }
    let mut validators = Vec::new();
    match options(draft).build_map(document) {
        Ok(map) => {
            for left in &list {
                match map.get(&format!("#{}", left.pointer)) {
                    Some(validator) => validators.push(validator.clone()),
                    None => flaws.push(unreadable(
                        &left.pointer,
                        format!("`{}` is not compiled ({}), and this place can't be judged on its own: say it with other keywords", left.keyword, left.reason),
                    )),
                }
            }
        }
        Err(error) => flaws.push(unreadable(
            list.first().map_or("", |left| &left.pointer),
            format!("the `jsonschema` crate, which judges what is not compiled, can't read the schema: {error}"),
        )),
    }
    Leftovers {
        #[cfg(test)]
        list: list.into(),
        validators: validators.into(),
    }
}

/// As the compiled checks judge: nothing is fetched, and of the formats only two are asserted.
#[cfg(any(test, feature = "schema"))]
pub(super) fn options<'i>(draft: Draft) -> jsonschema::ValidationOptions<'i> {
    use super::format::Format;
    /// The crate's other formats.
    const ANNOTATIONS: [&str; 17] = [
        "email",
        "hostname",
        "idn-email",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "iri",
        "iri-reference",
        "json-pointer",
        "regex",
        "relative-json-pointer",
        "time",
        "uri",
        "uri-reference",
        "uri-template",
        "uuid",
        "duration",
    ];
    let draft = match draft {
        Draft::Draft7 => jsonschema::Draft::Draft7,
        Draft::Draft202012 => jsonschema::Draft::Draft202012,
    };
    let options = jsonschema::options()
        .with_draft(draft)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .with_format("date", |text: &str| Format::Date.has(text))
        .with_format("date-time", |text: &str| Format::DateTime.has(text));
    ANNOTATIONS.iter().fold(options, |options, name| {
        options.with_format(*name, |_: &str| true)
    })
}

#[cfg(feature = "schema")]
impl Leftovers {
    pub(super) fn is_valid(&self, index: u32, subject: Subject<'_>) -> bool {
        let validator = self.validators.get(index as usize);
        validator.is_some_and(|v| read(subject).is_some_and(|value| v.is_valid(&value)))
    }

    pub(super) fn judge<'t>(&self, index: u32, subject: Subject<'t>, loud: &mut Loud<'_, 't>) {
        let Some(value) = read(subject) else {
            let message = "has a number that is too large to be judged: send a smaller one";
            return loud.wrong(subject, None, Code::SCHEMA, message.to_owned());
        };
        let Some(validator) = self.validators.get(index as usize) else {
            return;
        };
        for error in validator.iter_errors(&value) {
            let pointer = error.instance_path().as_str();
            let mut inner = subject;
            inner.value = place(subject.value, pointer);
            for (code, member, message) in said(&error) {
                let name = member.as_deref();
                loud.wrong_below(inner, pointer, name, code, message);
            }
        }
    }
}

#[cfg(feature = "schema")]
fn read(subject: Subject<'_>) -> Option<Json> {
    if subject.as_text {
        return Some(subject.value.text().into());
    }
    serde_json::from_str(subject.value.text()).ok()
}

/// The value at a pointer below this one.
#[cfg(feature = "schema")]
fn place<'t>(value: Value<'t>, pointer: &str) -> Value<'t> {
    names(pointer).fold(value, |value, name| {
        let element = || value.elements().nth(name.parse().ok()?);
        value.member(&name).or_else(element).unwrap_or(value)
    })
}

/// What one of the crate's errors says: code, member, message.
#[cfg(feature = "schema")]
fn said(error: &jsonschema::ValidationError<'_>) -> Vec<(Code, Option<String>, String)> {
    use jsonschema::error::ValidationErrorKind as Kind;
    let code = match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().map(str::to_owned);
            return vec![(Code::REQUIRED, name, say::MISSING.to_owned())];
        }
        Kind::AdditionalProperties { unexpected } => {
            return unknown(Code::UNKNOWN_MEMBER, unexpected);
        }
        Kind::UnevaluatedProperties { unexpected } => return unknown(Code::SCHEMA, unexpected),
        Kind::Type { .. } => Code::INVALID_TYPE,
        Kind::Enum { .. } | Kind::Constant { .. } => Code::INVALID_ENUM,
        Kind::Minimum { .. }
        | Kind::Maximum { .. }
        | Kind::ExclusiveMinimum { .. }
        | Kind::ExclusiveMaximum { .. }
        | Kind::MultipleOf { .. } => Code::OUT_OF_RANGE,
        Kind::Pattern { .. } | Kind::Format { .. } => Code::INVALID_FORMAT,
        Kind::MinLength { .. } | Kind::MinItems { .. } | Kind::MinProperties { .. } => {
            Code::TOO_SHORT
        }
        Kind::MaxLength { .. } | Kind::MaxItems { .. } | Kind::MaxProperties { .. } => {
            Code::TOO_LONG
        }
        _ => Code::SCHEMA,
    };
    vec![(code, None, error.masked_with("the value").to_string())]
}

#[cfg(feature = "schema")]
fn unknown(code: Code, names: &[String]) -> Vec<(Code, Option<String>, String)> {
    let each = names.iter();
    each.map(|name| (code.clone(), Some(name.clone()), say::UNKNOWN.to_owned()))
        .collect()
}
