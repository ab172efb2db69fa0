//! Hooks of several members where a document is written while it is walked.

use smallvec::SmallVec;

use super::direct::{Direct, Done, Held, Name, Open};
use super::hooked::kind;
use super::tree::Kind;
use super::walk::Walk;
use crate::mapping::compile::program::{Dest, Group, Place};
use crate::mapping::tape::{Shape, Value};

impl<'a, 't> Walk<'a, 't> {
    /// A hook of several members: run at the first of them, which its results take the place of. See
    /// [`group`](Self::group).
    pub(super) fn direct_group(
        &mut self,
        id: u32,
        (object, key, value): (Value<'t>, Value<'t>, Value<'t>),
        place: &'a Place,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) -> Done {
        let Some(group) = self.program.groups.get(id as usize) else {
            return Ok(());
        };
        let bit = 1 << (id & 63);
        if direct.asked & bit != 0 {
            return Ok(());
        }
        direct.asked |= bit;
        let values = match &group.inputs[..] {
            [_] => SmallVec::from_elem(Some(value), 1),
            _ => self.inputs(group, object, open.place),
        };
        let known = self.found.len();
        let given = self.results(group, &values, value.at);
        self.place_findings(group, &values, known);
        let given = given.unwrap_or_default();
        for (given, output) in given.iter().zip(&group.outputs) {
            let (Some(kind), Dest::Here(Some(name))) =
                (given.and_then(|given| kind(given, &values)), output.dest)
            else {
                continue;
            };
            let own = output
                .own
                .and_then(|own| values.get(own).copied().flatten());
            let written = match own {
                Some(own) if own.at > value.at && group.keeps_places => {
                    direct.held.push(Held {
                        at: own.at,
                        kind,
                        key: name,
                        candidate: output.candidate,
                    });
                    continue;
                }
                Some(own) if own.at == value.at => self.own_or(name, key, place),
                // A name stands right before its value.
                Some(own) => self.other_own(name, self.source.value(own.at - 1), open.place),
                None => Name::Literal(name),
            };
            self.name(written, direct, open);
            direct.candidate(output.candidate)?;
            self.write_kind(kind, direct);
        }
        self.forget(direct);
        Ok(())
    }

    /// The members that a hook reads, in one look at the object.
    fn inputs(
        &self,
        group: &Group,
        object: Value<'t>,
        place: &Place,
    ) -> SmallVec<[Option<Value<'t>>; 4]> {
        let mut values: SmallVec<[Option<Value<'t>>; 4]> =
            SmallVec::from_elem(None, group.inputs.len());
        let skips = self.skips_nulls(object);
        let mut seen = 0_u64;
        for pair in object.pairs() {
            let Some(id) = place.member_of(self.source.tape.text, pair.key) else {
                continue;
            };
            let Some(nth) = group.inputs.iter().position(|(_, input)| *input == id) else {
                continue;
            };
            // Of a name that is there twice, the first counts.
            if seen & 1 << (nth & 63) != 0 {
                continue;
            }
            seen |= 1 << (nth & 63);
            let value = self.source.value(pair.at + 1);
            let by = self.place(id).and_then(|place| place.assumed.as_ref());
            let is_null = skips && pair.value.shape == Shape::Null;
            if is_null || by.is_some_and(|by| self.was_assumed(by, value)) {
                continue;
            }
            if let Some(place) = values.get_mut(nth) {
                *place = Some(value);
            }
        }
        values
    }

    /// A result that waited for this member.
    pub(super) fn direct_held(
        &mut self,
        (key, value): (Value<'t>, Value<'t>),
        place: &'a Place,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) -> Done {
        let Some(nth) = direct.held.iter().position(|held| held.at == value.at) else {
            return Ok(());
        };
        let held = direct.held.swap_remove(nth);
        direct.candidate(held.candidate)?;
        self.name(self.own_or(held.key, key, place), direct, open);
        self.write_kind(held.kind, direct);
        self.forget(direct);
        Ok(())
    }

    /// A hook that is asked when none of its members is there: its results are appended.
    pub(super) fn direct_fill(
        &mut self,
        id: u32,
        object: Value<'t>,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) -> Done {
        let Some(group) = self.program.groups.get(id as usize) else {
            return Ok(());
        };
        let none: SmallVec<[_; 4]> = SmallVec::from_elem(None, group.inputs.len());
        let given = self.results(group, &none, object.at).unwrap_or_default();
        for (given, output) in given.iter().zip(&group.outputs) {
            let (Some(kind), Dest::Here(Some(name))) =
                (given.and_then(|given| kind(given, &none)), output.dest)
            else {
                continue;
            };
            direct.candidate(output.candidate)?;
            self.name(Name::Literal(name), direct, open);
            self.write_kind(kind, direct);
        }
        self.forget(direct);
        Ok(())
    }

    /// The same for another member of the object.
    fn other_own(&self, name: u32, key: Value<'t>, object: &'a Place) -> Name<'t, 'a> {
        let place = object.member(key).and_then(|id| self.place(id));
        place.map_or(Name::Literal(name), |place| self.own_or(name, key, place))
    }

    /// A name that stays the same keeps its spelling.
    fn own_or(&self, name: u32, key: Value<'t>, place: &'a Place) -> Name<'t, 'a> {
        if key.node().escaped && key.says(self.source.name(name)) {
            Name::Own(key, place)
        } else {
            Name::Literal(name)
        }
    }

    fn write_kind(&mut self, kind: Kind, direct: &mut Direct<'t, '_>) {
        match kind {
            Kind::Raw(at) => direct.raw(self.source.value(at)),
            Kind::Made(from, to) => {
                let text = self.tree.made.get(from as usize..to as usize);
                direct.emit.literal(text.unwrap_or_default());
            }
            Kind::Object | Kind::Array => {}
        }
    }

    /// What was made has been written, unless a result still waits.
    pub(super) fn forget(&mut self, direct: &Direct<'t, '_>) {
        if direct.held.is_empty() {
            self.tree.clear();
        }
    }
}
