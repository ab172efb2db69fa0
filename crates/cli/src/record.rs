//! One contribution of the input: handed to the library, and the library's answer written down.

use std::borrow::Cow;
use std::io;

use cutover::Version;
use cutover::contribution::{self, Assumed, Code, Finding, Report, Upgrader};

use crate::envelope::{self, Fault, LineError};
use crate::json;
use crate::split;
use crate::summary::Tally;

/// A line's id and payload.
pub(crate) struct Record<'a> {
    pub(crate) id: Cow<'a, str>,
    payload: &'a [u8],
    /// What an upgrade filled in, as the line says.
    pub(crate) assumed: Assumed,
    /// The whole line, when it was split on trust: only the library's word makes its payload JSON.
    on_trust: Option<&'a [u8]>,
}

impl<'a> Record<'a> {
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, LineError> {
        if let Some((id, payload)) = split::split(line) {
            return Ok(Self {
                id: id.into(),
                payload,
                assumed: Assumed::default(),
                on_trust: Some(line),
            });
        }
        let parts = envelope::parse(line, ["payload"])?;
        let bits = parts.assumed.map_or(Ok(0), str::parse);
        let bits = bits.map_err(|_| envelope::not_assumed(&parts.id))?;
        Ok(Self {
            id: parts.id,
            payload: parts.values[0],
            assumed: contribution::assumed_from_bits(bits),
            on_trust: None,
        })
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
                    Some((first, report)) => self.refuse(first, report, out, tally),
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
            return self.refuse(first, &report, out, tally);
        }
        out.extend_from_slice(br#","payload":"#);
        out.extend_from_slice(self.payload);
        Ok(json::findings(out, report.findings())?)
    }

    /// What the library finds in the payload.
    pub(crate) fn validate(&self, version: Version) -> Result<Report, Fault> {
        let report = contribution::validate(version, self.payload);
        if let Some(first) = report.first_error() {
            self.confirm(first)?;
        }
        Ok(report)
    }

    fn refuse(
        &self,
        first: &Finding,
        report: &Report,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Fault> {
        self.confirm(first)?;
        tally.rejected(first.code().as_str());
        json::error(out, first.code().as_str(), first.path(), first.message())?;
        Ok(json::findings(out, report.findings())?)
    }

    /// If the library stopped before the payload's end, the line it was split from on trust may not have the form.
    fn confirm(&self, first: &Finding) -> Result<(), LineError> {
        let unread = matches!(
            first.code(),
            Code::MalformedJson | Code::TooLarge | Code::TooDeep | Code::TooManyMembers
        );
        match self.on_trust {
            Some(line) if unread => {
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
