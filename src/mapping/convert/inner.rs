//! What rules do with a value itself: words, codecs, joins.

use super::tree::{Kind, Out, OutId};
use super::walk::Walk;
use crate::mapping::codec::{Codec, Coded};
use crate::mapping::compile::program::{Inner, Merge, Place, Take};
use crate::mapping::definition::Join;
use crate::mapping::hook::{Given, RawJson};
use crate::mapping::json::{self, OwnedJson};
use crate::mapping::report::Code;
use crate::mapping::tape::{Shape, Value};

/// What becomes of a value.
pub(super) enum Made {
    Text(OutId),
    Stays,
    Nothing,
}

impl<'a, 't> Walk<'a, 't> {
    /// The value that stands for this one; `None` when it is refused, or a hook gives nothing for it.
    pub(super) fn inner(
        &mut self,
        take: &'a Take,
        value: Value<'t>,
        place: &'a Place,
    ) -> Option<OutId> {
        if matches!(take.inner, Inner::Same) {
            return Some(self.value(value, place));
        }
        if self.coerced.binary_search(&value.at).is_ok() {
            let mut quoted = Vec::new();
            json::write_string(value.text(), &mut quoted);
            let text = OwnedJson::of(&String::from_utf8_lossy(&quoted));
            return match self.made(take, text.value(), value.at) {
                Made::Text(node) => Some(node),
                Made::Stays => Some(self.raw(value)),
                Made::Nothing => None,
            };
        }
        match self.made(take, value, value.at) {
            Made::Text(node) => Some(node),
            Made::Stays => Some(self.value(value, place)),
            Made::Nothing => None,
        }
    }

    /// The text that stands for a value, which may be of another tape. `at` is its place in the input.
    pub(super) fn made(&mut self, take: &'a Take, value: Value<'_>, at: u32) -> Made {
        let start = self.tree.made.len();
        match &take.inner {
            Inner::Same => return Made::Stays,
            Inner::Words(words) => {
                let mut words = words.iter();
                let Some(word) = words.find(|word| json::equal(word.read.value(), value)) else {
                    return Made::Stays;
                };
                if word.lost {
                    self.warn(
                        at,
                        Code::LOST,
                        "converting back gives a different value".to_owned(),
                    );
                }
                let Some(write) = &word.write else {
                    return Made::Stays;
                };
                self.tree.made.extend_from_slice(write.as_bytes());
            }
            Inner::Codec(codec, up) => {
                let made = &mut self.tree.made;
                let coded = match up {
                    true => codec.up(value, take.lost, made),
                    false => codec.down(value, take.lost, made),
                };
                match coded {
                    Ok(Coded::Exact) => {}
                    Ok(Coded::Cut) => {
                        self.warn(
                            at,
                            Code::LOST,
                            "cut off: the other version can't hold this precision".to_owned(),
                        );
                    }
                    Ok(Coded::Left) => return Made::Stays,
                    Err(outside) => {
                        self.refuse(at, Code::OUT_OF_DOMAIN, outside.reason);
                        return Made::Stays;
                    }
                }
            }
            Inner::Settle(codec) => {
                let Some(text) = canonical(codec, value, take.lost) else {
                    return Made::Stays;
                };
                self.tree.made.extend_from_slice(&text);
            }
            Inner::Hook(hook) => {
                if value.shape() == Shape::Null {
                    return Made::Stays;
                }
                let mut given = [None];
                let done = self.run_hook(*hook, &[Some(RawJson(value))], at, &mut given);
                return match (done, given) {
                    (Some(()), [Some(Given::Json(from, to) | Given::Written(from, to))]) => {
                        Made::Text(self.tree.push(Out::new(Kind::Made(from, to), at)))
                    }
                    (Some(()), [Some(Given::Kept(_))]) => Made::Stays,
                    _ => Made::Nothing,
                };
            }
        }
        Made::Text(self.tree.push_made(start, at))
    }

    /// Some members that become one, where the first of them stands.
    pub(super) fn merge(
        &mut self,
        merge: &'a Merge,
        object: Value<'t>,
        key: Value<'t>,
        value: Value<'t>,
        place: &'a Place,
        node: OutId,
    ) {
        let parts: Vec<_> = merge
            .names
            .iter()
            .filter_map(|name| self.there(object, name))
            .collect();
        if parts.iter().any(|other| other.at < value.at) {
            self.part(merge.take.candidate, value.at);
            return;
        }
        let Some((first, others)) = parts.split_first() else {
            return;
        };
        let differ = others.iter().any(|other| !json::equal(*first, *other));
        if differ || parts.len() < merge.names.len() {
            self.warn(
                value.at,
                Code::LOST,
                "several members become one, but their values differ".to_owned(),
            );
        }
        let flag = |value: &Value<'t>| match value.shape() {
            Shape::True => Some(true),
            Shape::False => Some(false),
            _ => None,
        };
        let flags: Option<Vec<bool>> = parts.iter().map(flag).collect();
        let child = match (merge.join, flags) {
            (Join::All, Some(flags)) if differ => {
                let all = flags.iter().all(|flag| *flag);
                self.tree
                    .push_text(if all { "true" } else { "false" }, value.at)
            }
            (Join::Any, Some(flags)) if differ => {
                let any = flags.iter().any(|flag| *flag);
                self.tree
                    .push_text(if any { "true" } else { "false" }, value.at)
            }
            _ => {
                let known = self.found.len();
                let child = self.inner(&merge.take, *first, place);
                // Whichever has the value, it is said where they become one.
                for (at, _) in self.found.iter_mut().skip(known) {
                    *at = value.at;
                }
                match child {
                    Some(child) => child,
                    None => return,
                }
            }
        };
        let candidate = merge.take.candidate;
        self.put(merge.take.dest, child, key, value.at, node, candidate);
    }
}

/// The spelling of a codec's value that a conversion there and back writes.
fn canonical(codec: &Codec, value: Value<'_>, lost: bool) -> Option<Vec<u8>> {
    let mut there = Vec::new();
    let Ok(Coded::Exact | Coded::Cut) = codec.down(value, lost, &mut there) else {
        return None;
    };
    let there = OwnedJson::of(&String::from_utf8_lossy(&there));
    let mut back = Vec::new();
    match codec.up(there.value(), lost, &mut back) {
        Ok(Coded::Exact | Coded::Cut) => Some(back),
        _ => None,
    }
}
