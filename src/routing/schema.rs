//! The JSON Schema of a rollout document.

use serde_json::json;

use super::pins::MOST_PINS;

/// The JSON Schema (draft 2020-12) of a rollout document.
///
/// A document that it refuses is refused. The reverse holds but for what a schema can't see: an id pinned to both
/// versions, more pins in both lists together than in one are allowed, a member that is there twice, a revision written
/// as `7.0` or `7e0`, more than 256 MiB.
///
/// ```
/// assert!(cutover::routing::schema().contains(r#""releases_brake""#));
/// ```
#[must_use]
pub fn schema() -> String {
    // One to three digits up to 100, at most four decimals; or parts per million up to a million in at most seven digits.
    let share = json!({
        "type": "string",
        "pattern": "^(?:(?:0?[0-9]{1,2}(?:\\.[0-9]{1,4})?|100(?:\\.0{1,4})?)%|(?:0?[0-9]{1,6}|1000000)ppm)$",
    });
    let pinned = json!({"type": "array", "items": {"type": "string"}, "maxItems": MOST_PINS});
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rollout",
        "type": "object",
        "required": ["name", "share"],
        "additionalProperties": false,
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "revision": {"type": "integer", "minimum": 0, "maximum": u32::MAX, "default": 0},
            "share": share,
            "salt": {"type": ["string", "null"], "default": null},
            "force": {"enum": ["v1", "v2", null], "default": null},
            "allow_requested": {"type": "boolean", "default": false},
            "shadow": share,
            "pins": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"v1": pinned, "v2": pinned},
            },
            "releases_brake": {"type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX, "default": null},
        },
    });
    // The same text whatever map serde_json was built with.
    schema.sort_all_objects();
    format!("{schema:#}\n")
}
