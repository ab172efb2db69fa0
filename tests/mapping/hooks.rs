//! Hooks of several members, nulls that count as absent, and the order of defaults.

use cutover::mapping::{
    Call, Code, Definition, Finding, Hook, HookLoss, Hooks, Mapping, Outputs, RawJson, Rule, Side,
};
use serde_json::json;

/// `price` and `note` in both versions: v1's number is v2's text of it, and the note moves along in capitals.
struct Price;

impl Hook for Price {
    fn up(
        &self,
        values: &[Option<RawJson<'_>>],
        call: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        match values[0].and_then(|price| price.number()) {
            Some(number) => out.set_string(0, number),
            None => out.keep(0, 0),
        }
        if let (None, Some(id)) = (values[0], call.document_id()) {
            out.set_strings(0, &["unknown of ", id]);
        }
        if values[1].is_some_and(|note| note.says("loud")) {
            out.report(Finding::warning(
                Code::new("loud"),
                "/note",
                "say it softly",
            ));
        }
        out.keep(1, 1);
        Ok(())
    }

    fn down(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let text = values[0].and_then(|price| price.string());
        match text {
            Some(text) if text.parse::<u32>().is_ok() => out.set(0, &text),
            _ => out.keep(0, 0),
        }
        out.keep(1, 1);
        Ok(())
    }

    fn settle(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        match values[0].and_then(|price| price.string()) {
            Some(text) => out.set_string(0, text.trim_start_matches('0')),
            None => out.keep(0, 0),
        }
        out.keep(1, 1);
        Ok(())
    }

    fn fills(&self) -> bool {
        true
    }

    fn keeps_places(&self) -> bool {
        true
    }
}

fn prices() -> Mapping {
    let definition = Definition::builder("prices")
        .from("v1", None)
        .to("v2", None)
        .hook(
            "price",
            ["price", "note"],
            ["price", "note"],
            HookLoss::Both,
        )
        .added("note", Rule::new().absent("none"))
        .build()
        .unwrap();
    Mapping::compile(definition, &Hooks::new().with("price", Price)).unwrap()
}

fn up(mapping: &Mapping, document: &str, call: &Call<'_>) -> (String, Vec<(String, String)>) {
    let mut out = Vec::new();
    let report = mapping
        .upgrade(document.as_bytes(), call, &mut out)
        .unwrap();
    (String::from_utf8(out).unwrap(), said(report.findings()))
}

fn down(mapping: &Mapping, document: &str, call: &Call<'_>) -> String {
    let mut out = Vec::new();
    mapping
        .downgrade(document.as_bytes(), call, &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

fn said(findings: &[Finding]) -> Vec<(String, String)> {
    let said = |it: &Finding| (it.code().as_str().to_owned(), it.path().to_owned());
    findings.iter().map(said).collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter()
        .map(|(code, path)| ((*code).to_owned(), (*path).to_owned()))
        .collect()
}

/// A result under the name of one of the members keeps that one's position and the spelling of its name.
#[test]
fn a_result_under_a_members_own_name_keeps_its_place() {
    for (v1, v2) in [
        (
            r#"{"note":"a","x":1,"price":5,"y":2}"#,
            r#"{"note":"a","x":1,"price":"5","y":2}"#,
        ),
        (
            r#"{"price":5,"x":1,"n\u006fte":"a"}"#,
            r#"{"price":"5","x":1,"n\u006fte":"a"}"#,
        ),
        (
            r#"{"x":1,"pric\u0065": 5 ,"note" : "a"}"#,
            r#"{"x":1,"pric\u0065":"5","note":"a"}"#,
        ),
    ] {
        assert_eq!(up(&prices(), v1, &Call::new()).0, v2);
    }
}

/// What a hook says of one of its members stands where that member stands.
#[test]
fn findings_of_a_hook_are_in_document_order() {
    let v1 = r#"{"price":5,"z":1,"note":"loud"}"#;
    let (v2, found) = up(&prices(), v1, &Call::new());
    assert_eq!(v2, r#"{"price":"5","z":1,"note":"loud"}"#);
    assert_eq!(found, pairs(&[("loud", "/note")]));
}

/// With nothing there, the hook is asked, its results are appended, and a default stands where it gives nothing.
#[test]
fn a_hook_that_fills_is_asked_when_nothing_is_there() {
    let mapping = prices();
    let (v2, found) = up(&mapping, r#"{"x":1}"#, &Call::new().id("7\""));
    assert_eq!(v2, r#"{"x":1,"price":"unknown of 7\"","note":"none"}"#);
    assert_eq!(found, pairs(&[("assumed", "/note")]));
    let (v2, _) = up(&mapping, r#"{"note":"a"}"#, &Call::new().id("7"));
    assert_eq!(v2, r#"{"price":"unknown of 7","note":"a"}"#);
    // A downgrade does not ask.
    assert_eq!(
        down(&mapping, r#"{"x":1}"#, &Call::new().id("7")),
        r#"{"x":1}"#
    );
}

/// An assumed member counts as absent for the hook that reads it, wherever it stands; its other members are converted.
#[test]
fn what_was_assumed_is_not_read_by_a_hook() {
    let assumed = ["/note".to_owned()];
    let call = Call::new().assumed(&assumed);
    for (v2, v1) in [
        (r#"{"note":"none","price":"5"}"#, r#"{"price":5}"#),
        (r#"{"price":"5","note":"none"}"#, r#"{"price":5}"#),
        (
            r#"{"price":"5","note":"more"}"#,
            r#"{"price":5,"note":"more"}"#,
        ),
    ] {
        assert_eq!(down(&prices(), v2, &call), v1);
    }
}

/// Two documents are compared by what `settle` makes of `to`'s values.
#[test]
fn values_are_compared_as_the_hook_settles_them() {
    let mapping = prices();
    let compare = |v2: &str| {
        let found = mapping.compare(br#"{"price":5,"note":"a"}"#, v2.as_bytes(), &Call::new());
        found.unwrap().len()
    };
    assert_eq!(compare(r#"{"note":"a","price":"005"}"#), 0);
    assert_eq!(compare(r#"{"note":"a","price":"50"}"#), 1);
}

fn with_nulls() -> Mapping {
    let schema = json!({"type": "object", "required": ["id"], "properties": {
        "id": {"type": "integer"}, "old": {"type": "string"}, "deep": {}
    }});
    let to = json!({"type": "object", "required": ["id"], "properties": {
        "id": {"type": "integer"}, "new": {"type": "string"}, "deep": {},
        "a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer"}
    }});
    let definition = Definition::builder("nulls")
        .from("v1", Some(schema))
        .to("v2", Some(to))
        .nulls_absent()
        .rule("old", Rule::new().to("new"))
        .added("a", Rule::new().absent(1).drop("new"))
        .added("b", Rule::new().absent(2).drop("new"))
        .added("c", Rule::new().absent(3).drop("new"))
        .last(Side::To, ["c", "a"])
        .build()
        .unwrap();
    Mapping::compile(definition, &Hooks::new()).unwrap()
}

/// A null at the top is left out and said; one further inside is a value; and defaults stand in the order that `last` says.
#[test]
fn nulls_of_the_document_count_as_absent() {
    let mapping = with_nulls();
    let (v2, found) = up(
        &mapping,
        r#"{"old":null,"id":1,"x":null,"deep":{"y":null}}"#,
        &Call::new(),
    );
    assert_eq!(v2, r#"{"id":1,"deep":{"y":null},"b":2,"c":3,"a":1}"#);
    let [old, x] = ["/old", "/x"].map(|path| ("null_value", path));
    let assumed = ["/b", "/c", "/a"].map(|path| ("assumed", path));
    assert_eq!(found, pairs(&[&[old, x][..], &assumed].concat()));
    assert_eq!(
        down(&mapping, r#"{"new":null,"id":1}"#, &Call::new()),
        r#"{"id":1}"#
    );

    let report = mapping
        .validate(Side::From, br#"{"id":null}"#, &Call::new())
        .unwrap();
    assert_eq!(said(report.findings()), pairs(&[("required", "/id")]));
    // A name of the other version stays an error.
    let report = mapping
        .validate(Side::From, br#"{"id":1,"new":null}"#, &Call::new())
        .unwrap();
    assert_eq!(said(report.findings()), pairs(&[("other_version", "/new")]));
}
