//! The members of an object and the elements of an array against a node.

use super::judge::{Pass, Subject};
use super::loud::Step;
use super::node::{Additional, Array, Object};
use super::say;
use super::unique::all_differ;
use crate::mapping::report::Code;
use crate::mapping::tape::{Node, Shape, Value};

impl<'t> Pass<'_, 't> {
    pub(super) fn object(&mut self, object: &Object, subject: Subject<'t>) -> bool {
        let value = subject.value;
        let skips = self.schema.nulls_absent && value.at == 0;
        let is_there = |member: &Value<'t>| !(skips && member.shape() == Shape::Null);
        // By number of the required name; those beyond 64 are looked for one by one.
        let mut seen = 0_u64;
        if object.only_required {
            for (at, name) in object
                .names
                .iter()
                .take(object.required.min(64))
                .enumerate()
            {
                seen |= u64::from(value.member(name).filter(is_there).is_some()) << at;
            }
        } else {
            let mut count = 0;
            let by_name = object.patterns.is_empty() && object.names_as.is_none();
            let text = value.tape.text;
            for pair in value.pairs() {
                if skips && pair.value.shape == Shape::Null {
                    continue;
                }
                count += 1;
                let index = object.names.find_node(text, pair.key);
                if by_name && self.is_sound(object, index, text, pair.value) {
                    seen |= index.map_or(0, |index| u64::from(index < 64) << (index & 63));
                    continue;
                }
                let at = |at| Value {
                    tape: value.tape,
                    at,
                };
                let (key, member) = (at(pair.at), at(pair.at + 1));
                if !self.member(object, subject, (key, index), member, &mut seen) {
                    return false;
                }
            }
            if count < object.min
                && !self.wrong(subject, Code::TOO_SHORT, || {
                    say::least(object.min, "member")
                })
            {
                return false;
            }
            if count > object.max
                && !self.wrong(subject, Code::TOO_LONG, || say::most(object.max, "member"))
            {
                return false;
            }
        }
        let few = object.required.min(64);
        // All ones where the first names are required.
        let wanted = if few == 64 { u64::MAX } else { (1 << few) - 1 };
        if (seen & wanted != wanted || object.required > 64)
            && !self.required(object, subject, seen)
        {
            return false;
        }
        object.dependent.iter().all(|dependent| {
            if value.member(&dependent.on).filter(is_there).is_none() {
                return true;
            }
            let there = dependent.needs.iter().all(|name| {
                value.member(name).filter(is_there).is_some()
                    || self.wrong(subject, Code::SCHEMA, || say::needs(&dependent.on, name))
            });
            there && dependent.holds.is_none_or(|id| self.node(id, subject))
        })
    }

    /// Whether one look tells that a member is sound, where only its name says what it has to be.
    #[inline(always)]
    fn is_sound(&self, object: &Object, index: Option<usize>, text: &str, member: &Node) -> bool {
        let property = index.and_then(|index| object.properties.get(index).copied().flatten());
        match (property, &object.additional) {
            (Some(id), _) => self.is_plain(id, text, member),
            (None, Additional::As(id)) => self.is_plain(*id, text, member),
            (None, Additional::Any) => true,
            (None, Additional::Never) => false,
        }
    }

    fn member(
        &mut self,
        object: &Object,
        subject: Subject<'t>,
        (key, index): (Value<'t>, Option<usize>),
        member: Value<'t>,
        seen: &mut u64,
    ) -> bool {
        if let Some(loud) = &mut self.loud {
            loud.steps.push(Step::Member(key));
        }
        let mut inner = subject;
        inner.value = member;
        inner.as_text = false;
        let mut known = false;
        let mut sound = true;
        if let Some(index) = index {
            *seen |= u64::from(index < 64) << (index & 63);
            if let Some(id) = object.properties.get(index).copied().flatten() {
                known = true;
                sound = self.node(id, inner);
            }
        }
        if !object.patterns.is_empty() {
            let name = key.string().unwrap_or_default();
            for (pattern, id) in &object.patterns {
                if sound && pattern.is_in(&name) {
                    known = true;
                    sound = self.node(*id, inner);
                }
            }
        }
        if sound && !known {
            sound = match object.additional {
                Additional::Any => true,
                Additional::As(id) => self.node(id, inner),
                Additional::Never => {
                    self.wrong(inner, Code::UNKNOWN_MEMBER, || say::UNKNOWN.to_owned())
                }
            };
        }
        if let (true, Some(id)) = (sound, object.names_as) {
            sound = self.accepts(id, Subject::new(key))
                || self.wrong(inner, Code::SCHEMA, || say::NAME.to_owned());
        }
        if let Some(loud) = &mut self.loud {
            loud.steps.pop();
        }
        sound
    }

    #[cold]
    fn required(&mut self, object: &Object, subject: Subject<'t>, seen: u64) -> bool {
        for (at, name) in object.names.iter().take(object.required).enumerate() {
            let there = if at < 64 {
                seen >> at & 1 == 1
            } else {
                subject.value.member(name).is_some()
            };
            if there {
                continue;
            }
            let Some(loud) = &mut self.loud else {
                return false;
            };
            // A member's own tier says how bad its absence is.
            let property = object.properties.get(at).copied().flatten();
            let tier = property.and_then(|id| self.schema.nodes.get(id as usize)?.tier);
            let mut missing = subject;
            missing.tier = tier.or(subject.tier);
            loud.wrong(missing, Some(name), Code::REQUIRED, say::MISSING.to_owned());
        }
        true
    }

    pub(super) fn array(&mut self, array: &Array, subject: Subject<'t>) -> bool {
        let mut count = 0;
        let mut contained = 0;
        let mut first = array.first.iter();
        for element in subject.value.elements() {
            let mut inner = subject;
            inner.value = element;
            inner.as_text = false;
            if let Some(id) = first.next().copied().or(array.rest) {
                if let Some(loud) = &mut self.loud {
                    loud.steps.push(Step::Element(count));
                }
                let sound = self.node(id, inner);
                if let Some(loud) = &mut self.loud {
                    loud.steps.pop();
                }
                if !sound {
                    return false;
                }
            }
            if let Some(contains) = &array.contains {
                // No more are looked for than matter.
                if contained < contains.min || contains.max < u64::MAX {
                    contained += u64::from(self.accepts(contains.what, Subject::new(element)));
                }
            }
            count += 1;
        }
        if count < array.min
            && !self.wrong(subject, Code::TOO_SHORT, || {
                say::least(array.min, "element")
            })
        {
            return false;
        }
        if count > array.max
            && !self.wrong(subject, Code::TOO_LONG, || say::most(array.max, "element"))
        {
            return false;
        }
        if let Some(contains) = &array.contains {
            if (contained < contains.min || contained > contains.max)
                && !self.wrong(subject, Code::SCHEMA, || {
                    say::contains(contains.min, contains.max)
                })
            {
                return false;
            }
        }
        !array.unique
            || all_differ(subject.value)
            || self.wrong(subject, Code::SCHEMA, || say::UNIQUE.to_owned())
    }
}
