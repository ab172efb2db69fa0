//! `unknown_path`, `array_mismatch` and `unknown_name`: whether what the rules name is there.

use serde_json::Value;

use super::super::call::Side;
use super::super::definition::images::Images;
use super::super::definition::nearest;
use super::super::definition::{Condition, Constant, Definition, Inner, Outer, Rule, StandIn};
use super::super::flaws::{Flaw, FlawCode};
use super::super::path::{Path, Segment};
use super::entries::{own_place, takes_whole, targets};
use super::view::{Declared, View};

/// How many members a flaw lists at most.
const NAMES_SHOWN: usize = 12;

/// Checks names and places, rule by rule.
struct Checking<'d> {
    definition: &'d Definition,
    images: &'d Images,
    flaws: Vec<Flaw>,
}

pub(super) fn check(
    definition: &Definition,
    images: &Images,
    hooks: &dyn Fn(&str) -> bool,
) -> Vec<Flaw> {
    let mut checking = Checking {
        definition,
        images,
        flaws: Vec::new(),
    };
    for (path, alternatives) in &definition.rules {
        for rule in alternatives {
            checking.rule(path, rule);
            checking.names(&path.to_string(), rule, hooks);
        }
        checking.below_a_whole(path, alternatives);
    }
    for (path, rule) in &definition.added {
        let by = format!("added: {path}");
        checking.place(&by, Side::To, path);
        if !definition.is_default_of_hook(path, rule) {
            checking.drops_what_rules_move(&by, path);
        }
        checking.names(&by, rule, hooks);
    }
    for (at, hook) in definition.hooks.iter().enumerate() {
        let by = format!("hook[{at}]");
        hook.from
            .iter()
            .for_each(|path| checking.place(&by, Side::From, path));
        hook.to
            .iter()
            .for_each(|path| checking.place(&by, Side::To, path));
        if !hooks(&hook.name) {
            checking.unknown_hook(&by, &hook.name);
        }
        let parents = |paths: &[Path]| {
            paths
                .iter()
                .map(|path| path.parent().unwrap_or_default())
                .collect::<Vec<_>>()
        };
        let (from, to) = (parents(&hook.from), parents(&hook.to));
        let apart = |list: &[Path]| list.iter().any(|path| Some(path) != list.first());
        if apart(&from)
            || apart(&to)
            || from
                .first()
                .zip(to.first())
                .is_some_and(|(from, to)| !checking.arrays_agree(from, to))
        {
            checking.flaws.push(Flaw::new(
                FlawCode::ArrayMismatch,
                by,
                "a hook's paths must be members of one object, and of the same elements in both versions",
            ));
        }
    }
    for (at, dialect) in definition.dialects.iter().enumerate() {
        let by = format!("dialect[{at}]");
        for path in &dialect.added {
            checking.place(&by, Side::To, path);
            checking.drops_what_rules_move(&by, path);
        }
    }
    checking.flaws
}

impl Checking<'_> {
    fn add(&mut self, code: FlawCode, by: &str, reason: String) {
        self.flaws.push(Flaw::new(code, by, reason));
    }

    fn schema(&self, side: Side) -> Option<&Value> {
        match side {
            Side::From => self.definition.from.schema.as_ref(),
            Side::To => self.definition.to.schema.as_ref(),
        }
    }

    /// A path that stands for a member must be one that the side's schema can have.
    fn place(&mut self, by: &str, side: Side, path: &Path) {
        let definition = self.definition;
        if path.0.last() == Some(&Segment::Each) {
            let reason = format!(
                "\"{path}\" is an element: a rule is for a member or a whole list, so leave the last step out"
            );
            return self.add(FlawCode::ArrayMismatch, by, reason);
        }
        let problem = self.schema(side).and_then(|root| {
            let mut view = View::new(root, root);
            for (depth, segment) in path.0.iter().enumerate() {
                let (next, declared) = view.step(segment, &definition.context);
                match declared {
                    Declared::Yes => view = next,
                    // Below what nothing declares, anything can be.
                    Declared::Open => return None,
                    Declared::No => {
                        return Some((
                            Path(path.0.iter().take(depth).cloned().collect()),
                            segment.clone(),
                            view.names(),
                        ));
                    }
                }
            }
            None
        });
        let Some((around, segment, known)) = problem else {
            return;
        };
        let around = if around.is_empty() {
            "the document".to_owned()
        } else {
            format!("\"{around}\"")
        };
        let reason = match segment {
            Segment::Each => format!("{around} isn't a list in the schema of `{side}`"),
            Segment::Name(_) if side == Side::From && self.is_in_to(path) => {
                format!("only `to` has a member \"{path}\": its rule belongs in `added`")
            }
            Segment::Name(name) => {
                let known: Vec<&str> = known.into_iter().collect();
                let advice = match nearest(&name, &known) {
                    Some(near) => format!("did you mean \"{near}\"? Or"),
                    None => "correct the path, or".to_owned(),
                };
                let shown = known.iter().take(NAMES_SHOWN).copied();
                let more = (known.len() > NAMES_SHOWN).then_some("…");
                let shown: Vec<&str> = shown.chain(more).collect();
                format!(
                    "the schema of `{side}` has no member \"{name}\" in {around}{}: {advice} add the member to the schema",
                    match shown.as_slice() {
                        [] => String::new(),
                        shown => format!(" (it has {})", shown.join(", ")),
                    }
                )
            }
        };
        self.add(FlawCode::UnknownPath, by, reason);
    }

    /// Whether the schema of `to` declares this member.
    fn is_in_to(&self, path: &Path) -> bool {
        self.schema(Side::To).is_some_and(|root| {
            View::new(root, root).at(path, &self.definition.context).1 == Declared::Yes
        })
    }

    /// What a downgrade drops must not be what rules or hooks put there: then no upgrade would come back.
    fn drops_what_rules_move(&mut self, by: &str, path: &Path) {
        let (definition, images) = (self.definition, self.images);
        let rules = definition.rules.iter().flat_map(|(source, rules)| {
            let targets = rules.iter().flat_map(|rule| targets(images, source, rule));
            targets.map(move |target| (format!("the rule of \"{source}\""), target))
        });
        let hooks = definition.hooks.iter().flat_map(|hook| {
            let outputs = hook.to.iter().cloned();
            outputs.map(|target| (format!("the hook {}", hook.name), target))
        });
        let into = rules
            .chain(hooks)
            .find(|(_, target)| target.behind(path).is_some());
        if let Some((writer, target)) = into {
            let reason = if target == *path {
                format!("a downgrade would drop what {writer} puts there: leave one of the two out")
            } else {
                format!(
                    "a downgrade would drop \"{target}\" with it, which {writer} puts there: name the other members of \"{path}\" one by one instead"
                )
            };
            self.add(FlawCode::TwoWriters, by, reason);
        }
    }

    fn rule(&mut self, path: &Path, rule: &Rule) {
        let by = path.to_string();
        self.place(&by, Side::From, path);
        rule.also
            .iter()
            .for_each(|older| self.place(&by, Side::From, older));
        let parent = path.parent().unwrap_or_default();
        if let Condition::Tag(list) | Condition::When(list) = &rule.condition {
            for (name, _) in list {
                self.place(&by, Side::From, &parent.member(name));
            }
        }
        if let Some(Outer::Pick(_)) = rule.outer {
            self.place(&by, Side::From, &own_place(path, rule));
        }
        let targets = targets(self.images, path, rule);
        for target in &targets {
            // Who says that an upgrade may be refused here may mean a member that `to` doesn't have.
            if rule.refuse.is_none() || rule.to.is_some() {
                self.place(&by, Side::To, target);
            }
            if !self.arrays_agree(
                &path.parent().unwrap_or_default(),
                &target.parent().unwrap_or_default(),
            ) {
                let advice = match target.0.as_slice() {
                    // A name alone is a member of the document: most often one beside this member was meant.
                    [Segment::Name(name)] => {
                        format!("write \"./{name}\" for a member of the same object")
                    }
                    _ => "give the list itself a rule first".to_owned(),
                };
                let reason = format!(
                    "it moves \"{path}\" to \"{target}\", out of its list or into another, but elements stay in their list: {advice}"
                );
                self.add(FlawCode::ArrayMismatch, &by, reason);
            }
        }
        for older in &rule.also {
            let stars = |path: &Path| {
                path.0
                    .iter()
                    .rposition(|s| *s == Segment::Each)
                    .map(|at| path.0.get(..=at).map(<[_]>::to_vec))
            };
            if stars(older) != stars(path) {
                self.add(
                    FlawCode::ArrayMismatch,
                    &by,
                    format!("\"{older}\" is not in the same element as \"{path}\""),
                );
            }
        }
        self.elements(&by, path, rule, &targets);
    }

    /// The members that a kind reads or writes in a list's elements.
    fn elements(&mut self, by: &str, path: &Path, rule: &Rule, targets: &[Path]) {
        let mut each = |side: Side, list: &Path, names: &[&str]| {
            for name in names {
                self.place(by, side, &list.child(Segment::Each).member(name));
            }
        };
        match (&rule.outer, targets.first()) {
            (Some(Outer::Pivot(pivot)), Some(target)) => {
                let mut names: Vec<&str> = pivot
                    .constants
                    .iter()
                    .map(|(name, _)| name.as_str())
                    .collect();
                names.push(&pivot.value);
                each(Side::To, target, &names);
            }
            (Some(Outer::Entries { key, value, .. }), Some(target)) => {
                each(Side::To, target, &[key, value])
            }
            (Some(Outer::Without(list)), _) => {
                let names: Vec<&str> = list.iter().map(|(name, _)| name.as_str()).collect();
                each(Side::From, path, &names);
            }
            _ => {}
        }
    }

    /// The lists around a place of `from` and around its place in `to` are images of each other.
    fn arrays_agree(&self, from: &Path, to: &Path) -> bool {
        let lists = |path: &Path| -> Vec<Path> {
            let stars = path
                .0
                .iter()
                .enumerate()
                .filter(|(_, segment)| **segment == Segment::Each);
            stars
                .filter_map(|(at, _)| path.0.get(..at).map(|list| Path(list.to_vec())))
                .collect()
        };
        let images: Vec<Path> = lists(from)
            .iter()
            .map(|list| self.images.image(list))
            .collect();
        images == lists(to)
    }

    fn unknown_hook(&mut self, by: &str, name: &str) {
        let reason = format!(
            "no hook is registered as \"{name}\": register it when the mapping is compiled"
        );
        self.add(FlawCode::UnknownName, by, reason);
    }

    /// Names that the definition itself declares.
    fn names(&mut self, by: &str, rule: &Rule, hooks: &dyn Fn(&str) -> bool) {
        if let Some(Inner::Hook(name)) = &rule.inner {
            if !hooks(name) {
                self.unknown_hook(by, name);
            }
        }
        let mut words: Vec<&String> = Vec::new();
        match &rule.outer {
            Some(Outer::Pick(word)) => words.push(word),
            Some(Outer::Pivot(pivot)) => words.extend(pivot.constants.iter().filter_map(
                |(_, constant)| match constant {
                    Constant::Context(word) => Some(word),
                    Constant::Literal(_) => None,
                },
            )),
            _ => {}
        }
        for word in words {
            if !self.definition.context.contains(word) {
                self.add(
                    FlawCode::UnknownName,
                    by,
                    format!("\"${word}\" is not in `context`: add it there"),
                );
            }
        }
        if let StandIn::By(list) = &rule.absent {
            for (policy, _) in list {
                if !self.definition.policies.contains(policy) {
                    self.add(
                        FlawCode::UnknownName,
                        by,
                        format!("there is no policy \"{policy}\" in `policies`: add it there"),
                    );
                }
            }
        }
    }

    /// Rules below one that takes the value as a whole.
    fn below_a_whole(&mut self, path: &Path, alternatives: &[Rule]) {
        if !alternatives.iter().any(takes_whole) {
            return;
        }
        let definition = self.definition;
        let below = definition
            .rules
            .iter()
            .filter(|(other, _)| other.behind(path).is_some_and(|rest| !rest.is_empty()));
        for (other, _) in below {
            let reason = format!(
                "the rule of \"{path}\" takes the whole value, so that no rule below it applies: leave one of them out"
            );
            self.add(FlawCode::UnknownName, &other.to_string(), reason);
        }
    }
}
