//! `cutover report`: what a log says about each version.

mod result;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use cutover::Version;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{print_json, print_text};
use crate::failure::Failure;
use crate::log::{self, Action, Entry};
use crate::style::HEADING;
use crate::summary::Grouped;
use crate::time::{Stamp, duration};

/// Summarise a log by version: outcomes, error rate, latency, top errors
///
/// Reads the log that `cutover-service --log FILE` writes, or any that replay
/// reads. The top errors of a request are in its "result": {"errors":[…]} or
/// {"findings":[…]} of {"path" or "field","code"}, also inside "validation";
/// else {"error":{"code"}}. Warnings don't count, nor do duplicate_detected and
/// rate_limited, which are not errors.
///
/// With --json {"lines","requests","since","v1":{"submissions","outcomes":{…},
/// "error_rate","p95_ms","top_errors":[{"path","code","count"}]},"v2":{…}}.
///
/// Submissions are all requests; the error rate is the fraction of them that ended
/// as validation_failed or server_error. --since counts back from the newest line,
/// so it works for old logs, too.
///
/// Lines that cannot be read are reported on stderr and skipped, and the exit
/// status is 1. Memory: about 60 bytes a line, and 32 for each error in a result.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Report {
    /// The log, one request a line; `-` is standard input
    log: PathBuf,

    /// Only the last 90m, 24h or 7d, counted back from the newest line
    #[arg(long, value_name = "TIME", value_parser = duration)]
    since: Option<Duration>,

    /// How many of the most frequent errors to list for each version
    #[arg(long, value_name = "N", default_value = "10")]
    top: usize,

    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// A request, as far as the report asks. The newest line can be the last, so all are kept until then.
struct Row {
    at: Duration,
    took: Duration,
    version: Version,
    action: Action,
}

#[derive(Default)]
struct Log {
    rows: Vec<Row>,
    /// What was found, by its place in `names`, at a time and in a version.
    errors: Vec<(Duration, Version, usize)>,
    names: HashMap<(String, String), usize>,
}

#[derive(Debug, Serialize)]
struct Answer {
    lines: u64,
    requests: usize,
    /// Where the report begins, in milliseconds since 1970; `None` for the whole log.
    since: Option<u64>,
    v1: Served,
    v2: Served,
}

#[derive(Debug, Serialize)]
struct Served {
    submissions: u64,
    #[serde(serialize_with = "by_action")]
    outcomes: [u64; Action::ALL.len()],
    error_rate: Option<f64>,
    p95_ms: Option<f64>,
    top_errors: Vec<TopError>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct TopError {
    path: String,
    code: String,
    count: u64,
}

impl Report {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let mut log = Log::default();
        let count = log::read(&self.log, |_, entry| log.take(entry))?;
        let newest = log.rows.iter().map(|row| row.at).max();
        let since = newest
            .zip(self.since)
            .map(|(newest, back)| newest.saturating_sub(back));
        let from = since.unwrap_or_default();
        log.rows.retain(|row| row.at >= from);
        log.errors.retain(|(at, ..)| *at >= from);
        let answer = Answer {
            lines: count.lines,
            requests: log.rows.len(),
            since: since.map(|since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            v1: log.served(Version::V1, self.top),
            v2: log.served(Version::V2, self.top),
        };
        if self.json {
            print_json(&answer)?;
        } else {
            print_text(|out| answer.tell(out))?;
        }
        Ok(count.exit_code())
    }
}

impl Log {
    fn take(&mut self, entry: &Entry<'_>) {
        let Stamp(at) = entry.timestamp;
        self.rows.push(Row {
            at,
            took: entry.took,
            version: entry.version,
            action: entry.action,
        });
        let result = entry.result.filter(|_| entry.action.outcome().is_error());
        for error in result.map_or_else(Vec::new, result::errors) {
            let next = self.names.len();
            let name = *self.names.entry(error).or_insert(next);
            self.errors.push((at, entry.version, name));
        }
    }

    fn served(&self, version: Version, top: usize) -> Served {
        let mut outcomes = [0; Action::ALL.len()];
        let mut took = Vec::new();
        for row in self.rows.iter().filter(|row| row.version == version) {
            outcomes[row.action as usize] += 1;
            took.push(row.took);
        }
        let submissions: u64 = outcomes.iter().sum();
        let errors = |action: Action| match action.outcome().is_error() {
            true => outcomes[action as usize],
            false => 0,
        };
        let errors: u64 = Action::ALL.into_iter().map(errors).sum();
        Served {
            submissions,
            outcomes,
            error_rate: (submissions > 0).then(|| errors as f64 / submissions as f64),
            p95_ms: p95(took).map(|took| took.as_secs_f64() * 1e3),
            top_errors: self.top_errors(version, top),
        }
    }

    /// The most frequent errors, those that are equally frequent by path and code.
    fn top_errors(&self, version: Version, top: usize) -> Vec<TopError> {
        let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
        for (_, of, name) in &self.errors {
            if *of == version {
                *counts.entry(*name).or_default() += 1;
            }
        }
        let mut errors: Vec<TopError> = self
            .names
            .iter()
            .filter_map(|((path, code), name)| {
                Some(TopError {
                    path: path.clone(),
                    code: code.clone(),
                    count: *counts.get(name)?,
                })
            })
            .collect();
        errors.sort_unstable_by(|one, two| {
            two.count
                .cmp(&one.count)
                .then_with(|| (&one.path, &one.code).cmp(&(&two.path, &two.code)))
        });
        errors.truncate(top);
        errors
    }
}

/// The least that 95 of 100 requests did not exceed.
fn p95(mut took: Vec<Duration>) -> Option<Duration> {
    let rank = (took.len() * 95).div_ceil(100);
    let at = rank.checked_sub(1)?;
    Some(*took.select_nth_unstable(at).1)
}

fn by_action<S: Serializer>(
    counts: &[u64; Action::ALL.len()],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (action, count) in Action::ALL.into_iter().zip(counts) {
        if is_told(action, &[*count]) {
            map.serialize_entry(action.as_str(), count)?;
        }
    }
    map.end()
}

/// Most services don't log abandoned requests: they are told where there are any.
fn is_told(action: Action, counts: &[u64]) -> bool {
    action != Action::Abandoned || counts.iter().any(|count| *count > 0)
}

impl Answer {
    fn tell(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let both = [&self.v1, &self.v2];
        writeln!(out, "{HEADING}{:22}{:>12}{:>12}{HEADING:#}", "", "v1", "v2")?;
        let mut row = |name: &str, cells: [String; 2]| {
            writeln!(out, "{name:22}{:>12}{:>12}", cells[0], cells[1])
        };
        let count = |count: u64| Grouped(count).to_string();
        row("submissions", both.map(|served| count(served.submissions)))?;
        for action in Action::ALL {
            let counts = both.map(|served| served.outcomes[action as usize]);
            if !is_told(action, &counts) {
                continue;
            }
            let name = format!("  {}", action.as_str());
            row(&name, counts.map(count))?;
        }
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let rate = |rate: f64| format!("{:.2} %", 100.0 * rate);
        row(
            "error rate",
            both.map(|served| or_none(served.error_rate.map(rate))),
        )?;
        let ms = |ms: f64| format!("{ms:.1} ms");
        row("p95", both.map(|served| or_none(served.p95_ms.map(ms))))?;
        for (version, served) in ["v1", "v2"].into_iter().zip(both) {
            if !served.top_errors.is_empty() {
                writeln!(out, "\n{HEADING}top errors of {version}{HEADING:#}")?;
            }
            for error in &served.top_errors {
                let path = match &*error.path {
                    "" => "(the whole payload or request)",
                    path => path,
                };
                let count = Grouped(error.count).to_string();
                // The log's words may not drive a terminal.
                let (path, code) = (path.escape_debug(), error.code.escape_debug());
                writeln!(out, "{count:>10}  {path}  {code}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p95_is_a_value_that_was_measured() {
        let ms = |range: std::ops::RangeInclusive<u64>| range.map(Duration::from_millis).collect();
        assert_eq!(p95(Vec::new()), None);
        assert_eq!(p95(ms(7..=7)), Some(Duration::from_millis(7)));
        assert_eq!(p95(ms(1..=100)), Some(Duration::from_millis(95)));
        assert_eq!(p95(ms(1..=20)), Some(Duration::from_millis(19)));
    }
}
