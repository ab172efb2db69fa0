//! One line of the input, answered by a mapping.

use std::io;
use std::process::ExitCode;

use cutover::mapping::{CallError, Error, Finding, Report, Side};
use cutover::{Request, Router, Version};

use super::{Mapped, convert, side};
use crate::envelope::{self, Fault};
use crate::exit::FailOn;
use crate::failure::Failure;
use crate::json;
use crate::record::{Record, Refusal};
use crate::stream::Streams;
use crate::summary::Tally;

/// A line whose `assumed` are pointers.
type Line<'a> = Record<'a, Vec<String>>;

impl Mapped {
    /// Upgrades the payloads of `from`, or downgrades those of `to`.
    pub(crate) fn convert(
        self,
        side: Side,
        fail_on: FailOn,
        streams: &Streams,
    ) -> Result<ExitCode, Failure> {
        if let Some(document) = &self.document {
            return self.convert_document(side, document, streams);
        }
        streams.run(
            fail_on,
            Tally::of(&[]).with_rejections(),
            move |line, out, tally| {
                let line = read(line)?;
                json::begin(out, &line.id)?;
                self.answer(side, &line, out, tally)?;
                out.push(b'}');
                tally.handled();
                Ok(())
            },
        )
    }

    /// Upgrades the payloads that the router sends to v2, and judges the others.
    pub(crate) fn run(
        self,
        router: Router,
        fail_on: FailOn,
        streams: &Streams,
    ) -> Result<ExitCode, Failure> {
        if let Some(document) = &self.document {
            return self.run_document(&router, document, streams);
        }
        streams.run(
            fail_on,
            Tally::of(&["v1", "v2"]).with_rejections(),
            move |line, out, tally| {
                let line = read(line)?;
                let decision = router.decide(&Request::new(&*line.id));
                json::begin(out, &line.id)?;
                json::decision(out, &decision)?;
                match decision.version() {
                    Version::V1 => self.keep(&line, out, tally)?,
                    Version::V2 => self.answer(Side::From, &line, out, tally)?,
                }
                out.push(b'}');
                tally.kind(decision.version() as usize);
                tally.handled();
                Ok(())
            },
        )
    }

    /// Judges payloads of this version.
    pub(crate) fn validate(
        self,
        version: &str,
        fail_on: FailOn,
        streams: &Streams,
    ) -> Result<ExitCode, Failure> {
        let side = side(&self.mapping, version)?;
        if let Some(document) = &self.document {
            return self.validate_document(side, document, streams);
        }
        streams.run(
            fail_on,
            Tally::of(&["valid"]).with_rejections(),
            move |line, out, tally| {
                let line = read(line)?;
                let report = self.judge(side, &line)?;
                let first = report.first_error().map(refusal);
                if let Some(first) = &first {
                    line.confirm(first)?;
                }
                json::begin(out, &line.id)?;
                out.extend_from_slice(match first {
                    None => br#","valid":true"#,
                    Some(_) => br#","valid":false"#,
                });
                json::findings(out, report.findings())?;
                out.push(b'}');
                match first {
                    None => tally.kind(0),
                    Some(first) => tally.rejected(first.code),
                }
                tally.handled();
                Ok(())
            },
        )
    }

    /// Compares pairs of payloads.
    pub(crate) fn compare(self, fail_on: FailOn, streams: &Streams) -> Result<ExitCode, Failure> {
        if let Some(document) = &self.document {
            return self.compare_documents(document, streams);
        }
        streams.run(
            fail_on,
            Tally::of(&["equivalent", "different"]).with_rejections(),
            move |line, out, tally| {
                let parts = envelope::parse(line, ["from", "to"])?;
                let (id, [from, to]) = (parts.id, parts.values);
                json::begin(out, &id)?;
                let call = self.said.call(Some(&id), &[]);
                match self.mapping.compare(from, to, &call) {
                    Ok(differences) => {
                        out.extend_from_slice(match differences.is_empty() {
                            true => br#","equivalent":true"#,
                            false => br#","equivalent":false"#,
                        });
                        json::differences(out, &differences)?;
                        tally.kind(usize::from(!differences.is_empty()));
                    }
                    Err(Error::Rejected(report)) => {
                        let side = self.refused_side(from, &call);
                        out.extend_from_slice(br#","side":""#);
                        out.extend_from_slice(side.as_str().as_bytes());
                        out.push(b'"');
                        refuse(&report, out, tally)?;
                    }
                    Err(error) => return Err(unforeseen(error)),
                }
                out.push(b'}');
                tally.handled();
                Ok(())
            },
        )
    }

    /// Which of a pair was refused: the older one is converted first.
    pub(super) fn refused_side(&self, from: &[u8], call: &cutover::mapping::Call<'_>) -> Side {
        match self.mapping.upgrade(from, call, &mut Vec::new()) {
            Ok(_) => Side::To,
            Err(_) => Side::From,
        }
    }

    /// Appends `,"payload":…,"assumed":[…],"findings":[…]` or `,"error":{…},"findings":[…]`.
    fn answer(
        &self,
        side: Side,
        line: &Line<'_>,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Fault> {
        let begin = out.len();
        out.extend_from_slice(br#","payload":"#);
        let call = self.said.call(Some(&line.id), &line.assumed);
        match convert(&self.mapping, side, line.payload, &call, out) {
            Ok(report) => {
                json::pointers(out, report.assumed())?;
                Ok(json::findings(out, report.findings())?)
            }
            Err(Error::Rejected(report)) => {
                out.truncate(begin);
                refuse_line(line, &report, out, tally)
            }
            Err(error) => Err(unforeseen(error)),
        }
    }

    /// Appends `,"payload":…,"assumed":[],"findings":[…]`, the payload as it came, or `,"error":{…},"findings":[…]`.
    fn keep(&self, line: &Line<'_>, out: &mut Vec<u8>, tally: &mut Tally) -> Result<(), Fault> {
        let report = self.judge(Side::From, line)?;
        if !report.is_valid() {
            return refuse_line(line, &report, out, tally);
        }
        out.extend_from_slice(br#","payload":"#);
        out.extend_from_slice(line.payload);
        json::pointers(out, &[])?;
        Ok(json::findings(out, report.findings())?)
    }

    fn judge(&self, side: Side, line: &Line<'_>) -> Result<Report, Fault> {
        let call = self.said.call(Some(&line.id), &[]);
        let judged = self.mapping.validate(side, line.payload, &call);
        judged.map_err(|error: CallError| unforeseen(error.into()))
    }
}

fn read(line: &[u8]) -> Result<Line<'_>, envelope::LineError> {
    let read = |text: &str| serde_json::from_str(text).ok();
    let wrong = "must be an array of JSON pointers: copy it from the upgrade's output";
    Record::taken_apart(line, read, wrong)
}

fn refuse_line(
    line: &Line<'_>,
    report: &Report,
    out: &mut Vec<u8>,
    tally: &mut Tally,
) -> Result<(), Fault> {
    match report.first_error() {
        Some(first) => line.refuse(&refusal(first), report.findings(), out, tally),
        None => refuse(report, out, tally),
    }
}

fn refuse(report: &Report, out: &mut Vec<u8>, tally: &mut Tally) -> Result<(), Fault> {
    if let Some(first) = report.first_error().map(refusal) {
        tally.rejected(first.code);
        json::error(out, first.code, first.path, first.message)?;
    }
    Ok(json::findings(out, report.findings())?)
}

/// What was found under any code may be that the payload is no JSON, since a definition may rename codes.
fn refusal(first: &Finding) -> Refusal<'_> {
    Refusal {
        code: first.code().as_str(),
        path: first.path(),
        message: first.message(),
        unread: true,
    }
}

/// What is said with each payload was found to be right before the first one.
fn unforeseen(error: Error) -> Fault {
    Fault::Io(io::Error::other(error))
}
