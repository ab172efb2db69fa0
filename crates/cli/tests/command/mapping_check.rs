//! What the command says of a definition: flaws, losses, what can be refused, samples, and what its rules do.

use serde_json::Value;

use crate::common::{Ran, cutover, file};
use crate::mapping::{CLOUDEVENTS, ORDER, V1, V2, definition};

#[track_caller]
fn ends(code: i32, args: &[&str], input: &str) -> Ran {
    let ran = cutover(args, input);
    assert_eq!(ran.code, Some(code), "{args:?}: {}{}", ran.out, ran.err);
    ran
}

fn kinds(ran: &Ran, kind: &str) -> Vec<String> {
    let answers = ran.answers();
    let of_kind = answers.iter().filter(|line| line["kind"] == kind);
    let text = |line: &Value| {
        assert!(!line["reason"].as_str().unwrap().is_empty(), "{line}");
        let [code, path] = ["code", "path"].map(|name| line[name].as_str().unwrap());
        format!("{code} {path}")
    };
    of_kind.map(text).collect()
}

#[test]
fn a_sound_definition_has_losses_and_open_ends() {
    let json = ends(0, &["mapping", "check", ORDER, "--json"], "");
    assert_eq!(kinds(&json, "flaw"), [""; 0]);
    let losses = kinds(&json, "loss");
    assert!(
        losses.contains(&"dropped legacy_ref".to_owned()),
        "{losses:?}"
    );
    assert!(
        losses.contains(&"assumed total/currency".to_owned()),
        "{losses:?}"
    );
    let open = kinds(&json, "open");
    assert!(
        open.contains(&"type items/*/ext/note".to_owned()),
        "{open:?}"
    );
    let only_losses = ends(0, &["mapping", "losses", ORDER, "--json"], "");
    assert_eq!(kinds(&only_losses, "loss"), losses);
    assert_eq!(only_losses.lines().len(), losses.len());

    let text = ends(0, &["mapping", "check", ORDER], "").out;
    for part in [
        "order, v1 to v2\n",
        "no flaws",
        "legacy_ref",
        "nobody has read it since 2023",
        "scale   total",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let table = ends(0, &["mapping", "losses", CLOUDEVENTS], "").out;
    assert!(table.contains("loses and assumes nothing"), "{table}");
}

#[test]
fn flaws_are_the_result_and_1() {
    let flawed = definition(
        "two",
        r#"{"name":"n","rules":{"a":{"to":"c"},"b":{"to":"c"}}}"#,
    );
    let json = ends(1, &["mapping", "check", &flawed, "--json"], "");
    let flaws = kinds(&json, "flaw");
    assert!(!flaws.is_empty() && flaws.iter().all(|flaw| flaw.starts_with("two_writers ")));
    assert_eq!(json.lines().len(), flaws.len());
    let text = ends(1, &["mapping", "check", &flawed], "").out;
    assert!(text.contains("two_writers"), "{text}");
}

/// What the library doesn't compile needs the feature `schema`, and the flaw says so.
#[test]
fn a_schema_beyond_what_is_compiled_says_what_it_needs() {
    let path = definition(
        "beyond",
        r#"{"name":"n","from":{"version":"1","schema":{"allOf":[{"properties":{"a":{}}}],"unevaluatedProperties":false}},"to":{"version":"2"}}"#,
    );
    let (code, says) = match cfg!(feature = "schema") {
        true => (0, "no flaws"),
        false => (1, "build with the feature `schema`"),
    };
    let ran = ends(code, &["mapping", "check", &path], "");
    assert!(ran.out.contains(says), "{}", ran.out);
}

#[test]
fn recorded_payloads_are_tried() {
    let invalid = V1.replace(r#""qty":1"#, r#""qty":"many""#);
    let refused = V1.replace(r#""qty":1"#, r#""qty":1,"ext":{"note":5}"#);
    let lines = format!(
        "{V1}\n{{\"id\":\"b\",\"payload\":{V1}}}\n\n{{\"id\":\"c\",\"payload\":{invalid}}}\nnonsense\n{refused}\n"
    );
    let recorded = file("recorded.ndjson", lines);
    let context = ["--context", "language=en"];
    let check = [
        &["mapping", "check", ORDER, "--samples", &recorded],
        &context[..],
    ]
    .concat();
    let json = ends(0, &[&check[..], &["--json"]].concat(), "");
    let answers = json.answers();
    let summary = answers.last().unwrap();
    let counts = ["payloads", "valid", "upgraded", "round_trip", "reported"];
    assert_eq!(
        counts.map(|name| summary[name].as_u64().unwrap()),
        [5, 3, 2, 2, 2]
    );
    let failed = answers.iter().filter(|line| line["kind"] == "sample");
    let failed: Vec<_> = failed
        .map(|line| format!("{} {} {}", line["line"], line["id"], line["step"]))
        .collect();
    assert_eq!(
        failed,
        [
            r#"4 "c" "validate""#,
            r#"5 null "validate""#,
            r#"6 null "upgrade""#
        ]
    );
    let text = ends(0, &check, "").out;
    assert!(
        text.contains("line 4") && text.contains("come back the same"),
        "{text}"
    );
    // It needs what the definition asks of each call.
    ends(2, &["mapping", "check", ORDER, "--samples", &recorded], "");
    let pretty = format!("{:#}", serde_json::from_str::<Value>(V1).unwrap());
    let one = ["mapping", "check", ORDER, "--json", "--samples", "-"];
    let whole = ends(0, &[&one[..], &context].concat(), &pretty);
    assert_eq!(whole.answers().last().unwrap()["round_trip"], 1);
}

#[test]
fn schemas_and_samples_are_those_of_a_version() {
    let schema = |api: &str| {
        let ran = ends(0, &["mapping", "schema", CLOUDEVENTS, "--api", api], "");
        serde_json::from_str::<Value>(&ran.out).unwrap()
    };
    assert_eq!(schema("0.3"), schema("from"));
    assert_ne!(schema("0.3"), schema("1.0"));
    ends(2, &["mapping", "schema", CLOUDEVENTS, "--api", "2"], "");
    let bare = definition("bare", r#"{"name":"n"}"#);
    ends(1, &["mapping", "schema", &bare], "");

    let samples = |more: &[&str]| {
        let args = [&["mapping", "samples", CLOUDEVENTS], more].concat();
        ends(0, &args, "").out
    };
    let first = samples(&["-n", "50"]);
    assert_eq!(first, samples(&["--count", "50"]));
    assert_ne!(first, samples(&["-n", "50", "--seed", "2"]));
    assert_eq!(first.lines().count(), 50);
    let validate = ["validate", "--mapping", CLOUDEVENTS, "--api", "0.3"];
    let valid = cutover(&validate, &first).answers();
    let valid = valid.iter().filter(|line| line["valid"] == true).count();
    assert!(valid >= 40, "{valid} of 50");
}

fn rules(ran: &Ran) -> Vec<String> {
    let answers = ran.answers();
    let rules = answers.iter().filter(|line| line["kind"] == "rule");
    let text = |line: &Value| {
        let [rule, at, to] = ["rule", "at", "to"].map(|name| line[name].as_str().unwrap_or("-"));
        format!("{rule}: {at} {to}")
    };
    rules.map(text).collect()
}

#[test]
fn explain_shows_which_rule_does_what() {
    let explain = |more: &[&str], code, input: &str| {
        let args = ["mapping", "explain", ORDER, "--context", "language=en"];
        ends(code, &[&args[..], more].concat(), input)
    };
    let v1 = V1.replace(r#""id":"7""#, r#""id":"7","legacy_ref":"x""#);
    assert_eq!(
        rules(&explain(&["--json"], 0, &v1)),
        [
            "items: /items /lines",
            "items/*/code: /items/0/code /lines/0/sku",
            "items/*/tags: /items/0/tags /lines/0/tags",
            "legacy_ref: /legacy_ref -",
            "name: /name /customer/name",
            "title: /title /title",
            "total: /total /total/minor",
            "added: total/currency: - /total/currency",
        ]
    );
    let down = explain(&["--json", "--api", "v2"], 0, V2);
    let down = rules(&down);
    assert!(
        down.contains(&"items/*/code: /lines/0/sku /items/0/code".to_owned()),
        "{down:?}"
    );
    assert!(
        down.contains(&"added: total/currency: /total/currency -".to_owned()),
        "{down:?}"
    );
    let table = explain(&[], 0, V1).out;
    assert!(table.contains("codec joined"), "{table}");
    for refused in ["", "[]", "{\"items\":[{}]}"] {
        let table = explain(&[], 3, refused).out;
        assert!(
            table.contains("refused") && table.contains("error"),
            "{table}"
        );
    }
}

/// Of alternatives, the one that applies.
#[test]
fn explain_knows_alternatives() {
    let explain = |event: &str| {
        let args = ["mapping", "explain", CLOUDEVENTS, "--json"];
        rules(&ends(0, &args, event))
    };
    let event =
        |data: &str| format!(r#"{{"specversion":"0.3","type":"t","source":"/s","id":"1",{data}}}"#);
    let plain = explain(&event(r#""data":"aGk=""#));
    assert_eq!(
        plain,
        [
            "data: /data /data",
            "specversion: /specversion /specversion"
        ]
    );
    let base64 = explain(&event(r#""datacontentencoding":"base64","data":"aGk=""#));
    assert_eq!(
        base64,
        [
            "data: /data /data_base64",
            "specversion: /specversion /specversion"
        ]
    );
}
