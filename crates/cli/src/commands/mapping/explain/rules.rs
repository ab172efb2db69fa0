//! The rules of a definition, and what each of them finds in a document.

use cutover::mapping::Side;
use serde::Serialize;
use serde_json::Value;

use super::place::{Found, Step, Steps, find, matches, parse, pointer};

/// What a rule does to one value.
#[derive(Debug, Serialize)]
pub(super) struct Applied {
    /// The rule's path, as the definition writes it.
    pub(super) rule: String,
    pub(super) does: String,
    /// In the document.
    pub(super) at: Option<String>,
    /// In what becomes of it.
    pub(super) to: Option<String>,
}

/// A definition's rules, read from its JSON.
pub(super) struct Rules<'d> {
    /// In the order of their paths; alternatives in their own.
    rules: Vec<Rule<'d>>,
    moves: Vec<(Steps, Steps)>,
    /// Arrays in `from` out of which elements may be left: behind them, indices differ.
    shortened: Vec<Steps>,
    context: &'d [(String, String)],
}

struct Rule<'d> {
    /// As it is shown.
    shown: String,
    /// In `from`, or in `to` for one of `[added]` and of a dialect.
    path: Steps,
    kind: Kind,
    says: &'d Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rule,
    Added,
    Dialect,
}

impl<'d> Rules<'d> {
    pub(super) fn read(definition: &'d Value, context: &'d [(String, String)]) -> Self {
        let members = |name: &str| definition[name].as_object().into_iter().flatten();
        let mut rules = Vec::new();
        for (path, says) in members("rules") {
            let alternatives = says
                .as_array()
                .map_or(std::slice::from_ref(says), Vec::as_slice);
            rules.extend(alternatives.iter().map(|says| Rule {
                shown: path.clone(),
                path: parse(path),
                kind: Kind::Rule,
                says,
            }));
        }
        rules.extend(members("added").map(|(path, says)| Rule {
            shown: format!("added: {path}"),
            path: parse(path),
            kind: Kind::Added,
            says,
        }));
        for dialect in definition["dialect"].as_array().into_iter().flatten() {
            let name = dialect["name"].as_str().unwrap_or_default();
            let added = dialect["added"].as_array().into_iter().flatten();
            rules.extend(added.filter_map(Value::as_str).map(|path| Rule {
                shown: format!("dialect {name}: {path}"),
                path: parse(path),
                kind: Kind::Dialect,
                says: dialect,
            }));
        }
        let shortens = |rule: &&Rule<'_>| rule.says.get("without").is_some();
        let shortened = rules.iter().filter(shortens);
        let mut read = Self {
            shortened: shortened.map(|rule| rule.path.clone()).collect(),
            rules,
            moves: Vec::new(),
            context,
        };
        read.find_moves();
        read
    }

    /// Shorter paths first: a rule's own image may ask for that of a container around it.
    fn find_moves(&mut self) {
        let rules = self.rules.iter().filter(|rule| rule.kind == Kind::Rule);
        let mut moving: Vec<_> = rules.map(|rule| (rule.path.clone(), rule.says)).collect();
        moving.sort_by_key(|(path, _)| path.len());
        for (path, says) in moving {
            let image = self.image_of(&path, says.get("to"));
            match says["pick"].as_str() {
                Some(word) => {
                    let mut picked = path;
                    picked.push(Step::Name(word.to_owned()));
                    self.moves.push((picked, image));
                }
                None if says.get("to").is_some() => self.moves.push((path, image)),
                None => {}
            }
        }
    }

    /// Where a rule's value goes: to what it says, or where its own path is.
    fn image_of(&self, path: &[Step], to: Option<&Value>) -> Steps {
        let (last, parent) = path
            .split_last()
            .map_or((None, path), |(l, p)| (Some(l), p));
        match to.and_then(Value::as_str) {
            Some(to) => match to.strip_prefix("./") {
                Some(name) => [self.image(parent), parse(name)].concat(),
                None => parse(to),
            },
            None => self
                .image(parent)
                .into_iter()
                .chain(last.cloned())
                .collect(),
        }
    }

    fn image(&self, path: &[Step]) -> Steps {
        let moved = self
            .moves
            .iter()
            .filter_map(|(from, to)| Some((from.len(), to, path.strip_prefix(from.as_slice())?)));
        match moved.max_by_key(|(length, ..)| *length) {
            Some((_, to, rest)) => [to.as_slice(), rest].concat(),
            None => path.to_vec(),
        }
    }

    /// All places of a rule in `to`.
    fn images(&self, rule: &Rule<'_>) -> Vec<Steps> {
        match (rule.kind, rule.says.get("split").and_then(Value::as_array)) {
            (Kind::Rule, Some(into)) => {
                let into = into.iter().map(|to| self.image_of(&rule.path, Some(to)));
                into.collect()
            }
            (Kind::Rule, None) => vec![self.image_of(&rule.path, rule.says.get("to"))],
            _ => vec![rule.path.clone()],
        }
    }

    fn word(&self, name: &str) -> String {
        let word = name.strip_prefix('$');
        let mut context = self.context.iter();
        let value = word.and_then(|word| context.rfind(|(known, _)| known == word));
        value.map_or(name, |(_, value)| value).to_owned()
    }

    /// What each rule finds in a document of this side. A place that the output does not have is none; without an output,
    /// places are where values would have gone.
    pub(super) fn applied(
        &self,
        side: Side,
        document: &Value,
        output: Option<&Value>,
    ) -> Vec<Applied> {
        let mut all = Vec::new();
        for rule in &self.rules {
            match (side, rule.kind) {
                (Side::From, Kind::Rule) => self.upgraded(rule, document, output, &mut all),
                (Side::To, Kind::Rule) => self.downgraded(rule, document, output, &mut all),
                (Side::To, Kind::Added | Kind::Dialect) => {
                    self.left_behind(rule, document, output, &mut all);
                }
                // What an upgrade writes there is a stand-in.
                (Side::From, Kind::Added | Kind::Dialect) => {}
            }
        }
        all
    }

    fn find<'v>(&self, document: &'v Value, path: &[Step]) -> Vec<Found<'v>> {
        find(document, path, &|name| self.word(name))
    }

    fn upgraded(
        &self,
        rule: &Rule<'_>,
        document: &Value,
        output: Option<&Value>,
        all: &mut Vec<Applied>,
    ) {
        let images = self.images(rule);
        let also = rule.says["also"].as_array().into_iter().flatten();
        let also = also.filter_map(Value::as_str).map(parse);
        for path in [rule.path.clone()].into_iter().chain(also) {
            let found = self.find(document, &path);
            for found in found.iter().filter(|found| self.holds(rule, found)) {
                for image in &images {
                    let to = self.place(rule, image, found, output);
                    all.push(applied(rule, Some(found.pointer.clone()), to));
                }
            }
        }
    }

    fn downgraded(
        &self,
        rule: &Rule<'_>,
        document: &Value,
        output: Option<&Value>,
        all: &mut Vec<Applied>,
    ) {
        // `{}` at the end of alternatives, and what an upgrade leaves out, have no way back.
        if rule.says.get("drop").is_some() || rule.says.get("without").is_some() {
            return;
        }
        for image in self.images(rule) {
            for found in self.find(document, &image) {
                let to = self.place(rule, &rule.path, &found, output);
                all.push(applied(rule, Some(found.pointer), to));
            }
        }
    }

    fn left_behind(
        &self,
        rule: &Rule<'_>,
        document: &Value,
        output: Option<&Value>,
        all: &mut Vec<Applied>,
    ) {
        for found in self.find(document, &rule.path) {
            let place = self.place(rule, &rule.path, &found, output);
            let stays = rule.kind == Kind::Added && rule.says.get("drop").is_none();
            all.push(applied(rule, Some(found.pointer), place.filter(|_| stays)));
        }
    }

    /// Where a value goes, if the output has that place.
    fn place(
        &self,
        rule: &Rule<'_>,
        to: &[Step],
        found: &Found<'_>,
        output: Option<&Value>,
    ) -> Option<String> {
        if rule.says.get("drop").is_some() {
            return None;
        }
        let inside = |array: &Steps| rule.path.len() > array.len() && rule.path.starts_with(array);
        let known = !self.shortened.iter().any(inside);
        let indices = if known { &found.indices[..] } else { &[] };
        let place = pointer(to, indices, &|name| self.word(name));
        let certain = known && !place.contains('*');
        let there = output.is_none_or(|output| !certain || output.pointer(&place).is_some());
        there.then_some(place)
    }

    /// Whether an alternative is the one for this value.
    fn holds(&self, rule: &Rule<'_>, found: &Found<'_>) -> bool {
        let own = conditions(rule.says, found);
        let alternatives = self
            .rules
            .iter()
            .filter(|other| other.kind == Kind::Rule && other.path == rule.path);
        let mut before = alternatives.take_while(|other| !std::ptr::eq(other.says, rule.says));
        own && !before.any(|other| conditions(other.says, found))
    }

    /// What an upgrade wrote without a source, by the rule that says so.
    pub(super) fn stand_ins(&self, assumed: &[String]) -> Vec<Applied> {
        let by = |place: &String| {
            let word = |name: &str| self.word(name);
            let stands = |rule: &&Rule<'_>| {
                let says = |key| rule.says.get(key).is_some();
                (says("absent") || says("absent_by"))
                    && self
                        .images(rule)
                        .iter()
                        .any(|image| matches(image, place, &word))
            };
            let rule = self.rules.iter().find(stands);
            Applied {
                rule: rule.map_or_else(String::new, |rule| rule.shown.clone()),
                does: "stands in for what is absent".to_owned(),
                at: None,
                to: Some(place.clone()),
            }
        };
        assumed.iter().map(by).collect()
    }
}

/// Whether the siblings have these values, or the value this type.
fn conditions(says: &Value, found: &Found<'_>) -> bool {
    let siblings = says.get("tag").or_else(|| says.get("when"));
    if let Some(siblings) = siblings.and_then(Value::as_object) {
        let has = |(name, value): (&String, &Value)| {
            found.around.and_then(|around| around.get(name)) == Some(value)
        };
        return siblings.iter().all(has);
    }
    match says["type"].as_str() {
        Some("null") => found.value.is_null(),
        Some("boolean") => found.value.is_boolean(),
        Some("number") => found.value.is_number(),
        Some("integer") => found
            .value
            .as_f64()
            .is_some_and(|number| number.fract() == 0.0),
        Some("string") => found.value.is_string(),
        Some("object") => found.value.is_object(),
        Some("array") => found.value.is_array(),
        _ => true,
    }
}

fn applied(rule: &Rule<'_>, at: Option<String>, to: Option<String>) -> Applied {
    Applied {
        rule: rule.shown.clone(),
        does: does(rule),
        at,
        to,
    }
}

/// What a rule does, in the words of its definition.
fn does(rule: &Rule<'_>) -> String {
    if rule.kind == Kind::Dialect {
        return "leaves it out".to_owned();
    }
    if let Some(reason) = rule.says["drop"].as_str() {
        return format!("drop: {reason}");
    }
    let kinds = [
        "tag", "when", "type", "to", "split", "list", "pivot", "entries", "pick", "without",
        "words", "codec", "hook",
    ];
    let kinds = kinds.iter().filter_map(|kind| {
        let says = rule.says.get(kind)?;
        Some(match (*kind, says.as_str()) {
            ("to", _) => "move".to_owned(),
            (kind, Some(text)) => format!("{kind} {text}"),
            (kind, None) => kind.to_owned(),
        })
    });
    let kinds: Vec<_> = kinds.collect();
    match kinds.is_empty() {
        true => "keep".to_owned(),
        false => kinds.join(", "),
    }
}
