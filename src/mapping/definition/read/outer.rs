//! What a rule does with the place of a value: a list, a pivot, entries, a split, a pick, a filter or nothing but a drop.

use serde_json::value::RawValue;

use super::Names;
use super::place::{Object, Place};
use super::rule::SIDES;
use crate::mapping::definition::{Constant, Join, Outer, Pivot};

const JOINS: &[(&str, Join)] = &[
    ("all", Join::All),
    ("any", Join::Any),
    ("first", Join::First),
];

pub(super) fn outer(
    place: &mut Place<'_>,
    object: &mut Object<'_>,
    names: &Names,
) -> Option<Outer> {
    if let Some(raw) = object.take("list") {
        return place.choice("`list`", raw, SIDES).map(Outer::List);
    }
    if let Some(raw) = object.take("pivot") {
        return pivot(place, raw, names).map(Outer::Pivot);
    }
    if let Some(raw) = object.take("entries") {
        return entries(place, raw);
    }
    let join = object.take("join");
    if let Some(raw) = object.take("split") {
        let texts = place.texts("`split`", raw)?;
        if texts.len() < 2 {
            place.unreadable("`split` needs two places or more");
        }
        return Some(Outer::Split {
            into: texts
                .iter()
                .filter_map(|text| place.target("`split`", text))
                .collect(),
            join: join
                .and_then(|raw| place.choice("`join`", raw, JOINS))
                .unwrap_or(Join::First),
        });
    }
    if let Some(raw) = object.take("pick") {
        let text = place.text("`pick`", raw)?;
        let Some(name) = text.strip_prefix('$') else {
            place.unreadable(format!(
                "`pick` must be a name of `context` after a `$`, not {text:?}"
            ));
            return None;
        };
        return context(place, name, names).map(Outer::Pick);
    }
    if let Some(raw) = object.take("without") {
        let members = place.by_name("`without`", raw)?;
        if members.is_empty() {
            place.unreadable("`without` needs a member and its values");
        }
        return Some(Outer::Without(
            members
                .into_iter()
                .map(|(name, raw)| (name, place.literals("a member of `without`", raw)))
                .collect(),
        ));
    }
    let reason = object.take("drop")?;
    place.text("`drop`", reason).map(Outer::Drop)
}

fn pivot(place: &mut Place<'_>, raw: &RawValue, names: &Names) -> Option<Pivot> {
    let mut object = place.object("`pivot`", raw, &["where", "value"]);
    let constants = object
        .take("where")
        .and_then(|raw| place.by_name("`where`", raw))
        .unwrap_or_default();
    let constants: Vec<(String, Constant)> = constants
        .into_iter()
        .filter_map(|(name, raw)| Some((name, constant(place, raw, names)?)))
        .collect();
    let value = member(place, &mut object, "value", "`pivot`")?;
    if constants.iter().any(|(name, _)| *name == value) {
        place.unreadable(format!(
            "{value:?} can't be both the `value` of a pivot and in its `where`"
        ));
    }
    Some(Pivot { constants, value })
}

fn constant(place: &mut Place<'_>, raw: &RawValue, names: &Names) -> Option<Constant> {
    let literal = place.literal("a value of `where`", raw)?;
    let text: Option<String> = serde_json::from_str(raw.get()).ok();
    match text.as_deref().and_then(|text| text.strip_prefix('$')) {
        Some(name) => context(place, name, names).map(Constant::Context),
        None => Some(Constant::Literal(literal)),
    }
}

fn context(place: &mut Place<'_>, name: &str, names: &Names) -> Option<String> {
    if names.context.iter().any(|known| known == name) {
        return Some(name.to_owned());
    }
    let known: Vec<&str> = names.context.iter().map(String::as_str).collect();
    place.unknown("name in `context` called", name, &known);
    None
}

fn entries(place: &mut Place<'_>, raw: &RawValue) -> Option<Outer> {
    let mut object = place.object("`entries`", raw, &["key", "value", "grouped"]);
    let key = member(place, &mut object, "key", "`entries`");
    let value = member(place, &mut object, "value", "`entries`");
    let grouped = object.take("grouped");
    let grouped = grouped.is_some_and(|raw| place.flag("`grouped`", raw));
    let (key, value) = (key?, value?);
    if key == value {
        place.unreadable(format!(
            "{key:?} can't be both the `key` and the `value` of entries"
        ));
    }
    Some(Outer::Entries {
        key,
        value,
        grouped,
    })
}

/// A member that an argument must have.
fn member(place: &mut Place<'_>, object: &mut Object<'_>, key: &str, of: &str) -> Option<String> {
    let Some(raw) = object.take(key) else {
        place.unreadable(format!("{of} needs `{key}`"));
        return None;
    };
    place.text(&format!("`{key}`"), raw)
}
