//! Writing a record: the core first, keys and values in the spelling of the input wherever they are unchanged.

use super::convert::Input;
use super::json;
use super::kind::{Kind, Out, Price};
use super::members::{Members, Places, Span};
use super::short::{self, Short};
use super::table::{Policy, Table};
use super::value::Value;
use crate::version::Version;

/// Appends members of one payload to `out`, each with a comma ahead of it.
pub(crate) struct Writer<'a, 't> {
    table: &'static Table,
    members: &'a Members<'t>,
    pub(crate) out: &'a mut Vec<u8>,
}

impl<'a, 't> Writer<'a, 't> {
    pub(crate) fn new(
        table: &'static Table,
        members: &'a Members<'t>,
        out: &'a mut Vec<u8>,
    ) -> Self {
        // Room for the core's own text: 190 bytes when nothing of it is in the input.
        out.reserve(members.text.len() + 256);
        Self {
            table,
            members,
            out,
        }
    }

    /// The core in its order, what is placed behind it, the rest in input order, what the policy adds.
    pub(crate) fn record(&mut self, input: &Input<'_>, places: &Places) {
        let start = self.out.len();
        let spans = self.members.spans();
        let mut amount = None;
        for place in 0..self.table.placed {
            if let Some(span) = places.span(place, spans) {
                if span.out == Out::Amount {
                    amount = Some(span);
                }
                self.member(span);
            } else if place < self.table.core {
                self.absent(place, input);
            } else if let Some(span) = amount {
                self.amount(span, place);
            }
        }
        for span in spans {
            if span.out != Out::Drop && self.table.place(span.row).is_none() {
                self.member(span);
            }
        }
        if input.version == Version::V1 {
            self.added(input.policy);
        }
        self.close(start);
    }

    /// Each member was written with a comma ahead of it: the first one becomes the brace.
    pub(crate) fn close(&mut self, start: usize) {
        match self.out.get_mut(start) {
            Some(comma) => *comma = b'{',
            None => self.out.push(b'{'),
        }
        self.out.push(b'}');
    }

    /// A core member that the payload does not have.
    fn absent(&mut self, place: usize, input: &Input<'_>) {
        if input.version == Version::V2 {
            return;
        }
        match (self.table.rows[place].kind, input.id) {
            (Kind::Id { prefix }, Some(id)) => {
                self.table.key(place).write(self.out);
                self.out.push(b'"');
                self.out.extend_from_slice(prefix(id).as_bytes());
                json::write_inside(id, self.out);
                self.out.push(b'"');
            }
            _ => self.table.absent(place, input.policy).write(self.out),
        }
    }

    /// The text behind an amount, when `place` is where it goes.
    fn amount(&mut self, span: &Span, place: usize) {
        let Kind::Flag { amount: Some(rule) } = self.table.rows[usize::from(span.row)].kind else {
            return;
        };
        let number = Value::of(self.members.text, span.value).number();
        if usize::from(rule.into) == place && (rule.read)(number) == Price::Positive {
            self.key(place);
            self.out.push(b'"');
            (rule.write)(number, self.out);
            self.out.push(b'"');
        }
    }

    /// The members that a policy adds; a table has them right behind those that are placed.
    fn added(&mut self, policy: Policy) {
        let rows = self.table.rows;
        let mut at = self.table.placed;
        while let Some(text) = rows.get(at).and_then(|row| row.absent[policy as usize]) {
            if !self.members.has_row(at) {
                self.key(at);
                self.out.extend_from_slice(text.as_bytes());
            }
            at += 1;
        }
    }

    /// `,"name":` of a row.
    #[inline(always)]
    pub(crate) fn key(&mut self, row: usize) {
        self.table.key(row).write(self.out);
    }

    /// `,"name":` of a name that no row has; it needs no escape.
    pub(crate) fn name(&mut self, name: &str) {
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    #[inline(always)]
    pub(crate) fn member(&mut self, span: &Span) {
        let (key, value) = (&span.key, &span.value);
        let row = self.table.rows.get(usize::from(span.row));
        match row.and_then(|row| row.alias_of) {
            Some(tag) => self.key(usize::from(tag)),
            None if span.out == Out::Keep && value.start == key.end + 1 => {
                return self.keep(key.start as usize, value.end as usize);
            }
            None => {
                self.out.push(b',');
                self.copy(key.start as usize, key.end as usize);
                self.out.push(b':');
            }
        }
        match span.out {
            Out::Keep => self.copy(value.start as usize, value.end as usize),
            Out::Quote => {
                self.out.push(b'"');
                self.copy(value.start as usize, value.end as usize);
                self.out.push(b'"');
            }
            Out::Rewrite => {
                let value = Value::of(self.members.text, *value);
                if let Some(row) = row {
                    row.kind.rewrite(value, self.out);
                }
            }
            word => WORDS[word as usize].write(self.out),
        }
    }

    /// A member that stays as it stands, nothing but a colon between name and value. What stands ahead of it goes with
    /// it, and becomes the comma.
    #[inline(always)]
    fn keep(&mut self, start: usize, end: usize) {
        let comma = self.out.len();
        self.copy(start - 1, end);
        if let Some(ahead) = self.out.get_mut(comma) {
            *ahead = b',';
        }
    }

    #[inline(always)]
    fn copy(&mut self, start: usize, end: usize) {
        short::write(self.members.text.as_bytes(), start..end, self.out);
    }
}

/// What is written for an [`Out`] that has a text of its own.
static WORDS: [Short; Out::COUNT] = {
    let mut words = [Short::EMPTY; Out::COUNT];
    words[Out::Drop as usize] = Short::of(&["null"]);
    words[Out::Yes as usize] = Short::of(&["\"yes\""]);
    words[Out::No as usize] = Short::of(&["\"no\""]);
    words[Out::True as usize] = Short::of(&["true"]);
    words[Out::Amount as usize] = Short::of(&["true"]);
    words[Out::False as usize] = Short::of(&["false"]);
    words
};
