//! What rules write while a document is walked: words, codecs, hooks.

use super::direct::{Direct, Done, Name, Open};
use super::inner::Made;
use super::tree::Kind;
use super::walk::Walk;
use crate::mapping::compile::program::{Dest, Inner, Place, Take, Word};
use crate::mapping::hook::{Given, RawJson};
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
            Inner::Hook(hook) if value.shape() != Shape::Null => {
                let mut given = [None];
                let done = self.run_hook(*hook, &[Some(RawJson(value))], value.at, &mut given);
                match (done, given) {
                    (Some(()), [Some(Given::Kept(_))]) => Made::Stays,
                    (Some(()), [Some(Given::Json(from, to) | Given::Written(from, to))]) => {
                        self.name(name, direct, open);
                        self.write_kind(Kind::Made(from, to), direct);
                        self.forget(direct);
                        return Ok(());
                    }
                    _ => Made::Nothing,
                }
            }
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
                self.forget(direct);
                Ok(())
            }
            Made::Nothing => Ok(()),
        }
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
