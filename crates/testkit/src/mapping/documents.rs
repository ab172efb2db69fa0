//! Documents of one version for a definition, from a seed: what its rules are about, in and out of order, and what they
//! are not about.

use super::definition::{Alternative, Inner, Outer};
use super::path::{Path, Step, member, with};
use super::places::{Role, Table};
use super::tree::Node;
use super::{Call, Model};
use crate::model::json::quote;
use crate::rng::Rng;

impl Model {
    /// A document of `from`, or of `to`. Many are refused, most are not.
    ///
    /// # Panics
    /// When the call lacks a value of the context.
    #[must_use]
    pub fn document(&self, from: bool, seed: u64, call: &Call<'_>) -> String {
        let definition = self.definition.for_call(call.context).expect("the context");
        let mut rng = Rng::seeded(seed);
        let mut writer = Writer {
            table: &Table::new(definition, from),
            spaces: if rng.chance(15) { 20 } else { 0 },
            wild: *rng.pick(&[0, 0, 0, 5]),
            rng,
        };
        writer.object(&[])
    }
}

pub(crate) struct Writer<'t> {
    table: &'t Table,
    pub(crate) rng: Rng,
    /// Percent of places between tokens with a space.
    spaces: u64,
    /// Percent of members that are likely to be refused.
    wild: u64,
}

impl Writer<'_> {
    fn space(&mut self) -> &'static str {
        const SPACES: [&str; 4] = [" ", "\n", "\t ", "  "];
        if self.rng.chance(self.spaces) {
            SPACES[self.rng.below(4) as usize]
        } else {
            ""
        }
    }

    fn object(&mut self, path: &[Step]) -> String {
        let mut names = self.names(path);
        self.rng.shuffle(&mut names);
        let share = *self.rng.pick(&[10, 40, 60, 80]);
        let mut members = vec![];
        for name in names {
            let here = member(path, &name);
            let roles = self.table.at(&here);
            let foreign = roles.iter().any(|r| matches!(r, Role::Foreign));
            let chance = if foreign { self.wild } else { share };
            if !self.rng.chance(chance) {
                continue;
            }
            let copies = 1 + u64::from(self.rng.chance(self.wild / 3));
            for _ in 0..copies {
                let value = self.value(&here, &roles);
                members.push((self.key(&name), value));
            }
        }
        self.written('{', '}', members)
    }

    pub(crate) fn written(
        &mut self,
        open: char,
        close: char,
        members: Vec<(String, String)>,
    ) -> String {
        let mut out = String::from(open);
        for (at, (key, value)) in members.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(self.space());
            out.push_str(&key);
            if open == '{' {
                out.push_str(self.space());
                out.push(':');
                out.push_str(self.space());
            }
            out.push_str(&value);
            out.push_str(self.space());
        }
        out.push(close);
        out
    }

    pub(crate) fn array(&mut self, elements: Vec<String>) -> String {
        let elements = elements.into_iter().map(|e| (String::new(), e)).collect();
        self.written('[', ']', elements)
    }

    /// Names that mean something in an object here, and two that don't.
    fn names(&self, path: &[Step]) -> Vec<String> {
        let mut names = vec!["zz".to_owned(), "a~/\"é".to_owned()];
        for place in self.table.places(|_| true) {
            if let (true, Some(Step::Name(name))) = (place.starts_with(path), place.get(path.len()))
            {
                names.push(name.clone());
            }
        }
        for rule in &self.table.definition.rules {
            for alternative in &rule.alternatives {
                let siblings = alternative.tag.iter().chain(&alternative.when);
                let here = super::path::parent(&rule.path) == path;
                names.extend(siblings.filter(|_| here).map(|(name, _)| name.clone()));
            }
        }
        names.sort();
        names.dedup();
        names
    }

    fn key(&mut self, name: &str) -> String {
        let first = name.chars().next().filter(char::is_ascii_alphabetic);
        match first {
            Some(first) if self.rng.chance(4) => {
                format!(
                    "\"\\u{:04x}{}",
                    u32::from(first),
                    &quote(name)[1 + first.len_utf8()..]
                )
            }
            _ => quote(name),
        }
    }

    fn value(&mut self, path: &[Step], roles: &[Role]) -> String {
        if self.rng.chance(4 + self.wild) {
            return self.any(2);
        }
        let object = self.table.enters_object(path);
        let array = self.table.enters_array(path);
        let whole = |run: &mut Self, own: &Alternative| {
            !(object || array) || own.takes_all() || run.rng.chance(20)
        };
        match self.rule_of(path, roles) {
            Some(own) if whole(self, &own) => return self.taken(&own),
            _ => {}
        }
        match (object, array) {
            (true, false) => self.object(path),
            (true, true) if self.rng.chance(50) => self.object(path),
            (_, true) => {
                let each = with(path, Step::Each);
                let count = self.rng.below(4);
                let elements = (0..count).map(|_| self.value(&each, &[])).collect();
                self.array(elements)
            }
            _ => self.any(2),
        }
    }

    /// An alternative of a rule that reads or writes here, or one that a sibling's value decides.
    fn rule_of(&mut self, path: &[Step], roles: &[Role]) -> Option<Alternative> {
        let mut rules = vec![];
        for role in roles {
            match role {
                Role::Own { rule, alternative } | Role::Kept { rule, alternative } => {
                    let all = &self.table.definition.rules[*rule].alternatives;
                    rules.extend(
                        all.iter()
                            .enumerate()
                            .filter(|(at, _)| alternative.is_none_or(|a| a == *at))
                            .map(|(_, a)| a.clone()),
                    );
                }
                Role::Also { rule, .. } => {
                    rules.push(self.table.definition.rules[*rule].alternatives[0].clone());
                }
                Role::Part { rule, alternative } | Role::List { rule, alternative } => {
                    rules.push(
                        self.table.definition.rules[*rule].alternatives[*alternative].clone(),
                    );
                }
                _ => {}
            }
        }
        rules.extend(self.decided_by(path));
        (!rules.is_empty()).then(|| self.rng.pick(&rules).clone())
    }

    /// As if by words: the values of a tag's or a `when`'s sibling.
    fn decided_by(&self, path: &[Step]) -> Option<Alternative> {
        let name = match path.last() {
            Some(Step::Name(name)) => name,
            _ => return None,
        };
        let mut pairs = vec![];
        let mut like = None;
        for rule in &self.table.definition.rules {
            let beside: Path = member(&super::path::parent(&rule.path), name);
            for a in rule.alternatives.iter().filter(|_| beside == path) {
                let siblings = a.tag.iter().chain(&a.when).filter(|(n, _)| n == name);
                let values: Vec<_> = siblings.map(|(_, v)| (v.clone(), v.clone())).collect();
                if !values.is_empty() {
                    like = Some(a.clone());
                    pairs.extend(values);
                }
            }
        }
        like.map(|like| Alternative {
            inner: Inner::Words(pairs),
            outer: Outer::Nothing,
            ..like
        })
    }

    /// A value that a rule takes.
    fn taken(&mut self, rule: &Alternative) -> String {
        let up = self.table.up;
        let stand_ins: Vec<&Node> = rule
            .absent
            .iter()
            .map(|(_, v)| v)
            .chain(&rule.absent_down)
            .collect();
        if !stand_ins.is_empty() && self.rng.chance(30) {
            return self.rng.pick(&stand_ins).write();
        }
        match &rule.outer {
            Outer::List(to_has) if *to_has != up => {
                let count = *self.rng.pick(&[0, 1, 1, 1, 2, 3]);
                let elements = (0..count).map(|_| self.inner(rule)).collect();
                self.array(elements)
            }
            Outer::Pivot { constants, value } if !up => {
                let count = *self.rng.pick(&[0, 1, 1, 2, 3]);
                let mut elements = vec![];
                for _ in 0..count {
                    let mut members = vec![];
                    for (name, constant) in constants {
                        let text = if self.rng.chance(80) {
                            constant.write()
                        } else {
                            self.any(0)
                        };
                        members.push((quote(name), text));
                    }
                    // Other rules may share the element.
                    for name in [value.as_str(), "x", "lat", "max"] {
                        if self.rng.chance(if name == value { 85 } else { 15 })
                            && !members.iter().any(|(k, _)| *k == quote(name))
                        {
                            members.push((quote(name), self.inner(rule)));
                        }
                    }
                    self.rng.shuffle(&mut members);
                    elements.push(self.written('{', '}', members));
                }
                self.array(elements)
            }
            Outer::Entries { .. } if up => {
                let mut members = vec![];
                for name in ["k", "é", "a b"] {
                    if self.rng.chance(50) {
                        members.push((self.key(name), self.inner(rule)));
                    }
                }
                self.written('{', '}', members)
            }
            Outer::Entries {
                key,
                value,
                grouped,
            } => {
                let mut elements = vec![];
                for name in ["k", "é", "a b"] {
                    if !self.rng.chance(50) {
                        continue;
                    }
                    let id = match (grouped, self.rng.chance(20)) {
                        (true, true) => format!("[{},{}]", quote(name), quote("l")),
                        (true, false) => format!("[{}]", quote(name)),
                        _ => quote(name),
                    };
                    let mut members = vec![(quote(key), id), (quote(value), self.inner(rule))];
                    if self.rng.chance(10) {
                        members.push((quote("x"), self.any(1)));
                    }
                    self.rng.shuffle(&mut members);
                    elements.push(self.written('{', '}', members));
                }
                self.array(elements)
            }
            Outer::Split { .. } if self.rng.chance(80) => {
                (*self.rng.pick(&["true", "false", "true"])).into()
            }
            Outer::Without(values) => {
                let count = self.rng.below(4);
                let mut elements = vec![];
                for _ in 0..count {
                    let (name, wanted) = self.rng.pick(values).clone();
                    let value = if self.rng.chance(50) {
                        self.rng.pick(&wanted).write()
                    } else {
                        self.any(1)
                    };
                    elements.push(self.written('{', '}', vec![(quote(&name), value)]));
                }
                self.array(elements)
            }
            _ => self.inner(rule),
        }
    }

    fn inner(&mut self, rule: &Alternative) -> String {
        if self.rng.chance(6) {
            return "null".into();
        }
        let up = self.table.up;
        match &rule.inner {
            Inner::Words(pairs) if self.rng.chance(90) => {
                let (from, to) = self.rng.pick(pairs).clone();
                let own = if up { &from } else { &to };
                if self.rng.chance(90) {
                    own.write()
                } else {
                    from.write()
                }
            }
            Inner::Codec(codec) if self.rng.chance(95) => self.coded(codec, up),
            _ => match &rule.json_type {
                Some(t) if self.rng.chance(80) => match t.as_str() {
                    "integer" | "number" => self.number(),
                    "string" => self.text(),
                    "boolean" => "true".into(),
                    _ => self.any(1),
                },
                _ => self.any(2),
            },
        }
    }
}
