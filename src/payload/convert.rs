//! A table's conversions: scan, judge, then write what v2 stores, the core first.

use super::json;
use super::kind::{Kind, Out, Price, Value};
use super::members::{Members, Span};
use super::report::{Code, Finding, Report, Tier};
use super::scan::Limits;
use super::table::{PLACES, Policy, Table};
use crate::version::Version;

/// A contribution id's length in bytes, at most.
const ID_BYTES: usize = 1_024;

/// A payload and what is known about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    pub(crate) version: Version,
    pub(crate) bytes: &'a [u8],
    pub(crate) limits: &'a Limits,
    /// The caller's id, for payloads that bring none of their own.
    pub(crate) id: Option<&'a str>,
    pub(crate) policy: Policy,
}

/// What is to be said of a payload; nothing is written.
pub(crate) fn validate(table: &Table, input: &Input<'_>) -> Report {
    match Members::scan(table, input.bytes, input.limits) {
        Ok(mut members) => {
            let mut report = members.judge(table, input.version);
            let places = Places::of(table, &members);
            complete(table, input, &places, &mut report);
            report
        }
        Err(finding) => Report {
            findings: vec![finding],
            ..Report::default()
        },
    }
}

/// Appends the v2 record of a payload of either version. Writes nothing for a payload with an error, unless `always`:
/// then members with an error are written as they stand.
pub(crate) fn record(table: &Table, input: &Input<'_>, always: bool, out: &mut Vec<u8>) -> Report {
    let mut members = match Members::scan(table, input.bytes, input.limits) {
        Ok(members) => members,
        Err(finding) => {
            return Report {
                findings: vec![finding],
                ..Report::default()
            };
        }
    };
    let mut report = members.judge(table, input.version);
    let places = Places::of(table, &members);
    complete(table, input, &places, &mut report);
    if always || report.findings.is_empty() || report.is_valid() {
        Writer {
            table,
            members: &members,
            out,
        }
        .record(input, &places);
    }
    report
}

/// Which span stands in which of the places that are written first.
struct Places([u32; PLACES]);

const NOWHERE: u32 = u32::MAX;

impl Places {
    fn of(table: &Table, members: &Members<'_>) -> Self {
        let mut places = [NOWHERE; PLACES];
        for (at, span) in members.spans().iter().enumerate() {
            if span.out == Out::Drop {
                continue;
            }
            if let Some(place) = place(table, span) {
                places[place] = at as u32;
            }
        }
        Self(places)
    }

    fn is_free(&self, place: usize) -> bool {
        self.0[place] == NOWHERE
    }
}

/// The place of a span among those that are written first.
#[inline]
fn place(table: &Table, span: &Span) -> Option<usize> {
    let row = table.rows.get(usize::from(span.row))?;
    let place = usize::from(row.alias_of.unwrap_or(span.row));
    (place < table.placed).then_some(place)
}

/// Core members that are missing: required ones become findings, the others are assumed.
fn complete(table: &Table, input: &Input<'_>, places: &Places, report: &mut Report) {
    if input
        .id
        .is_some_and(|id| id.is_empty() || id.len() > ID_BYTES)
    {
        report.findings.push(missing(
            table,
            0,
            Code::InvalidFormat,
            "use a contribution id of 1 to 1024 bytes",
        ));
    }
    let mut required = 0;
    for place in 0..table.core {
        let row = &table.rows[place];
        let has_default = match row.kind {
            Kind::Id { .. } => input.id.is_some(),
            _ => row.absent[input.policy as usize].is_some(),
        };
        let is_required = match input.version {
            Version::V1 => table.required_v1.contains(&(place as u8)),
            Version::V2 => true,
        };
        required += u32::from(is_required);
        if !places.is_free(place) {
            continue;
        }
        if is_required {
            report
                .findings
                .push(missing(table, place, Code::Required, "required: send it"));
        } else if has_default && !matches!(row.kind, Kind::Id { .. }) {
            report.assumed.bits |= 1 << place;
        }
    }
    report.tiers[Tier::Core as usize].required = required;
}

#[cold]
fn missing(table: &Table, place: usize, code: Code, message: &'static str) -> Finding {
    let row = &table.rows[place];
    Finding {
        code,
        tier: Some(row.tier),
        path: json::pointer(row.name).into(),
        message: message.into(),
    }
}

struct Writer<'a, 't> {
    table: &'a Table,
    members: &'a Members<'t>,
    out: &'a mut Vec<u8>,
}

impl Writer<'_, '_> {
    /// The core in its order, what is placed behind it, the rest in input order, what the policy adds.
    fn record(&mut self, input: &Input<'_>, places: &Places) {
        let start = self.out.len();
        // Room for the core's own text: 190 bytes when nothing of it is in the input.
        self.out.reserve(self.members.text.len() + 256);
        let spans = self.members.spans();
        let mut amount = None;
        for place in 0..self.table.placed {
            if let Some(span) = spans.get(places.0[place] as usize) {
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
        for span in spans {
            if span.out != Out::Drop && place(self.table, span).is_none() {
                self.member(span);
            }
        }
        if input.version == Version::V1 {
            self.added(input.policy);
        }
        // Each member was written with a comma ahead of it.
        match self.out.get_mut(start) {
            Some(comma) => *comma = b'{',
            None => self.out.push(b'{'),
        }
        self.out.push(b'}');
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
    fn name(&mut self, name: &str) {
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn member(&mut self, span: &Span) {
        let text = self.members.text;
        let row = self.table.rows.get(usize::from(span.row));
        if let Some(tag) = row.and_then(|row| row.alias_of) {
            self.name(self.table.rows[usize::from(tag)].name);
        } else if span.out == Out::Keep && span.value.start == span.key.end + 1 {
            // Nothing but the colon between name and value: one copy for both.
            self.out.push(b',');
            self.out.extend_from_slice(
                text[span.key.start as usize..span.value.end as usize].as_bytes(),
            );
            return;
        } else {
            self.out.push(b',');
            self.out
                .extend_from_slice(text[span.key.start as usize..span.key.end as usize].as_bytes());
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
