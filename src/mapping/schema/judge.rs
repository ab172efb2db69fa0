//! A value against a node: silently, until the first thing wrong, or with everything that is found.

use std::collections::HashMap;

use super::loud::{Loud, Step};
use super::node::{Applied, By, Choice, Id, Node, Types, Values};
use super::number::is_integral;
use super::{Schema, say};
use crate::mapping::json::equal;
use crate::mapping::report::Code;
use crate::mapping::tape::{self, Shape, Value};

/// One judgement. A silent one ends with `false` at the first thing that is wrong; with `loud`, all of it is taken down and
/// the answers mean nothing.
pub(super) struct Pass<'s, 't> {
    pub(super) schema: &'s Schema,
    pub(super) loud: Option<Box<Loud<'s, 't>>>,
    /// How many more subschemas may judge a value before answers are remembered.
    credit: u64,
    answers: Option<HashMap<Asked, bool>>,
}

/// An ordinary schema judges a value by a few subschemas. One that goes down on two ways to the same place would be asked
/// 2¹²⁸ times about the innermost value of a hostile document: from so many questions on for each node of the tape, answers
/// are remembered.
const CREDIT: u64 = 64;

/// A node, a value, its tier, and whether findings are wanted.
type Asked = (Id, u32, Option<u16>, bool);

/// The value that is judged, and how.
#[derive(Clone, Copy)]
pub(super) struct Subject<'t> {
    pub(super) value: Value<'t>,
    /// A number or bool that counts as its text.
    pub(super) as_text: bool,
    pub(super) tier: Option<u16>,
}

impl<'t> Subject<'t> {
    pub(super) fn new(value: Value<'t>) -> Self {
        Self {
            value,
            as_text: false,
            tier: None,
        }
    }

    fn types(&self) -> Types {
        if self.as_text {
            Types::STRING
        } else {
            Types::of(self.value.shape())
        }
    }
}

impl<'s, 't> Pass<'s, 't> {
    pub(super) fn new(schema: &'s Schema, value: Value<'t>, loud: Option<Loud<'s, 't>>) -> Self {
        let nodes = value.node().next.saturating_sub(value.at);
        Self {
            schema,
            loud: loud.map(Box::new),
            credit: CREDIT * (u64::from(nodes) + 64),
            answers: None,
        }
    }

    /// Whether a node accepts a value, without a finding.
    pub(super) fn accepts(&mut self, id: Id, subject: Subject<'t>) -> bool {
        let loud = self.loud.take();
        let accepts = self.node(id, subject);
        self.loud = loud;
        accepts
    }

    /// Takes down what is wrong; whether to go on.
    #[inline]
    pub(super) fn wrong(
        &mut self,
        subject: Subject<'t>,
        code: Code,
        message: impl FnOnce() -> String,
    ) -> bool {
        match &mut self.loud {
            None => false,
            Some(loud) => {
                loud.wrong(subject, None, code, message());
                true
            }
        }
    }

    #[inline]
    pub(super) fn node(&mut self, id: Id, subject: Subject<'t>) -> bool {
        let value = subject.value;
        if !subject.as_text && self.is_plain(id, value.tape.text, &value.node()) {
            return true;
        }
        match self.credit.checked_sub(1) {
            Some(credit) => {
                self.credit = credit;
                self.checks(id, subject)
            }
            None => self.remembered(id, subject),
        }
    }

    /// Whether one look tells that a node accepts a value.
    #[inline(always)]
    pub(super) fn is_plain(&self, id: Id, text: &str, value: &tape::Node) -> bool {
        let Some(node) = self.schema.nodes.get(id as usize) else {
            return false;
        };
        if node.quick.words && value.shape == Shape::String {
            let mut values = node.values.iter();
            return values.any(|values| values.strings.find_node(text, value).is_some());
        }
        node.quick.accepts(text, value)
    }

    /// Scalars are judged again: that ends.
    #[cold]
    fn remembered(&mut self, id: Id, subject: Subject<'t>) -> bool {
        if !matches!(subject.value.shape(), Shape::Object | Shape::Array) {
            return self.checks(id, subject);
        }
        let asked = (id, subject.value.at, subject.tier, self.loud.is_some());
        if let Some(answer) = self
            .answers
            .as_ref()
            .and_then(|answers| answers.get(&asked))
        {
            return *answer;
        }
        let answer = self.checks(id, subject);
        self.answers.get_or_insert_default().insert(asked, answer);
        answer
    }

    fn checks(&mut self, id: Id, mut subject: Subject<'t>) -> bool {
        let Some(node) = self.schema.nodes.get(id as usize) else {
            return true;
        };
        subject.tier = node.tier.or(subject.tier);
        if let Some(index) = node.fallback {
            return self.left_over(index, subject);
        }
        if node.never {
            return self.wrong(subject, Code::SCHEMA, || say::NOTHING.to_owned());
        }
        if !node.types.has(Types::ALL) && !self.has_type(node, &mut subject) {
            return self.wrong(subject, Code::INVALID_TYPE, || say::types(node.types));
        }
        for values in &node.values {
            if !is_among(values, subject)
                && !self.wrong(subject, Code::INVALID_ENUM, || say::values(values))
            {
                return false;
            }
        }
        let sound = match subject.types() {
            Types::NUMBER => node
                .number
                .as_deref()
                .is_none_or(|n| self.number(n, subject)),
            Types::STRING => node.text.as_deref().is_none_or(|t| self.text(t, subject)),
            Types::OBJECT => node
                .object
                .as_deref()
                .is_none_or(|o| self.object(o, subject)),
            Types::ARRAY => node.array.as_deref().is_none_or(|a| self.array(a, subject)),
            _ => true,
        };
        sound
            && node
                .applied
                .iter()
                .all(|applied| self.applied(applied, subject))
    }

    /// Whether the value has one of the node's types, as its text when that is permitted.
    fn has_type(&mut self, node: &Node, subject: &mut Subject<'t>) -> bool {
        if matches(node.types, *subject) {
            return true;
        }
        let coerced = node.types.has(Types::STRING)
            && self
                .loud
                .as_mut()
                .is_some_and(|loud| loud.coerces(*subject));
        subject.as_text |= coerced;
        coerced
    }

    fn applied(&mut self, applied: &Applied, subject: Subject<'t>) -> bool {
        match applied {
            Applied::All(id) => self.node(*id, subject),
            Applied::Any(choice) => match self.branch(choice, subject) {
                Found::One(id) => self.node(id, subject),
                Found::Wrong(going_on) => going_on,
                Found::Unclear => {
                    choice.branches.iter().any(|id| self.accepts(*id, subject))
                        || self.wrong(subject, Code::SCHEMA, || {
                            say::none_of(choice.branches.len(), "anyOf")
                        })
                }
            },
            Applied::One(choice) => match self.branch(choice, subject) {
                Found::One(id) => self.node(id, subject),
                Found::Wrong(going_on) => going_on,
                Found::Unclear => {
                    let holding = choice
                        .branches
                        .iter()
                        .filter(|id| self.accepts(**id, subject));
                    match holding.take(2).count() {
                        0 => self.wrong(subject, Code::SCHEMA, || {
                            say::none_of(choice.branches.len(), "oneOf")
                        }),
                        1 => true,
                        _ => self.wrong(subject, Code::SCHEMA, || say::SEVERAL.to_owned()),
                    }
                }
            },
            Applied::Not(id) => {
                !self.accepts(*id, subject)
                    || self.wrong(subject, Code::SCHEMA, || say::NOT.to_owned())
            }
            Applied::If {
                test,
                then,
                otherwise,
            } => {
                let next = if self.accepts(*test, subject) {
                    then
                } else {
                    otherwise
                };
                next.is_none_or(|id| self.node(id, subject))
            }
        }
    }

    /// The only branch that can hold, when something tells them apart.
    fn branch(&mut self, choice: &Choice, mut subject: Subject<'t>) -> Found {
        match &choice.by {
            By::Trial => Found::Unclear,
            By::Type(types) => {
                let of_type = |subject| types.iter().position(|types| matches(*types, subject));
                let mut found = of_type(subject);
                let all = types.iter().fold(Types::NONE, |all, types| all.or(*types));
                if found.is_none() && all.has(Types::STRING) {
                    // The branch itself takes the value as its text, where that is permitted.
                    subject.as_text = true;
                    found = self
                        .loud
                        .as_ref()
                        .filter(|loud| loud.would_coerce(subject))
                        .and_then(|_| of_type(subject));
                }
                match found.and_then(|index| choice.branches.get(index)) {
                    Some(id) => Found::One(*id),
                    None => {
                        Found::Wrong(self.wrong(subject, Code::INVALID_TYPE, || say::types(all)))
                    }
                }
            }
            By::Member {
                name,
                words,
                branch,
            } => {
                if subject.value.shape() != Shape::Object {
                    return Found::Unclear;
                }
                let members = subject.value.members();
                let Some((key, member)) = members.into_iter().find(|(key, _)| key.says(name))
                else {
                    let Some(loud) = &mut self.loud else {
                        return Found::Wrong(false);
                    };
                    loud.wrong(subject, Some(name), Code::REQUIRED, say::MISSING.to_owned());
                    return Found::Wrong(true);
                };
                let index = (member.shape() == Shape::String)
                    .then(|| words.find(member))
                    .flatten();
                if let Some(id) = index.and_then(|index| branch.get(index)) {
                    return Found::One(*id);
                }
                if let Some(loud) = &mut self.loud {
                    loud.steps.push(Step::Member(key));
                    subject.value = member;
                    loud.wrong(subject, None, Code::INVALID_ENUM, say::words(words));
                    loud.steps.pop();
                }
                Found::Wrong(self.loud.is_some())
            }
        }
    }

    fn left_over(&mut self, index: u32, subject: Subject<'t>) -> bool {
        match &mut self.loud {
            None => self.schema.leftovers.is_valid(index, subject),
            Some(loud) => {
                self.schema.leftovers.judge(index, subject, loud);
                true
            }
        }
    }
}

/// What became of a choice.
enum Found {
    One(Id),
    /// No branch can hold; whether to go on.
    Wrong(bool),
    Unclear,
}

/// Whether the value has one of these types.
#[inline]
fn matches(types: Types, subject: Subject<'_>) -> bool {
    let may = types.and(subject.types());
    match may {
        Types::INTEGER => is_integral(subject.value.text()),
        Types::FRACTION => !is_integral(subject.value.text()),
        may => !may.is_empty(),
    }
}

fn is_among(values: &Values, subject: Subject<'_>) -> bool {
    let value = subject.value;
    if subject.as_text {
        values.strings.find_text(value.text()).is_some()
    } else if value.shape() == Shape::String {
        values.strings.find(value).is_some()
    } else {
        let mut others = values.others.iter();
        others.any(|other| equal(other.value(), value))
    }
}
