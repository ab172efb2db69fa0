//! What a schema says of a path.

use serde_json::json;

use super::Schema;
use crate::mapping::path::Path;
use crate::mapping::schema::Declared;

#[test]
fn paths_are_declared_possible_or_impossible() {
    let schema = json!({
        "type": "object",
        "allOf": [{"properties": {"also": {}}}, {"$ref": "#/$defs/tree"}],
        "properties": {
            "name": {"type": "string"},
            "open": {"type": "object"},
            "list": {"type": "array", "items": {"properties": {"x": {}}}},
            "maybe": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"in": {}}}]},
            "map": {"additionalProperties": {"properties": {"v": {}}}},
            "gone": false,
            "picky": {"patternProperties": {"^x-": {}}, "properties": {}},
            "anything": {},
        },
        "$defs": {"tree": {"properties": {"child": {"$ref": "#/$defs/tree"}}}},
    });
    let schema = Schema::compile(&schema).unwrap();
    for (path, says) in [
        ("", Declared::Yes),
        ("name", Declared::Yes),
        ("also", Declared::Yes),
        ("child/child/child", Declared::Yes),
        ("child/chid", Declared::No),
        ("nme", Declared::No),
        ("name/x", Declared::No),
        ("name/*", Declared::No),
        ("open/x", Declared::Unknown),
        ("open/*", Declared::No),
        ("list/*", Declared::Yes),
        ("list/*/x", Declared::Yes),
        ("list/*/y", Declared::No),
        ("list/x", Declared::No),
        ("maybe/in", Declared::Yes),
        ("maybe/out", Declared::No),
        ("map/k", Declared::ByPattern),
        ("map/k/v", Declared::ByPattern),
        ("map/k/w", Declared::No),
        ("gone", Declared::No),
        ("picky/x-a", Declared::ByPattern),
        ("picky/y", Declared::No),
        ("anything/x/y", Declared::Unknown),
        ("anything/*", Declared::Unknown),
    ] {
        let parsed = Path::parse(path).unwrap();
        assert_eq!(schema.declares(&parsed.0), says, "{path}");
    }
}
