//! The JSON Schemas of the form, of v1 and of v2.

use serde_json::json;

use super::form::{BOXES, CUSTOM};
use super::tags::{CONTRIBUTION, HOURS_WORDS, POUNDS};
use super::{Version, default_limits};
use crate::payload::report::Tier;
use crate::payload::schema::{self, or_null};

/// The JSON Schema (draft 2020-12) of a version's payloads, written from the same table that they are judged by.
///
/// A payload that it refuses is refused. The reverse holds but for what a schema can't see: the text of numbers (a fee's
/// digits, `2024.0` as a date), members that are there twice, bytes and nesting; `docs/schemas/README.md` has the list.
///
/// ```
/// use cutover::{Version, contribution::schema};
/// assert!(schema(Version::V2).contains(r#""opening_hours""#));
/// ```
#[must_use]
pub fn schema(version: Version) -> String {
    let title = match version {
        Version::V1 => "A contribution, v1",
        Version::V2 => "A contribution, v2",
    };
    schema::text(schema::object(
        &CONTRIBUTION,
        version,
        &default_limits(version),
        title,
    ))
}

/// The JSON Schema (draft 2020-12) of the form; [`schema`] says what it can't see, and here it also can't see a ticked box
/// beside the tag that the box stands for.
#[must_use]
pub fn form_schema() -> String {
    let limits = default_limits(Version::V1);
    let mut form = schema::object(
        &CONTRIBUTION,
        Version::V1,
        &limits,
        "A contribution, as filled in",
    );
    let hours = or_null(schema::of_kind(&HOURS_WORDS, Tier::Core, Version::V1));
    if let Some(properties) = form["properties"].as_object_mut() {
        let tick = json!({"type": ["boolean", "null"]});
        let boxes: serde_json::Map<_, _> = BOXES
            .iter()
            .map(|(feature, _)| ((*feature).to_owned(), tick.clone()))
            .collect();
        properties.insert("fee".to_owned(), or_null(schema::amount(&POUNDS)));
        properties.insert(
            "features".to_owned(),
            json!({"type": ["object", "null"], "properties": boxes}),
        );
        properties.insert("customHours".to_owned(), true.into());
    }
    // Custom hours count only when hours ask for them.
    form["if"] =
        json!({"required": ["hours"], "properties": {"hours": schema::trimmed_word(CUSTOM)}});
    form["then"] = json!({"properties": {"customHours": hours}});
    schema::text(form)
}
