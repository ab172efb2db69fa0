//! Edits of a v1 payload that somebody makes between two conversions: a member changed, added or taken out.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::model::json::{self, Limits, Member};
use crate::strategies;

/// One edit.
#[derive(Clone, Debug)]
enum Edit {
    /// Name and value as JSON text: written in its place when there is a member of this name, else at the end.
    Set(String, String),
    /// Takes out one of the members that are there.
    Remove(Index),
}

/// Edits, made one after the other.
#[derive(Clone, Debug)]
pub struct Edits(Vec<Edit>);

/// One to four edits; most values are such that v1 takes them.
pub fn edits() -> impl Strategy<Value = Edits> {
    let edit = prop_oneof![
        3 => strategies::v1_member().prop_map(|(name, value)| Edit::Set(name, value)),
        2 => any::<Index>().prop_map(Edit::Remove),
    ];
    vec(edit, 1..5).prop_map(Edits)
}

impl Edits {
    /// The payload after the edits; it must be an object.
    #[must_use]
    pub fn apply(&self, payload: &[u8]) -> Vec<u8> {
        let mut members = read(payload);
        for edit in &self.0 {
            match edit {
                Edit::Remove(_) if members.is_empty() => {}
                Edit::Remove(at) => drop(members.remove(at.index(members.len()))),
                Edit::Set(name, value) => {
                    let new = read(format!("{{{name}:{value}}}").as_bytes()).remove(0);
                    match members.iter_mut().find(|member| member.name == new.name) {
                        Some(member) => *member = new,
                        None => members.push(new),
                    }
                }
            }
        }
        let members: Vec<Vec<u8>> = members
            .iter()
            .map(|member| [&member.raw_name[..], b":", &member.raw_value].concat())
            .collect();
        [b"{", &members.join(&b',')[..], b"}"].concat()
    }
}

fn read(payload: &[u8]) -> Vec<Member> {
    json::parse(payload, Limits::WIDE)
        .expect("JSON")
        .expect("an object")
}

#[cfg(test)]
mod tests {
    use super::{Edit, Edits, Index};
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    fn index() -> Index {
        let strategy = proptest::prelude::any::<Index>();
        strategy
            .new_tree(&mut TestRunner::deterministic())
            .unwrap()
            .current()
    }

    #[test]
    fn edits_change_add_and_remove() {
        let set = |name: &str, value: &str| Edit::Set(name.to_owned(), value.to_owned());
        let apply = |edits: Vec<Edit>, payload: &str| {
            String::from_utf8(Edits(edits).apply(payload.as_bytes())).unwrap()
        };
        assert_eq!(
            apply(
                vec![set("\"\\u0061\"", "1e1"), set("\"c\"", "null")],
                r#"{ "a":0, "b":2}"#
            ),
            r#"{"\u0061":1e1,"b":2,"c":null}"#
        );
        assert_eq!(
            apply(
                vec![Edit::Remove(index()), Edit::Remove(index())],
                r#"{"a":0}"#
            ),
            "{}"
        );
    }
}
