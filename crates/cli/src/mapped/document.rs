//! One whole payload, with what was found in it on stderr.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use cutover::mapping::{Error, Report, Side};
use cutover::routing::Decision;
use cutover::{Request, Router, Version};
use serde::Serialize;

use super::{Document, Mapped, convert, wrong_call};
use crate::exit;
use crate::failure::Failure;
use crate::json;
use crate::stream::Streams;

impl Document {
    fn read(&self, streams: &Streams) -> Result<Vec<u8>, Failure> {
        if self.path.is_some() && streams.file().is_some() {
            let message = "two files: --document converts one";
            return Err(Failure::Usage(message.to_owned()));
        }
        streams.read_document(self.path.as_deref().or(streams.file()))
    }
}

impl Mapped {
    pub(super) fn convert_document(
        &self,
        side: Side,
        document: &Document,
        streams: &Streams,
    ) -> Result<ExitCode, Failure> {
        let payload = document.read(streams)?;
        let call = self.said.call(document.id.as_deref(), &document.assumed);
        let mut out = Vec::new();
        let converted = convert(&self.mapping, side, &payload, &call, &mut out);
        written(converted, &out, streams)
    }

    pub(super) fn run_document(
        &self,
        router: &Router,
        document: &Document,
        streams: &Streams,
    ) -> Result<ExitCode, Failure> {
        let Some(id) = document.id.as_deref() else {
            let message = "--id is missing: the document is routed by it";
            return Err(Failure::Usage(message.to_owned()));
        };
        let payload = document.read(streams)?;
        let decision = router.decide(&Request::new(id));
        tell_decision(id, &decision)?;
        let call = self.said.call(Some(id), &document.assumed);
        match decision.version() {
            Version::V1 => {
                let report = self.mapping.validate(Side::From, &payload, &call);
                let report = report.map_err(|error| wrong_call(&error))?;
                if !report.is_valid() {
                    return refused(&report);
                }
                written(Ok(report), &payload, streams)
            }
            Version::V2 => {
                let mut out = Vec::new();
                let converted = self.mapping.upgrade(&payload, &call, &mut out);
                written(converted, &out, streams)
            }
        }
    }

    pub(super) fn validate_document(
        &self,
        side: Side,
        document: &Document,
        streams: &Streams,
    ) -> Result<ExitCode, Failure> {
        let payload = document.read(streams)?;
        let call = self.said.call(document.id.as_deref(), &[]);
        let report = self.mapping.validate(side, &payload, &call);
        let report = report.map_err(|error| wrong_call(&error))?;
        if !report.is_valid() {
            return refused(&report);
        }
        tell(report.findings());
        Ok(ExitCode::SUCCESS)
    }

    pub(super) fn compare_documents(
        &self,
        document: &Document,
        streams: &Streams,
    ) -> Result<ExitCode, Failure> {
        let (Some(from), Some(to)) = (document.path.as_deref(), streams.file()) else {
            let message = "two files are compared: --document FROM TO";
            return Err(Failure::Usage(message.to_owned()));
        };
        let standard_input = Path::new("-");
        if from == standard_input && to == standard_input {
            let message = "standard input can be one of the two files, not both";
            return Err(Failure::Usage(message.to_owned()));
        }
        let from = streams.read_document(Some(from))?;
        let to = streams.read_document(Some(to))?;
        let call = self.said.call(document.id.as_deref(), &[]);
        match self.mapping.compare(&from, &to, &call) {
            Ok(differences) => {
                if differences.is_empty() {
                    return Ok(ExitCode::SUCCESS);
                }
                let lines = differences.iter().map(serde_json::to_string);
                let lines = lines.collect::<Result<Vec<_>, _>>();
                let lines = lines.map_err(|error| Failure::Io(error.to_string()))?;
                streams.write_document(lines.join("\n").as_bytes())?;
                Ok(ExitCode::from(exit::NO))
            }
            Err(Error::Rejected(report)) => {
                let side = self.refused_side(&from, &call);
                crate::failure::say(&format!("the document of `{side}` is refused"));
                refused(&report)
            }
            Err(error) => Err(Failure::Usage(error.to_string())),
        }
    }
}

/// Writes what a payload became, or what is wrong with it.
fn written(
    converted: Result<Report, Error>,
    out: &[u8],
    streams: &Streams,
) -> Result<ExitCode, Failure> {
    match converted {
        Ok(report) => {
            streams.write_document(out)?;
            tell(report.findings());
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Rejected(report)) => refused(&report),
        Err(error) => Err(Failure::Usage(error.to_string())),
    }
}

fn refused(report: &Report) -> Result<ExitCode, Failure> {
    tell(report.findings());
    Ok(ExitCode::from(exit::NO))
}

/// One a line, on stderr.
fn tell(findings: &[impl Serialize]) {
    let mut lines = Vec::new();
    for finding in findings {
        // A finding is texts, which are always JSON.
        if serde_json::to_writer(&mut lines, finding).is_ok() {
            lines.push(b'\n');
        }
    }
    // A closed stderr is no reason to fail.
    let _ = io::stderr().write_all(&lines);
}

/// `{"id","version","reason","bucket"}`, on stderr.
fn tell_decision(id: &str, decision: &Decision) -> Result<(), Failure> {
    let mut line = Vec::new();
    json::begin(&mut line, id)
        .and_then(|()| json::decision(&mut line, decision))
        .map_err(|error| Failure::Io(error.to_string()))?;
    line.extend_from_slice(b"}\n");
    let _ = io::stderr().write_all(&line);
    Ok(())
}
