//! What a payload comes to: scanned, judged, completed, then written as the record that v2 stores.

use super::json;
use super::kind::{Kind, Out};
use super::limits::Limits;
use super::members::{self, Members, Span};
use super::report::{Code, Finding, Report, Tier};
use super::table::{PLACES, Policy, Table};
use super::write::Writer;
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
    look(table, input, |_, _| {})
}

/// Appends the v2 record of a payload of either version. Writes nothing for a payload with an error, unless `always`:
/// then members with an error are written as they stand.
pub(crate) fn record(table: &Table, input: &Input<'_>, always: bool, out: &mut Vec<u8>) -> Report {
    look(table, input, |judged, report| {
        if always || report.is_valid() {
            Writer::new(table, judged.members, out).record(input, judged.places);
        }
    })
}

/// A payload that was scanned and judged.
pub(crate) struct Judged<'a, 't> {
    pub(crate) members: &'a Members<'t>,
    places: &'a Places,
}

/// Scans and judges, then lets `then` have a look. A payload that can't be scanned has that one finding.
#[inline(always)]
pub(crate) fn look(
    table: &Table,
    input: &Input<'_>,
    then: impl FnOnce(&Judged<'_, '_>, &Report),
) -> Report {
    let alone = |finding| Report {
        findings: vec![finding],
        ..Report::default()
    };
    let text = match members::text(input.bytes, input.limits) {
        Ok(text) => text,
        Err(finding) => return alone(finding),
    };
    let mut members = Members::new(text);
    if let Err(finding) = members.scan(table, input.limits) {
        return alone(finding);
    }
    let mut report = members.judge(table, input.version);
    let places = Places::of(table, &members);
    complete(table, input, &places, &mut report);
    let judged = Judged {
        members: &members,
        places: &places,
    };
    then(&judged, &report);
    report
}

/// Which span stands in which of the places that are written first.
#[derive(Debug)]
pub(crate) struct Places([u32; PLACES]);

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

    /// The span in this place.
    pub(crate) fn span<'s>(&self, place: usize, spans: &'s [Span]) -> Option<&'s Span> {
        spans.get(self.0[place] as usize)
    }

    fn is_free(&self, place: usize) -> bool {
        self.0[place] == NOWHERE
    }
}

/// The place of a span among those that are written first.
#[inline]
pub(crate) fn place(table: &Table, span: &Span) -> Option<usize> {
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
