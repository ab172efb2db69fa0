//! The commands of the way back and those about documents: form, downgrade, schema, completions.

use crate::common::{Ran, cutover};

const FORM: &str = r#"{"lat":51.50,"lng":-0.1,"hours":"custom","customHours":"business","fee":0.5,"features":{"radar":true}}"#;
const V1: &str = r#"{"lat":51.50,"lng":-0.1,"hours":"business","fee":0.5,"centralkey":"nks"}"#;
const V2: &str = r#"{"@id":"way/1","amenity":"toilets","lat":51.50,"lng":-0.1,"wheelchair":"unknown","access":"unknown","opening_hours":"Mo-Fr 09:00-17:00","fee":true,"charge":"0.50 GBP","centralkey":"nks"}"#;
const BACK: &str = r#"{"@id":"way/1","lat":51.50,"lng":-0.1,"hours":"Mo-Fr 09:00-17:00","fee":0.5,"centralkey":"nks"}"#;

fn line(payload: &str) -> String {
    format!("{{\"id\":\"way/1\",\"payload\":{payload}}}\n")
}

fn answer(payload: &str) -> String {
    format!("{{\"id\":\"way/1\",\"payload\":{payload},\"findings\":[]}}\n")
}

/// The answer to an upgrade that filled in amenity, wheelchair and access.
fn upgraded(payload: &str) -> String {
    answer(payload).replace(",\"findings\"", ",\"assumed\":50,\"findings\"")
}

fn clean(args: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let ran = cutover(args, input);
    assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
    ran
}

#[test]
fn form_writes_the_version_that_is_asked_for() {
    assert_eq!(clean(&["form", "--to", "v1"], line(FORM)).out, answer(V1));
    assert_eq!(clean(&["form", "--to", "v2"], line(FORM)).out, upgraded(V2));
    let legacy = clean(&["form", "--to", "v2", "--policy", "legacy"], line(FORM)).out;
    assert!(legacy.contains(r#""access":"yes""#), "{legacy}");
    assert!(legacy.contains(r#""unisex":"no"}"#), "{legacy}");
    assert_eq!(cutover(&["form"], line(FORM)).code, Some(2));
}

#[test]
fn a_form_that_is_wrong_says_where() {
    let bad = FORM.replace("true", "1").replace("51.50", "\"x\"");
    for to in ["v1", "v2"] {
        let ran = clean(&["form", "--to", to], line(&bad));
        let answer = &ran.answers()[0];
        assert_eq!(answer["error"]["path"], "/features/radar", "{answer}");
        assert_eq!(answer["findings"].as_array().unwrap().len(), 2, "{answer}");
        assert!(answer.get("payload").is_none(), "{answer}");
        assert!(ran.err.contains("invalid_type"), "{}", ran.err);
    }
}

#[test]
fn downgrade_is_the_way_back() {
    assert_eq!(clean(&["downgrade"], line(V2)).out, answer(BACK));
    let up = clean(&["upgrade"], line(BACK)).out;
    assert_eq!(up, upgraded(V2));
    let refused = clean(&["downgrade"], line(V1)).answers()[0].clone();
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["path"]),
        (&"v1_member".into(), &"/hours".into())
    );
    let broken = cutover(&["downgrade"], "{\n".to_owned() + &line(V2));
    assert_eq!(broken.code, Some(1));
    assert_eq!(broken.lines()[1].to_owned() + "\n", answer(BACK));
}

/// What an upgrade filled in is no fact: its line says so, and the way back leaves it out.
#[test]
fn what_was_assumed_does_not_come_back_as_a_fact() {
    let v1 = r#"{"@id":"way/1","lat":51.5,"lng":-0.1}"#;
    for jobs in ["1", "2"] {
        let up = clean(&["upgrade", "--jobs", jobs], line(v1)).out;
        assert_eq!(clean(&["downgrade", "--jobs", jobs], &up).out, answer(v1));
    }
    let up = clean(&["run", "--share", "100%"], line(v1)).out;
    assert_eq!(clean(&["downgrade"], &up).out, answer(v1));
    let without = clean(&["downgrade"], line(V2)).out;
    assert_eq!(without, answer(BACK), "no set, no member left out for it");
    for set in ["-1", "65536", "\"fee\"", "[]", "1.5"] {
        let wrong = up.replace("\"assumed\":", &format!("\"assumed\":{set},\"bucket\":"));
        let ran = cutover(&["downgrade"], wrong);
        let error = &ran.answers()[0]["error"];
        assert_eq!((ran.code, &error["path"]), (Some(1), &"/assumed".into()));
    }
}

/// What one command rejected the next one names as that, not as a line without a payload.
#[test]
fn a_rejected_line_says_so_to_the_next_command() {
    let rejected = clean(&["upgrade"], line("{}")).out;
    let ran = cutover(&["downgrade"], rejected + &line(V2));
    assert_eq!(ran.code, Some(1));
    let error = &ran.answers()[0]["error"];
    assert_eq!(error["code"], "malformed_line");
    assert_eq!(error["path"], "/error");
    assert!(ran.out.ends_with(&answer(BACK)));
}

#[test]
fn schema_writes_what_is_committed() {
    for name in ["form", "v1", "v2", "rollout"] {
        let path = format!(
            "{}/../../docs/schemas/{name}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let committed = std::fs::read_to_string(path).unwrap();
        assert_eq!(clean(&["schema", name], "").out, committed);
    }
    assert_eq!(cutover(&["schema", "v3"], "").code, Some(2));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = clean(&["completions", shell], "").out;
        for word in ["preflight", "downgrade", "allow-backward"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(cutover(&["completions", "dos"], "").code, Some(2));
}
