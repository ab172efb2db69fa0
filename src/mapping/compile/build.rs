//! From a definition to a program: every rule at the places that it reads, with what it does there in this direction.

use std::collections::BTreeMap;

use super::program::{
    Act, Candidate, Dest, Group, Inner, NEVER_LEFT_OUT, Outer, Output, Pattern, Place, PlaceId,
    Program, Take, Target, Way, When,
};
use super::{direct, takes};
use crate::mapping::call::Side;
use crate::mapping::definition::images::Images;
use crate::mapping::definition::{self as def, Definition, HookRule, Rule};
use crate::mapping::hook::Hooks;
use crate::mapping::names::Names;
use crate::mapping::path::{Path, Segment};

/// Compiles a definition for one direction. `dialect`: how many dialects the reader knows, for [`Way::Dialect`].
pub(crate) fn build(
    definition: &Definition,
    images: &Images,
    way: Way,
    dialect: usize,
    hooks: &Hooks,
) -> Program {
    let mut build = Build {
        definition,
        images,
        way,
        hooks,
        program: Program {
            places: vec![Place::default()],
            targets: Vec::new(),
            keys: Vec::new(),
            groups: Vec::new(),
            first: Vec::new(),
            slots: 0,
            way,
            nulls_absent: definition.nulls_absent,
            direct: false,
            pointers: Vec::new(),
            fronts: Vec::new(),
        },
        keys: BTreeMap::new(),
        targets: Vec::new(),
        rivals: BTreeMap::new(),
        elements: Vec::new(),
    };
    if way == Way::Dialect {
        build.read_only();
        for added in definition.dialects.iter().skip(dialect) {
            build.drop_dialect(added);
        }
        return build.finish();
    }
    for (path, alternatives) in &definition.rules {
        build.own(path, alternatives);
    }
    for hook in &definition.hooks {
        build.group(hook);
    }
    for (path, alternatives) in &definition.rules {
        build.also(path, alternatives);
    }
    if way == Way::Down {
        for (path, rule) in &definition.added {
            build.drop_added(path, rule);
        }
        for dialect in &definition.dialects {
            build.drop_dialect(dialect);
        }
    }
    if way == Way::Settle {
        build.known_to();
    }
    build.foreign();
    build.stand_ins();
    build.finish()
}

/// In place of an alternative's number: what a hook writes.
pub(super) const HOOKED: usize = usize::MAX;

pub(super) struct Build<'d> {
    pub(super) definition: &'d Definition,
    pub(super) images: &'d Images,
    pub(super) way: Way,
    pub(super) hooks: &'d Hooks,
    pub(super) program: Program,
    pub(super) keys: BTreeMap<String, u32>,
    /// The full paths of the program's targets.
    targets: Vec<Path>,
    /// The slot of each rule that has rivals, by path, alternative, and which of a split's members.
    pub(super) rivals: BTreeMap<(Path, usize, usize), u32>,
    /// The elements that pivots share: list and constants.
    pub(super) elements: Vec<(Path, Vec<(String, def::Constant)>)>,
}

impl Build<'_> {
    /// The side whose documents are read.
    pub(super) fn side(&self) -> Side {
        match self.way {
            Way::Up => Side::From,
            _ => Side::To,
        }
    }

    /// Where what stands at this path of the input is in the output.
    pub(super) fn image(&self, path: &Path) -> Path {
        match self.way {
            Way::Up => self.images.image(path),
            Way::Down => self.images.back(path),
            Way::Settle | Way::Dialect => path.clone(),
        }
    }

    /// Where a rule's value is read and where it is written.
    pub(super) fn ends(&self, path: &Path, rule: &Rule) -> (Path, Path) {
        let target = self.images.target(path, rule);
        match self.way {
            Way::Up => (path.clone(), target),
            Way::Down => (target, path.clone()),
            Way::Settle | Way::Dialect => (target.clone(), target),
        }
    }

    /// The place of a path, made when it isn't there.
    pub(super) fn place(&mut self, path: &Path) -> PlaceId {
        let mut at: PlaceId = 0;
        for segment in &path.0 {
            at = match self.step(at, segment) {
                Some(known) => known,
                None => {
                    let id = self.program.places.len() as PlaceId;
                    self.program.places.push(Place { ..Place::default() });
                    let place = &mut self.program.places[at as usize];
                    match segment {
                        Segment::Each => place.each = Some(id),
                        Segment::Name(name) => place.members.push((name.clone(), id)),
                    }
                    id
                }
            };
        }
        at
    }

    fn step(&self, at: PlaceId, segment: &Segment) -> Option<PlaceId> {
        let place = &self.program.places[at as usize];
        match segment {
            Segment::Each => place.each,
            Segment::Name(name) => {
                let known = place.members.iter().find(|(known, _)| known == name);
                known.map(|(_, id)| *id)
            }
        }
    }

    pub(super) fn known(&self, path: &Path) -> bool {
        let mut steps = path.0.iter();
        steps
            .try_fold(0, |at, segment| self.step(at, segment))
            .is_some()
    }

    pub(super) fn at(&mut self, id: PlaceId) -> &mut Place {
        &mut self.program.places[id as usize]
    }

    /// Where what is read at `read` goes: in place when its object's image is the object that it is written to.
    ///
    /// `None` when it would leave its array, which is a flaw.
    pub(super) fn dest(&mut self, read: &Path, write: &Path) -> Option<Dest> {
        let name = write.name()?;
        if read.parent().map(|parent| self.image(&parent)) == write.parent() {
            return Some(Dest::Here(match read.name() == Some(name) {
                true => None,
                false => Some(self.key(name)),
            }));
        }
        self.target(read, write).map(Dest::Move)
    }

    /// A target for moves from the scope of `read`.
    pub(super) fn target(&mut self, read: &Path, write: &Path) -> Option<u32> {
        let scope = self.image(&scope(read));
        let (last, through) = write.behind(&scope)?.split_last()?;
        let keys = self.through(&scope, through)?;
        let Segment::Name(last) = last else {
            return None;
        };
        let key = self.key(last);
        let id = self.program.targets.len() as u32;
        self.program.targets.push(Target {
            through: keys,
            key,
            after: Vec::new(),
            join: None,
        });
        self.targets.push(write.clone());
        Some(id)
    }

    /// The input's path of a path of the output.
    pub(super) fn origin(&self, path: &Path) -> Path {
        match self.way {
            Way::Up => self.images.back(path),
            Way::Down => self.images.image(path),
            Way::Settle | Way::Dialect => path.clone(),
        }
    }

    pub(super) fn slot(&mut self) -> u32 {
        self.program.slots += 1;
        self.program.slots - 1
    }

    fn group(&mut self, hook: &HookRule) {
        let (inputs, outputs) = match self.way {
            Way::Up => (&hook.from, &hook.to),
            Way::Down => (&hook.to, &hook.from),
            Way::Settle => (&hook.to, &hook.to),
            Way::Dialect => {
                for path in &hook.to {
                    self.place(path);
                }
                return;
            }
        };
        let Some(first) = inputs.first() else { return };
        let keeps = match self.side() {
            Side::From => self.definition.from.foreign_keep,
            Side::To => self.definition.to.foreign_keep,
        };
        let keeps_places = (self.hooks.get(&hook.name)).is_some_and(|hook| hook.keeps_places());
        let mut dests = Vec::new();
        for to in outputs {
            let dest = match self.dest(first, to) {
                // Whichever input comes first, the output has its own name.
                Some(Dest::Here(_)) => Dest::Here(to.name().map(|name| self.key(name))),
                Some(dest) => dest,
                None => continue,
            };
            // Neither a hook's value nor a kept one beside it can be left out.
            let candidate = keeps.then(|| {
                let slot = self.slot();
                self.rivals.insert((to.clone(), HOOKED, 0), slot);
                Candidate {
                    slot,
                    rank: NEVER_LEFT_OUT,
                }
            });
            let own = inputs
                .iter()
                .position(|input| input.name().is_some() && input.name() == to.name());
            dests.push(Output {
                dest,
                candidate,
                own,
            });
        }
        let mut read = Vec::new();
        for input in inputs {
            if let Some(name) = input.name() {
                read.push((name.to_owned(), self.place(input)));
            }
        }
        let id = self.program.groups.len() as u32;
        self.program.groups.push(Group {
            hook: self.hooks.index(&hook.name),
            inputs: read,
            outputs: dests,
            keeps_places,
        });
        let fills = self.way == Way::Up && self.hooks.get(&hook.name).is_some_and(|it| it.fills());
        if let (true, Some(around)) = (fills, first.parent()) {
            let around = self.place(&around);
            self.at(around).asks.push(id);
        }
        for input in inputs {
            let place = self.place(input);
            match &mut self.at(place).act {
                Act::Hook(groups) => groups.push(id),
                act => *act = Act::Hook(vec![id]),
            }
        }
    }

    fn drop_added(&mut self, path: &Path, rule: &Rule) {
        let reason = match &rule.outer {
            Some(def::Outer::Drop(reason)) => reason.clone(),
            _ => "the other version has no place for it".to_owned(),
        };
        let place = self.place(path);
        let assumed = self.by_policy(&rule.absent);
        if !matches!(self.at(place).act, Act::Hook(_)) {
            self.at(place).act = Act::Drop(reason);
        }
        self.at(place).assumed = assumed;
    }

    fn drop_dialect(&mut self, dialect: &def::Dialect) {
        for path in &dialect.added {
            let place = self.place(path);
            self.at(place).act = Act::Drop(format!("new in dialect {}", dialect.name));
        }
    }

    fn finish(mut self) -> Program {
        // What stands where a move goes is looked into, so that it can be appended to.
        for at in 0..self.targets.len() {
            let path = self.targets[at].clone();
            let entered = self.origin(&path.parent().unwrap_or_default());
            let entered = self.place(&entered);
            self.at(entered).opens = true;
        }
        let program = &mut self.program;
        for (at, path) in self.targets.iter().enumerate() {
            let joins = program.targets[at].join.is_some();
            let others = self.targets.iter().enumerate();
            let around = others.filter(|(other, around)| {
                program.targets[*other].join.is_none()
                    && path
                        .behind(around)
                        .is_some_and(|rest| joins || !rest.is_empty())
            });
            program.targets[at].after = around.map(|(other, _)| other as u32).collect();
        }
        for at in 0..self.program.places.len() {
            let inside = match &self.program.places[at].act {
                Act::Take(takes) => takes.iter().find_map(|take| match &take.outer {
                    Outer::Pick { inside, .. } => Some(*inside),
                    _ => None,
                }),
                _ => None,
            };
            // The place behind a pick's word is no member of that name.
            self.program.places[at]
                .members
                .retain(|(_, id)| Some(*id) != inside);
            let members = &self.program.places[at].members;
            let names = (!members.is_empty())
                .then(|| Names::new(members.iter().map(|(name, id)| (name.clone(), *id))));
            self.program.places[at].names = names;
            self.find_collisions(at);
            let tags = |id: &PlaceId| match &self.program.places[*id as usize].act {
                Act::Take(takes) => takes
                    .iter()
                    .any(|take| matches!(take.when, When::Siblings { take: true, .. })),
                _ => false,
            };
            let members = self.program.places[at].members.iter().map(|(_, id)| *id);
            self.program.places[at].tagged = members.filter(tags).collect();
        }
        self.program.first = match self.way {
            Way::Up | Way::Settle => self.definition.to.first.clone(),
            Way::Down => self.definition.from.first.clone(),
            Way::Dialect => Vec::new(),
        };
        direct::prepare(&mut self.program);
        self.program
    }
}

impl Take {
    /// The value as it is, to a place.
    pub(super) fn plain(dest: Dest) -> Self {
        Self {
            when: When::Always,
            inner: Inner::Same,
            outer: Outer::Same,
            dest,
            candidate: None,
            may_collide: false,
            before: Vec::new(),
            guards: Vec::new(),
            lost: false,
        }
    }
}

/// The document, or the element, that a path is in.
pub(super) fn scope(path: &Path) -> Path {
    let end = path.0.iter().rposition(|segment| *segment == Segment::Each);
    // An element's own place belongs to the scope around it, but no rule has one.
    Path(path.0[..end.map_or(0, |at| at + 1)].to_vec())
}

/// Where the constants of a pivot and its value are read.
pub(super) fn pattern(pivot: &def::Pivot, take: Take) -> Pattern {
    Pattern {
        constants: takes::known(pivot),
        values: vec![(pivot.value.clone(), take)],
    }
}
