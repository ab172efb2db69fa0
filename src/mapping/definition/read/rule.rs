//! One rule of a definition: which of the kinds it has, and their arguments.

use serde_json::value::RawValue;

use super::Names;
use super::inner::{ARGUMENTS, inner};
use super::outer::outer;
use super::place::{Object, Place};
use crate::mapping::call::Side;
use crate::mapping::definition::{Condition, JsonType, Rule, StandIn};
use crate::mapping::flaws::FlawCode;

/// All keys of a rule.
pub(super) const KEYS: &[&str] = &[
    "absent",
    "absent_by",
    "absent_down",
    "also",
    "by",
    "codec",
    "drop",
    "entries",
    "foreign",
    "hook",
    "join",
    "list",
    "lost",
    "pick",
    "pivot",
    "refuse",
    "separator",
    "split",
    "tag",
    "text",
    "to",
    "type",
    "when",
    "wins",
    "without",
    "words",
];

const OUTER: &[&str] = &[
    "list", "pivot", "entries", "split", "pick", "without", "drop",
];
const INNER: &[&str] = &["words", "codec", "hook"];
const CONDITIONS: &[&str] = &["tag", "when", "type"];
const STAND_INS: &[&str] = &["absent", "absent_by"];
/// What a rule of `[added]` may say: nothing of `from` is its source.
const OF_ADDED: &[&str] = &["absent", "absent_by", "drop", "foreign", "lost", "refuse"];
/// What may be said of the document itself.
const OF_DOCUMENT: &[&str] = &["foreign", "lost", "refuse"];

pub(super) const SIDES: &[(&str, Side)] = &[("from", Side::From), ("to", Side::To)];
pub(super) const KEEP: &[(&str, bool)] = &[("keep", true)];
const TYPES: &[(&str, JsonType)] = &[
    ("null", JsonType::Null),
    ("boolean", JsonType::Boolean),
    ("integer", JsonType::Integer),
    ("number", JsonType::Number),
    ("string", JsonType::String),
    ("object", JsonType::Object),
    ("array", JsonType::Array),
];

/// Where a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Document,
    Member,
    /// In an array of rules.
    Alternative,
    Added,
}

pub(super) fn rule(place: &mut Place<'_>, raw: &RawValue, at: At, names: &Names) -> Rule {
    let mut object = place.object("a rule", raw, KEYS);
    belongs_here(place, &object, at);
    one_kind(place, &object);
    let foreign = object.take("foreign");
    let wins = object.take("wins");
    Rule {
        to: object
            .take("to")
            .and_then(|raw| place.text("`to`", raw))
            .and_then(|text| place.target("`to`", &text)),
        also: object
            .take("also")
            .and_then(|raw| place.paths("`also`", raw))
            .unwrap_or_default(),
        wins: wins
            .and_then(|raw| place.choice("`wins`", raw, SIDES))
            .unwrap_or(Side::To),
        foreign_keep: foreign
            .and_then(|raw| place.choice("`foreign`", raw, KEEP))
            .unwrap_or(false),
        inner: inner(place, &mut object),
        outer: outer(place, &mut object, names),
        condition: condition(place, &mut object),
        absent: stand_in(place, &mut object, names),
        absent_down: object
            .take("absent_down")
            .and_then(|raw| place.literal("`absent_down`", raw)),
        lost: object
            .take("lost")
            .and_then(|raw| place.text("`lost`", raw)),
        refuse: object
            .take("refuse")
            .and_then(|raw| place.text("`refuse`", raw)),
    }
}

fn belongs_here(place: &mut Place<'_>, object: &Object<'_>, at: At) {
    let (allowed, reason): (&[&str], _) = match at {
        At::Alternative => return,
        At::Member => {
            for key in object.have(CONDITIONS) {
                place.flaw(
                    FlawCode::UnknownName,
                    format!("`{key}` is for alternatives: write [{{ {key} = … }}, {{}}]"),
                );
            }
            return;
        }
        At::Added => (
            OF_ADDED,
            "has no meaning in [added], since `from` has no such member: use [rules]",
        ),
        At::Document => (
            OF_DOCUMENT,
            "has no meaning for the document: write a rule for a member",
        ),
    };
    for key in object.have(KEYS) {
        if !allowed.contains(&key) && !ARGUMENTS.contains(&key) {
            place.flaw(FlawCode::UnknownName, format!("`{key}` {reason}"));
        }
    }
}

/// At most one of each family, and nothing that contradicts another.
fn one_kind(place: &mut Place<'_>, object: &Object<'_>) {
    let quoted = |keys: &[&str]| {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        keys.join(" and ")
    };
    for family in [OUTER, INNER, CONDITIONS, STAND_INS] {
        let keys = object.have(family);
        if keys.len() > 1 {
            place.flaw(
                FlawCode::UnknownName,
                format!("a rule can't have {}: keep one of them", quoted(&keys)),
            );
        }
    }
    for (kind, others) in [
        ("drop", &["to", "also", "words", "codec", "hook"][..]),
        ("pick", &["words", "codec", "hook"]),
        ("without", &["words", "codec", "hook"]),
        ("split", &["to"]),
    ] {
        let others = object.have(others);
        if !object.have(&[kind]).is_empty() && !others.is_empty() {
            place.flaw(
                FlawCode::UnknownName,
                format!("a rule with `{kind}` can't have {}", quoted(&others)),
            );
        }
    }
    if object.have(&["split"]).is_empty() && !object.have(&["join"]).is_empty() {
        place.flaw(FlawCode::UnknownName, "`join` is for a rule with `split`");
    }
}

fn condition(place: &mut Place<'_>, object: &mut Object<'_>) -> Condition {
    let mut siblings = |key: &str| {
        let raw = object.take(key)?;
        let what = format!("`{key}`");
        let members = place.by_name(&what, raw)?;
        if members.is_empty() {
            place.unreadable(format!("{what} needs a sibling and its value"));
        }
        let literals = members
            .into_iter()
            .filter_map(|(name, raw)| Some((name, place.literal(&what, raw)?)));
        Some(literals.collect())
    };
    if let Some(siblings) = siblings("tag") {
        return Condition::Tag(siblings);
    }
    if let Some(siblings) = siblings("when") {
        return Condition::When(siblings);
    }
    object
        .take("type")
        .and_then(|raw| place.choice("`type`", raw, TYPES))
        .map_or(Condition::Always, Condition::Type)
}

fn stand_in(place: &mut Place<'_>, object: &mut Object<'_>, names: &Names) -> StandIn {
    if let Some(raw) = object.take("absent") {
        return place
            .literal("`absent`", raw)
            .map_or(StandIn::Nothing, StandIn::Always);
    }
    let Some(raw) = object.take("absent_by") else {
        return StandIn::Nothing;
    };
    let known: Vec<&str> = names.policies.iter().map(String::as_str).collect();
    let mut by = Vec::new();
    let Some(members) = place.by_name("`absent_by`", raw) else {
        return StandIn::Nothing;
    };
    if members.is_empty() {
        place.unreadable("`absent_by` needs a policy and its value");
    }
    for (policy, raw) in members {
        if !known.contains(&policy.as_str()) {
            place.unknown("policy", &policy, &known);
        }
        if let Some(literal) = place.literal("`absent_by`", raw) {
            by.push((policy, literal));
        }
    }
    StandIn::By(by)
}
