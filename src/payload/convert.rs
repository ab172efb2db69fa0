//! What a payload comes to: scanned, judged, completed, then written as the record that v2 stores.

use super::limits::Limits;
use super::members::{self, Members, Places};
use super::report::{Code, Finding, Report, Tier};
use super::table::{Policy, Table};
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
pub(crate) fn validate(table: &'static Table, input: &Input<'_>) -> Report {
    look(table, input, |_, _| {})
}

/// Appends the v2 record of a payload of either version. Writes nothing for a payload with an error, unless `always`:
/// then members with an error are written as they stand.
pub(crate) fn record(
    table: &'static Table,
    input: &Input<'_>,
    always: bool,
    out: &mut Vec<u8>,
) -> Report {
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
    table: &'static Table,
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
    let mut report = Report {
        assumed: table.assumed(0),
        ..Report::default()
    };
    let places = members.judge(table, input.version, &mut report);
    complete(table, input, places.taken, &mut report);
    let judged = Judged {
        members: &members,
        places: &places,
    };
    then(&judged, &report);
    report
}

/// Core members that are missing: required ones become findings, the others are assumed.
fn complete(table: &'static Table, input: &Input<'_>, taken: u16, report: &mut Report) {
    if input
        .id
        .is_some_and(|id| id.is_empty() || id.len() > ID_BYTES)
    {
        let message = "use a contribution id of 1 to 1024 bytes";
        report
            .findings
            .push(missing(table, 0, Code::InvalidFormat, message));
    }
    let required = table.required(input.version);
    report.tiers[Tier::Core as usize].required = required.count_ones();
    report.assumed.bits = table.filled(input.policy) & !required & !taken;
    let mut absent = required & !taken;
    while absent != 0 {
        let row = absent.trailing_zeros() as u8;
        report
            .findings
            .push(missing(table, row, Code::Required, "required: send it"));
        absent &= absent - 1;
    }
}

#[cold]
fn missing(table: &'static Table, row: u8, code: Code, message: &'static str) -> Finding {
    Finding {
        code,
        tier: Some(Tier::Core),
        path: table.pointer(row).unwrap_or_default().into(),
        message: message.into(),
    }
}
