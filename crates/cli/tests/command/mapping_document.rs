//! One whole payload: the document on standard output, the findings on stderr, one a line.

use serde_json::Value;

use crate::common::{Ran, cutover, file, scratch};
use crate::mapping::{BOTH, V1, V2, definition};

#[track_caller]
fn document(args: &[&str], code: i32, input: &str) -> Ran {
    let ran = cutover(&[args, &BOTH[..]].concat(), input);
    assert_eq!(ran.code, Some(code), "{args:?}: {}{}", ran.out, ran.err);
    ran
}

fn findings(ran: &Ran) -> Vec<String> {
    let code = |line: &str| {
        let finding: Value = serde_json::from_str(line).expect(line);
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("code"), text("path"))
    };
    ran.err.lines().map(code).collect()
}

#[test]
fn a_document_goes_there_and_back() {
    let path = file("whole.json", format!(" {V1}\n"));
    let up = document(&["upgrade", "--document", &path], 0, "");
    assert_eq!(up.out, format!("{V2}\n"));
    assert_eq!(findings(&up), ["assumed /total/currency"]);
    for from_stdin in [
        &["upgrade", "--document"][..],
        &["upgrade", "--document", "-"],
    ] {
        assert_eq!(document(from_stdin, 0, V1), up);
    }
    assert_eq!(document(&["upgrade", &path, "--document"], 0, ""), up);
    let assumed = ["downgrade", "--assumed", "/total/currency", "--document"];
    let down = document(&assumed, 0, &up.out);
    assert_eq!(down.err, "");
    let again = document(&["upgrade", "--document"], 0, &down.out);
    assert_eq!(again.out, up.out);
}

#[test]
fn a_refused_document_leaves_standard_output_empty() {
    let bad = V1.replace("12.5", "12.555");
    let output = scratch("kept");
    std::fs::write(&output, "before").unwrap();
    let output = output.to_str().unwrap();
    for args in [
        &["upgrade", "--document"][..],
        &["upgrade", "--document", "-", "--output", output],
        &["run", "--share=100%", "--id=a", "--document"],
        &["run", "--share=0%", "--id=a", "--document"],
        &["validate", "--api=v1", "--document"],
    ] {
        let ran = document(args, 3, &bad);
        assert_eq!(ran.out, "", "{args:?}");
        assert!(ran.err.contains(r#""severity":"error""#), "{args:?}");
    }
    assert_eq!(std::fs::read_to_string(output).unwrap(), "before");
    for hostile in ["", "{", "[]", "null", "{\"a\":1}{", "\u{feff}{}", "\0"] {
        let ran = document(&["upgrade", "--document"], 3, hostile);
        assert_eq!(ran.out, "", "{hostile:?}");
        assert!(!findings(&ran).is_empty(), "{hostile:?}");
    }
}

#[test]
fn a_document_too_large_is_refused_by_name() {
    let large = format!("{{\"x\":\"{}\"}}", "y".repeat(17 << 20));
    let ran = document(&["upgrade", "--document"], 3, &large);
    assert_eq!(findings(&ran), ["too_large "]);
}

/// A line may have a megabyte; a document may have more.
#[test]
fn a_document_may_be_larger_than_a_line() {
    let items = vec![r#"{"code":"a","qty":1}"#; 60_000].join(",");
    let large = format!(r#"{{"id":"7","name":"Ada","total":1,"items":[{items}]}}"#);
    assert!(large.len() > 1 << 20);
    let definition = definition("larger", r#"{"name":"n","rules":{"items":{"to":"lines"}}}"#);
    let ran = cutover(&["upgrade", "--mapping", &definition, "--document"], &large);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(
        ran.out.trim_end(),
        large.replace(r#""items""#, r#""lines""#)
    );
}

#[test]
fn a_document_is_routed_by_its_id() {
    for (share, out, version) in [("0%", V1, "v1"), ("100%", V2, "v2")] {
        let ran = document(&["run", "--share", share, "--id", "a", "--document"], 0, V1);
        assert_eq!(ran.out, format!("{out}\n"));
        let decision: Value = serde_json::from_str(ran.err.lines().next().unwrap()).unwrap();
        assert_eq!(decision["version"], version);
    }
    document(&["run", "--document"], 2, V1);
}

#[test]
fn a_valid_document_is_0_and_silent() {
    for (api, payload) in [("v1", V1), ("v2", V2)] {
        let ran = document(&["validate", "--api", api, "--document"], 0, payload);
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    }
}

#[test]
fn two_documents_are_compared() {
    let (from, to) = (file("from.json", V1), file("to.json", V2));
    let other = file("other.json", V2.replace("1250", "1251"));
    let same = document(&["compare", "--document", &from, &to], 0, "");
    assert_eq!((same.out.as_str(), same.err.as_str()), ("", ""));
    let different = document(&["compare", "--document", &from, &other], 3, "");
    assert_eq!(
        different.out,
        "{\"path\":\"/total/minor\",\"from\":\"1250\",\"to\":\"1251\"}\n"
    );
    let refused = document(&["compare", "--document", &from, "-"], 3, "[]");
    assert_eq!(refused.out, "");
    assert!(refused.err.contains("`to`"), "{}", refused.err);
    document(&["compare", "--document", &from], 2, "");
    document(&["compare", "--document", "-", "-"], 2, "");
    document(&["upgrade", "--document", &from, &to], 2, "");
}

#[test]
fn the_output_is_no_file_that_is_read() {
    let path = file("same.json", V1);
    document(&["upgrade", "--output", &path, "--document", &path], 2, "");
    assert_eq!(std::fs::read_to_string(path).unwrap(), V1);
}
