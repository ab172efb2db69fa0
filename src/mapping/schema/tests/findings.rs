//! Codes, places, order and messages of findings; tiers; what is refused when a schema compiles.

use serde_json::json;

use super::{Draft, Json, Judged, Schema, Tiers, compile, document};
use crate::mapping::definition::Treatment;

/// `severity code path tier`, in order.
fn found(schema: &Json, value: &Json, tiers: &[(&str, Treatment)]) -> (Vec<String>, Vec<String>) {
    let schema = Schema::compile(schema).unwrap();
    let tiers: Vec<_> = tiers
        .iter()
        .map(|(name, how)| ((*name).to_owned(), *how))
        .collect();
    let document = document(value);
    let mut judged = Judged::default();
    schema.judge(document.value(), &Tiers::new(&tiers), &mut judged);
    let lines = judged.findings.iter().map(|f| {
        let tier = f.tier().map(|tier| format!(" {tier}")).unwrap_or_default();
        format!("{} {} {}{tier}", f.severity(), f.code(), f.path())
    });
    let tape = document.value().tape;
    let texts = judged.coerced.iter().map(|at| {
        crate::mapping::tape::Value { tape, at: *at }
            .text()
            .to_owned()
    });
    (lines.collect(), texts.collect())
}

fn errors(schema: &Json, value: &Json) -> Vec<String> {
    let (lines, _) = found(schema, value, &[]);
    lines
        .iter()
        .map(|line| line.strip_prefix("error ").unwrap().to_owned())
        .collect()
}

#[test]
fn every_keyword_has_its_code_and_place() {
    for (schema, value, wanted) in [
        (json!({"type": "string"}), json!(1), "invalid_type "),
        (json!({"type": "integer"}), json!(1.5), "invalid_type "),
        (
            json!({"enum": ["a"], "type": "string"}),
            json!("b"),
            "invalid_enum ",
        ),
        (json!({"const": {"a": 1}}), json!({"a": 2}), "invalid_enum "),
        (json!({"minimum": 1}), json!(0), "out_of_range "),
        (json!({"exclusiveMaximum": 1}), json!(1), "out_of_range "),
        (json!({"multipleOf": 0.01}), json!(0.005), "out_of_range "),
        (json!({"pattern": "^a"}), json!("b"), "invalid_format "),
        (
            json!({"format": "date"}),
            json!("2023-02-29"),
            "invalid_format ",
        ),
        (
            json!({"format": "date-time"}),
            json!("2023-02-28"),
            "invalid_format ",
        ),
        (json!({"maxLength": 1}), json!("éé"), "too_long "),
        (json!({"minLength": 3}), json!("éé"), "too_short "),
        (json!({"maxItems": 0}), json!([1]), "too_long "),
        (json!({"minItems": 1}), json!([]), "too_short "),
        (json!({"minProperties": 1}), json!({}), "too_short "),
        (json!({"maxProperties": 0}), json!({"a": 1}), "too_long "),
        (json!({"required": ["a/b"]}), json!({}), "required /a~1b"),
        (
            json!({"additionalProperties": false}),
            json!({"~": 1}),
            "unknown_member /~0",
        ),
        (
            json!({"items": {"type": "null"}}),
            json!([null, 1]),
            "invalid_type /1",
        ),
        (json!({"uniqueItems": true}), json!([1, 1.0]), "schema "),
        (json!({"contains": {"const": 1}}), json!([2]), "schema "),
        (json!({"not": {}}), json!(1), "schema "),
        (
            json!({"properties": {"a": false}}),
            json!({"a": 1}),
            "schema /a",
        ),
        (
            json!({"propertyNames": {"maxLength": 1}}),
            json!({"ab": 1}),
            "schema /ab",
        ),
        (
            json!({"dependentRequired": {"a": ["b"]}}),
            json!({"a": 1}),
            "schema ",
        ),
        (
            json!({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({}),
            "schema ",
        ),
        (
            json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}),
            json!(3),
            "schema ",
        ),
        (
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
            json!({"a": 1}),
            "required /b",
        ),
    ] {
        assert_eq!(errors(&schema, &value), [wanted], "{schema} {value}");
    }
}

#[test]
fn alternatives_that_are_told_apart_are_judged_as_the_one_that_is_meant() {
    let by_type = json!({"anyOf": [{"type": "string", "maxLength": 1}, {"type": "array", "items": {"type": "integer"}}]});
    assert_eq!(errors(&by_type, &json!("ab")), ["too_long "]);
    assert_eq!(errors(&by_type, &json!([1, "a"])), ["invalid_type /1"]);
    assert_eq!(errors(&by_type, &json!(null)), ["invalid_type "]);
    let by_member = json!({"oneOf": [
        {"properties": {"kind": {"const": "card"}, "pan": {"type": "string"}}, "required": ["kind", "pan"]},
        {"properties": {"kind": {"enum": ["iban", "bic"]}, "n": {"type": "integer"}}, "required": ["kind"]},
    ]});
    assert_eq!(
        errors(&by_member, &json!({"kind": "card", "n": "x"})),
        ["required /pan"]
    );
    assert_eq!(
        errors(&by_member, &json!({"kind": "bic", "n": "x"})),
        ["invalid_type /n"]
    );
    assert_eq!(
        errors(&by_member, &json!({"kind": "cash"})),
        ["invalid_enum /kind"]
    );
    assert_eq!(errors(&by_member, &json!({})), ["required /kind"]);
    // What is no object is for each branch to judge: both hold.
    assert_eq!(errors(&by_member, &json!(1)), ["schema "]);
}

#[test]
fn findings_stand_in_document_order_and_once() {
    let schema = json!({
        "allOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}, {"properties": {"a": {"type": "string"}}}],
        "$defs": {"x": {"required": ["z"], "properties": {"b": {"items": {"type": "string"}}}}},
    });
    let value: Json = json!({"a": 1, "b": ["", 2, 3]});
    assert_eq!(
        errors(&schema, &value),
        [
            "required /z",
            "invalid_type /a",
            "invalid_type /b/1",
            "invalid_type /b/2"
        ]
    );
}

#[test]
fn messages_say_what_is_wanted_and_never_the_value() {
    for (schema, wanted) in [
        (
            json!({"type": ["integer", "null"]}),
            "must be an integer or null",
        ),
        (json!({"enum": ["a", "b", 3]}), "must be \"a\", \"b\" or 3"),
        (
            json!({"enum": [0, 1, 2, 3, 4, 5, 6, 7, 8]}),
            "must be one of 9 values: 0, 1, 2, 3, 4, 5, 6, 7, …",
        ),
        (json!({"maxLength": 1}), "must have at most 1 character"),
        (json!({"pattern": "^x"}), "must match the pattern ^x"),
    ] {
        let schema = Schema::compile(&schema).unwrap();
        let mut judged = Judged::default();
        schema.judge(
            document(&json!("secret")).value(),
            &Tiers::default(),
            &mut judged,
        );
        assert_eq!(judged.findings[0].message(), wanted);
    }
}

#[test]
fn tiers_say_what_a_wrong_value_is() {
    let schema = json!({"required": ["w"], "properties": {
        "e": {"type": "string", "x-tier": "core"},
        "c": {"type": "string", "maxLength": 2, "x-tier": "loose"},
        "w": {"x-tier": "other", "type": "object", "properties": {"x": {"type": "string"}}},
        "n": {"type": "string"},
        "o": {"anyOf": [{"type": "string"}, {"type": "null"}], "x-tier": "loose"},
    }});
    let tiers = [
        ("core", Treatment::Error),
        ("loose", Treatment::Coerce),
        ("rest", Treatment::Warn),
    ];
    let value = json!({"e": 1, "c": 12, "w": {"x": 1}, "n": 1, "o": true});
    let (lines, coerced) = found(&schema, &value, &tiers);
    // In the order of the document, which is that of the names here.
    assert_eq!(
        lines,
        [
            "warning type_coercion /c loose",
            "error invalid_type /e core",
            "error invalid_type /n",
            "warning type_coercion /o loose",
            "warning invalid_type /w/x other",
        ]
    );
    assert_eq!(coerced, ["12", "true"]);
    let (lines, coerced) = found(&schema, &json!({"c": 123}), &tiers);
    assert_eq!(
        lines,
        [
            "warning required /w other",
            "warning type_coercion /c loose",
            "error too_long /c loose"
        ]
    );
    assert_eq!(coerced, ["123"]);
    let (lines, coerced) = found(&schema, &json!({"c": [], "w": {}}), &tiers);
    assert_eq!(
        (lines, coerced),
        (vec!["error invalid_type /c loose".to_owned()], vec![])
    );
}

#[test]
fn what_can_not_be_read_is_refused_by_name_and_place() {
    for (schema, place, reason) in [
        (json!(1), "", "a schema must be an object"),
        (json!({"type": "text"}), "/type", "`type` must be"),
        (
            json!({"properties": {"a": {"minLength": -1}}}),
            "/properties/a/minLength",
            "`minLength` must be",
        ),
        (
            json!({"$ref": "http://example.com/x"}),
            "/$ref",
            "nothing is fetched",
        ),
        (json!({"$ref": "#/$defs/x"}), "/$ref", "which is not there"),
        (json!({"$ref": "#"}), "", "refers back to itself"),
        (
            json!({"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}, "properties": {"a": {"$ref": "#/$defs/a"}}}),
            "/$defs/a",
            "refers back",
        ),
        (
            json!({"$schema": "http://json-schema.org/draft-04/schema#"}),
            "/$schema",
            "draft-07 or 2020-12",
        ),
        (json!({"multipleOf": 0}), "/multipleOf", "greater than 0"),
    ] {
        let flaws = Schema::compile(&schema).unwrap_err();
        assert!(
            flaws
                .iter()
                .any(|f| f.path() == place && f.reason().contains(reason)),
            "{schema}: {flaws:?}"
        );
    }
}

#[test]
fn without_the_crate_keywords_that_are_not_compiled_are_refused() {
    let schema = json!({"properties": {"a": {"allOf": [true], "unevaluatedProperties": false}}});
    let compiled = Schema::compile(&schema);
    if cfg!(feature = "schema") {
        let compiled = compiled.unwrap();
        assert_eq!(compiled.leftovers()[0].pointer, "/properties/a");
        assert_eq!(errors(&schema, &json!({"a": {"b/": 1}})), ["schema /a/b~1"]);
    } else {
        let flaws = compiled.unwrap_err();
        assert_eq!(flaws[0].path(), "/properties/a");
        assert!(flaws[0].reason().contains("`unevaluatedProperties`"));
    }
}

#[test]
fn a_schema_may_refer_to_itself_below_a_member() {
    let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}, "additionalProperties": false});
    let mut value = json!({});
    for _ in 0..60 {
        value = json!({ "next": value });
    }
    assert!(errors(&schema, &value).is_empty());
    assert_eq!(
        errors(&schema, &json!({"next": {"next": 1}})),
        ["invalid_type /next/next"]
    );
}

#[test]
fn the_deepest_document_and_the_most_nested_schema_do_not_overflow_the_stack() {
    let mut nested = json!({"items": {"$ref": "#"}});
    for _ in 0..9 {
        nested = json!({ "allOf": [nested] });
    }
    let schema = compile::compile(&nested, Draft::Draft7).unwrap();
    let mut value = json!("x");
    for _ in 0..120 {
        value = json!([value]);
    }
    assert!(schema.is_valid(document(&value).value()));
}

#[test]
fn a_schema_that_goes_down_on_two_ways_does_not_take_forever() {
    let down = json!({"items": {"$ref": "#"}});
    for schema in [
        json!({"type": ["array", "string"], "allOf": [down, down]}),
        json!({"type": ["array", "string"], "anyOf": [down, down]}),
        json!({"type": ["array", "string"], "oneOf": [down, {"allOf": [down, false]}]}),
        json!({"type": ["array", "string"], "not": {"not": down}, "if": down, "then": down}),
    ] {
        let schema = compile::compile(&schema, Draft::Draft202012).unwrap();
        let [mut good, mut bad] = [json!("x"), json!(1)];
        for _ in 0..100 {
            (good, bad) = (json!([good]), json!([bad]));
        }
        let [good, bad] = [&good, &bad].map(document);
        assert!(schema.is_valid(good.value()));
        assert!(!schema.is_valid(bad.value()));
        let mut judged = Judged::default();
        schema.judge(bad.value(), &Tiers::default(), &mut judged);
        assert!(!judged.findings.is_empty());
    }
}
