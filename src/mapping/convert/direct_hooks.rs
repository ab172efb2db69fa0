//! Hooks of several members where a document is written while it is walked.

use smallvec::SmallVec;

use super::direct::{Direct, Done, Held, Name, Open, Rivals};
use super::hooked::{keeps_spelling, kind};
use super::tree::Kind;
use super::walk::Walk;
use crate::mapping::compile::program::{Act, Dest, Group, Place, PlaceId};
use crate::mapping::hook::RawJson;
use crate::mapping::tape::{Shape, Value};

/// What a hook reads.
type Values<'t> = SmallVec<[Option<RawJson<'t>>; 4]>;

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
        // Filled where it stands: it is too large to be handed around.
        let mut values = Values::new();
        match &group.inputs[..] {
            [_] => values.push(Some(RawJson(value))),
            _ => self.inputs(group, object, open, &mut values),
        }
        let known = self.found.len();
        let mut given: SmallVec<[_; 4]> = SmallVec::from_elem(None, group.outputs.len());
        if self
            .run_hook(group.hook, &values, value.at, &mut given)
            .is_none()
        {
            given.clear();
        }
        if self.found.len() > known {
            // It is said of the first of them.
            if values.iter().flatten().any(|other| other.0.at < value.at) {
                return Err(Rivals);
            }
            self.place_findings(group, &values, known);
        }
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
                Some(own) if own.0.at > value.at && group.keeps_places => {
                    direct.held.push(Held {
                        at: own.0.at,
                        kind,
                        key: name,
                        candidate: output.candidate,
                    });
                    continue;
                }
                Some(own) if own.0.at == value.at => self.own_or(name, key, place),
                // A name stands right before its value.
                Some(own) => self.other_own(name, self.source.value(own.0.at - 1), open.place),
                None => Name::Literal(name),
            };
            self.name(written, direct, open);
            direct.candidate(output.candidate)?;
            self.write_kind(kind, direct);
        }
        self.forget(direct);
        Ok(())
    }

    /// The members that a hook reads.
    fn inputs(
        &self,
        group: &Group,
        object: Value<'t>,
        open: &mut Open<'a>,
        values: &mut Values<'t>,
    ) {
        if open.hooked.is_empty() {
            self.hooked(object, open);
        }
        let skips = self.skips_nulls(object);
        let input = |(_, id): &(String, PlaceId)| {
            // Of a name that is there twice, the first counts.
            let mut hooked = open.hooked.iter();
            let (_, at) = hooked.find(|(place, _)| place == id)?;
            let value = self.source.value(*at);
            if skips && value.shape() == Shape::Null {
                return None;
            }
            let by = self.place(*id).and_then(|place| place.assumed.as_ref());
            (!by.is_some_and(|by| self.was_assumed(by, value))).then_some(RawJson(value))
        };
        values.extend(group.inputs.iter().map(input));
    }

    /// Finds the members of an object that hooks read, once for all hooks.
    fn hooked(&self, object: Value<'t>, open: &mut Open<'a>) {
        let text = self.source.tape.text;
        for pair in object.pairs() {
            if let Some(id) = open.place.member_of(text, pair.key)
                && self
                    .place(id)
                    .is_some_and(|place| matches!(place.act, Act::Hook(_)))
            {
                open.hooked.push((id, pair.at + 1));
            }
        }
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
        let none = Values::from_elem(None, group.inputs.len());
        let mut given: SmallVec<[_; 4]> = SmallVec::from_elem(None, group.outputs.len());
        if self
            .run_hook(group.hook, &none, object.at, &mut given)
            .is_none()
        {
            return Ok(());
        }
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
        if keeps_spelling(name, key, self.source) {
            Name::Own(key, place)
        } else {
            Name::Literal(name)
        }
    }

    pub(super) fn write_kind(&mut self, kind: Kind, direct: &mut Direct<'t, '_>) {
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
