//! What rules write while a document is walked: words, codecs, hooks.

use smallvec::SmallVec;

use super::direct::{Direct, Done, Name, Open};
use super::inner::Made;
use super::tree::Kind;
use super::walk::Walk;
use crate::mapping::compile::program::{Dest, Inner, Place, Take, Word};
use crate::mapping::hook::RawJson;
use crate::mapping::tape::{Shape, Value};

impl<'a, 't> Walk<'a, 't> {
    pub(super) fn direct_take(
        &mut self,
        take: &'a Take,
        key: Value<'t>,
        value: Value<'t>,
        place: &'a Place,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) -> Done {
        direct.candidate(take.candidate)?;
        let name = match take.dest {
            Dest::Here(Some(name)) => Name::Literal(name),
            _ => Name::Own(key, place),
        };
        let made = match &take.inner {
            Inner::Same => Made::Stays,
            // The ordinary word, straight from the definition.
            Inner::Words(words) => match plain_word(words, value) {
                Some(text) if *text == *value.text() => {
                    self.name(name, direct, open);
                    direct.raw(value);
                    return Ok(());
                }
                Some(text) => {
                    self.name(name, direct, open);
                    direct.emit.literal(text.as_bytes());
                    return Ok(());
                }
                None => self.made(take, value, value.at),
            },
            _ => self.made(take, value, value.at),
        };
        match made {
            Made::Stays => {
                self.name(name, direct, open);
                self.direct_value(value, place, direct)
            }
            Made::Text(node) => {
                self.name(name, direct, open);
                if let Kind::Made(start, end) = self.tree.get(node).kind {
                    let text = self.tree.made.get(start as usize..end as usize);
                    direct.emit.literal(text.unwrap_or_default());
                }
                self.tree.clear();
                Ok(())
            }
            Made::Nothing => Ok(()),
        }
    }

    /// A hook of several members: run at the first of them, which its results take the place of.
    pub(super) fn direct_group(
        &mut self,
        group: u32,
        object: Value<'t>,
        value: Value<'t>,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) -> Done {
        let Some(group) = self.program.groups.get(group as usize) else {
            return Ok(());
        };
        let values: SmallVec<[Option<RawJson<'_>>; 4]> = match &group.inputs[..] {
            [_] => SmallVec::from_elem(Some(RawJson(value)), 1),
            inputs => {
                let inputs = inputs.iter();
                inputs
                    .map(|name| object.member(name).map(RawJson))
                    .collect()
            }
        };
        if values.iter().flatten().any(|other| other.0.at < value.at) {
            return Ok(());
        }
        let mut spans: SmallVec<[Option<(u32, u32)>; 4]> =
            SmallVec::from_elem(None, group.outputs.len());
        let ran = self.run_hook(group.hook, &values, value.at, &mut spans);
        for (span, (dest, candidate)) in spans.iter().zip(&group.outputs) {
            let (Some(()), Some((from, to)), Dest::Here(Some(name))) = (ran, *span, dest) else {
                continue;
            };
            direct.candidate(*candidate)?;
            // A name that stays the same keeps its spelling.
            let own = object
                .members()
                .find(|(key, _)| key.node().escaped && key.says(self.source.name(*name)));
            let own = own.and_then(|(own, _)| Some((own, open.place.member(own)?)));
            let own = own.and_then(|(own, id)| Some(Name::Own(own, self.place(id)?)));
            self.name(own.unwrap_or(Name::Literal(*name)), direct, open);
            let text = self.tree.made.get(from as usize..to as usize);
            direct.emit.literal(text.unwrap_or_default());
        }
        self.tree.clear();
        Ok(())
    }
}

/// What stands for a value that is spelled as the definition spells it, when nothing is lost.
#[inline]
fn plain_word<'a>(words: &'a [Word], value: Value<'_>) -> Option<&'a str> {
    let node = value.node();
    // Of a number or a container, an earlier word may be the same value in another spelling.
    if node.escaped || !matches!(node.shape, Shape::String | Shape::True | Shape::False) {
        return None;
    }
    let text = value.tape.text.as_bytes();
    let text = text.get(node.start as usize..node.end as usize)?;
    let word = words
        .iter()
        .find(|word| word.read.text().as_bytes() == text)?;
    word.write.as_deref().filter(|_| !word.lost)
}
