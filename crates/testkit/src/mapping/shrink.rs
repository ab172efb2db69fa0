//! Makes a document smaller for as long as something holds of it.

use super::tree::{Kind, Node};

/// The smallest document that can be reached by leaving out and emptying values, and of which `holds` is still true.
///
/// # Panics
/// When the document is no JSON.
#[must_use]
pub fn shrink(document: &str, mut holds: impl FnMut(&str) -> bool) -> String {
    let mut best = document.to_owned();
    loop {
        let node = Node::parse(&best).expect("JSON");
        let smaller = candidates(&node);
        match smaller
            .into_iter()
            .find(|c| c.len() < best.len() && holds(c))
        {
            Some(smaller) => best = smaller,
            None => return best,
        }
    }
}

/// Every document with one value less, or with one value simpler.
fn candidates(node: &Node) -> Vec<String> {
    let mut out = vec![];
    let mut again = |node: Node| out.push(Node { raw: None, ..node }.write());
    match &node.kind {
        Kind::Object(members) => {
            for at in 0..members.len() {
                let mut fewer = members.clone();
                fewer.remove(at);
                again(Node::new(Kind::Object(fewer), node));
            }
            for (at, m) in members.iter().enumerate() {
                for simpler in simpler(&m.value) {
                    let mut other = members.clone();
                    other[at].value = simpler;
                    again(Node::new(Kind::Object(other), node));
                }
            }
        }
        Kind::Array(elements) => {
            for at in 0..elements.len() {
                let mut fewer = elements.clone();
                fewer.remove(at);
                again(Node::new(Kind::Array(fewer), node));
                for simpler in simpler(&elements[at]) {
                    let mut other = elements.clone();
                    other[at] = simpler;
                    again(Node::new(Kind::Array(other), node));
                }
            }
        }
        _ => {}
    }
    out
}

fn simpler(node: &Node) -> Vec<Node> {
    let mut out: Vec<Node> = ["0", "null", "{}", "[]"]
        .iter()
        .map(|text| Node::parse(text).unwrap())
        .collect();
    out.extend(
        candidates(node)
            .iter()
            .map(|text| Node::parse(text).unwrap()),
    );
    out
}
