//! Running hooks: on one value, on several members of an object, and where their results go.

use smallvec::SmallVec;

use super::tree::{Kind, Out, OutId, Source};
use super::walk::{Held, Walk};
use crate::mapping::compile::program::{Dest, Group, PlaceId, Way};
use crate::mapping::hook::{Given, Outputs, RawJson};
use crate::mapping::json;
use crate::mapping::pointer;
use crate::mapping::report::Code;
use crate::mapping::tape::Value;

impl<'a, 't> Walk<'a, 't> {
    /// Runs a hook; `None` when it refuses.
    pub(super) fn run_hook(
        &mut self,
        hook: u32,
        values: &[Option<RawJson<'_>>],
        at: u32,
        given: &mut [Option<Given>],
    ) -> Option<()> {
        let hook = self.hooks.get(hook as usize)?;
        let start = self.tree.made.len();
        let mut findings = Vec::new();
        let mut out = Outputs {
            made: &mut self.tree.made,
            given,
            findings: &mut findings,
        };
        let call = self.prepared.call;
        let result = match self.program.way {
            Way::Up => hook.up(values, call, &mut out),
            Way::Down => hook.down(values, call, &mut out),
            Way::Settle | Way::Dialect => hook.settle(values, call, &mut out),
        };
        let kept = result.is_ok();
        findings.extend(result.err());
        for mut finding in findings {
            if finding.path.is_empty() {
                finding.path = self.trail.path(&self.source);
            }
            self.found.push((at, finding));
        }
        // What a hook writes is checked like any other input.
        let sound = given.iter().flatten().all(|given| match given {
            Given::Json(from, to) => {
                let text = self.tree.made.get(*from as usize..*to as usize);
                text.and_then(|text| std::str::from_utf8(text).ok())
                    .is_some_and(json::is_one)
            }
            Given::Written(..) | Given::Kept(_) => true,
        });
        if !sound {
            self.refuse(at, Code::OUT_OF_DOMAIN, "the hook returned invalid JSON");
        }
        if !(kept && sound) {
            self.tree.made.truncate(start);
            return None;
        }
        Some(())
    }

    /// A hook of several members: run at the first of them, which its results take the place of. A result under the name of
    /// one of the others takes that one's place.
    pub(super) fn group(
        &mut self,
        id: u32,
        object: Value<'t>,
        key: Value<'t>,
        value: Value<'t>,
        node: OutId,
    ) {
        let Some(group) = self.program.groups.get(id as usize) else {
            return;
        };
        let values: SmallVec<[_; 4]> = group
            .inputs
            .iter()
            .map(|(name, place)| self.input(object, name, *place).map(RawJson))
            .collect();
        if values.iter().flatten().any(|other| other.0.at < value.at) {
            return;
        }
        let known = self.found.len();
        let Some(given) = self.results(group, &values, value.at) else {
            return self.place_findings(group, &values, known);
        };
        self.place_findings(group, &values, known);
        for (given, output) in given.iter().zip(&group.outputs) {
            let Some(kind) = given.and_then(|given| kind(given, &values)) else {
                continue;
            };
            let own = output
                .own
                .and_then(|own| values.get(own).copied().flatten());
            let at = match own {
                Some(own) if group.keeps_places => own.0.at,
                _ => value.at,
            };
            let made = self.tree.push(Out::new(kind, at));
            let (dest, candidate) = (output.dest, output.candidate);
            if at > value.at {
                self.held.push(Held {
                    at,
                    node: made,
                    dest,
                    candidate,
                });
                continue;
            }
            // A name stands right before its value.
            let key = own.map_or(key, |own| self.source.value(own.0.at - 1));
            let dest = own_name(dest, key, self.source);
            self.put(dest, made, key, at, node, candidate);
        }
    }

    /// A result that waited for this member.
    pub(super) fn put_held(&mut self, value: Value<'t>, key: Value<'t>, node: OutId) {
        if let Some(index) = self.held.iter().position(|held| held.at == value.at) {
            let held = self.held.swap_remove(index);
            let dest = own_name(held.dest, key, self.source);
            self.put(dest, held.node, key, value.at, node, held.candidate);
        }
    }

    /// A hook that is asked when none of its members is there: its results are appended.
    pub(super) fn fill(&mut self, id: u32, object: Value<'t>, node: OutId) {
        let Some(group) = self.program.groups.get(id as usize) else {
            return;
        };
        let mut inputs = group.inputs.iter();
        if inputs.any(|(name, _)| self.there(object, name).is_some()) {
            return;
        }
        let none: SmallVec<[_; 4]> = group.inputs.iter().map(|_| None).collect();
        let Some(given) = self.results(group, &none, object.at) else {
            return;
        };
        for (given, output) in given.iter().zip(&group.outputs) {
            let Some(kind) = given.and_then(|given| kind(given, &none)) else {
                continue;
            };
            let made = self.tree.push(Out::new(kind, object.at));
            self.put(output.dest, made, object, object.at, node, output.candidate);
        }
    }

    /// A member that a hook reads, unless an upgrade filled it in and nobody has changed it since.
    fn input(&self, object: Value<'t>, name: &str, place: PlaceId) -> Option<Value<'t>> {
        let value = self.there(object, name)?;
        let by = self.place(place)?.assumed.as_ref();
        (!by.is_some_and(|by| self.was_assumed(by, value))).then_some(value)
    }

    /// What a hook makes of these values, by place, unless it refuses.
    fn results(
        &mut self,
        group: &Group,
        values: &[Option<RawJson<'t>>],
        at: u32,
    ) -> Option<SmallVec<[Option<Given>; 4]>> {
        let mut given: SmallVec<[_; 4]> = group.outputs.iter().map(|_| None).collect();
        self.run_hook(group.hook, values, at, &mut given)?;
        Some(given)
    }

    /// What a hook says of one of its members stands with that member.
    pub(super) fn place_findings(
        &mut self,
        group: &Group,
        values: &[Option<RawJson<'t>>],
        known: usize,
    ) {
        for (at, finding) in self.found.iter_mut().skip(known) {
            let Some((_, said)) = finding.path.rsplit_once('/') else {
                continue;
            };
            let said = pointer::name(said);
            let found = group
                .inputs
                .iter()
                .zip(values)
                .find(|((name, _), _)| *name == said);
            if let Some((_, Some(value))) = found {
                *at = value.0.at;
            }
        }
    }
}

/// The node of what a hook gives for a place.
pub(super) fn kind(given: Given, values: &[Option<RawJson<'_>>]) -> Option<Kind> {
    Some(match given {
        Given::Json(from, to) | Given::Written(from, to) => Kind::Made(from, to),
        Given::Kept(from) => Kind::Raw(values.get(from).copied().flatten()?.0.at),
    })
}

/// A name that stays the same keeps its spelling.
fn own_name(dest: Dest, key: Value<'_>, source: Source<'_, '_>) -> Dest {
    match dest {
        Dest::Here(Some(name)) if keeps_spelling(name, key, source) => Dest::Here(None),
        dest => dest,
    }
}

/// Whether a member's name says this one in another spelling.
pub(super) fn keeps_spelling(name: u32, key: Value<'_>, source: Source<'_, '_>) -> bool {
    key.node().escaped && key.says(source.name(name))
}
