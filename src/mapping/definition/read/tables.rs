//! The arrays of tables: dialects and hooks.

use serde_json::value::RawValue;

use super::place::{Object, Place};
use crate::mapping::definition::{Dialect, HookRule};
use crate::mapping::flaws::{Flaw, FlawCode};
use crate::mapping::path::Path;

/// What a hook loses: up, down.
const LOSSES: &[(&str, (bool, bool))] = &[
    ("none", (false, false)),
    ("up", (true, false)),
    ("down", (false, true)),
    ("both", (true, true)),
];

pub(super) fn dialects(top: &mut Object<'_>, flaws: &mut Vec<Flaw>) -> Vec<Dialect> {
    let mut dialects: Vec<Dialect> = Vec::new();
    for (at, raw) in tables(top, "dialect", flaws).into_iter().enumerate() {
        let mut place = Place::new(format!("dialect[{at}]"), flaws);
        let mut object = place.object("a dialect", raw, &["name", "added"]);
        let name = needed(&mut place, &mut object, "name", |place, raw| {
            place.text("`name`", raw)
        });
        let added = needed(&mut place, &mut object, "added", |place, raw| {
            place.paths("`added`", raw)
        });
        let (Some(name), Some(added)) = (name, added) else {
            continue;
        };
        if dialects.iter().any(|dialect| dialect.name == name) {
            place.flaw(
                FlawCode::UnknownName,
                format!("there are two dialects called {name:?}: rename one"),
            );
        }
        dialects.push(Dialect { name, added });
    }
    dialects
}

pub(super) fn hooks(top: &mut Object<'_>, flaws: &mut Vec<Flaw>) -> Vec<HookRule> {
    let mut hooks = Vec::new();
    for (at, raw) in tables(top, "hook", flaws).into_iter().enumerate() {
        let mut place = Place::new(format!("hook[{at}]"), flaws);
        let mut object = place.object("a hook", raw, &["name", "from", "to", "loss"]);
        let name = needed(&mut place, &mut object, "name", |place, raw| {
            place.text("`name`", raw)
        });
        let mut members = |key: &'static str| {
            needed(&mut place, &mut object, key, |place, raw| {
                members_of_one_object(place, &format!("`{key}`"), raw)
            })
        };
        let (from, to) = (members("from"), members("to"));
        let loss = needed(&mut place, &mut object, "loss", |place, raw| {
            place.choice("`loss`", raw, LOSSES)
        });
        let (Some(name), Some(from), Some(to), Some(loss)) = (name, from, to, loss) else {
            continue;
        };
        hooks.push(HookRule {
            name,
            from,
            to,
            loses_up: loss.0,
            loses_down: loss.1,
        });
    }
    hooks
}

fn members_of_one_object(place: &mut Place<'_>, what: &str, raw: &RawValue) -> Option<Vec<Path>> {
    let paths = place.paths(what, raw)?;
    let parent = paths.first().map(Path::parent);
    if parent.is_none() {
        place.unreadable(format!("{what} needs a path"));
    }
    if paths.iter().any(|path| Some(path.parent()) != parent) {
        place.unreadable(format!("the paths of {what} must be members of one object"));
    }
    Some(paths)
}

/// An array of tables.
fn tables<'t>(top: &mut Object<'t>, key: &str, flaws: &mut Vec<Flaw>) -> Vec<&'t RawValue> {
    let raw = top.take(key);
    raw.and_then(|raw| Place::new(key, flaws).elements(&format!("`{key}`"), raw))
        .unwrap_or_default()
}

fn needed<T>(
    place: &mut Place<'_>,
    object: &mut Object<'_>,
    key: &str,
    read: impl FnOnce(&mut Place<'_>, &RawValue) -> Option<T>,
) -> Option<T> {
    match object.take(key) {
        Some(raw) => read(place, raw),
        None => {
            place.unreadable(format!("`{key}` is missing"));
            None
        }
    }
}
