//! Generated documents of one side of a mapping, the same for the same seed: mostly valid, and made to go wrong.

mod generate;
pub(crate) mod hints;
mod mutate;
mod objects;
mod parts;
mod pattern;
pub(crate) mod rng;
pub(crate) mod tree;
pub(crate) mod values;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use self::generate::Generator;
use self::hints::Hint;
use self::rng::Rng;
use self::tree::Tree;
use super::call::Side;
use super::definition::{Definition, Outer, Rule};
use super::path::{Path, Segment};

/// Documents of one side, as JSON text, without end. The same definition, side and seed give the same documents.
///
/// Three of four are meant to be valid: made from the side's schema and from the definition's rules, with bounds, empty
/// and absent values, other spellings of names, strings and numbers, unknown members, now and then an array of thousands
/// of elements. The fourth may be anything: a document that was spoiled, or bytes that are no JSON.
#[derive(Clone, Debug)]
pub struct Documents {
    plan: Arc<Plan>,
    rng: Rng,
    made: u64,
    wanted: Wanted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Mixed,
    Valid,
    Hostile,
}

/// What is known of the side.
#[derive(Debug)]
struct Plan {
    schema: Value,
    hints: Hint,
    /// Places of the other version's names.
    foreign: Vec<Path>,
    /// Whether they are taken as meant.
    keeps: bool,
    context: Vec<(String, String)>,
}

impl Documents {
    pub(crate) fn new(definition: &Definition, side: Side, seed: u64) -> Self {
        let version = match side {
            Side::From => &definition.from,
            Side::To => &definition.to,
        };
        let context = context(definition);
        let (hints, foreign) = hints::of(definition, side, &context);
        let mut rules = definition.rules.iter().flat_map(|(_, rules)| rules);
        let plan = Plan {
            schema: version.schema.clone().unwrap_or(Value::Bool(true)),
            hints,
            foreign,
            keeps: version.foreign_keep || rules.any(|rule| rule.foreign_keep),
            context,
        };
        Self {
            plan: Arc::new(plan),
            rng: Rng::seeded(seed ^ side as u64),
            made: 0,
            wanted: Wanted::Mixed,
        }
    }

    /// Goes on as if so many documents had been made: they are larger.
    #[cfg(feature = "laws")]
    pub(crate) fn grown(self, made: u64) -> Self {
        Self { made, ..self }
    }

    /// Only documents that are meant to be valid. A few are not: what a schema asks for can't always be built.
    #[must_use]
    pub fn valid(self) -> Self {
        Self {
            wanted: Wanted::Valid,
            ..self
        }
    }

    /// Only documents that may be anything.
    #[must_use]
    pub fn hostile(self) -> Self {
        Self {
            wanted: Wanted::Hostile,
            ..self
        }
    }

    /// A document as a tree; the first ones are small.
    fn tree(&mut self, hostile: bool) -> Tree {
        let rng = &mut self.rng;
        let density = *rng.pick(&[0, 30, 60, 90, 100]).unwrap_or(&60);
        let mut generator = Generator {
            root: &self.plan.schema,
            density,
            budget: 40 + usize::try_from(self.made).unwrap_or(0).min(90) * 4,
            huge: self.made > 8 && rng.chance(2),
            hostile,
            rng,
        };
        let mut tree = generator.value(&[&self.plan.schema], Some(&self.plan.hints), 0);
        if tree.kind() != tree::Kind::Object && !hostile {
            tree = Tree::Object(Vec::new());
        }
        let foreign = match (hostile, self.plan.keeps) {
            (true, _) => 40,
            (false, true) => 25,
            (false, false) => 0,
        };
        if self.rng.chance(foreign) {
            if let Some(path) = self.rng.pick(&self.plan.foreign) {
                let value = values::any(1, &mut self.rng);
                mutate::plant(&mut tree, path, value, &self.plan.context, &mut self.rng);
            }
        }
        tree
    }
}

impl Iterator for Documents {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let hostile = match self.wanted {
            Wanted::Mixed => self.rng.chance(25),
            Wanted::Valid => false,
            Wanted::Hostile => true,
        };
        let mut tree = self.tree(hostile);
        self.made += 1;
        let rng = &mut self.rng;
        if hostile {
            for _ in 0..rng.below(3) {
                mutate::spoil(&mut tree, rng);
            }
            if rng.chance(15) {
                mutate::repeat(&mut tree, rng);
            }
            if rng.chance(3) {
                tree = values::any(2, rng);
            }
        }
        if rng.chance(30) {
            let percent = rng.between(5, 60);
            let names = rng.chance(30);
            mutate::respell(&mut tree, percent, names, rng);
        }
        let mut text = String::new();
        if rng.chance(20) {
            tree.write(&mut text, Some(rng));
        } else {
            tree.write(&mut text, None);
        }
        if hostile && self.rng.chance(15) {
            return Some(mutate::tear(&text, &mut self.rng));
        }
        Some(text.into_bytes())
    }
}

/// A value for each name of the definition's `context`: where it picks a member, one that the schema declares.
pub(crate) fn context(definition: &Definition) -> Vec<(String, String)> {
    let value = |word: &String| {
        let picks =
            |rule: &Rule| matches!(&rule.outer, Some(Outer::Pick(picked)) if picked == word);
        let mut rules = definition.rules.iter();
        let (path, _) = rules.find(|(_, rules)| rules.iter().any(picks))?;
        declared(definition.from.schema.as_ref()?, path)
    };
    let names = definition.context.iter();
    names
        .map(|word| (word.clone(), value(word).unwrap_or_else(|| "en".to_owned())))
        .collect()
}

/// The first name that a schema declares in an object at this path.
fn declared(schema: &Value, path: &Path) -> Option<String> {
    let mut rng = Rng::seeded(0);
    let mut schemas = vec![schema];
    for segment in &path.0 {
        let parts = parts::expand(schema, &schemas, &mut rng);
        schemas = match segment {
            Segment::Name(name) => objects::member(&parts, name),
            Segment::Each => parts.iter().filter_map(|part| part.get("items")).collect(),
        };
    }
    let parts = parts::expand(schema, &schemas, &mut rng);
    let mut properties = parts::all(&parts, "properties").filter_map(Value::as_object);
    properties.find_map(|properties| properties.keys().next().cloned())
}
