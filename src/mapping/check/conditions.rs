//! `overlapping_alternatives`: whether more than one alternative of a path can apply.

use super::super::definition::images::Images;
use super::super::definition::{Condition, JsonType, Literal, Rule};
use super::super::flaws::{Flaw, FlawCode};
use super::super::path::Path;
use super::entries::targets;
use super::numbers::{equal, literal};
use super::view::Types;

pub(super) fn types_of(kind: JsonType) -> Types {
    match kind {
        JsonType::Null => Types::NULL,
        JsonType::Boolean => Types::BOOLEAN,
        JsonType::Integer => Types::INTEGER,
        JsonType::Number => Types::NUMBER,
        JsonType::String => Types::STRING,
        JsonType::Object => Types::OBJECT,
        JsonType::Array => Types::ARRAY,
    }
}

pub(super) fn check(path: &Path, alternatives: &[Rule], images: &Images, flaws: &mut Vec<Flaw>) {
    let mut add =
        |reason: String| flaws.push(Flaw::new(FlawCode::OverlappingAlternatives, path, reason));
    for (at, first) in alternatives.iter().enumerate() {
        for (behind, second) in alternatives.iter().enumerate().skip(at + 1) {
            let (one, two) = (at + 1, behind + 1);
            if first.condition == Condition::Always {
                add(format!(
                    "alternative {one} has no condition, so that {two} never applies: put it last"
                ));
            } else if second.condition != Condition::Always
                && !are_disjoint(&first.condition, &second.condition)
            {
                add(format!(
                    "the conditions of alternatives {one} and {two} can hold at once: test the same member for other values, or the type"
                ));
            }
            let (mine, theirs) = (targets(images, path, first), targets(images, path, second));
            if let Some(target) = mine.iter().find(|target| theirs.contains(target)) {
                add(format!(
                    "alternatives {one} and {two} both write \"{target}\", so that a downgrade can't tell them apart: give each a `to` of its own"
                ));
            }
        }
    }
}

fn siblings(condition: &Condition) -> &[(String, Literal)] {
    match condition {
        Condition::Tag(list) | Condition::When(list) => list,
        _ => &[],
    }
}

fn are_disjoint(first: &Condition, second: &Condition) -> bool {
    match (first, second) {
        (Condition::Type(first), Condition::Type(second)) => {
            !types_of(*first).has(types_of(*second))
        }
        _ => siblings(first).iter().any(|(name, value)| {
            siblings(second)
                .iter()
                .any(|(other, wanted)| name == other && !equal(&literal(value), &literal(wanted)))
        }),
    }
}
