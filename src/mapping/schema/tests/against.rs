//! Compiled checks against the `jsonschema` crate, on generated schemas and values.

use proptest::prelude::*;
use serde_json::json;

use super::{Draft, Json, accepts, compile};
use crate::mapping::schema::fallback;

const NAMES: [&str; 4] = ["a", "b", "ab", "é"];

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3..5_i64).prop_map(Json::from),
        Just(json!(1.0)),
        Just(json!(0.5)),
        Just(json!(1e3)),
        prop::sample::select(vec![
            "",
            "a",
            "b",
            "ab",
            "é",
            "aé\n",
            "2024-02-30",
            "2024-02-29"
        ])
        .prop_map(Json::from),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), inner, 0..4)
                .prop_map(|members| members
                    .into_iter()
                    .map(|(k, v)| (k.to_owned(), v))
                    .collect()),
        ]
    })
}

fn names() -> impl Strategy<Value = Json> {
    prop::sample::subsequence(NAMES.to_vec(), 0..4).prop_map(|names| json!(names))
}

/// A keyword without subschemas.
fn plain() -> impl Strategy<Value = (&'static str, Json)> {
    let types = vec![
        "null", "boolean", "integer", "number", "string", "object", "array",
    ];
    let bounds = vec!["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    let counts = vec![
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
    ];
    let patterns = vec!["^a", "a$", "^[^a]*$", ".", "é|b"];
    prop_oneof![
        prop::sample::select(types.clone()).prop_map(|name| ("type", json!(name))),
        prop::sample::subsequence(types, 1..4).prop_map(|names| ("type", json!(names))),
        prop::collection::vec(value(), 1..4).prop_map(|values| ("enum", json!(values))),
        value().prop_map(|value| ("const", value)),
        (prop::sample::select(bounds), scalar())
            .prop_filter_map("a bound is a number", |(name, value)| value
                .is_number()
                .then_some((name, value))),
        prop::sample::select(vec![json!(2), json!(0.5), json!(1.5)])
            .prop_map(|n| ("multipleOf", n)),
        (prop::sample::select(counts), 0..3_u64).prop_map(|(name, n)| (name, json!(n))),
        prop::sample::select(patterns).prop_map(|p| ("pattern", json!(p))),
        prop::sample::select(vec!["date", "email"]).prop_map(|f| ("format", json!(f))),
        names().prop_map(|names| ("required", names)),
        names().prop_map(|names| ("dependentRequired", json!({ "a": names }))),
        any::<bool>().prop_map(|unique| ("uniqueItems", json!(unique))),
        prop::sample::select(vec!["#/$defs/one", "#two", "#"]).prop_map(|r| ("$ref", json!(r))),
    ]
}

fn schema() -> impl Strategy<Value = Json> {
    let object = |keywords: Vec<(&'static str, Json)>| -> Json {
        keywords
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect()
    };
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Json::from),
        8 => prop::collection::vec(plain(), 0..3).prop_map(object),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        let one = vec![
            "not",
            "if",
            "then",
            "else",
            "contains",
            "items",
            "additionalProperties",
            "propertyNames",
            "unevaluatedProperties",
            "unevaluatedItems",
        ];
        let many = vec!["allOf", "anyOf", "oneOf", "prefixItems"];
        let by_name = vec!["properties", "dependentSchemas"];
        let keyword = prop_oneof![
            (prop::sample::select(one), inner.clone()),
            (
                prop::sample::select(many),
                prop::collection::vec(inner.clone(), 1..4)
            )
                .prop_map(|(name, schemas)| (name, json!(schemas))),
            (
                prop::sample::select(by_name),
                prop::collection::btree_map(
                    prop::sample::select(NAMES.to_vec()),
                    inner.clone(),
                    1..4
                )
            )
                .prop_map(|(name, schemas)| (name, json!(schemas))),
            inner.prop_map(|schema| ("patternProperties", json!({ "^a": schema }))),
            plain(),
        ];
        prop::collection::vec(keyword, 1..5).prop_map(object)
    })
}

proptest! {
    /// Law: whatever compiles gives the verdict of the `jsonschema` crate, silently and with findings.
    #[test]
    fn compiled_checks_agree_with_the_crate(
        mut schema in schema(),
        one in schema(),
        two in schema(),
        values in prop::collection::vec(value(), 1..8),
    ) {
        if let (Json::Object(schema), Json::Object(mut two)) = (&mut schema, two) {
            two.insert("$anchor".to_owned(), json!("two"));
            schema.insert("$defs".to_owned(), json!({ "one": one, "two": two }));
        }
        // Endless references, and what only the crate takes.
        if let Ok(compiled) = compile::compile(&schema, Draft::Draft202012) {
            let crates = fallback::options(Draft::Draft202012).build(&schema).unwrap();
            for value in values {
                prop_assert_eq!(accepts(&compiled, &value), crates.is_valid(&value), "{}", value);
            }
        }
    }
}
