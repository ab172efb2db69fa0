//! What a definition says about one side's documents: where values stand that a rule reads, and which are worth a try.

use std::collections::BTreeMap;

use super::tree::{Kind, Tree};
use super::values;
use crate::mapping::call::Side;
use crate::mapping::definition::images::Images;
use crate::mapping::definition::{
    Condition, Constant, Definition, Inner, JsonType, Outer, Pivot, Rule, StandIn,
};
use crate::mapping::path::{Path, Segment};
use crate::mapping::samples::rng::Rng;

/// What is known of one place and those below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hint {
    /// Values that a rule converts.
    pub(crate) inside: Vec<Tree>,
    /// Values that it refuses or leaves alone.
    pub(crate) outside: Vec<Tree>,
    pub(crate) members: BTreeMap<String, Hint>,
    pub(crate) each: Option<Box<Hint>>,
    /// What members of any name are.
    pub(crate) names: Option<Box<Hint>>,
    /// Members and the values that they have together: the conditions of alternatives.
    pub(crate) variants: Vec<Vec<(String, Tree)>>,
}

impl Hint {
    pub(crate) fn wants_object(&self) -> bool {
        !self.members.is_empty() || self.names.is_some() || !self.variants.is_empty()
    }

    fn at(&mut self, path: &Path, context: &[(String, String)]) -> &mut Self {
        path.0.iter().fold(self, |hint, segment| match segment {
            Segment::Each => hint.each.get_or_insert_default(),
            Segment::Name(name) => hint.members.entry(plain(name, context)).or_default(),
        })
    }

    fn merge(&mut self, other: Self) {
        self.inside.extend(other.inside);
        self.outside.extend(other.outside);
        self.variants.extend(other.variants);
        for (name, hint) in other.members {
            self.members.entry(name).or_default().merge(hint);
        }
        if let Some(each) = other.each {
            self.each.get_or_insert_default().merge(*each);
        }
        if let Some(names) = other.names {
            self.names.get_or_insert_default().merge(*names);
        }
    }
}

/// The member's name: a `pick`'s word is what the call says.
pub(crate) fn plain(name: &str, context: &[(String, String)]) -> String {
    let said = name
        .strip_prefix('$')
        .and_then(|word| context.iter().find(|(known, _)| known == word));
    said.map_or_else(|| name.to_owned(), |(_, value)| value.clone())
}

/// The places of one side, and those of the other version's names in this side's paths.
pub(crate) fn of(
    definition: &Definition,
    side: Side,
    context: &[(String, String)],
) -> (Hint, Vec<Path>) {
    let images = Images::of(definition);
    let mut root = Hint::default();
    let mut foreign = Vec::new();
    for (path, alternatives) in &definition.rules {
        for rule in alternatives {
            let target = images.target(path, rule);
            let mut places = match &rule.outer {
                Some(Outer::Drop(_)) if side == Side::To => Vec::new(),
                Some(Outer::Split { into, .. }) if side == Side::To => {
                    into.iter().map(|to| images.resolve(path, to)).collect()
                }
                _ if side == Side::To => vec![target.clone()],
                _ => vec![path.clone()],
            };
            match (side, &rule.outer) {
                (Side::From, Some(Outer::Split { into, .. })) => {
                    let targets = into.iter().map(|to| images.resolve(path, to));
                    foreign.extend(targets.filter_map(|to| across(&images, side, &to)));
                }
                (Side::From, _) => foreign.extend(across(&images, side, &target)),
                (Side::To, _) => foreign.extend(across(&images, side, path)),
            }
            for also in &rule.also {
                places.push(match side {
                    Side::From => also.clone(),
                    Side::To => images.image(also),
                });
            }
            for place in &places {
                root.at(place, context).merge(shape(rule, side, context));
            }
            let parent = path.parent().unwrap_or_default();
            let (siblings, holder) = match (&rule.condition, side) {
                (Condition::Tag(siblings) | Condition::When(siblings), Side::From) => {
                    (siblings, parent)
                }
                (Condition::When(siblings), Side::To) => (siblings, images.image(&parent)),
                _ => continue,
            };
            let variant = siblings
                .iter()
                .map(|(name, value)| (name.clone(), literal(value)))
                .collect();
            root.at(&holder, context).variants.push(variant);
        }
    }
    let dialects = definition
        .dialects
        .iter()
        .flat_map(|dialect| &dialect.added);
    let hooked = definition.hooks.iter();
    let (here, there): (Vec<&Path>, Vec<&Path>) = match side {
        Side::From => (
            hooked.clone().flat_map(|hook| &hook.from).collect(),
            hooked.flat_map(|hook| &hook.to).collect(),
        ),
        Side::To => (
            hooked
                .clone()
                .flat_map(|hook| &hook.to)
                .chain(dialects)
                .collect(),
            hooked.flat_map(|hook| &hook.from).collect(),
        ),
    };
    for path in here {
        root.at(path, context);
    }
    foreign.extend(there.iter().filter_map(|path| across(&images, side, path)));
    for (path, rule) in &definition.added {
        match side {
            Side::To => root.at(path, context).merge(shape(rule, side, context)),
            Side::From => foreign.extend(across(&images, side, path)),
        }
    }
    foreign.sort();
    foreign.dedup();
    (root, foreign)
}

/// Where a name of the other version would stand in this side's documents.
pub(crate) fn across(images: &Images, side: Side, path: &Path) -> Option<Path> {
    let (parent, last) = (path.parent()?, path.0.last()?);
    let parent = match side {
        Side::From => images.back(&parent),
        Side::To => images.image(&parent),
    };
    Some(parent.child(last.clone()))
}

/// What a rule's own value looks like on this side.
fn shape(rule: &Rule, side: Side, context: &[(String, String)]) -> Hint {
    let mut inner = inner(rule, side);
    match (&rule.absent, &rule.absent_down, side) {
        (StandIn::Always(value), _, Side::To) | (_, Some(value), Side::From) => {
            inner.inside.push(literal(value));
        }
        (StandIn::By(values), _, Side::To) => {
            inner
                .inside
                .extend(values.iter().map(|(_, value)| literal(value)));
        }
        _ => {}
    }
    let mut hint = Hint::default();
    match (&rule.outer, side) {
        (Some(Outer::List(list)), side) if *list == side => hint.each = Some(Box::new(inner)),
        (Some(Outer::Pivot(pivot)), Side::To) => {
            hint.each = Some(Box::new(pivoted(pivot, inner, context)));
        }
        (Some(Outer::Entries { .. }), Side::From) => hint.names = Some(Box::new(inner)),
        (
            Some(Outer::Entries {
                key,
                value,
                grouped,
            }),
            Side::To,
        ) => {
            let mut keys = Hint {
                inside: ["a", "b", "c", "é"].map(Tree::string).to_vec(),
                ..Hint::default()
            };
            if *grouped {
                keys = Hint {
                    each: Some(Box::new(keys)),
                    ..Hint::default()
                };
            }
            let mut entry = Hint::default();
            entry.members.insert(key.clone(), keys);
            entry.members.insert(value.clone(), inner);
            hint.each = Some(Box::new(entry));
        }
        (Some(Outer::Pick(word)), Side::From) => {
            hint.members
                .insert(plain(&format!("${word}"), context), inner.clone());
            hint.names = Some(Box::new(inner));
        }
        (Some(Outer::Without(names)), _) => {
            let mut element = Hint::default();
            for (name, values) in names {
                let member = element.members.entry(name.clone()).or_default();
                member.inside.extend(values.iter().map(literal));
                member.inside.push(Tree::string("kept"));
            }
            hint.each = Some(Box::new(element));
        }
        _ => return inner,
    }
    hint
}

fn inner(rule: &Rule, side: Side) -> Hint {
    let mut hint = Hint::default();
    match &rule.inner {
        Some(Inner::Words(pairs)) => {
            hint.inside
                .extend(pairs.iter().map(|(from, to)| match side {
                    Side::From => literal(from),
                    Side::To => literal(to),
                }));
            hint.outside.push(Tree::string("in no pair"));
        }
        Some(Inner::Codec(codec)) => {
            let samples = codec.samples();
            let (inside, outside): (Vec<&String>, _) = match side {
                Side::From => (
                    samples.pairs.iter().map(|(from, _)| from).collect(),
                    &samples.outside_from,
                ),
                Side::To => (
                    samples.pairs.iter().map(|(_, to)| to).collect(),
                    &samples.outside_to,
                ),
            };
            hint.inside.extend(inside.into_iter().map(literal));
            hint.outside.extend(outside.iter().map(literal));
        }
        Some(Inner::Hook(_)) | None => {}
    }
    if let (Condition::Type(kind), true) = (&rule.condition, hint.inside.is_empty()) {
        let kind = match kind {
            JsonType::Null => Kind::Null,
            JsonType::Boolean => Kind::Bool,
            JsonType::Integer | JsonType::Number => Kind::Number,
            JsonType::String => Kind::String,
            JsonType::Object => Kind::Object,
            JsonType::Array => Kind::Array,
        };
        let mut rng = Rng::seeded(kind as u64);
        hint.inside
            .extend((0..4).map(|_| values::of_kind(kind, &mut rng)));
    }
    hint
}

/// An element with the value and its constants, some of them other ones.
fn pivoted(pivot: &Pivot, inner: Hint, context: &[(String, String)]) -> Hint {
    let mut element = Hint::default();
    element.members.insert(pivot.value.clone(), inner);
    for (name, constant) in &pivot.constants {
        let value = match constant {
            Constant::Literal(value) => literal(value),
            Constant::Context(word) => Tree::string(&plain(&format!("${word}"), context)),
        };
        let member = element.members.entry(name.clone()).or_default();
        member
            .inside
            .extend([value.clone(), value, Tree::string("xx")]);
    }
    element
}

/// A definition's value as a tree.
fn literal(text: impl AsRef<str>) -> Tree {
    let text = text.as_ref();
    match serde_json::from_str::<serde_json::Value>(text) {
        // A scalar keeps its spelling.
        Ok(value) if value.is_array() || value.is_object() => Tree::of(&value),
        _ => Tree::leaf(text),
    }
}
