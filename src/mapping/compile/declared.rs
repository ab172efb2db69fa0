//! Whether a schema names a member.

use serde_json::Value;

use crate::mapping::path::{Path, Segment};

/// How many references one after another are followed.
const REFERENCES: usize = 64;

/// Whether the schema declares what stands at this path, by name, in `properties`.
pub(crate) fn declares(schema: &Value, path: &Path) -> bool {
    below(schema, schema, &path.0, REFERENCES)
}

fn below(root: &Value, schema: &Value, path: &[Segment], left: usize) -> bool {
    let Some(left) = left.checked_sub(1) else {
        return false;
    };
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    let inside = |schema: &Value| below(root, schema, rest, REFERENCES);
    let here = match first {
        Segment::Name(name) => schema
            .get("properties")
            .and_then(|of| of.get(&**name))
            .is_some_and(inside),
        Segment::Each => match schema.get("items") {
            Some(items @ Value::Object(_)) => inside(items),
            _ => false,
        },
    };
    let refers = || {
        let to = schema.get("$ref")?.as_str()?.strip_prefix('#')?;
        root.pointer(to)
    };
    let among = |keyword: &str| {
        let of = schema.get(keyword).and_then(Value::as_array);
        of.is_some_and(|of| of.iter().any(|schema| below(root, schema, path, left)))
    };
    here || refers().is_some_and(|schema| below(root, schema, path, left))
        || ["allOf", "anyOf", "oneOf"].into_iter().any(among)
        || ["then", "else"].into_iter().any(|keyword| {
            schema
                .get(keyword)
                .is_some_and(|schema| below(root, schema, path, left))
        })
}
