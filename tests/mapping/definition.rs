//! What is wrong with a definition as text: each flaw with its code, its place and advice; and what is kept as written.

use cutover::mapping::{Definition, FlawCode};
use jsonschema::Validator;
use serde_json::Value;

/// A JSON text in which `'` stands for `"`.
fn json(text: &str) -> String {
    text.replace('\'', "\"")
}

/// The flaws of a definition: code, place, reason.
fn flaws(text: &str) -> Vec<(FlawCode, String, String)> {
    match Definition::from_json(text) {
        Ok(definition) => panic!("accepted: {text}\nas {}", definition.to_json()),
        Err(flaws) => flaws
            .as_slice()
            .iter()
            .map(|flaw| {
                (
                    flaw.code(),
                    flaw.path().to_owned(),
                    flaw.reason().to_owned(),
                )
            })
            .collect(),
    }
}

/// A definition with this rule for `a`, beside what the rules of the table below use.
fn with_rule(rule: &str) -> String {
    json(&format!(
        "{{'context': ['language'], 'policies': ['strict'], 'rules': {{'a': {rule}}}}}"
    ))
}

/// The JSON Schema of the format.
pub(crate) fn format() -> Validator {
    let schema: Value = serde_json::from_str(Definition::format_schema()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::draft202012::new(&schema).unwrap()
}

/// The lines of a table, each as its columns; `'` stands for `"`.
fn table(text: &str) -> impl Iterator<Item = Vec<String>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(" | ").map(json).collect())
}

#[test]
fn a_wrong_rule_is_refused() {
    let format = format();
    let mut seen = 0;
    for row in table(include_str!("definitions/wrong_rules.txt")) {
        let [rule, code, reason, rest @ ..] = &row[..] else {
            panic!("{row:?}");
        };
        let text = with_rule(rule);
        let found = flaws(&text);
        assert_eq!(found.len(), 1, "{rule}: {found:?}");
        assert_eq!(
            (found[0].0.as_str(), found[0].1.as_str()),
            (code.as_str(), "a"),
            "{rule}: {found:?}"
        );
        assert!(found[0].2.contains(reason), "{rule}: {found:?}");
        let accepted = format.is_valid(&serde_json::from_str(&text).unwrap());
        assert_eq!(accepted, !rest.is_empty(), "{rule}");
        seen += 1;
    }
    assert!(seen > 50);
}

#[test]
fn a_wrong_definition_is_refused() {
    let mut seen = 0;
    for row in table(include_str!("definitions/wrong_definitions.txt")) {
        let [text, code, place, reason] = &row[..] else {
            panic!("{row:?}");
        };
        let found = flaws(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(
            (found[0].0.as_str(), &found[0].1),
            (code.as_str(), place),
            "{text}: {found:?}"
        );
        assert!(found[0].2.contains(reason), "{text}: {found:?}");
        seen += 1;
    }
    assert!(seen > 30);
}

#[test]
fn all_flaws_are_found_not_only_the_first() {
    let text = json(
        "{'nam': 'x', 'to': {'schema': 'x.json'},
          'rules': {'b': {'tu': 'c', 'list': 'up', 'lost': 1}, 'a/': {}, 'c': {'codec': 'scale'}},
          'hook': [{'name': 'h'}]}",
    );
    let found = flaws(&text);
    let places: Vec<&str> = found.iter().map(|(_, place, _)| place.as_str()).collect();
    assert_eq!(
        places,
        [
            "", "a/", "b", "b", "b", "c", "hook[0]", "hook[0]", "hook[0]", "to"
        ]
    );
}

#[test]
fn literals_keep_the_text_of_numbers_and_lose_needless_spaces_and_escapes() {
    let text =
        json("{'rules': {'a': {'absent': { 'y': [1.50, 1e2 , -0], 'x': '\\u0041\\/\\n' }}}}");
    let written = Definition::from_json(&text).unwrap().to_json();
    assert!(
        written.contains(r#"{"absent":{"y":[1.50,1e2,-0],"x":"A/\n"}}"#),
        "{written}"
    );
}

#[test]
fn the_order_of_rules_means_nothing() {
    let one =
        json("{'rules': {'b': {}, 'a': {}, 'a/b': {}, 'B': {}}, 'added': {'d': {}, 'c': {}}}");
    let other =
        json("{'added': {'c': {}, 'd': {}}, 'rules': {'a/b': {}, 'B': {}, 'a': {}, 'b': {}}}");
    let (one, other) = (
        Definition::from_json(&one).unwrap(),
        Definition::from_json(&other).unwrap(),
    );
    assert_eq!(one, other);
    assert!(
        one.to_json()
            .contains(r#""rules":{"B":{},"a":{},"a/b":{},"b":{}}"#)
    );
}

#[test]
fn schemas_are_read_by_whoever_reads_the_definition() {
    let text = json("{'from': {'schema': 'a.json'}, 'to': {'schema': true}}");
    let mut asked = Vec::new();
    let definition = Definition::from_json_with(&text, &mut |path| {
        asked.push(path.to_owned());
        Ok("{\"type\": \"object\"}".to_owned())
    })
    .unwrap();
    assert_eq!(asked, ["a.json"]);
    let written = definition.to_json();
    assert!(
        written.contains(r#""schema":{"type":"object"}"#),
        "{written}"
    );
    assert!(written.contains(r#""schema":true"#), "{written}");
    for (schema, reason) in [("{", "is not JSON"), ("[]", "must be an object")] {
        let flaws = Definition::from_json_with(&text, &mut |_| Ok(schema.to_owned()));
        let flaws = flaws.unwrap_err().to_string();
        assert!(flaws.contains(reason), "{flaws}");
    }
}

#[test]
fn deep_nesting_is_refused_and_harms_nobody() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Definition::from_json(&with_rule(&format!("{{'absent': {}}}", deep(100)))).is_ok());
    for depth in [200, 100_000] {
        for text in [
            with_rule(&format!("{{'absent': {}}}", deep(depth))),
            with_rule(&deep(depth)),
            json(&format!("{{'from': {{'schema': {}}}}}", deep(depth))),
            deep(depth),
        ] {
            assert!(Definition::from_json(&text).is_err());
        }
    }
}
