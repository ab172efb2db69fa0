//! The OpenAPI document of a service that takes the documents of a mapping: the definition's schemas instead of the form's.

use cutover::Version;
use serde_json::{Value, json};

use crate::answer::to_json;
use crate::mapped::Mapped;
use crate::payload::Payload;

/// Words of the form's schemas, which no schema of a mapping refers to.
const FORM: [&str; 5] = ["Access", "Amenity", "Fee", "Wheelchair", "YesNo"];

/// The document that this one is for these payloads.
pub(crate) fn text(document: &str, payload: &Payload, mapped: &Mapped) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap_or_default();
    let [from, to] = [Version::V1, Version::V2].map(|version| mapped.version(version));
    let name = mapped.name();
    document["info"]["description"] =
        format!("Documents of {name}, in {from} (v1) and {to} (v2)").into();
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| !FORM.contains(&name.as_str()));
    }
    for (version, path, schema, what) in [
        (
            Version::V1,
            "/api/suggest",
            "V1Payload",
            "which the router gives to v1 or, upgraded, to v2",
        ),
        (
            Version::V2,
            "/api/v2/suggest",
            "V2Payload",
            "which v2 takes",
        ),
    ] {
        document["components"]["schemas"][schema] = component(mapped.schema(version), schema);
        let post = &mut document["paths"][path]["post"];
        let called = mapped.version(version);
        post["summary"] = format!("A document of {name} {called}, {what}.").into();
        post["description"] =
            "The same `Idempotency-Key` and body twice are one document, and get the same answer."
                .into();
        let most = format!("The payload has more than {} bytes", payload.limit(version));
        post["responses"]["413"]["description"] = most.into();
    }
    to_json(&document)
}

/// A schema as a component of this name. Its references are to places in itself, and so are to be found at that name.
fn component(schema: Option<&Value>, name: &str) -> Value {
    let Some(schema) = schema else {
        return json!({"type": "object"});
    };
    let mut schema = schema.clone();
    let mut id = None;
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
        id = members.remove("$id");
    }
    let id = id.as_ref().and_then(Value::as_str).unwrap_or_default();
    let mut left = vec![&mut schema];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get_mut("$ref")
                    && let Some(place) = reference
                        .strip_prefix(id)
                        .unwrap_or(reference)
                        .strip_prefix('#')
                {
                    *reference = format!("#/components/schemas/{name}{place}");
                }
                left.extend(members.values_mut());
            }
            Value::Array(elements) => left.extend(elements),
            _ => {}
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_into_the_component() {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#", "$id": "https://example.com/order",
            "properties": {
                "all": {"$ref": "#"}, "one": {"anyOf": [{"$ref": "#/definitions/line"}]},
                "two": {"$ref": "https://example.com/order#/definitions/line"},
                "$ref": {"type": "string"}
            },
            "definitions": {"line": {"type": "object"}}
        });
        let line = json!("#/components/schemas/V1Payload/definitions/line");
        assert_eq!(
            component(Some(&schema), "V1Payload"),
            json!({
                "properties": {
                    "all": {"$ref": "#/components/schemas/V1Payload"}, "one": {"anyOf": [{"$ref": line}]},
                    "two": {"$ref": line}, "$ref": {"type": "string"}
                },
                "definitions": {"line": {"type": "object"}}
            })
        );
        assert_eq!(component(None, "V1Payload"), json!({"type": "object"}));
    }
}
