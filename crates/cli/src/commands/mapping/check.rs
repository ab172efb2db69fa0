//! `cutover mapping check` and `losses`: what is wrong with a definition, what it loses, what it can refuse.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use cutover::mapping::{Definition, Direction, Flaw, Flaws, Mapping, Side};
use serde::Serialize;
use serde_json::Value;

use super::recorded::{self, Failed, Tried};
use super::tell::{path, plain, table, title};
use super::{DefinitionArgs, SaidArgs};
use crate::failure::Failure;
use crate::mapped;
use crate::ndjson::Output;
use crate::style::{BAD, GOOD, HEADING};
use crate::summary::Grouped;

/// Check a definition: its flaws, what conversions lose and what they can refuse
///
/// Exits with 1 if the definition has flaws, else with 0. Only where a place is
/// listed under "can be refused" may the other version's schema refuse what a
/// conversion writes; elsewhere it is proved that it doesn't.
///
/// With --samples, says how many payloads that you recorded are valid, upgrade,
/// and come back the same. The file has one payload a line, bare or as
/// {"id","payload"}, or is one whole payload.
///
/// With --json one line for each: {"kind","code","path","reason"}, where kind is
/// flaw, open (a place that can be refused) or loss, the last two with
/// "direction"; then {"kind":"sample",…} for each payload that failed, and one
/// {"kind":"samples","payloads","valid","upgraded","round_trip","reported"}.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Check {
    #[command(flatten)]
    definition: DefinitionArgs,

    /// Try these recorded payloads of the older version; `-` is standard input
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,

    #[command(flatten)]
    said: SaidArgs,

    /// Write NDJSON
    #[arg(long)]
    json: bool,
}

/// List what conversions lose, assume or leave out
#[derive(Args, Debug)]
pub(crate) struct Losses {
    #[command(flatten)]
    definition: DefinitionArgs,

    /// Write NDJSON, {"kind":"loss","code","path","reason","direction"}
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct FlawLine<'a> {
    kind: &'static str,
    #[serde(flatten)]
    flaw: &'a Flaw,
}

impl Check {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let of = &self.definition;
        let opened = mapped::try_open(&of.definition, of.schemas.as_deref());
        let mut output = match self.json {
            true => Output::open(None)?,
            false => Output::for_people(),
        };
        let (definition, mapping) = match opened {
            Ok(opened) => opened,
            Err(flaws) => {
                let out = &mut output.buffer;
                written(match self.json {
                    true => lines(out, flaws.as_slice().iter().map(line)),
                    false => tell_flaws(&of.definition.display().to_string(), &flaws, out),
                })?;
                output.flush()?;
                return Ok(ExitCode::FAILURE);
            }
        };
        let said = self.said.said();
        if self.samples.is_some() {
            said.try_on(&mapping)?;
        }
        let out = &mut output.buffer;
        written(match self.json {
            true => lines(out, mapping.open_ends()).and_then(|()| lines(out, mapping.losses())),
            false => tell(&mapping, &definition, out),
        })?;
        let Some(path) = &self.samples else {
            output.flush()?;
            return Ok(ExitCode::SUCCESS);
        };
        let mut shown = Vec::new();
        let tried = recorded::try_all(path, &mapping, &said, |failed| {
            if self.json {
                written(lines(&mut output.buffer, [failed]))?;
                return output.spill();
            }
            if shown.len() < SHOWN {
                shown.push(row(failed));
            }
            Ok(())
        })?;
        let out = &mut output.buffer;
        written(match self.json {
            true => lines(out, [&tried]),
            false => tell_samples(&path.display().to_string(), &tried, &shown, out),
        })?;
        output.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Losses {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let (_, mapping) = self.definition.open()?;
        let mut output = match self.json {
            true => Output::open(None)?,
            false => Output::for_people(),
        };
        let out = &mut output.buffer;
        written(match self.json {
            true => lines(out, mapping.losses()),
            false => heading(&mapping, out).and_then(|()| tell_losses(&mapping, out)),
        })?;
        output.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn line(flaw: &Flaw) -> FlawLine<'_> {
    FlawLine { kind: "flaw", flaw }
}

fn lines<T: Serialize>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>) -> io::Result<()> {
    for item in items {
        serde_json::to_writer(&mut *out, &item)?;
        out.push(b'\n');
    }
    Ok(())
}

fn written(told: io::Result<()>) -> Result<(), Failure> {
    told.map_err(|error| Failure::Io(error.to_string()))
}

fn tell_flaws(name: &str, flaws: &Flaws, out: &mut Vec<u8>) -> io::Result<()> {
    let count = flaws.as_slice().len();
    let plural = if count == 1 { "" } else { "s" };
    writeln!(out, "{}: {BAD}{count} flaw{plural}{BAD:#}", plain(name))?;
    for flaw in flaws.as_slice() {
        let place = match flaw.path() {
            "" => "the whole file".to_owned(),
            path => plain(path),
        };
        writeln!(out, "\n{HEADING}{place}{HEADING:#}  {}", flaw.code())?;
        writeln!(out, "  {}", plain(flaw.reason()))?;
    }
    Ok(())
}

fn tell(mapping: &Mapping, definition: &Definition, out: &mut Vec<u8>) -> io::Result<()> {
    heading(mapping, out)?;
    writeln!(out, "{GOOD}no flaws{GOOD:#}")?;
    tell_losses(mapping, out)?;
    for (direction, of) in DIRECTIONS {
        let open = mapping.open_ends().iter();
        let open = open.filter(|open| open.direction() == direction);
        let rows: Vec<_> = open
            .map(|open| {
                let (keyword, reason) = (open.keyword().to_owned(), open.reason().to_owned());
                [keyword, path(open.path()), reason]
            })
            .collect();
        let output = match direction {
            Direction::Up => Side::To,
            Direction::Down => Side::From,
        };
        let schema = format!("the schema of {}", plain(mapping.version(output)));
        table(out, &format!("{of} can be refused by {schema}"), &rows)?;
        if rows.is_empty() {
            writeln!(
                out,
                "\n{of} of a valid payload is never refused by {schema}"
            )?;
        }
    }
    let heading = "A conversion can be refused by the rules themselves, in either direction";
    table(out, heading, &partial(definition))?;
    let names =
        "It is always refused for names of the other version, and for two values for one place.";
    writeln!(out, "\n{names}")
}

/// The rules that convert only some values, whatever the schemas say of them.
fn partial(definition: &Definition) -> Vec<[String; 2]> {
    let definition: Value = serde_json::from_str(&definition.to_json()).unwrap_or_default();
    let mut rows = Vec::new();
    for (path, says) in definition["rules"].as_object().into_iter().flatten() {
        let alternatives = says
            .as_array()
            .map_or(std::slice::from_ref(says), Vec::as_slice);
        for rule in alternatives {
            let kind = rule["codec"].as_str().or(rule["pick"].as_str());
            rows.extend(kind.map(|kind| [kind.to_owned(), path.clone()]));
        }
    }
    rows
}

const DIRECTIONS: [(Direction, &str); 2] = [
    (Direction::Up, "An upgrade"),
    (Direction::Down, "A downgrade"),
];

fn heading(mapping: &Mapping, out: &mut Vec<u8>) -> io::Result<()> {
    writeln!(out, "{}", title(mapping, Side::From))
}

fn tell_losses(mapping: &Mapping, out: &mut Vec<u8>) -> io::Result<()> {
    for (direction, of) in DIRECTIONS {
        let losses = mapping.losses().iter();
        let losses = losses.filter(|loss| loss.direction() == direction);
        let rows: Vec<_> = losses
            .map(|loss| {
                let (code, reason) = (loss.code().to_string(), loss.reason().to_owned());
                [code, path(loss.path()), reason]
            })
            .collect();
        table(out, &format!("{of} can lose or assume"), &rows)?;
        if rows.is_empty() {
            writeln!(out, "\n{of} loses and assumes nothing")?;
        }
    }
    Ok(())
}

/// How many failed payloads people are shown.
const SHOWN: usize = 20;

fn row(failed: &Failed) -> [String; 5] {
    let id = failed.id.as_deref().unwrap_or("-");
    [
        format!("line {}", failed.line),
        id.to_owned(),
        format!("{}: {}", failed.step, failed.code),
        path(&failed.path),
        failed.reason.clone(),
    ]
}

fn tell_samples(
    name: &str,
    tried: &Tried,
    shown: &[[String; 5]],
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let of = tried.payloads;
    let count = |label: &str, count: u64| {
        let part = match count == of {
            true => "all".to_owned(),
            false => format!("{} not", Grouped(of - count)),
        };
        [label.to_owned(), Grouped(count).to_string(), part]
    };
    let mut rows = vec![
        [
            "payloads".to_owned(),
            Grouped(of).to_string(),
            String::new(),
        ],
        count("valid", tried.valid),
        count("upgraded", tried.upgraded),
        count("come back the same", tried.round_trip),
    ];
    if tried.reported > 0 {
        let reported = Grouped(tried.reported).to_string();
        rows.push([
            "with a loss or an assumption reported".to_owned(),
            reported,
            String::new(),
        ]);
    }
    table(out, &format!("Samples: {name}"), &rows)?;
    table(out, "Those that failed", shown)?;
    let failed = of - tried.round_trip;
    let more = failed.saturating_sub(shown.len() as u64);
    if more > 0 {
        writeln!(out, "  and {} more: --json lists all", Grouped(more))?;
    }
    Ok(())
}
