//! The model against documents that were converted by hand or by others.

mod cloudevents;
mod kinds;
mod openrtb;
mod order;
mod places;

use super::tree::Node;
use super::{Call, Found, Model, ORDER, Output};

/// A file of the data that others recorded; `None` where it is not at hand.
fn recorded(path: &str) -> Option<String> {
    let file = format!(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/{}"),
        path
    );
    let text = std::fs::read_to_string(&file).ok();
    if text.is_none() {
        println!("SKIPPED {file} is not there");
    }
    text
}

/// The same without spaces, members in their order, strings and numbers as they are written.
fn compact(text: &str) -> String {
    let mut node = Node::parse(text).unwrap();
    unspaced(&mut node);
    node.write()
}

fn unspaced(node: &mut Node) {
    use super::tree::Kind;
    match &mut node.kind {
        Kind::Object(members) => members.iter_mut().for_each(|m| unspaced(&mut m.value)),
        Kind::Array(elements) => elements.iter_mut().for_each(unspaced),
        _ => return,
    }
    node.raw = None;
}

/// `"code path"` of each.
fn said(found: &[Found]) -> Vec<String> {
    found
        .iter()
        .map(|(code, path)| format!("{code} {path}"))
        .collect()
}

fn says(result: Result<Output, Vec<Found>>) -> (String, Vec<String>) {
    match result {
        Ok(output) => (output.json, said(&output.findings)),
        Err(found) => ("refused".into(), said(&found)),
    }
}

/// Both directions, without a word.
fn both(model: &Model, from: &str, to: &str) {
    let call = Call::default();
    assert_eq!(
        says(model.upgrade(from, &call)),
        (to.into(), vec![]),
        "up {from}"
    );
    assert_eq!(
        says(model.downgrade(to, &call)),
        (from.into(), vec![]),
        "down {to}"
    );
    assert_eq!(
        model.compare(from, to, &call),
        Ok(true),
        "{from} against {to}"
    );
}

/// Upgrades to this, with these findings.
fn up(model: &Model, from: &str, to: &str, found: &[&str]) {
    let found: Vec<String> = found.iter().map(|f| (*f).into()).collect();
    assert_eq!(
        says(model.upgrade(from, &Call::default())),
        (to.into(), found),
        "up {from}"
    );
}

/// Downgrades to this, with these findings.
fn down(model: &Model, to: &str, from: &str, found: &[&str]) {
    let found: Vec<String> = found.iter().map(|f| (*f).into()).collect();
    assert_eq!(
        says(model.downgrade(to, &Call::default())),
        (from.into(), found),
        "down {to}"
    );
}

/// A model of these rules, and nothing else in the definition.
fn rules(rules: &str) -> Model {
    Model::new(&format!(
        r#"{{"name":"t","from":{{"version":"1"}},"to":{{"version":"2"}},"rules":{{{rules}}}}}"#
    ))
}

/// The same, with names of the other version taken as meant.
fn keeping(rules: &str) -> Model {
    Model::new(&format!(
        r#"{{"name":"t","from":{{"version":"1","foreign":"keep"}},"to":{{"version":"2","foreign":"keep"}},"rules":{{{rules}}}}}"#
    ))
}
