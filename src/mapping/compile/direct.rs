//! Which programs can write a document while they walk it: those in which everything stays in its own object.

use super::program::{
    Act, Dest, Ending, Group, Outer, Place, PlaceId, Program, StandIn, Take, When,
};
use crate::mapping::names::Names;
use crate::mapping::pointer::push_name;

/// As many bits as a mask has.
const MASK: usize = 64;

/// Prepares a program for that, when it can be.
pub(super) fn prepare(program: &mut Program) {
    program.direct = is_direct(program);
    if !program.direct {
        return;
    }
    for nth in 0..program.places[0].stand_ins.len() {
        let StandIn { through, key, .. } = &program.places[0].stand_ins[nth];
        let (through, key) = (through.clone(), *key);
        let pointer = pointer(program, &through, key);
        program.pointers.push(pointer.into());
        let Some(parent) = parent(program, &through) else {
            continue;
        };
        // Into what isn't looked into, nothing is written.
        if parent != 0 && !program.places[parent as usize].is_entered() {
            continue;
        }
        let name = program.keys[key as usize].name.clone();
        let own = member(program, parent, &name);
        program.places[own as usize].fills |= 1 << nth;
        program.places[parent as usize].endings.push(Ending {
            stand_in: nth as u8,
            key,
        });
    }
    for (rank, name) in program.first.clone().into_iter().enumerate() {
        let own = member(program, 0, &name);
        program.places[own as usize].front = Some(rank as u8);
        let mut keys = program.keys.iter();
        if let Some(key) = keys.position(|key| *key.name == *name) {
            program.fronts.push((key as u32, rank as u8));
        }
    }
}

fn is_direct(program: &Program) -> bool {
    let Some(root) = program.places.first() else {
        return false;
    };
    let groups = |group: &Group| {
        let mut outputs = group.outputs.iter();
        outputs.all(|output| matches!(output.dest, Dest::Here(Some(_))))
    };
    root.stand_ins.len() <= MASK
        && program.slots as usize <= MASK
        && program.first.len() < usize::from(u8::MAX)
        && program.keys.iter().all(|key| key.word.is_none())
        && program.groups.len() <= MASK
        && program.groups.iter().all(groups)
        && program
            .places
            .iter()
            .skip(1)
            .all(|place| place.stand_ins.is_empty())
        && program.places.iter().all(stays)
        && root
            .stand_ins
            .iter()
            .all(|stand_in| parent(program, &stand_in.through).is_some())
}

/// Whether all that becomes of a member is known when it is met, but for a rival that is met later. All fields are named,
/// so that nobody adds one without a thought of this.
fn stays(place: &Place) -> bool {
    let Place {
        members: _,
        names: _,
        each: _,
        act,
        stand_ins: _,
        opens: _,
        tagged,
        assumed: _,
        asks: _,
        fills: _,
        front: _,
        endings: _,
    } = place;
    let take = |take: &Take| {
        let Take {
            when,
            inner: _,
            outer,
            dest,
            candidate: _,
            may_collide,
            before,
            guards,
            lost: _,
        } = take;
        !matches!(when, When::Siblings { take: true, .. })
            && matches!(outer, Outer::Same)
            && matches!(dest, Dest::Here(_))
            && !may_collide
            && before.is_empty()
            && guards.is_empty()
    };
    tagged.is_empty()
        && match act {
            Act::Stay | Act::Foreign(_) | Act::Drop(_) | Act::Hook(_) => true,
            Act::Take(takes) => takes.iter().all(take),
            Act::Unjoin(_) | Act::Merge(_) => false,
        }
}

/// The place of the object that a stand-in goes into, when there is one such place.
fn parent(program: &Program, through: &[u32]) -> Option<PlaceId> {
    let mut at = 0;
    for key in through {
        let name = &program.keys.get(*key as usize)?.name;
        let place = &program.places[at as usize];
        let mut found = place.members.iter().filter(|(member, id)| {
            let own = **member == **name;
            match &program.places[*id as usize].act {
                Act::Stay => own,
                Act::Take(takes) => takes.iter().any(|take| match take.dest {
                    Dest::Here(Some(written)) => written == *key,
                    _ => own,
                }),
                Act::Hook(_) | Act::Foreign(_) | Act::Drop(_) => own,
                Act::Unjoin(_) | Act::Merge(_) => false,
            }
        });
        let (_, id) = found.next()?;
        let certain = match &program.places[*id as usize].act {
            Act::Stay => true,
            Act::Take(takes) => takes.len() == 1 && matches!(takes[0].when, When::Always),
            _ => false,
        };
        if !certain || found.next().is_some() {
            return None;
        }
        at = *id;
    }
    Some(at)
}

/// The place of a member, made when it isn't there.
fn member(program: &mut Program, place: PlaceId, name: &str) -> PlaceId {
    let members = &program.places[place as usize].members;
    if let Some((_, id)) = members.iter().find(|(member, _)| **member == *name) {
        return *id;
    }
    let id = program.places.len() as PlaceId;
    program.places.push(Place::default());
    let place = &mut program.places[place as usize];
    place.members.push((name.into(), id));
    let members = place.members.iter();
    place.names = Some(Names::new(members.map(|(name, id)| (name.clone(), *id))));
    id
}

fn pointer(program: &Program, through: &[u32], key: u32) -> String {
    let mut path = String::new();
    for key in through.iter().chain([&key]) {
        push_name(&mut path, &program.keys[*key as usize].name);
    }
    path
}
