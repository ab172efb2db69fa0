//! From a definition to a program: every rule at the places that it reads, with what it does there in this direction.

use std::collections::BTreeMap;

use super::declared::declares;
use super::program::{
    Act, ByPolicy, Candidate, Dest, Group, Inner, Key, Outer, Pattern, Place, PlaceId, Program,
    StandIn, Take, Target, Way, When,
};
use super::takes;
use crate::mapping::call::Side;
use crate::mapping::definition::images::Images;
use crate::mapping::definition::{self as def, Definition, HookRule, Rule};
use crate::mapping::json::{self, OwnedJson};
use crate::mapping::names::Names;
use crate::mapping::path::{Path, Segment};

/// Compiles a definition for one direction. `dialect`: how many dialects the reader knows, for [`Way::Dialect`].
pub(crate) fn build(
    definition: &Definition,
    way: Way,
    dialect: usize,
    hooks: &[String],
) -> Program {
    let mut build = Build {
        definition,
        images: Images::of(definition),
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
        },
        keys: BTreeMap::new(),
        targets: Vec::new(),
        elements: Vec::new(),
    };
    if way == Way::Dialect {
        for added in definition.dialects.iter().skip(dialect) {
            build.drop_dialect(added);
        }
        return build.program;
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
    build.foreign();
    build.stand_ins();
    build.finish()
}

pub(super) struct Build<'d> {
    pub(super) definition: &'d Definition,
    pub(super) images: Images,
    pub(super) way: Way,
    pub(super) hooks: &'d [String],
    pub(super) program: Program,
    keys: BTreeMap<String, u32>,
    /// The full paths of the program's targets.
    targets: Vec<Path>,
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

    pub(super) fn key(&mut self, name: &str) -> u32 {
        if let Some(key) = self.keys.get(name) {
            return *key;
        }
        let mut quoted = Vec::new();
        json::write_string(name, &mut quoted);
        let key = self.program.keys.len() as u32;
        self.program.keys.push(Key {
            name: name.into(),
            quoted: String::from_utf8_lossy(&quoted).into(),
        });
        self.keys.insert(name.to_owned(), key);
        key
    }

    /// The place of a path, made when it isn't there.
    pub(super) fn place(&mut self, path: &Path) -> PlaceId {
        let mut at: PlaceId = 0;
        let mut so_far = Path::default();
        for segment in &path.0 {
            so_far.0.push(segment.clone());
            at = match self.step(at, segment) {
                Some(known) => known,
                None => {
                    let id = self.program.places.len() as PlaceId;
                    self.program.places.push(Place {
                        path: so_far.to_string(),
                        ..Place::default()
                    });
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

    fn known(&self, path: &Path) -> bool {
        let steps = path.0.iter();
        steps
            .fold(Some(0), |at, segment| self.step(at?, segment))
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
        let mut keys = Vec::new();
        for segment in through {
            match segment {
                Segment::Name(name) => keys.push(self.key(name)),
                Segment::Each => return None,
            }
        }
        let Segment::Name(last) = last else {
            return None;
        };
        let key = self.key(last);
        let id = self.program.targets.len() as u32;
        self.program.targets.push(Target {
            through: keys,
            key,
            level: 0,
            join: None,
        });
        self.targets.push(write.clone());
        // What stands on the way there in the input is looked into, so that it can be appended to.
        if let Some(parent) = write.parent() {
            let parent = self.origin(&parent);
            self.place(&parent);
        }
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
            Way::Settle | Way::Dialect => return,
        };
        let Some(first) = inputs.first() else { return };
        let dests = outputs
            .iter()
            .filter_map(|to| self.dest(first, to))
            .collect();
        let id = self.program.groups.len() as u32;
        self.program.groups.push(Group {
            hook: takes::hook(self.hooks, &hook.name),
            inputs: inputs
                .iter()
                .filter_map(|path| path.name().map(str::to_owned))
                .collect(),
            outputs: dests,
        });
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
        self.at(place).act = Act::Drop(reason);
        self.at(place).assumed = assumed;
    }

    fn drop_dialect(&mut self, dialect: &def::Dialect) {
        for path in &dialect.added {
            let place = self.place(path);
            self.at(place).act = Act::Drop(format!("{} added it", dialect.name));
        }
    }

    /// Names that only the other version has, at the places where they would stand in this one's documents.
    fn foreign(&mut self) {
        let definition = self.definition;
        let (side, keeps) = match self.side() {
            Side::From => (&definition.from, definition.from.foreign_keep),
            Side::To => (&definition.to, definition.to.foreign_keep),
        };
        let mut found: Vec<(Path, Path, bool, Option<(&Path, usize)>)> = Vec::new();
        for (path, alternatives) in &definition.rules {
            for (at, rule) in alternatives.iter().enumerate() {
                let keep = keeps || rule.foreign_keep;
                for other in takes::other_ends(self, path, rule) {
                    found.push((path.clone(), other, keep, Some((path, at))));
                }
            }
        }
        for hook in &definition.hooks {
            let others = match self.way {
                Way::Up => &hook.to,
                _ => &hook.from,
            };
            found.extend(
                others
                    .iter()
                    .map(|other| (other.clone(), other.clone(), keeps, None)),
            );
        }
        if self.way == Way::Up {
            found.extend(definition.added.iter().map(|(path, rule)| {
                (path.clone(), path.clone(), keeps || rule.foreign_keep, None)
            }));
        }
        // Containers first: what is below one that only the other version has is judged with it.
        found.sort_by_key(|(_, other, ..)| other.0.len());
        for (_, other, keep, rule) in found {
            let (Some(parent), Some(last)) = (other.parent(), other.0.last()) else {
                continue;
            };
            let place = match self.way {
                Way::Up => self.images.back(&parent),
                _ => self.images.image(&parent),
            }
            .child(last.clone());
            if self.known(&place)
                || side
                    .schema
                    .as_ref()
                    .is_some_and(|schema| declares(schema, &place))
            {
                continue;
            }
            let act = match rule {
                Some((path, at)) if keep => self.kept(path, at, &place),
                _ if keep => Act::Stay,
                _ => Act::Foreign(None),
            };
            let id = self.place(&place);
            self.at(id).act = act;
        }
    }

    fn kept(&mut self, path: &Path, at: usize, place: &Path) -> Act {
        let definition = self.definition;
        let Some((_, rules)) = definition.rules.iter().find(|(known, _)| known == path) else {
            return Act::Stay;
        };
        let Some(rule) = rules.get(at) else {
            return Act::Stay;
        };
        let (read, write) = self.ends(path, rule);
        let own = self.place(&read);
        let Some(slot) = takes::slot_of(&self.at(own).act, at) else {
            return Act::Stay;
        };
        let candidate = Candidate {
            slot,
            rank: takes::foreign_rank(self.way, rule.wins),
        };
        if self.way != Way::Settle {
            return Act::Foreign(Some(candidate));
        }
        // Two documents are compared with everything in its own place.
        match self.dest(place, &write) {
            Some(dest) => Act::Take(vec![Take {
                inner: takes::inner(self.hooks, rule, Way::Up),
                candidate: Some(candidate),
                ..Take::plain(dest)
            }]),
            None => Act::Stay,
        }
    }

    pub(super) fn by_policy(&self, stand_in: &def::StandIn) -> Option<ByPolicy> {
        match stand_in {
            def::StandIn::Nothing => None,
            def::StandIn::Always(literal) => Some(ByPolicy::Always(OwnedJson::of(literal))),
            def::StandIn::By(by) => Some(ByPolicy::Some(
                self.definition
                    .policies
                    .iter()
                    .map(|policy| {
                        let found = by.iter().find(|(known, _)| known == policy);
                        found.map(|(_, literal)| OwnedJson::of(literal))
                    })
                    .collect(),
            )),
        }
    }

    fn stand_ins(&mut self) {
        let definition = self.definition;
        let mut all: Vec<(String, Path, ByPolicy, bool)> = Vec::new();
        for (path, alternatives) in &definition.rules {
            for rule in alternatives {
                let (write, by, listed) = match self.way {
                    Way::Up => (
                        self.images.target(path, rule),
                        self.by_policy(&rule.absent),
                        true,
                    ),
                    Way::Down => {
                        let by = rule
                            .absent_down
                            .as_ref()
                            .map(|it| ByPolicy::Always(OwnedJson::of(it)));
                        (path.clone(), by, false)
                    }
                    Way::Settle | Way::Dialect => return,
                };
                if let Some(by) = by {
                    all.push((path.to_string(), write, by, listed));
                }
            }
        }
        if self.way == Way::Up {
            for (path, rule) in &definition.added {
                if let Some(by) = self.by_policy(&rule.absent) {
                    all.push((path.to_string(), path.clone(), by, true));
                }
            }
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, write, by, listed) in all {
            let around = scope(&write);
            let Some((last, through)) = write.behind(&around).and_then(<[_]>::split_last) else {
                continue;
            };
            let mut keys = Vec::new();
            for segment in through {
                if let Segment::Name(name) = segment {
                    keys.push(self.key(name));
                }
            }
            let Segment::Name(last) = last else { continue };
            let key = self.key(last);
            // What stands on the way is looked into, so that it can be appended to.
            let parent = self.origin(&write.parent().unwrap_or_default());
            self.place(&parent);
            let scope = self.origin(&around);
            let id = self.place(&scope);
            self.at(id).stand_ins.push(StandIn {
                through: keys,
                key,
                by,
                listed,
            });
        }
    }

    fn finish(mut self) -> Program {
        for (at, path) in self.targets.iter().enumerate() {
            let around = self
                .targets
                .iter()
                .filter(|other| path.behind(other).is_some_and(|rest| !rest.is_empty()));
            let mut around: Vec<_> = around.collect();
            around.sort();
            around.dedup();
            self.program.targets[at].level = around.len().min(255) as u8;
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
            Way::Up => self.definition.to.first.clone(),
            Way::Down => self.definition.from.first.clone(),
            Way::Settle | Way::Dialect => Vec::new(),
        };
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
            before: Vec::new(),
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
