//! Logical locations (namespaces, types, functions): by key in 1.0, in a list with parents first in 2.1.

use std::collections::HashMap;

use serde_json::{Error, from_str};

use super::object::{Object, list, part, quoted};
use super::runs::Losses;

/// The logical locations of a run, parents before children, as 2.1 lists them.
pub(crate) struct Listed {
    pub(crate) there: bool,
    list: Vec<(String, Object)>,
    index: HashMap<String, usize>,
}

impl Listed {
    pub(crate) fn new(places: Option<Object>) -> Result<Self, Error> {
        let there = places.is_some();
        let mut waiting = HashMap::new();
        let mut names = Vec::new();
        for (key, place) in places.unwrap_or_default().0 {
            waiting.insert(key.clone(), from_str::<Object>(&place)?);
            names.push(key);
        }
        let mut all = Self {
            there,
            list: Vec::new(),
            index: HashMap::new(),
        };
        for name in names {
            // Up to an ancestor that has its place, then down again; a circle ends where it began.
            let mut path = Vec::new();
            let mut next = Some(name);
            while let Some((key, place)) = next.and_then(|key| waiting.remove_entry(&key)) {
                next = place.string("parentKey");
                path.push((key, place));
            }
            for (key, mut place) in path.into_iter().rev() {
                let parent = place
                    .string("parentKey")
                    .and_then(|parent| all.index.get(&parent));
                if let Some(parent) = parent {
                    place.turn("parentKey", "parentIndex", |_| Some(parent.to_string()));
                }
                all.index.insert(key.clone(), all.list.len());
                all.list.push((key, place));
            }
        }
        Ok(all)
    }

    /// What a location says of its logical one, as a reference.
    pub(crate) fn refer(&mut self, location: &mut Object, at: &str, losses: &mut Losses) {
        let qualified = location.take_string("fullyQualifiedLogicalName");
        let own_key = location.take_string("logicalLocationKey");
        let decorated = location.take("decoratedName");
        let index = own_key
            .as_ref()
            .or(qualified.as_ref())
            .and_then(|key| self.index.get(key))
            .copied();
        let mut reference = Object::default();
        reference.put_some("index", index.map(|index| index.to_string()));
        reference.put_some("fullyQualifiedName", qualified.as_deref().map(quoted));
        let place = index.and_then(|index| self.list.get_mut(index));
        match (place, decorated) {
            (Some((_, place)), decorated) => {
                if let Some(name) = &qualified {
                    place.put("fullyQualifiedName", quoted(name));
                }
                match (place.get("decoratedName"), decorated) {
                    (None, Some(name)) => place.put("decoratedName", name),
                    (Some(known), Some(name)) if known != name => {
                        reference.put("decoratedName", name)
                    }
                    _ => {}
                }
            }
            (None, Some(name)) => reference.put("decoratedName", name),
            (None, None) => {}
        }
        if own_key.is_some() && index.is_none() {
            losses.add(
                format_args!("{at}/logicalLocationKey"),
                "the run has no logical location of this key",
            );
        }
        if !reference.0.is_empty() {
            location.put("logicalLocations", list([reference.text()]));
        }
    }

    pub(crate) fn all(self) -> impl Iterator<Item = String> {
        self.list.into_iter().map(|(key, mut place)| {
            let is_its_name = place.string("name").is_some_and(|name| name == key);
            if place.get("fullyQualifiedName").is_none() && !is_its_name {
                place.put("fullyQualifiedName", quoted(&key));
            }
            place.text()
        })
    }
}

/// The logical locations of a run, each with the key that it gets.
pub(crate) struct Keyed {
    list: Vec<(String, Object)>,
}

impl Keyed {
    pub(crate) fn new(places: Vec<Object>) -> Self {
        let mut keys = Keys::default();
        let name = |place: &Object| {
            place
                .string("fullyQualifiedName")
                .or_else(|| place.string("name"))
        };
        let keyed = places
            .into_iter()
            .map(|place| (keys.give(name(&place).unwrap_or_default()), place));
        Self {
            list: keyed.collect(),
        }
    }

    fn at(&self, index: &str) -> Option<&(String, Object)> {
        self.list.get(index.parse::<usize>().ok()?)
    }

    /// 1.0 has the decorated name at each location that refers to the place.
    pub(crate) fn by_key(&self) -> Object {
        let one = |(key, place): &(String, Object)| {
            let mut place = place.clone();
            place.take("fullyQualifiedName");
            place.take("decoratedName");
            place.turn("parentIndex", "parentKey", |index| {
                self.at(index).map(|(key, _)| quoted(key))
            });
            (key.clone(), place.text())
        };
        Object(self.list.iter().map(one).collect())
    }
}

pub(crate) fn refer(
    location: &mut Object,
    places: Option<&Keyed>,
    at: &str,
    losses: &mut Losses,
) -> Result<(), Error> {
    let references: Vec<Object> = part(location, "logicalLocations")?.unwrap_or_default();
    for i in 1..references.len() {
        losses.add(
            format_args!("{at}/logicalLocations/{i}"),
            "1.0 has one logical location",
        );
    }
    let Some(mut reference) = references.into_iter().next() else {
        return Ok(());
    };
    let place = reference.take("index").and_then(|index| places?.at(&index));
    let own = reference.string("fullyQualifiedName");
    let named = place.and_then(|(_, place)| place.string("fullyQualifiedName"));
    let name = reference
        .take("fullyQualifiedName")
        .or(named.as_deref().map(quoted));
    let decorated = reference.take("decoratedName");
    let known = place
        .and_then(|(_, place)| place.get("decoratedName"))
        .map(str::to_owned);
    if let Some((key, _)) = place.filter(|(key, _)| own.as_ref().or(named.as_ref()) != Some(key)) {
        location.put("logicalLocationKey", quoted(key));
    }
    location.put_some("fullyQualifiedLogicalName", name);
    location.put_some("decoratedName", decorated.or(known));
    for (name, _) in reference.0 {
        losses.add(
            format_args!("{at}/logicalLocations/0/{name}"),
            "1.0 has this in the run's logical locations only",
        );
    }
    Ok(())
}

/// Keys that have been given, each with the number to try next when it is wanted again: starting over at 2 each time would
/// take the square of the time for a list in which all have one name.
#[derive(Default)]
pub(crate) struct Keys(HashMap<String, usize>);

impl Keys {
    /// A key that no other has: the name, with a number when it is taken.
    pub(crate) fn give(&mut self, wanted: String) -> String {
        let mut key = wanted.clone();
        if let Some(&next) = self.0.get(&wanted) {
            let mut number = next;
            key = format!("{wanted}-{number}");
            while self.has(&key) {
                number += 1;
                key = format!("{wanted}-{number}");
            }
            self.0.insert(wanted, number + 1);
        }
        self.0.insert(key.clone(), 2);
        key
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
}
