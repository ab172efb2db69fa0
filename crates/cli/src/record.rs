//! One contribution of the input: handed to the library, and the library's answer written down.

use std::borrow::Cow;
use std::io;

use cutover::Version;
use cutover::contribution::{self, Assumed, Code, Finding, Report, Upgrader};
use serde::Serialize;

use crate::envelope::{self, Fault, LineError};
use crate::json;
use crate::split;
use crate::summary::Tally;

/// A line's id and payload.
pub(crate) struct Record<'a, A = Assumed> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) payload: &'a [u8],
    /// What an upgrade filled in, as the line says.
    pub(crate) assumed: A,
    /// The whole line, when it was split on trust: only the library's word makes its payload JSON.
    on_trust: Option<&'a [u8]>,
}

/// What a payload is rejected for, first of all.
pub(crate) struct Refusal<'a> {
    pub(crate) code: &'a str,
    pub(crate) path: &'a str,
    pub(crate) message: &'a str,
    /// The payload may not have been read to its end.
    pub(crate) unread: bool,
}

impl<'a, A: Default> Record<'a, A> {
    /// Takes a line apart. `read` makes of `assumed` what it says; when it can't, `wrong` says so.
    pub(crate) fn taken_apart(
        line: &'a [u8],
        read: impl FnOnce(&str) -> Option<A>,
        wrong: &'static str,
    ) -> Result<Self, LineError> {
        if let Some((id, payload)) = split::split(line) {
            return Ok(Self {
                id: id.into(),
                payload,
                assumed: A::default(),
                on_trust: Some(line),
            });
        }
        let parts = envelope::parse(line, ["payload"])?;
        let assumed = parts.assumed.map_or_else(|| Some(A::default()), read);
        let assumed = assumed.ok_or_else(|| envelope::not_assumed(&parts.id, wrong))?;
        Ok(Self {
            id: parts.id,
            payload: parts.values[0],
            assumed,
            on_trust: None,
        })
    }
}

impl<A> Record<'_, A> {
    /// Appends `,"error":{…},"findings":[…]`.
    pub(crate) fn refuse(
        &self,
        first: &Refusal<'_>,
        findings: &[impl Serialize],
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Fault> {
        self.confirm(first)?;
        tally.rejected(first.code);
        json::error(out, first.code, first.path, first.message)?;
        Ok(json::findings(out, findings)?)
    }

    /// If the library stopped before the payload's end, the line it was split from on trust may not have the form.
    pub(crate) fn confirm(&self, first: &Refusal<'_>) -> Result<(), LineError> {
        match self.on_trust {
            Some(line) if first.unread => {
                let [payload] = envelope::parse(line, ["payload"])?.values;
                match payload.len() == self.payload.len() {
                    true => Ok(()),
                    false => Err(envelope::behind_the_payload()),
                }
            }
            _ => Ok(()),
        }
    }
}

impl<'a> Record<'a> {
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, LineError> {
        let read = |bits: &str| Some(contribution::assumed_from_bits(bits.parse().ok()?));
        let wrong = "must be an integer from 0 to 65535: copy it from the upgrade's output";
        Self::taken_apart(line, read, wrong)
    }

    /// Appends `,"payload":…,"assumed":…,"findings":[…]`, upgraded, or `,"error":{…},"findings":[…]`.
    pub(crate) fn upgrade(
        &self,
        upgrader: &Upgrader,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Fault> {
        self.convert(out, tally, |payload, id, out| {
            upgrader.upgrade(payload, id, out)
        })
    }

    /// Appends `,"payload":…,"assumed":…,"findings":[…]`, the payload as `to` appends it, or `,"error":{…},"findings":[…]`.
    pub(crate) fn convert(
        &self,
        out: &mut Vec<u8>,
        tally: &mut Tally,
        to: impl FnOnce(&[u8], &str, &mut Vec<u8>) -> Result<Report, cutover::Error>,
    ) -> Result<(), Fault> {
        let begin = out.len();
        out.extend_from_slice(br#","payload":"#);
        match to(self.payload, &self.id, out) {
            Ok(report) => {
                json::assumed(out, report.assumed())?;
                Ok(json::findings(out, report.findings())?)
            }
            Err(error) => {
                out.truncate(begin);
                match Report::of(&error).and_then(|report| Some((report.first_error()?, report))) {
                    Some((first, report)) => {
                        self.refuse(&refusal(first), report.findings(), out, tally)
                    }
                    None => Err(io::Error::other(error).into()),
                }
            }
        }
    }

    /// Appends `,"payload":…,"findings":[…]`, the payload as it came, or `,"error":{…},"findings":[…]`.
    pub(crate) fn keep(
        &self,
        version: Version,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Fault> {
        let report = contribution::validate(version, self.payload);
        if let Some(first) = report.first_error() {
            return self.refuse(&refusal(first), report.findings(), out, tally);
        }
        out.extend_from_slice(br#","payload":"#);
        out.extend_from_slice(self.payload);
        Ok(json::findings(out, report.findings())?)
    }

    /// What the library finds in the payload.
    pub(crate) fn validate(&self, version: Version) -> Result<Report, Fault> {
        let report = contribution::validate(version, self.payload);
        if let Some(first) = report.first_error() {
            self.confirm(&refusal(first))?;
        }
        Ok(report)
    }
}

fn refusal(first: &Finding) -> Refusal<'_> {
    Refusal {
        code: first.code().as_str(),
        path: first.path(),
        message: first.message(),
        unread: matches!(
            first.code(),
            Code::MalformedJson | Code::TooLarge | Code::TooDeep | Code::TooManyMembers
        ),
    }
}
