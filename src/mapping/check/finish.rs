//! The schema of an image that is put together: which of its members are sure to be there.

use serde_json::{Map, Value, json};

use super::super::definition::{Inner, Outer, Rule};
use super::super::path::{Path, Segment};
use super::entries::Step;
use super::image::{AT, CONTAINERS, Draft, ENTERED, Imaging, Source, UNDECLARED};
use super::values;
use super::view::{Declared, Types, View};

impl Imaging<'_, '_> {
    pub(super) fn finish(&self, draft: &Draft, to: &Path) -> Value {
        let mut any = draft.wholes.clone();
        if any.is_empty()
            && draft
                .entered
                .as_ref()
                .is_some_and(|at| self.leaves_nothing(draft, at))
        {
            return Value::Bool(false);
        }
        let is_built = !draft.members.is_empty() || draft.items.is_some();
        if is_built || draft.entered.is_some() {
            any.push(self.container(draft, to));
            if draft.entered.is_none() && any.len() == 1 && self.may_be_there(to) {
                any.push(values::unknown(UNDECLARED));
            }
        }
        match any.len() {
            1 => any.remove(0),
            _ => json!({ "anyOf": any }),
        }
    }

    /// Whether rules take everything out of every valid object there, and move some of it: then it is left out.
    fn leaves_nothing(&self, draft: &Draft, at: &Path) -> bool {
        let (view, _) = View::new(self.root, self.root).at(at, self.words);
        // An empty list, or what a hook makes nothing of, moves nowhere and stays in the object.
        let always = |rule: &Rule| {
            matches!(rule.outer, None | Some(Outer::Split { .. }))
                && !matches!(rule.inner, Some(Inner::Hook(_)))
        };
        // Asked once of each object in it, or the cost would multiply with the depth.
        let is_emptied = |(name, member): (&String, &Draft)| {
            let at = at.member(name);
            member.entered.as_ref() == Some(&at)
                && member.wholes.is_empty()
                && self.leaves_nothing(member, &at)
        };
        if !draft.prunable || draft.items.is_some() || !draft.members.iter().all(is_emptied) {
            return false;
        }
        let taken = |name: &str, may_drop: bool| {
            let member = at.member(name);
            let mut entries = self.table.at(&member).peekable();
            if entries.peek().is_none() {
                return draft.members.contains_key(name);
            }
            entries.all(|entry| match entry.step {
                Step::Rule(rule) => entry.sure && always(rule),
                Step::Drop => may_drop,
                Step::Stays | Step::Hook => false,
            })
        };
        view.types() == Types::OBJECT
            && view.is_closed()
            && view.patterns().next().is_none()
            && view.required().any(|name| taken(name, false))
            && view.names().into_iter().all(|name| taken(name, true))
    }

    fn container(&self, draft: &Draft, to: &Path) -> Value {
        let mut schema = Map::new();
        let mut types = Types(0);
        match &draft.entered {
            Some(at) => {
                let (view, _) = View::new(self.root, self.root).at(at, self.words);
                types = view.types().and(CONTAINERS);
                schema.insert(AT.into(), at.to_string().into());
                schema.insert(ENTERED.into(), true.into());
                self.keep(&view, at, &mut schema);
            }
            // Made by the moves into it: it has nothing else.
            None if draft.items.is_none() => {
                schema.insert("additionalProperties".into(), false.into());
            }
            None => {}
        }
        let mut given = Vec::new();
        if let Some(at) = &draft.entered {
            given.push(at.clone());
        }
        givens(draft, draft.entered.as_ref(), &mut given);
        if !draft.members.is_empty() {
            types = Types(types.0 | Types::OBJECT.0);
        }
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (name, member) in &draft.members {
            properties.insert(name.clone(), self.finish(member, &to.member(name)));
            if !given.is_empty()
                && (member.stand_in || given.iter().all(|given| self.comes_with(member, given)))
            {
                required.push(Value::from(name.as_str()));
            }
        }
        if let Some(items) = &draft.items {
            types = Types(types.0 | Types::ARRAY.0);
            schema.insert("items".into(), self.finish(items, &to.child(Segment::Each)));
        }
        schema.insert("properties".into(), properties.into());
        schema.insert("required".into(), required.into());
        schema.insert("type".into(), types.keyword());
        schema.into()
    }

    /// What an entered container's own keywords still say of its image.
    fn keep(&self, view: &View<'_>, at: &Path, schema: &mut Map<String, Value>) {
        let whole = !self.table.entries.iter().any(|entry| {
            matches!(
                entry.step,
                Step::Rule(Rule {
                    outer: Some(Outer::Without(_)),
                    ..
                })
            ) && entry.at == *at
        });
        let mut kept = Vec::new();
        for part in &view.parts {
            let mut keep = Map::new();
            for (keyword, said) in *part {
                let stays = match keyword.as_str() {
                    // These speak of `properties` beside them.
                    "additionalProperties" => {
                        if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
                            schema.insert(keyword.clone(), said.clone());
                        }
                        false
                    }
                    "patternProperties" => {
                        schema.insert(keyword.clone(), said.clone());
                        false
                    }
                    "maxItems" | "uniqueItems" | "x-tier" => true,
                    "minItems" => whole,
                    // Combinations hold as they are while the members that they name stay as they are.
                    "anyOf" | "oneOf" | "if" | "then" | "else" | "not" | "dependencies"
                    | "dependentRequired" | "contains" => whole && self.untouched(said, at),
                    _ => false,
                };
                if stays {
                    keep.insert(keyword.clone(), said.clone());
                }
            }
            if !keep.is_empty() {
                kept.push(Value::Object(keep));
            }
        }
        if !kept.is_empty() {
            schema.insert("allOf".into(), kept.into());
        }
    }

    /// Whether no rule reads or writes a member of this object that the schema names.
    fn untouched(&self, said: &Value, at: &Path) -> bool {
        let mut names = Vec::new();
        named(said, &mut names);
        let image = self.table.image(at);
        names.iter().all(|name| {
            let (member, there) = (at.member(name), image.member(name));
            let touched =
                |path: &Path| path.behind(&member).is_some() || path.behind(&there).is_some();
            let element = at.child(Segment::Each).member(name);
            !self.table.entries.iter().any(|entry| {
                touched(&entry.at) || touched(&entry.to) || entry.at.behind(&element).is_some()
            }) && !self.table.stand_ins.iter().any(|(path, _)| touched(path))
                && !self.table.hooked.iter().any(touched)
        })
    }

    /// Whether a place of the output is filled whenever `given` is in the input.
    fn comes_with(&self, draft: &Draft, given: &Path) -> bool {
        self.surviving(draft)
            .iter()
            .any(|source| source.sure && self.is_certain(&source.at, given))
    }

    /// What fills a place or one in it, without objects that rules may empty, which are then left out.
    fn surviving(&self, draft: &Draft) -> Vec<Source> {
        let members = draft.members.values();
        let mut sources: Vec<Source> = members.flat_map(|member| self.surviving(member)).collect();
        let keeps = |own: &Path| {
            sources
                .iter()
                .any(|source| source.sure && self.is_certain(&source.at, own))
        };
        let own = draft.entered.as_ref();
        let is_emptied = draft.prunable && !own.is_some_and(keeps);
        let own_sources = draft.sources.iter();
        sources.extend(
            own_sources
                .filter(|source| !(is_emptied && Some(&source.at) == own))
                .cloned(),
        );
        sources
    }

    /// Whether the input may have something of its own where moves make a container: a member that nothing declares.
    fn may_be_there(&self, to: &Path) -> bool {
        let at = self.table.back(to);
        let Some(parent) = at.parent() else {
            return false;
        };
        let (around, _) = View::new(self.root, self.root).at(&parent, self.words);
        let (_, declared) = View::new(self.root, self.root).at(&at, self.words);
        self.table.image(&at) == *to
            && self.table.at(&at).next().is_none()
            && declared != Declared::Yes
            && !around.is_closed()
    }

    /// Whether the schema has `at` in every document that has `given`.
    fn is_certain(&self, at: &Path, given: &Path) -> bool {
        let common =
            at.0.iter()
                .zip(&given.0)
                .take_while(|(a, b)| a == b)
                .count();
        (common..at.0.len()).all(|depth| {
            let Some((segment, before)) = at.0.get(..=depth).and_then(<[_]>::split_last) else {
                return false;
            };
            let Segment::Name(name) = segment else {
                return false;
            };
            if name
                .strip_prefix('$')
                .is_some_and(|word| self.words.iter().any(|known| known == word))
            {
                return true;
            }
            let (view, _) = View::new(self.root, self.root).at(&Path(before.to_vec()), self.words);
            view.types() == Types::OBJECT && view.requires(name)
        })
    }
}

/// Everything in the input that makes this container stand in the output.
fn givens(draft: &Draft, own: Option<&Path>, given: &mut Vec<Path>) {
    let mut sources = Vec::new();
    for member in draft.members.values() {
        all_sources(member, &mut sources);
    }
    let outside = |source: &Source| own.is_none_or(|own| source.at.behind(own).is_none());
    given.extend(sources.into_iter().filter(outside).map(|source| source.at));
}

fn all_sources(draft: &Draft, sources: &mut Vec<Source>) {
    sources.extend(draft.sources.iter().cloned());
    for member in draft.members.values() {
        all_sources(member, sources);
    }
}

/// Names of members that a schema speaks of.
fn named<'s>(said: &'s Value, names: &mut Vec<&'s str>) {
    match said {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("properties" | "dependencies" | "dependentRequired", Value::Object(known)) => {
                        names.extend(known.keys().map(String::as_str));
                        known.values().for_each(|value| named(value, names));
                    }
                    ("required", Value::Array(list)) => {
                        names.extend(list.iter().filter_map(Value::as_str))
                    }
                    _ => named(value, names),
                }
            }
        }
        Value::Array(list) => {
            names.extend(list.iter().filter_map(Value::as_str));
            list.iter().for_each(|value| named(value, names));
        }
        _ => {}
    }
}
