//! The image of a schema under the rules: a schema of everything that a valid input can become.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::definition::{Condition, Literal, Outer, Rule};
use super::super::path::{Path, Segment};
use super::Direction;
use super::entries::{Entry, Step, Table};
use super::values;
use super::view::{Declared, Types, View};

// Keywords of our own in images. No schema has them: a name with a NUL is nobody's.
/// Where in the input this stands.
pub(super) const AT: &str = "\0at";
/// The value is the image of an inner value: it can be carried back.
pub(super) const INNER: &str = "\0inner";
/// A text that a codec writes: its form is not known here.
pub(super) const CODEC: &str = "\0codec";
/// Nothing is known of it, and why.
pub(super) const UNKNOWN: &str = "\0unknown";
/// An object or list that rules enter.
pub(super) const ENTERED: &str = "\0entered";

pub(super) const CONTAINERS: Types = Types(Types::OBJECT.0 | Types::ARRAY.0);

/// One place of the output, being put together.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What fills it as a whole; any of them.
    pub(super) wholes: Vec<Value>,
    /// The container of the input that stands here, with rules inside.
    pub(super) entered: Option<Path>,
    pub(super) members: BTreeMap<String, Draft>,
    pub(super) items: Option<Box<Draft>>,
    pub(super) sources: Vec<Source>,
    pub(super) stand_in: bool,
    /// Something is taken out of it: left out when that empties it.
    pub(super) prunable: bool,
}

/// Something of the input that fills a place of the output.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) at: Path,
    /// Whether it does so whenever it is there.
    pub(super) sure: bool,
}

/// Names of members, and the values by which an element is left out.
type LeftOut = [(String, Vec<Literal>)];

/// Makes the image of a schema.
#[derive(Debug)]
pub(super) struct Imaging<'t, 'd> {
    pub(super) table: &'t Table<'d>,
    pub(super) root: &'t Value,
    pub(super) words: &'t [String],
    output: Draft,
    /// Values by which elements are left out, by the place of their list's elements.
    left_out: Vec<(Path, &'d LeftOut)>,
}

impl<'t, 'd> Imaging<'t, 'd> {
    /// The image of the whole schema.
    pub(super) fn of(table: &'t Table<'d>, root: &'t Value, words: &'t [String]) -> Value {
        let mut imaging = Self {
            table,
            root,
            words,
            output: Draft::default(),
            left_out: Vec::new(),
        };
        imaging.enter(
            &Path::default(),
            &View::new(root, root),
            &Path::default(),
            true,
        );
        imaging.add_the_rest();
        let output = std::mem::take(&mut imaging.output);
        imaging.finish(&output, &Path::default())
    }

    fn place(&mut self, to: &Path) -> &mut Draft {
        let mut draft = &mut self.output;
        for segment in &to.0 {
            draft = match segment {
                Segment::Name(name) => draft.members.entry(name.to_string()).or_default(),
                Segment::Each => draft.items.get_or_insert_with(Box::default),
            };
        }
        draft
    }

    fn whole(&mut self, at: &Path, to: &Path, schema: Value, sure: bool) {
        let draft = self.place(to);
        draft.wholes.push(schema);
        draft.sources.push(Source {
            at: at.clone(),
            sure,
        });
    }

    /// A container that rules enter.
    fn enter(&mut self, at: &Path, view: &View<'t>, to: &Path, sure: bool) {
        // A scope, the document or an element, stays when it is empty.
        let prunable = at.name().is_some() && self.table.takes_out_of(at, to);
        let types = view.types();
        let others = types.without(CONTAINERS);
        let draft = self.place(to);
        draft.sources.push(Source {
            at: at.clone(),
            sure,
        });
        if draft.entered.is_some() {
            // Two containers in one place: another check says so.
            return;
        }
        draft.entered = Some(at.clone());
        draft.prunable = prunable;
        if others != Types(0) {
            let parts: Vec<_> = view
                .parts
                .iter()
                .map(|part| Value::Object((*part).clone()))
                .collect();
            draft
                .wholes
                .push(json!({ "allOf": parts, "type": others.keyword(), AT: at.to_string() }));
        }
        if types.has(Types::OBJECT) {
            let mut names: BTreeSet<String> = view.names().into_iter().map(str::to_owned).collect();
            names.extend(self.table.names_below(at));
            for name in names {
                self.member(at, view, &name);
            }
        }
        let element = at.child(Segment::Each);
        if types.has(Types::ARRAY) {
            let (items, _) = view.step(&Segment::Each, self.words);
            let image = to.child(Segment::Each);
            if self.table.reaches_into(&element, &image)
                || self.left_out.iter().any(|(path, _)| *path == element)
            {
                self.enter(&element, &items, &image, true);
            } else {
                let (schemas, _) = view.steps(&Segment::Each, self.words);
                self.whole(
                    &element,
                    &image,
                    json!({ "allOf": schemas, AT: element.to_string() }),
                    true,
                );
            }
        }
    }

    fn member(&mut self, parent: &Path, view: &View<'t>, name: &str) {
        let at = parent.member(name);
        let segment = Segment::Name(name.into());
        let (member, declared) = view.step(&segment, self.words);
        let (schemas, _) = view.steps(&segment, self.words);
        let mut schema = match schemas.as_slice() {
            [] => Value::Bool(true),
            [one] => (*one).clone(),
            all => json!({ "allOf": all }),
        };
        for (elements, left_out) in &self.left_out {
            for (_, list) in left_out
                .iter()
                .filter(|(known, _)| elements == parent && known == name)
            {
                let list: Vec<_> = list
                    .iter()
                    .map(|text| super::numbers::literal(text))
                    .collect();
                schema = json!({ "allOf": [schema], "not": { "enum": list } });
            }
        }
        let entries: Vec<Entry<'d>> = self.table.at(&at).cloned().collect();
        if entries.is_empty() {
            let image = self.table.image(&at);
            if declared == Declared::No {
                return;
            }
            if self.table.reaches_into(&at, &image) {
                self.enter(&at, &member, &image, true);
            } else {
                self.whole(
                    &at,
                    &image,
                    json!({ "allOf": [schema], AT: at.to_string() }),
                    true,
                );
            }
        }
        for entry in entries {
            self.apply(&entry, &schema, &member);
        }
    }

    fn apply(&mut self, entry: &Entry<'d>, schema: &Value, view: &View<'t>) {
        let at = &entry.at;
        match entry.step {
            Step::Drop | Step::Hook => {}
            Step::Stays => self.whole(
                at,
                &entry.to,
                json!({ "allOf": [schema], AT: at.to_string() }),
                entry.sure,
            ),
            Step::Rule(rule) => {
                let mut sure = entry.sure;
                let up = self.table.direction == Direction::Up;
                if let (Condition::Type(kind), true) = (&rule.condition, up) {
                    let typed = super::conditions::types_of(*kind);
                    if !view.types().has(typed) {
                        return;
                    }
                    sure |= view.types().within(typed);
                    let limited = values::only(schema, typed);
                    let mut view = view.clone();
                    view.limit(typed);
                    return self.rule(entry, rule, &limited, &view, sure);
                }
                self.rule(entry, rule, schema, view, sure);
            }
        }
    }

    fn rule(
        &mut self,
        entry: &Entry<'d>,
        rule: &'d Rule,
        schema: &Value,
        view: &View<'t>,
        sure: bool,
    ) {
        let at = &entry.at;
        let up = self.table.direction == Direction::Up;
        match &rule.outer {
            Some(Outer::Pick(word)) if up => {
                let inner = at.member(&format!("${word}"));
                let segment = Segment::Name(format!("${word}").into());
                let (picked, _) = view.step(&segment, self.words);
                let (schemas, _) = view.steps(&segment, self.words);
                if super::entries::takes_whole(rule) || !self.table.reaches_into(&inner, &entry.to)
                {
                    let schema = json!({ "allOf": schemas });
                    let image = values::inner(
                        rule.inner.as_ref(),
                        self.table.direction,
                        &schema,
                        &picked,
                        &inner.to_string(),
                    );
                    self.whole(at, &entry.to, image, sure);
                } else {
                    self.enter(&inner, &picked, &entry.to, sure);
                }
            }
            Some(Outer::Without(left_out)) if up && view.types().has(Types::ARRAY) => {
                self.left_out.push((at.child(Segment::Each), left_out));
                self.enter(at, view, &entry.to, sure);
            }
            _ if !super::entries::takes_whole(rule) && self.table.reaches_into(at, &entry.to) => {
                self.enter(at, view, &entry.to, sure);
            }
            Some(Outer::Pivot(pivot)) if up && rule.to.is_some() => {
                let image = values::inner(
                    rule.inner.as_ref(),
                    Direction::Up,
                    schema,
                    view,
                    &at.to_string(),
                );
                // Its list may have other elements too: of the input, of other rules.
                let list = self.place(&entry.to);
                list.sources.push(Source {
                    at: at.clone(),
                    sure,
                });
                let items = list.items.get_or_insert_with(Box::default);
                items
                    .wholes
                    .push(values::pivoted(pivot, image, &at.to_string()));
            }
            _ => {
                let text = at.to_string();
                let (image, may_vanish) =
                    values::outer(rule, self.table.direction, schema, view, &text);
                self.whole(
                    at,
                    &entry.to,
                    json!({ "allOf": [image], AT: text }),
                    sure && !may_vanish,
                );
            }
        }
    }

    /// What stands in the output without a place of its own in the input.
    fn add_the_rest(&mut self) {
        let table = self.table;
        for (path, every) in &table.stand_ins {
            let draft = self.place(path);
            draft.stand_in |= every;
            if draft.wholes.is_empty() && draft.entered.is_none() && draft.members.is_empty() {
                // It is judged by itself.
                draft.wholes.push(values::unknown(STAND_IN));
            }
        }
        for path in &table.hooked {
            self.place(path).wholes.push(values::unknown("hook"));
        }
        for path in &table.kept {
            self.place(path).wholes.push(values::unknown("foreign"));
        }
        for path in &table.foreign {
            let draft = self.place(path);
            if draft.wholes.is_empty() && draft.entered.is_none() && draft.members.is_empty() {
                draft.wholes.push(Value::Bool(false));
            }
        }
        if table.direction == Direction::Down {
            for (path, literal) in &table.tagged {
                let value = super::numbers::literal(literal);
                self.place(path).wholes.push(json!({ "const": value }));
            }
        }
    }
}

/// What is written when nothing else is.
pub(super) const STAND_IN: &str = "stand-in";
/// What the input's schema neither declares nor forbids: the keyword of its open end.
pub(super) const UNDECLARED: &str = "properties";
