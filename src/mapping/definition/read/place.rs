//! Reads values at one place of a definition, and collects what is wrong with them there.

use std::fmt;

use serde_json::value::RawValue;

use super::json::{Members, compact, kind};
use super::nearest::nearest;
use crate::mapping::definition::{Literal, Target};
use crate::mapping::flaws::{Flaw, FlawCode};
use crate::mapping::path::{Path, Segment};

/// A place of the definition: a rule's path as written, or the key at the top.
pub(super) struct Place<'f> {
    name: String,
    flaws: &'f mut Vec<Flaw>,
}

impl<'f> Place<'f> {
    pub(super) fn new(name: impl Into<String>, flaws: &'f mut Vec<Flaw>) -> Self {
        Self {
            name: name.into(),
            flaws,
        }
    }

    pub(super) fn flaw(&mut self, code: FlawCode, reason: impl Into<String>) {
        self.flaws.push(Flaw::new(code, &self.name, reason));
    }

    pub(super) fn unreadable(&mut self, reason: impl Into<String>) {
        self.flaw(FlawCode::UnreadableDefinition, reason);
    }

    /// A name that there isn't, with the nearest one that there is.
    pub(super) fn unknown(&mut self, what: &str, name: &str, known: &[&str]) {
        let advice = match nearest(name, known) {
            Some(near) => format!("did you mean {near:?}?"),
            None if known.is_empty() => "none is declared".to_owned(),
            None => format!("known: {}", known.join(", ")),
        };
        self.flaw(
            FlawCode::UnknownName,
            format!("there is no {what} {name:?}; {advice}"),
        );
    }

    fn wrong_type(&mut self, what: &str, wanted: &str, raw: &RawValue) {
        let found = kind(raw.get());
        self.unreadable(format!("{what} must be {wanted}, not {found}"));
    }

    /// The members of an object, duplicates included.
    pub(super) fn members<'t>(
        &mut self,
        what: &str,
        raw: &'t RawValue,
    ) -> Option<Vec<(String, &'t RawValue)>> {
        if kind(raw.get()) != "an object" {
            self.wrong_type(what, "an object", raw);
            return None;
        }
        match serde_json::from_str(raw.get()) {
            Ok(Members(members)) => Some(members),
            Err(error) => {
                self.unreadable(format!("{what} can't be read: {error}"));
                None
            }
        }
    }

    /// An object whose members have names of ours.
    pub(super) fn object<'t>(
        &mut self,
        what: &str,
        raw: &'t RawValue,
        known: &'static [&'static str],
    ) -> Object<'t> {
        let mut members = self.members(what, raw).unwrap_or_default();
        members.retain(|(name, _)| {
            let is_known = known.contains(&name.as_str());
            if !is_known {
                self.unknown("key", name, known);
            }
            is_known
        });
        Object(self.once(what, members))
    }

    /// Leaves out, as a flaw, what stands in an object again.
    pub(super) fn once<'t>(
        &mut self,
        what: &str,
        members: Vec<(String, &'t RawValue)>,
    ) -> Vec<(String, &'t RawValue)> {
        let mut first: Vec<(String, &RawValue)> = Vec::with_capacity(members.len());
        for (name, raw) in members {
            if first.iter().any(|(known, _)| *known == name) {
                self.unreadable(format!(
                    "{what} has the member {name:?} twice: keep one of them"
                ));
            } else {
                first.push((name, raw));
            }
        }
        first
    }

    /// An object with names that the definition gives, by byte order of the names, since their order means nothing.
    pub(super) fn by_name<'t>(
        &mut self,
        what: &str,
        raw: &'t RawValue,
    ) -> Option<Vec<(String, &'t RawValue)>> {
        let members = self.members(what, raw)?;
        let mut members = self.once(what, members);
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        Some(members)
    }

    pub(super) fn elements<'t>(
        &mut self,
        what: &str,
        raw: &'t RawValue,
    ) -> Option<Vec<&'t RawValue>> {
        if kind(raw.get()) != "an array" {
            self.wrong_type(what, "an array", raw);
            return None;
        }
        serde_json::from_str(raw.get())
            .map_err(|error| self.unreadable(format!("{what} can't be read: {error}")))
            .ok()
    }

    pub(super) fn text(&mut self, what: &str, raw: &RawValue) -> Option<String> {
        if kind(raw.get()) != "a string" {
            self.wrong_type(what, "a string", raw);
            return None;
        }
        match serde_json::from_str(raw.get()) {
            Ok(text) => Some(text),
            Err(error) => {
                self.unreadable(format!("{what} can't be read: {error}"));
                None
            }
        }
    }

    pub(super) fn texts(&mut self, what: &str, raw: &RawValue) -> Option<Vec<String>> {
        let each = format!("each of {what}");
        let elements = self.elements(what, raw)?.into_iter();
        Some(elements.filter_map(|e| self.text(&each, e)).collect())
    }

    /// Names that are declared here, each once.
    pub(super) fn names(&mut self, what: &str, raw: &RawValue) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.texts(what, raw).unwrap_or_default() {
            if name.is_empty() {
                self.unreadable(format!("a name of {what} is empty"));
            } else if names.contains(&name) {
                self.flaw(
                    FlawCode::UnknownName,
                    format!("{what} has {name:?} twice: keep one of them"),
                );
            } else {
                names.push(name);
            }
        }
        names
    }

    pub(super) fn flag(&mut self, what: &str, raw: &RawValue) -> bool {
        let flag = serde_json::from_str(raw.get());
        flag.unwrap_or_else(|_| {
            self.wrong_type(what, "true or false", raw);
            false
        })
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        what: &str,
        raw: &RawValue,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(what, raw)?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<String> = choices
                .iter()
                .map(|(word, _)| format!("{word:?}"))
                .collect();
            self.unreadable(format!(
                "{what} must be {}, not {text:?}",
                words.join(" or ")
            ));
        }
        found.map(|(_, choice)| *choice)
    }

    pub(super) fn literal(&mut self, what: &str, raw: &RawValue) -> Option<Literal> {
        compact(raw.get())
            .map_err(|reason| self.unreadable(format!("{what} {reason}")))
            .ok()
    }

    pub(super) fn literals(&mut self, what: &str, raw: &RawValue) -> Vec<Literal> {
        let elements = self.elements(what, raw).unwrap_or_default();
        elements
            .into_iter()
            .filter_map(|element| self.literal(what, element))
            .collect()
    }

    /// The path of a member.
    pub(super) fn path(&mut self, what: &str, text: &str) -> Option<Path> {
        let path = self.any_path(what, text)?;
        if path.is_empty() {
            self.unreadable(format!(
                "{what} must be the path of a member, not the document"
            ));
            return None;
        }
        Some(path)
    }

    /// A path that may be the document's.
    pub(super) fn any_path(&mut self, what: &str, text: &str) -> Option<Path> {
        match Path::parse(text) {
            Ok(path) if path.0.last() == Some(&Segment::Each) => {
                self.flaw(
                    FlawCode::ArrayMismatch,
                    format!(
                        "{what} ends with `*`, but an element has no rule of its own: name the array or a member of its elements"
                    ),
                );
                None
            }
            Ok(path) => Some(path),
            Err(reason) => {
                self.unreadable(format!("{what} is invalid ({text:?}): {reason}"));
                None
            }
        }
    }

    pub(super) fn paths(&mut self, what: &str, raw: &RawValue) -> Option<Vec<Path>> {
        let texts = self.texts(what, raw)?;
        Some(texts.iter().filter_map(|t| self.path(what, t)).collect())
    }

    /// A full path, or `./name`.
    pub(super) fn target(&mut self, what: &str, text: &str) -> Option<Target> {
        let Some(beside) = text.strip_prefix("./") else {
            return self.path(what, text).map(Target::At);
        };
        match Path::parse(beside) {
            Ok(path) if path.0.len() == 1 && path.name().is_some() => {
                path.name().map(|name| Target::Beside(name.to_owned()))
            }
            Ok(_) => {
                self.unreadable(format!(
                    "{what} must name one member after `./`, not {text:?}: write the full path instead"
                ));
                None
            }
            Err(reason) => {
                self.unreadable(format!("{what} is invalid ({text:?}): {reason}"));
                None
            }
        }
    }
}

impl fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Place").field(&self.name).finish()
    }
}

/// An object of the format; each member is taken once.
pub(super) struct Object<'t>(Vec<(String, &'t RawValue)>);

impl<'t> Object<'t> {
    pub(super) fn take(&mut self, name: &str) -> Option<&'t RawValue> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Which of these it has, in their order.
    pub(super) fn have(&self, names: &[&'static str]) -> Vec<&'static str> {
        let has = |name: &&str| self.0.iter().any(|(known, _)| known == *name);
        names.iter().copied().filter(|name| has(name)).collect()
    }
}
