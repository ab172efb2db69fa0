//! Lines that a mapping converts: any team's payloads, by its own definition.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::common::{Ran, cutover, scratch};
use crate::hostile_lines::hostile;

pub(crate) const CLOUDEVENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../examples/cloudevents.toml"
);
pub(crate) const ORDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/mapping/definitions/order.toml"
);

pub(crate) const V1: &str = r#"{"id":"7","name":"Ada","total":12.5,"items":[{"code":"a-1","qty":1,"tags":"x;y"}],"title":"Hi"}"#;
pub(crate) const V2: &str = r#"{"id":"7","lines":[{"sku":"a-1","qty":1,"tags":["x","y"]}],"title":[{"text":"Hi","language":"en"}],"customer":{"name":"Ada"},"total":{"minor":1250,"currency":"GBP"}}"#;

const EVENT: &str = r#"{"specversion":"0.3","type":"t","source":"/s","id":"1","schemaurl":"https://x/","datacontentencoding":"base64","data":"aGk="}"#;
const EVENT_1: &str = r#"{"specversion":"1.0","type":"t","source":"/s","id":"1","dataschema":"https://x/","data_base64":"aGk="}"#;

pub(crate) const BOTH: [&str; 4] = ["--mapping", ORDER, "--context", "language=en"];

#[track_caller]
fn ends(code: i32, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let ran = cutover(args, input);
    assert_eq!(ran.code, Some(code), "{args:?}: {}{}", ran.out, ran.err);
    ran
}

#[track_caller]
fn order(command: &str, more: &[&str], code: i32, input: impl AsRef<[u8]>) -> Ran {
    ends(code, &[&[command], &BOTH[..], more].concat(), input)
}

/// A definition of this text.
pub(crate) fn definition(name: &str, text: &str) -> String {
    let path = scratch(name).with_extension("json");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn line(payload: &str) -> String {
    format!("{{\"id\":\"a\",\"payload\":{payload}}}\n")
}

#[test]
fn an_event_goes_there_and_back() {
    let mapping = ["--mapping", CLOUDEVENTS];
    let up = ends(0, &[&["upgrade"], &mapping[..]].concat(), line(EVENT));
    let answer = |payload: &str| {
        format!("{{\"id\":\"a\",\"payload\":{payload},\"assumed\":[],\"findings\":[]}}\n")
    };
    assert_eq!(up.out, answer(EVENT_1));
    let down = ends(0, &[&["downgrade"], &mapping[..]].concat(), &up.out);
    assert_eq!(down.out, answer(EVENT));
    let share = |share| {
        let run = [&["run", "--share", share], &mapping[..]].concat();
        ends(0, &run, line(EVENT)).answers().remove(0)
    };
    for (percent, version, payload) in [("0%", "v1", EVENT), ("100%", "v2", EVENT_1)] {
        let answer = share(percent);
        assert_eq!(answer["version"], version);
        assert_eq!(answer["payload"].to_string(), sorted(payload));
    }
}

fn sorted(text: &str) -> String {
    serde_json::from_str::<Value>(text).unwrap().to_string()
}

#[test]
fn a_version_is_named_as_the_definition_names_it() {
    let mapping = ["--mapping", CLOUDEVENTS];
    for (api, payload, code) in [
        ("0.3", EVENT, 0),
        ("from", EVENT, 0),
        ("1.0", EVENT, 3),
        ("1.0", EVENT_1, 0),
        ("to", EVENT_1, 0),
        ("v1", EVENT, 2),
    ] {
        let args = [&["validate", "--api", api], &mapping[..]].concat();
        let ran = ends(code, &args, line(payload));
        match code {
            2 => assert!(ran.err.contains(r#"use "0.3" or "1.0""#), "{}", ran.err),
            code => assert_eq!(ran.answers()[0]["valid"], code == 0, "{api}: {}", ran.out),
        }
    }
}

/// What the upgrade assumed is in its line, and so the downgrade leaves it out without a word.
#[test]
fn an_order_comes_back_as_it_went() {
    let up = order("upgrade", &[], 0, line(V1));
    let answer = &up.answers()[0];
    assert!(up.out.contains(V2), "{}", up.out);
    assert_eq!(answer["assumed"], json!(["/total/currency"]));
    let finding = &answer["findings"][0];
    assert_eq!(finding["code"], "assumed");
    assert_eq!(
        finding.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["code", "message", "path", "severity"]
    );
    let down = order("downgrade", &[], 0, &up.out);
    let back = r#"{"id":"7","items":[{"code":"a-1","qty":1,"tags":"x;y"}],"title":"Hi","name":"Ada","total":12.5}"#;
    assert_eq!(
        down.out,
        format!("{{\"id\":\"a\",\"payload\":{back},\"assumed\":[],\"findings\":[]}}\n")
    );
    let without = order("downgrade", &[], 0, line(V2));
    assert_eq!(without.answers()[0]["findings"][0]["code"], "dropped");
}

#[test]
fn pairs_are_compared_by_what_they_say() {
    let pair = |from: &str, to: &str| format!("{{\"id\":\"a\",\"from\":{from},\"to\":{to}}}\n");
    let same = order("compare", &[], 0, pair(V1, V2));
    assert_eq!(
        same.out,
        "{\"id\":\"a\",\"equivalent\":true,\"differences\":[]}\n"
    );
    let other = V2.replace("1250", "1251");
    let different = order("compare", &[], 3, pair(V1, &other))
        .answers()
        .remove(0);
    assert_eq!(different["equivalent"], false);
    assert_eq!(
        different["differences"],
        json!([{"path": "/total/minor", "from": "1250", "to": "1251"}])
    );
    order("compare", &["--fail-on", "none"], 0, pair(V1, &other));
    for (side, refused) in [
        ("from", pair("{}", V2)),
        ("to", pair(V1, "[]")),
        ("from", pair("{}", "{}")),
    ] {
        let answer = order("compare", &[], 3, refused).answers().remove(0);
        assert_eq!(answer["side"], side);
        assert_eq!(answer["error"]["code"], answer["findings"][0]["code"]);
        assert_eq!(answer.get("equivalent"), None);
    }
}

#[test]
fn a_refused_payload_has_its_error_and_all_findings() {
    let bad = V1.replace("12.5", "12.555").replace(r#""Ada""#, "5");
    let lines = line(V1) + &line(&bad) + &line(V1);
    let ran = order("upgrade", &["--jobs", "3"], 0, &lines);
    let answers = ran.answers();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0], answers[2]);
    let refused = &answers[1];
    assert_eq!(refused["error"]["code"], refused["findings"][0]["code"]);
    assert!(
        refused["findings"].as_array().unwrap().len() > 1,
        "{refused}"
    );
    assert_eq!(refused.get("payload"), None);
    assert_eq!(refused.get("assumed"), None);
    assert!(ran.err.contains("rejected"), "{}", ran.err);
    order("upgrade", &["--fail-on", "rejected"], 3, &lines);
    order(
        "run",
        &["--share", "0%", "--fail-on", "rejected"],
        3,
        &lines,
    );
}

/// A definition may name its codes as it likes, and what it likes stays JSON.
#[test]
fn a_renamed_code_is_text() {
    let text = r#"{"name":"n","codes":{"other_version":"a\"\u001b"},"rules":{"a":{"to":"b"}}}"#;
    let path = definition("renamed", text);
    let ran = ends(0, &["upgrade", "--mapping", &path], line(r#"{"b":1}"#));
    assert_eq!(ran.answers()[0]["error"]["code"], "a\"\u{1b}");
    assert!(!ran.err.contains("\u{1b}\n"), "{:?}", ran.err);
}

#[test]
fn a_wrong_call_is_2_before_anything_is_read() {
    let all = |command: &'static str, more: &'static [&'static str]| {
        [&[command, "--mapping", ORDER], more].concat()
    };
    for args in [
        all("upgrade", &[]),
        all("run", &[]),
        all("compare", &[]),
        all("upgrade", &["--context", "language"]),
        all("upgrade", &["--context", "language=en", "--context", "x=y"]),
        all("validate", &["--api", "v1", "--context", "x=y"]),
        all("upgrade", &["--context", "language=en", "--policy", "none"]),
        all("downgrade", &["--context", "language=en", "--dialect", "d"]),
        vec!["upgrade", "--context", "language=en"],
        vec!["upgrade", "--document"],
        vec!["downgrade", "--policy", "unknowns"],
    ] {
        let ran = ends(2, &args, line(V1));
        assert_eq!(ran.out, "", "{args:?}");
        assert!(!ran.err.is_empty(), "{args:?}");
    }
    // Judging asks for no context.
    ends(
        0,
        &["validate", "--mapping", ORDER, "--api", "v1"],
        line(V1),
    );
}

#[test]
fn a_policy_and_a_dialect_are_those_of_the_definition() {
    let text = r#"{"name":"n","policies":["none","full"],
        "added":{"a":{"absent_by":{"full":1},"drop":"new"}},
        "dialect":[{"name":"d1","added":["b"]},{"name":"d2","added":["c"]}]}"#;
    let path = definition("policies", text);
    let payload = |args: &[&str], payload: &str| {
        let ran = ends(0, &[args, &["--mapping", &path]].concat(), line(payload));
        ran.answers()[0]["payload"].to_string()
    };
    assert_eq!(payload(&["upgrade"], "{}"), "{}");
    assert_eq!(
        payload(&["upgrade", "--policy", "full"], "{}"),
        r#"{"a":1}"#
    );
    let new = r#"{"a":1,"b":2,"c":3}"#;
    assert_eq!(payload(&["downgrade"], new), "{}");
    let d1 = payload(&["downgrade", "--dialect", "d1"], new);
    assert_eq!(d1, r#"{"a":1,"b":2}"#);
}

#[test]
fn what_an_upgrade_assumed_is_an_array() {
    let given = r#"{"id":"a","payload":{},"assumed":50}"#;
    let ran = order("downgrade", &[], 1, given);
    let answer = &ran.answers()[0];
    assert_eq!(answer["error"]["code"], "malformed_line");
    assert_eq!(answer["error"]["path"], "/assumed");
}

#[test]
fn a_flawed_definition_is_refused_by_every_command() {
    let flawed = definition(
        "flawed",
        r#"{"name":"n","rules":{"a":{"to":"c"},"b":{"to":"c","codek":"x"}}}"#,
    );
    let missing = definition("gone", "{}");
    std::fs::remove_file(&missing).unwrap();
    for definition in [&*flawed, &missing] {
        for command in [
            &["upgrade", "--mapping", definition][..],
            &["downgrade", "--mapping", definition],
            &["run", "--mapping", definition],
            &["compare", "--mapping", definition],
            &["validate", "--api", "x", "--mapping", definition],
            &["upgrade", "--document", "--mapping", definition],
            &["mapping", "losses", definition],
            &["mapping", "schema", definition],
            &["mapping", "samples", definition],
            &["mapping", "explain", definition],
        ] {
            let ran = ends(1, command, line("{}"));
            assert_eq!(ran.out, "", "{command:?}");
            assert!(ran.err.starts_with("cutover: "), "{command:?}: {}", ran.err);
        }
        ends(1, &["mapping", "check", definition], "");
    }
}

/// A hostile line is told apart from a refused payload, and harms no other line.
#[test]
fn hostile_lines_harm_nobody() {
    let definition = definition("hostile", r#"{"name":"n","rules":{"lat":{"to":"y"}}}"#);
    let good = "{\"id\":\"good\",\"payload\":{\"lat\":51.50}}\n";
    let mut input = Vec::new();
    for (_, line, ..) in hostile() {
        input.extend_from_slice(good.as_bytes());
        input.extend_from_slice(&line);
        input.push(b'\n');
    }
    for command in [
        &["upgrade"][..],
        &["run", "--share=0%"],
        &["validate", "--api=to"],
    ] {
        let ran = ends(1, &[command, &["--mapping", &definition]].concat(), &input);
        // 1e999 is a number of JSON, and stays one; no type of serde's has room for it.
        let answers: Vec<BTreeMap<String, &RawValue>> = ran
            .lines()
            .into_iter()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect();
        assert_eq!(answers.len(), 2 * hostile().len());
        for (pair, (kind, _, code, whole)) in answers.chunks(2).zip(hostile()) {
            let [good, bad] = pair else { panic!("{kind}") };
            assert_eq!(good["id"].get(), "\"good\"", "{kind}");
            assert!(!good.contains_key("error"), "{kind}: {good:?}");
            if whole {
                let error: Value = serde_json::from_str(bad["error"].get()).unwrap();
                assert_eq!(error["code"], code, "{command:?}: {kind}: {bad:?}");
                assert!(bad.contains_key("line"), "{kind}");
            } else {
                assert_eq!(bad["id"].get(), "\"x\"", "{command:?}: {kind}: {bad:?}");
            }
        }
    }
}
