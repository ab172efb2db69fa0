//! What each rule can lose: the table of losses, and which of them a definition doesn't acknowledge.

use serde_json::Value;

use super::super::call::Side;
use super::super::definition::images::Images;
use super::super::definition::{Definition, Outer, Rule, StandIn};
use super::super::flaws::{Flaw, FlawCode};
use super::super::path::{Path, Segment};
use super::super::report::Code;
use super::entries::targets;
use super::report::version;
use super::view::{Types, View};
use super::{Direction, Loss};

/// Collects the losses of a definition.
pub(super) struct Losing<'d> {
    definition: &'d Definition,
    images: &'d Images,
    losses: Vec<Loss>,
    pub(super) flaws: Vec<Flaw>,
}

pub(super) fn check(definition: &Definition, images: &Images, flaws: &mut Vec<Flaw>) -> Vec<Loss> {
    let mut losing = Losing {
        definition,
        images,
        losses: Vec::new(),
        flaws: Vec::new(),
    };
    for (path, alternatives) in &definition.rules {
        for rule in alternatives {
            losing.rule(path, rule);
        }
    }
    for (path, rule) in &definition.added {
        losing.added(path, rule);
    }
    if definition.nulls_absent {
        for direction in [Direction::Up, Direction::Down] {
            let reason = "a member that is null counts as absent";
            losing.add(direction, &Path::default(), Code::NULL_VALUE, reason);
        }
    }
    for hook in &definition.hooks {
        let declared = format!("declared by the hook {}", hook.name);
        if hook.loses_up {
            hook.from
                .iter()
                .for_each(|path| losing.add(Direction::Up, path, Code::LOST, declared.clone()));
        }
        if hook.loses_down {
            hook.to
                .iter()
                .for_each(|path| losing.add(Direction::Down, path, Code::LOST, declared.clone()));
        }
    }
    for dialect in &definition.dialects {
        for path in &dialect.added {
            losing.add(
                Direction::Down,
                path,
                Code::DROPPED,
                format!("added in dialect {}", dialect.name),
            );
        }
    }
    flaws.append(&mut losing.flaws);
    losing.losses
}

impl Losing<'_> {
    pub(super) fn add(
        &mut self,
        direction: Direction,
        path: &Path,
        code: Code,
        reason: impl Into<String>,
    ) {
        let loss = Loss {
            direction,
            path: path.to_string(),
            code,
            reason: reason.into(),
        };
        let known = |other: &Loss| {
            other.direction == loss.direction && other.path == loss.path && other.code == loss.code
        };
        if !self.losses.iter().any(known) {
            self.losses.push(loss);
        }
    }

    /// Something that a rule may lose and must say so.
    fn lost(&mut self, direction: Direction, path: &Path, by: &Path, rule: &Rule, what: &str) {
        self.add(
            direction,
            path,
            Code::LOST,
            rule.lost.clone().unwrap_or_else(|| what.to_owned()),
        );
        if rule.lost.is_none() {
            let reason = format!(
                "{} can lose {what}: say in `lost` why that is fine",
                direction.conversion()
            );
            self.flaws
                .push(Flaw::new(FlawCode::UnacknowledgedLoss, by, reason));
        }
    }

    fn view<'s>(root: Option<&'s Value>, path: &Path, words: &[String]) -> Option<View<'s>> {
        root.map(|root| View::new(root, root).at(path, words).0)
    }

    fn assumed(&mut self, target: &Path, rule: &Rule) {
        if rule.absent != StandIn::Nothing {
            self.add(
                Direction::Up,
                target,
                Code::ASSUMED,
                "written when it is absent",
            );
        }
    }

    /// A downgrade leaves out what only `to` has.
    fn added(&mut self, path: &Path, rule: &Rule) {
        if self.definition.is_default_of_hook(path, rule) {
            return self.assumed(path, rule);
        }
        let what = "only `to` has it";
        let reason = match &rule.outer {
            Some(Outer::Drop(reason)) => reason,
            _ => what,
        };
        self.add(Direction::Down, path, Code::DROPPED, reason);
        if reason == what {
            self.flaws.push(Flaw::new(
                FlawCode::UnacknowledgedLoss,
                format!("added: {path}"),
                "a downgrade leaves it out, since only `to` has it: say in `drop` why that is fine",
            ));
        }
        self.assumed(path, rule);
    }

    fn rule(&mut self, path: &Path, rule: &Rule) {
        let definition = self.definition;
        let targets = targets(self.images, path, rule);
        for target in &targets {
            self.assumed(target, rule);
            self.shadowed(path, target, rule);
            self.moved(path, target);
        }
        if rule.absent_down.is_some() {
            self.add(
                Direction::Down,
                path,
                Code::ASSUMED,
                "written when it is absent",
            );
        }
        let Some(target) = targets.first() else {
            if let Some(Outer::Drop(reason)) = &rule.outer {
                self.add(Direction::Up, path, Code::DROPPED, reason.clone());
            }
            return;
        };
        let from = Self::view(definition.from.schema.as_ref(), path, &definition.context);
        let to = Self::view(definition.to.schema.as_ref(), target, &definition.context);
        match &rule.outer {
            Some(Outer::List(side)) => {
                let (direction, list, view) = match side {
                    Side::From => (Direction::Up, path, &from),
                    Side::To => (Direction::Down, target, &to),
                };
                let count = |keyword| {
                    view.as_ref()
                        .and_then(|view| view.first(keyword))
                        .and_then(Value::as_u64)
                };
                if count("minItems") != Some(1) || count("maxItems") != Some(1) {
                    self.lost(
                        direction,
                        list,
                        path,
                        rule,
                        "all but the first element, and an empty list",
                    );
                }
            }
            Some(Outer::Pivot(pivot)) => {
                let mut known: Vec<&str> = pivot
                    .constants
                    .iter()
                    .map(|(name, _)| name.as_str())
                    .collect();
                if rule.to.is_some() {
                    known.extend(self.sharing(target, rule));
                    known.push(&pivot.value);
                    if !has_only(to.as_ref(), &known) {
                        self.lost(
                            Direction::Down,
                            target,
                            path,
                            rule,
                            "further members of the element",
                        );
                    }
                } else {
                    self.lost(
                        Direction::Down,
                        target,
                        path,
                        rule,
                        "other elements, further members of the element, and an empty list",
                    );
                }
            }
            Some(Outer::Entries {
                key,
                value,
                grouped,
            }) => {
                if *grouped {
                    self.lost(
                        Direction::Down,
                        target,
                        path,
                        rule,
                        "how keys are grouped, and further members of the elements",
                    );
                } else if !has_only(to.as_ref(), &[key, value]) {
                    self.lost(
                        Direction::Down,
                        target,
                        path,
                        rule,
                        "further members of the elements",
                    );
                }
            }
            Some(Outer::Split { .. }) => {
                for target in &targets {
                    self.lost(
                        Direction::Down,
                        target,
                        path,
                        rule,
                        "differences between the members, and which of them are missing",
                    );
                }
            }
            Some(Outer::Pick(_)) => {
                let only_one = from
                    .as_ref()
                    .and_then(|view| view.first("maxProperties"))
                    .and_then(Value::as_u64)
                    == Some(1);
                if !only_one {
                    self.lost(Direction::Up, path, path, rule, "the other keys");
                }
            }
            Some(Outer::Without(_)) => {
                self.lost(
                    Direction::Up,
                    &path.child(Segment::Each),
                    path,
                    rule,
                    "the elements that it leaves out",
                );
            }
            Some(Outer::Drop(_)) | None => {}
        }
        self.inner(path, target, rule, from.as_ref(), to.as_ref());
    }

    /// Values of rules that fill the same element.
    fn sharing(&self, target: &Path, rule: &Rule) -> Vec<&str> {
        let Some(Outer::Pivot(mine)) = &rule.outer else {
            return Vec::new();
        };
        let rules = self
            .definition
            .rules
            .iter()
            .flat_map(|(path, rules)| rules.iter().map(move |rule| (path, rule)));
        let same = rules.filter_map(|(path, other)| match &other.outer {
            Some(Outer::Pivot(pivot))
                if other.to.is_some() && pivot.constants == mine.constants =>
            {
                (self.images.target(path, other) == *target).then_some(pivot.value.as_str())
            }
            _ => None,
        });
        same.collect()
    }

    /// The other of two filled places.
    fn shadowed(&mut self, path: &Path, target: &Path, rule: &Rule) {
        let definition = self.definition;
        let foreign_up = beside(
            self.images.back(&target.parent().unwrap_or_default()),
            target,
        );
        let foreign_down = beside(self.images.image(&path.parent().unwrap_or_default()), path);
        let older = !rule.also.is_empty();
        let mut places = Vec::new();
        if older || (definition.from.foreign_keep || rule.foreign_keep) && foreign_up != *path {
            places.extend([(Direction::Up, path.clone()), (Direction::Up, foreign_up)]);
        }
        if older || (definition.to.foreign_keep || rule.foreign_keep) && foreign_down != *target {
            places.extend([
                (Direction::Down, target.clone()),
                (Direction::Down, foreign_down),
            ]);
        }
        for other in &rule.also {
            places.extend([
                (Direction::Up, other.clone()),
                (Direction::Down, self.images.image(other)),
            ]);
        }
        for (direction, place) in places {
            self.add(
                direction,
                &place,
                Code::SHADOWED,
                "the member was also sent in another place, and the value there was used",
            );
        }
    }

    /// Whether documents can have an empty object there.
    fn may_be_empty(&self, side: Side, path: &Path) -> bool {
        let definition = self.definition;
        // With tiers, what the schema forbids may be no more than a warning.
        let schema = version(definition, side).schema.as_ref();
        let schema = schema.filter(|_| definition.tiers.is_empty());
        schema.is_none_or(|root| View::new(root, root).may_be_empty(path, &definition.context))
    }

    /// A move into an object that is there and empty: the way back leaves it out.
    fn moved(&mut self, path: &Path, target: &Path) {
        let images = self.images;
        let up: Vec<_> = emptied(target, path, &|path| images.back(path));
        let down: Vec<_> = emptied(path, target, &|path| images.image(path));
        for (direction, objects) in [(Direction::Up, up), (Direction::Down, down)] {
            for object in objects {
                if self.may_be_empty(direction.input(), &object) {
                    let what = "an empty object there: converting back removes it";
                    self.add(direction, &object, Code::LOST, what);
                }
            }
        }
    }
}

/// The objects of the input that something moves into from elsewhere.
fn emptied(place: &Path, source: &Path, back: &dyn Fn(&Path) -> Path) -> Vec<Path> {
    let mut objects = Vec::new();
    let mut object = place.parent();
    if object
        .as_ref()
        .is_some_and(|object| back(object) == source.parent().unwrap_or_default())
    {
        return objects;
    }
    while let Some(container) = object.filter(|container| container.name().is_some()) {
        objects.push(back(&container));
        object = container.parent();
    }
    objects
}

fn beside(parent: Path, path: &Path) -> Path {
    parent.member(path.name().unwrap_or_default())
}

/// Whether the elements of a list can have no other members than these.
fn has_only(list: Option<&View<'_>>, names: &[&str]) -> bool {
    list.is_some_and(|list| {
        let (items, _) = list.step(&Segment::Each, &[]);
        items.types().within(Types::OBJECT)
            && items.is_closed()
            && items.patterns().next().is_none()
            && items.names().iter().all(|name| names.contains(name))
    })
}
