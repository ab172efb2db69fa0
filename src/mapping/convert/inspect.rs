//! What there is to say of an input beside its schema, when nothing of it is to be written.

use super::condition::applies;
use super::direct::{Done, Rivals};
use super::trail::Step;
use super::walk::Walk;
use crate::mapping::compile::program::{Act, Inner, Place};
use crate::mapping::names::Seen;
use crate::mapping::tape::{Shape, Value};

impl<'a, 't> Walk<'a, 't> {
    /// Takes down what is wrong with a document; `false` when it takes a tree to know. Only for programs that are direct.
    pub(super) fn inspect(&mut self, value: Value<'t>) -> bool {
        match self.place(0) {
            Some(place) => self.inspect_object(value, place).is_ok(),
            None => false,
        }
    }

    fn inspect_object(&mut self, object: Value<'t>, place: &'a Place) -> Done {
        let text = self.source.tape.text;
        let mut names = Seen::default();
        for pair in object.pairs() {
            names.add(pair.key);
            let found = place.member_of(text, pair.key);
            let Some(found) = found.and_then(|id| self.place(id)) else {
                continue;
            };
            if matches!(found.act, Act::Foreign(None)) || is_walked(found) {
                self.trail.push(Step::Key(pair.at));
                let value = self.source.value(pair.at + 1);
                let done = self.inspect_member(object, value, found);
                self.trail.pop();
                done?;
            }
        }
        if names.may_repeat {
            self.check_names(object);
        }
        Ok(())
    }

    fn inspect_member(&mut self, object: Value<'t>, value: Value<'t>, place: &'a Place) -> Done {
        if let Some(by) = &place.assumed
            && self.was_assumed(by, value)
        {
            return Ok(());
        }
        match &place.act {
            Act::Stay | Act::Foreign(Some(_)) => self.inspect_value(value, place),
            Act::Take(takes) => match takes.iter().find(|take| applies(take, object, value)) {
                // No rule leads into what another one takes as a whole.
                Some(take) if !matches!(take.inner, Inner::Same) => Err(Rivals),
                _ => self.inspect_value(value, place),
            },
            Act::Foreign(None) => {
                self.left_out(&place.act, value);
                Ok(())
            }
            Act::Drop(_) | Act::Hook(_) => Ok(()),
            Act::Unjoin(_) | Act::Merge(_) => Err(Rivals),
        }
    }

    fn inspect_value(&mut self, value: Value<'t>, place: &'a Place) -> Done {
        match value.shape() {
            Shape::Object if place.is_entered() => self.inspect_object(value, place),
            Shape::Array => {
                let each = place.each.and_then(|each| self.place(each));
                let Some(each) = each.filter(|each| is_walked(each)) else {
                    return Ok(());
                };
                for (index, element) in value.elements().enumerate() {
                    self.trail.push(Step::Index(index as u32));
                    let done = self.inspect_value(element, each);
                    self.trail.pop();
                    done?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Whether there may be something to say of what is inside.
fn is_walked(place: &Place) -> bool {
    place.is_entered() || place.each.is_some()
}
