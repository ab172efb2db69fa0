//! `cutover mapping explain`: which rule does what to one document.

mod place;
mod rules;

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use cutover::mapping::{Error, Report, Side};
use serde::Serialize;
use serde_json::Value;

use self::rules::{Applied, Rules};
use super::tell::{path, table, title};
use super::{DefinitionArgs, SaidArgs};
use crate::commands::print_text;
use crate::exit;
use crate::failure::Failure;
use crate::mapped;
use crate::ndjson::Output;
use crate::style::{BAD, HEADING};

/// Show which rule does what to one document: where it finds a value, and where that goes
///
/// Exits with 3 if the document is refused; then the table says where values
/// would have gone. What no rule mentions stays as it is.
///
/// With --json one line for each: {"kind":"rule","rule","does","at","to"}, "at" a
/// JSON pointer into the document or null, "to" into what becomes of it, or null;
/// and {"kind":"finding",…}.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Explain {
    #[command(flatten)]
    definition: DefinitionArgs,

    /// The document; `-` or none is standard input
    file: Option<PathBuf>,

    /// The document's version, or "from" or "to"
    #[arg(long, value_name = "VERSION", default_value = "from")]
    api: String,

    #[command(flatten)]
    said: SaidArgs,

    /// What the document's upgrade assumed: a JSON pointer; may be repeated
    #[arg(long, value_name = "POINTER")]
    assumed: Vec<String>,

    /// Write NDJSON
    #[arg(long)]
    json: bool,
}

/// As large a document as mappings take.
const LARGEST: u64 = 16 << 20;

impl Explain {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let (definition, mapping) = self.definition.open()?;
        let side = mapped::side(&mapping, &self.api)?;
        let said = self.said.said();
        said.try_on(&mapping)?;
        let document = self.read()?;
        let call = said.call(None, &self.assumed);
        let mut out = Vec::new();
        let converted = mapped::convert(&mapping, side, &document, &call, &mut out);
        let (report, refused) = match converted {
            Ok(report) => (report, false),
            Err(Error::Rejected(report)) => (Report::clone(&report), true),
            Err(error) => return Err(Failure::Usage(error.to_string())),
        };
        let unreadable = |error: serde_json::Error| Failure::Io(error.to_string());
        let definition = serde_json::from_str(&definition.to_json()).map_err(unreadable)?;
        let rules = Rules::read(&definition, &said.context);
        // What is no JSON is refused, and no rule finds anything in it.
        let document = serde_json::from_slice(&document).unwrap_or(Value::Null);
        let output = (!refused).then(|| serde_json::from_slice(&out).unwrap_or(Value::Null));
        let mut applied = rules.applied(side, &document, output.as_ref());
        if side == Side::From {
            applied.extend(rules.stand_ins(report.assumed()));
        }
        let code = match refused {
            true => ExitCode::from(exit::NO),
            false => ExitCode::SUCCESS,
        };
        if self.json {
            write_json(&applied, &report)?;
            return Ok(code);
        }
        print_text(|out| {
            write!(out, "{}", title(&mapping, side))?;
            match refused {
                true => writeln!(out, ": {BAD}refused{BAD:#}")?,
                false => writeln!(out)?,
            }
            tell(&applied, &report, out)
        })?;
        Ok(code)
    }

    fn read(&self) -> Result<Vec<u8>, Failure> {
        let mut document = Vec::new();
        let (read, name) = match self.file.as_deref().filter(|path| *path != Path::new("-")) {
            None => (
                io::stdin().take(LARGEST + 1).read_to_end(&mut document),
                "standard input".to_owned(),
            ),
            Some(path) => {
                let file = fs::File::open(path);
                let read = file.and_then(|file| file.take(LARGEST + 1).read_to_end(&mut document));
                (read, path.display().to_string())
            }
        };
        read.map_err(|error| Failure::Io(format!("cannot read {name}: {error}")))?;
        Ok(document)
    }
}

#[derive(Serialize)]
struct Line<'a, T> {
    kind: &'static str,
    #[serde(flatten)]
    of: &'a T,
}

fn write_json(applied: &[Applied], report: &Report) -> Result<(), Failure> {
    let mut output = Output::open(None)?;
    let mut line = |text: serde_json::Result<String>| {
        let text = text.map_err(|error| Failure::Io(error.to_string()))?;
        output.buffer.extend_from_slice(text.as_bytes());
        output.buffer.push(b'\n');
        output.spill()
    };
    for of in applied {
        line(serde_json::to_string(&Line { kind: "rule", of }))?;
    }
    for of in report.findings() {
        let kind = "finding";
        line(serde_json::to_string(&Line { kind, of }))?;
    }
    output.flush()
}

/// How many places of one rule people are shown.
const SHOWN: usize = 5;

fn tell(applied: &[Applied], report: &Report, out: &mut Vec<u8>) -> io::Result<()> {
    let mut rows: Vec<[String; 4]> = Vec::new();
    for of_one in applied.chunk_by(|one, next| one.rule == next.rule && one.does == next.does) {
        for one in of_one.iter().take(SHOWN) {
            let at = one.at.as_deref().unwrap_or("-").to_owned();
            let to = one.to.as_deref().unwrap_or("-").to_owned();
            rows.push([path(&one.rule), one.does.clone(), at, to]);
        }
        if of_one.len() > SHOWN {
            let more = format!("… and {} more", of_one.len() - SHOWN);
            rows.push([String::new(), String::new(), more, String::new()]);
        }
    }
    if rows.is_empty() {
        writeln!(out, "\nno rule finds anything: the document stays as it is")?;
    } else {
        let heads = ["rule", "does", "finds", "goes to"].map(str::to_owned);
        rows.insert(0, heads);
        table(out, "Rules", &rows)?;
    }
    let findings: Vec<_> = report.findings().iter().map(finding).collect();
    table(out, "Findings", &findings)?;
    if findings.is_empty() {
        writeln!(out, "\n{HEADING}no findings{HEADING:#}")?;
    }
    Ok(())
}

fn finding(finding: &cutover::mapping::Finding) -> [String; 4] {
    [
        finding.severity().to_string(),
        finding.code().to_string(),
        path(finding.path()),
        finding.message().to_owned(),
    ]
}
