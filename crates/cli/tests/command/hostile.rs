//! Hostile lines: each gets an error with a code, and every other line of the same input is answered as if alone.

use serde_json::Value;

use crate::common::cutover;
use crate::hostile_lines::hostile;

fn good(number: usize) -> String {
    format!(r#"{{"id":"good-{number}","payload":{{"lat":51.5,"lng":-0.1}}}}"#)
}

/// One input of all hostile lines, a good one before each, and the answers to it.
fn interleaved(args: &[&str]) -> (Vec<Value>, Vec<Value>) {
    let mut input = Vec::new();
    for (number, (_, line, ..)) in hostile().into_iter().enumerate() {
        input.extend_from_slice(good(number).as_bytes());
        input.push(b'\n');
        input.extend_from_slice(&line);
        input.push(b'\n');
    }
    let ran = cutover(args, &input);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let answers = ran.answers();
    assert_eq!(answers.len(), 2 * hostile().len(), "{}", ran.err);
    let (good, bad) = answers
        .into_iter()
        .enumerate()
        .partition::<Vec<_>, _>(|(at, _)| at % 2 == 0);
    (
        good.into_iter().map(|(_, it)| it).collect(),
        bad.into_iter().map(|(_, it)| it).collect(),
    )
}

#[test]
fn each_kind_gets_its_code_and_harms_no_other_line() {
    assert!(hostile().len() >= 20);
    for args in [
        &["upgrade"][..],
        &["run", "--share", "0%"],
        &["run", "--share", "100%"],
    ] {
        let (good, bad) = interleaved(args);
        for (number, answer) in good.iter().enumerate() {
            assert_eq!(answer["id"], format!("good-{number}"), "{args:?}");
            assert_eq!(answer["payload"]["lat"], 51.5, "{args:?}: {answer}");
        }
        for (number, ((kind, _, code, line), answer)) in hostile().iter().zip(&bad).enumerate() {
            assert_eq!(answer["error"]["code"], *code, "{args:?}: {kind}: {answer}");
            assert!(
                !answer["error"]["message"].as_str().unwrap().is_empty(),
                "{kind}: {answer}"
            );
            if *line {
                assert_eq!(answer["line"], 2 * number + 2, "{kind}");
                assert_eq!(answer.as_object().unwrap().len(), 3, "{kind}: {answer}");
            } else {
                assert_eq!(answer["id"], "x", "{kind}");
                assert_eq!(
                    answer["findings"][0]["severity"], "error",
                    "{kind}: {answer}"
                );
                assert_eq!(answer.get("line"), None, "{kind}");
            }
        }
    }
}

#[test]
fn validate_names_the_same_codes() {
    let (good, bad) = interleaved(&["validate", "--api", "v1"]);
    assert!(
        good.iter().all(|answer| answer["valid"] == true),
        "{good:?}"
    );
    for ((kind, _, code, line), answer) in hostile().iter().zip(&bad) {
        let found = if *line {
            &answer["error"]["code"]
        } else {
            &answer["findings"][0]["code"]
        };
        assert_eq!(found, code, "{kind}: {answer}");
        assert_eq!(
            answer.get("valid"),
            (!line).then_some(&Value::Bool(false)),
            "{kind}"
        );
    }
}

/// An id that v2 would refuse is refused for v1 as well: else raising the share would turn people away.
#[test]
fn an_id_out_of_bounds_is_refused_whatever_the_version() {
    let long = "i".repeat(1_025);
    for id in ["", &long] {
        let line = format!(r#"{{"id":"{id}","payload":{{"lat":1,"lng":2}}}}"#);
        for share in ["0%", "100%"] {
            let ran = cutover(&["run", "--share", share], &line);
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            let error = &ran.answers()[0]["error"];
            assert_eq!(
                (&error["code"], &error["path"]),
                (&"invalid_format".into(), &"/@id".into())
            );
        }
    }
    let line = format!(
        r#"{{"id":"{}","payload":{{"lat":1,"lng":2}}}}"#,
        "i".repeat(1_024)
    );
    for share in ["0%", "100%"] {
        assert_eq!(
            cutover(&["run", "--share", share], &line).answers()[0].get("error"),
            None
        );
    }
}

/// A payload that is merely rejected is a handled line; a line that is not of the form is not.
#[test]
fn only_lines_at_fault_make_the_exit_code_1() {
    for (kind, line, code, at_fault) in hostile() {
        let mut input = line.clone();
        input.push(b'\n');
        let ran = cutover(&["upgrade"], &input);
        assert_eq!(ran.code, Some(i32::from(at_fault)), "{kind}: {}", ran.out);
        let row = ran
            .err
            .lines()
            .find(|row| row.trim_start().starts_with(code));
        assert!(
            row.is_some_and(|row| row.contains("  1")),
            "{kind}: {}",
            ran.err
        );
    }
}

/// The end of the input is a line like any other, newline or not.
#[test]
fn half_a_line_at_the_end_is_reported() {
    let whole = good(0);
    for end in 1..whole.len() {
        let ran = cutover(&["upgrade"], format!("{whole}\n{}", &whole[..end]));
        assert_eq!(ran.code, Some(1), "{end}");
        assert_eq!(ran.answers()[1]["error"]["code"], "malformed_json", "{end}");
    }
    let ran = cutover(&["upgrade"], format!("{whole}\n{whole}"));
    assert_eq!((ran.code, ran.lines().len()), (Some(0), 2));
}

#[test]
fn ids_have_hostile_lines_too() {
    let ran = cutover(&["route"], b"a\n\nb\0\nc\xff\n\r\nd\r\n");
    assert_eq!(ran.code, Some(1));
    let answers = ran.answers();
    let codes: Vec<_> = answers
        .iter()
        .map(|answer| answer["error"]["code"].as_str())
        .collect();
    let (empty, bad) = (Some("empty_line"), Some("malformed_line"));
    assert_eq!(codes, [None, empty, bad, bad, empty, None]);
    assert_eq!(
        (&answers[0]["id"], &answers[5]["id"]),
        (&"a".into(), &"d".into())
    );
}

#[test]
fn pairs_have_hostile_lines_too() {
    let v1 = r#"{"lat":1,"lng":2}"#;
    let input = format!(
        "{{\"id\":\"a\",\"v1\":{v1}}}\n{{\"id\":\"b\",\"v1\":{v1},\"v2\":1,\"v3\":2}}\n[]\n"
    );
    let ran = cutover(&["compare"], input);
    assert_eq!(ran.code, Some(1));
    let paths: Vec<_> = ran
        .answers()
        .iter()
        .map(|it| it["error"]["path"].clone())
        .collect();
    assert_eq!(paths, ["/v2", "/v3", ""]);
}

/// A line is answered the same whichever member comes first, though only one spelling is split without being parsed:
/// tried with every byte of a payload replaced by each that means something to JSON.
#[test]
fn the_order_of_members_makes_no_difference() {
    let payload = br#"{"lat":51.5,"lng":-0.1,"x":["\u00fc",{"y":null}],"name":"a"}"#;
    let bytes = b"{}[]\",:\\u0e-. \0\x0c\xff";
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for at in 0..payload.len() {
        for &byte in bytes {
            let mut payload = payload.to_vec();
            payload[at] = byte;
            first.extend([b"{\"id\":\"x\",\"payload\":", &*payload, b"}\n"].concat());
            last.extend([b"{\"payload\":", &*payload, b",\"id\":\"x\"}\n"].concat());
        }
    }
    let (first, last) = (cutover(&["upgrade"], first), cutover(&["upgrade"], last));
    let same = |mut answer: Value| {
        // Positions in the line differ, of course.
        if answer.get("line").is_some() {
            answer["error"]["message"].take();
        }
        answer
    };
    let first: Vec<_> = first.answers().into_iter().map(same).collect();
    let last: Vec<_> = last.answers().into_iter().map(same).collect();
    assert_eq!(first.len(), payload.len() * bytes.len());
    assert_eq!(first, last);
    let lines = first
        .iter()
        .filter(|answer| answer.get("line").is_some())
        .count();
    let taken = first
        .iter()
        .filter(|answer| answer.get("payload").is_some())
        .count();
    assert!(lines > 100 && taken > 100, "{lines} {taken}");
}
