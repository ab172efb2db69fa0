//! Writing a record: the core first, keys and values in the spelling of the input wherever they are unchanged.

use std::ops::Range;

use super::convert::{Input, Places, place};
use super::json;
use super::kind::{Kind, Out, Price};
use super::members::{Members, Span};
use super::table::{Policy, Table};
use super::value::Value;
use crate::version::Version;

/// Appends members of one payload to `out`, each with a comma ahead of it.
pub(crate) struct Writer<'a, 't> {
    table: &'a Table,
    members: &'a Members<'t>,
    pub(crate) out: &'a mut Vec<u8>,
}

impl<'a, 't> Writer<'a, 't> {
    pub(crate) fn new(table: &'a Table, members: &'a Members<'t>, out: &'a mut Vec<u8>) -> Self {
        Self {
            table,
            members,
            out,
        }
    }

    /// The core in its order, what is placed behind it, the rest in input order, what the policy adds.
    pub(crate) fn record(&mut self, input: &Input<'_>, places: &Places) {
        let start = self.out.len();
        // Room for the core's own text: 190 bytes when nothing of it is in the input.
        self.out.reserve(self.members.text.len() + 256);
        let spans = self.members.spans();
        let mut amount = None;
        for place in 0..self.table.placed {
            if let Some(span) = places.span(place, spans) {
                if let (Out::Amount, Kind::Flag { amount: Some(rule) }) =
                    (span.out, self.table.rows[place].kind)
                {
                    amount = Some((
                        usize::from(rule.into),
                        (rule.read)(Value::of(self.members.text, span.value).text),
                    ));
                }
                self.member(span);
            } else if place < self.table.core {
                self.absent(place, input);
            } else if let Some((into, Price::Positive(text))) = amount {
                if into == place {
                    self.name(self.table.rows[place].name);
                    json::write_string(text.as_str(), self.out);
                }
            }
        }
        self.rest(spans);
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

    /// The members behind those that are placed. Neighbours that stay as they are go in one copy.
    fn rest(&mut self, spans: &[Span]) {
        let text = self.members.text.as_bytes();
        let mut run = 0..0;
        for span in spans {
            if span.out == Out::Drop || place(self.table, span).is_some() {
                continue;
            }
            match self.as_it_stands(span) {
                Some(member) if member.start == run.end => run.end = member.end,
                member => {
                    self.out.extend_from_slice(&text[run]);
                    run = member.unwrap_or(0..0);
                    if run.is_empty() {
                        self.member(span);
                    }
                }
            }
        }
        self.out.extend_from_slice(&text[run]);
    }

    /// Where an unchanged member stands, the comma ahead of it included; `None` when there is white space in between.
    fn as_it_stands(&self, span: &Span) -> Option<Range<usize>> {
        let comma = (span.key.start as usize).checked_sub(1)?;
        let stands = span.out == Out::Keep
            && span.value.start == span.key.end + 1
            && self.members.text.as_bytes()[comma] == b',';
        stands.then_some(comma..span.value.end as usize)
    }

    /// A core member that the payload does not have.
    fn absent(&mut self, place: usize, input: &Input<'_>) {
        let row = &self.table.rows[place];
        if input.version == Version::V2 {
            return;
        }
        match (row.kind, input.id, row.absent[input.policy as usize]) {
            (Kind::Id { prefix }, Some(id), _) => {
                self.name(row.name);
                self.out.push(b'"');
                self.out.extend_from_slice(prefix(id).as_bytes());
                json::write_inside(id, self.out);
                self.out.push(b'"');
            }
            (_, _, Some(text)) => {
                self.name(row.name);
                self.out.extend_from_slice(text.as_bytes());
            }
            _ => {}
        }
    }

    /// The members that a policy adds; a table has them right behind those that are placed.
    fn added(&mut self, policy: Policy) {
        for (at, row) in self.table.rows.iter().enumerate().skip(self.table.placed) {
            let Some(text) = row.absent[policy as usize] else {
                return;
            };
            if self.members.present & 1 << at == 0 {
                self.name(row.name);
                self.out.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// `,"name":`; no name in a table needs an escape.
    pub(crate) fn name(&mut self, name: &str) {
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    pub(crate) fn member(&mut self, span: &Span) {
        let text = self.members.text;
        let row = self.table.rows.get(usize::from(span.row));
        if let Some(tag) = row.and_then(|row| row.alias_of) {
            self.name(self.table.rows[usize::from(tag)].name);
        } else if span.out == Out::Keep && span.value.start == span.key.end + 1 {
            // Nothing but the colon between name and value: one copy for both.
            self.out.push(b',');
            self.out.extend_from_slice(
                &text.as_bytes()[span.key.start as usize..span.value.end as usize],
            );
            return;
        } else {
            self.out.push(b',');
            self.out.extend_from_slice(
                &text.as_bytes()[span.key.start as usize..span.key.end as usize],
            );
            self.out.push(b':');
        }
        let value = Value::of(text, span.value);
        let word: &str = match span.out {
            Out::Keep => value.text,
            Out::Yes => "\"yes\"",
            Out::No => "\"no\"",
            Out::True | Out::Amount => "true",
            Out::False => "false",
            Out::Quote => {
                self.out.push(b'"');
                self.out.extend_from_slice(value.text.as_bytes());
                "\""
            }
            Out::Rewrite => return row.map_or((), |row| row.kind.rewrite(value, self.out)),
            Out::Drop => "null",
        };
        self.out.extend_from_slice(word.as_bytes());
    }
}
