//! Names of members as a program writes them: literals, and words that each call gives.

use super::build::Build;
use super::program::{Key, Way};
use crate::mapping::definition as def;
use crate::mapping::json;
use crate::mapping::path::{Path, Segment};

impl Build<'_> {
    /// The keys of what leads from an object to something in it; `None` when an array is on the way.
    pub(super) fn through(&mut self, object: &Path, path: &[Segment]) -> Option<Vec<u32>> {
        let mut at = object.clone();
        let mut keys = Vec::new();
        for segment in path {
            let Segment::Name(name) = segment else {
                return None;
            };
            let word = self.way == Way::Down && self.is_word(&at, name);
            keys.push(if word {
                self.word(&name[1..])
            } else {
                self.key(name)
            });
            at.0.push(segment.clone());
        }
        Some(keys)
    }

    /// Whether a step in `from` is the word of a pick.
    fn is_word(&self, object: &Path, name: &str) -> bool {
        let rules = self
            .definition
            .rules
            .iter()
            .find(|(path, _)| path == object);
        rules.is_some_and(|(_, rules)| {
            rules.iter().any(|rule| match &rule.outer {
                Some(def::Outer::Pick(word)) => name.strip_prefix('$') == Some(word),
                _ => false,
            })
        })
    }

    /// The key that is a context's value.
    pub(super) fn word(&mut self, word: &str) -> u32 {
        let known = self
            .program
            .keys
            .iter()
            .position(|key| key.word.as_deref() == Some(word));
        if let Some(known) = known {
            return known as u32;
        }
        self.program.keys.push(Key {
            name: "".into(),
            quoted: "\"\"".into(),
            between: ",\"\":".into(),
            word: Some(word.into()),
            front: None,
            fills: 0,
        });
        (self.program.keys.len() - 1) as u32
    }

    pub(super) fn key(&mut self, name: &str) -> u32 {
        if let Some(key) = self.keys.get(name) {
            return *key;
        }
        let mut quoted = Vec::new();
        json::write_string(name, &mut quoted);
        let key = self.program.keys.len() as u32;
        let quoted = String::from_utf8_lossy(&quoted);
        self.program.keys.push(Key {
            name: name.into(),
            between: format!(",{quoted}:").into(),
            quoted: quoted.into(),
            word: None,
            front: None,
            fills: 0,
        });
        self.keys.insert(name.to_owned(), key);
        key
    }
}
