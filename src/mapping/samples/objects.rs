//! Which members a generated object gets, and what schemas hold for each.

use serde_json::Value;

use super::generate::Generator;
use super::hints::Hint;
use super::parts::{self, Parts};
use super::pattern;
use super::rng::Rng;
use super::tree::Tree;
use super::values;

/// Random order of members.
pub(super) trait Shuffle {
    fn shuffle(&mut self, rng: &mut Rng);
}

impl Shuffle for Tree {
    fn shuffle(&mut self, rng: &mut Rng) {
        if let Self::Object(members) = self {
            rng.shuffle(members);
        }
    }
}

impl Generator<'_, '_> {
    /// The names of an object's members, each once.
    pub(super) fn names(
        &mut self,
        parts: &Parts<'_>,
        hint: Option<&Hint>,
        lean: bool,
    ) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        };
        for required in parts::all(parts, "required").filter_map(Value::as_array) {
            required.iter().filter_map(Value::as_str).for_each(&mut add);
        }
        if !lean {
            for properties in parts::all(parts, "properties").filter_map(Value::as_object) {
                for name in properties.keys() {
                    if self.rng.chance(self.density) {
                        add(name);
                    }
                }
            }
            for name in hint.into_iter().flat_map(|hint| hint.members.keys()) {
                let declared = parts::all(parts, "properties").any(|all| all.get(name).is_some());
                let possible = parts.is_empty() || (!declared && is_open(parts));
                if possible && self.rng.chance(self.density.max(20)) {
                    add(name);
                }
            }
            for name in self.further(parts, hint) {
                add(&name);
            }
        }
        let (least, most) = parts::counts(parts, "minProperties", "maxProperties");
        // What is there by chance gives way; what is required stands first.
        names.truncate(most);
        for properties in parts::all(parts, "properties").filter_map(Value::as_object) {
            for name in properties.keys() {
                if names.len() < least && !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        for filler in 0..8 {
            if names.len() < least {
                let named = parts::all(parts, "patternProperties")
                    .find_map(|patterns| patterns.as_object()?.keys().next())
                    .and_then(|pattern| pattern::matching(pattern, self.rng))
                    .or_else(|| is_open(parts).then(|| format!("more{filler}")));
                names.extend(named.filter(|name| !names.contains(name)));
            }
        }
        dependents(parts, &mut names);
        parts::rule_out(parts, &mut names);
        names
    }

    /// Names that nothing declares, and those of `patternProperties` and of a hint for any name.
    fn further(&mut self, parts: &Parts<'_>, hint: Option<&Hint>) -> Vec<String> {
        let mut names = Vec::new();
        for patterns in parts::all(parts, "patternProperties").filter_map(Value::as_object) {
            for pattern in patterns.keys() {
                for _ in 0..self.rng.below(3) {
                    names.extend(pattern::matching(pattern, self.rng));
                }
            }
        }
        if !is_open(parts) {
            return names;
        }
        let asked = hint.is_some_and(|hint| hint.names.is_some())
            || parts::all(parts, "additionalProperties").any(Value::is_object);
        let count = if asked {
            self.rng.below(4)
        } else {
            usize::from(self.rng.chance(12))
        };
        let wanted =
            parts::all(parts, "propertyNames").find_map(|names| names.get("pattern")?.as_str());
        for _ in 0..count {
            let name = match wanted {
                Some(pattern) => pattern::matching(pattern, self.rng),
                None => match self.rng.below(4) {
                    0 => self
                        .rng
                        .pick(&["a/b", "a~b", "*", "~1", "é", "extra", "x y"])
                        .map(|n| (*n).to_owned()),
                    1 => Some(values::text(0, 8, self.rng)),
                    _ => Some(format!(
                        "{}{}",
                        ["a", "key_", "x-"][self.rng.below(3)],
                        self.rng.below(30)
                    )),
                },
            };
            names.extend(name);
        }
        // A name that its schema declares is no unknown one.
        names.retain(|name| !parts::all(parts, "properties").any(|all| all.get(name).is_some()));
        names
    }
}

/// Whether members that nothing declares may stand there.
fn is_open(parts: &Parts<'_>) -> bool {
    !["additionalProperties", "unevaluatedProperties"]
        .iter()
        .any(|keyword| parts::all(parts, keyword).any(|value| *value == Value::Bool(false)))
}

/// Adds what members ask for that are there.
fn dependents(parts: &Parts<'_>, names: &mut Vec<String>) {
    for keyword in ["dependencies", "dependentRequired", "dependentSchemas"] {
        for rules in parts::all(parts, keyword).filter_map(Value::as_object) {
            for (name, asked) in rules {
                let asked = asked
                    .as_array()
                    .or_else(|| asked.get("required")?.as_array());
                for wanted in asked.into_iter().flatten().filter_map(Value::as_str) {
                    let there = |name: &str| names.iter().any(|known| known == name);
                    if there(name) && !there(wanted) {
                        names.push(wanted.to_owned());
                    }
                }
            }
        }
    }
}

/// The schemas of a member of this name.
pub(super) fn member<'p>(parts: &Parts<'p>, name: &str) -> Vec<&'p Value> {
    let mut schemas = Vec::new();
    for part in parts {
        let declared = part.get("properties").and_then(|all| all.get(name));
        let by_pattern = part.get("patternProperties").and_then(Value::as_object);
        schemas.extend(declared);
        match (declared, by_pattern) {
            (Some(_), _) => {}
            // Which pattern it matches isn't known here; a name that nothing declares was made from one.
            (None, Some(patterns)) => schemas.extend(patterns.values().next()),
            (None, None) => schemas.extend(part.get("additionalProperties")),
        }
    }
    schemas
}
