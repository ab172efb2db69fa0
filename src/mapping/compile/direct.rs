//! Which programs can write a document while they walk it: those in which everything stays in its own object.

use super::program::{
    Act, Dest, Ending, Front, Group, Outer, Place, PlaceId, Program, StandIn, Take, When,
};
use crate::mapping::names::Names;
use crate::mapping::pointer;

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
        program.keys[key as usize].fills |= 1 << nth;
        let parent = &mut program.places[parent as usize];
        parent.ends |= 1 << nth;
        parent.endings.push(Ending {
            stand_in: nth as u8,
            key,
        });
    }
    for (rank, name) in program.first.clone().into_iter().enumerate() {
        let own = member(program, 0, &name);
        program.places[own as usize].front = Some(rank as u8);
        let mut keys = program.keys.iter_mut();
        if let Some(key) = keys.find(|key| *key.name == *name) {
            key.front = Some(rank as u8);
        }
    }
    lead(program);
}

/// Finds out what is written first, and whether that can be told before a document is seen.
fn lead(program: &mut Program) {
    program.fronts = vec![Front::default(); program.first.len()];
    let root = &program.places[0];
    let members: Vec<PlaceId> = root.members.iter().map(|(_, id)| *id).collect();
    for ending in &root.endings {
        if let Some(rank) = program.keys[ending.key as usize].front {
            program.fronts[usize::from(rank)].ending = Some(*ending);
        }
    }
    for id in members {
        let ranks = ranks(program, &program.places[id as usize]);
        if ranks.iter().any(Option::is_some) && ranks.iter().any(Option::is_none) {
            program.direct = false;
            return;
        }
        let own = program.places[id as usize].front;
        let own = own.filter(|own| ranks.contains(&Some(*own)));
        program.places[id as usize].lead = own.or(ranks.into_iter().flatten().min());
    }
    for id in program.places[0].asks.clone() {
        let group = &program.groups[id as usize];
        let ranks = outputs(program, id);
        // Not before all that may keep it from being asked.
        let inputs = group.inputs.iter();
        let leads = inputs.map(|(_, place)| program.places[*place as usize].lead);
        let (first, last) = (ranks.iter().min(), leads.max());
        if let (Some(Some(first)), Some(Some(last))) = (first, last)
            && last <= *first
        {
            program.fronts[usize::from(*first)].ask = Some(id);
        }
    }
}

/// The ranks of all that a member of the document may become; none for what is not written first.
fn ranks(program: &Program, place: &Place) -> Vec<Option<u8>> {
    let named = |dest: &Dest| match dest {
        Dest::Here(Some(key)) => program.keys[*key as usize].front,
        _ => place.front,
    };
    match &place.act {
        Act::Hook(groups) => {
            let groups = groups.iter();
            groups.flat_map(|group| outputs(program, *group)).collect()
        }
        Act::Take(takes) => {
            let mut ranks: Vec<_> = takes.iter().map(|take| named(&take.dest)).collect();
            if !takes.iter().any(|take| matches!(take.when, When::Always)) {
                ranks.push(place.front);
            }
            ranks
        }
        _ => vec![place.front],
    }
}

fn outputs(program: &Program, group: u32) -> Vec<Option<u8>> {
    let outputs = program.groups[group as usize].outputs.iter();
    let front = |dest: &Dest| match dest {
        Dest::Here(Some(key)) => program.keys[*key as usize].front,
        _ => None,
    };
    outputs.map(|output| front(&output.dest)).collect()
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
        lead: _,
        endings: _,
        ends: _,
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
    let keys = through.iter().chain([&key]);
    pointer::of(keys.map(|key| &*program.keys[*key as usize].name))
}
