//! `cutover replay`: would the guard have rolled this back, and when?

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use cutover::migration::{Action, Guard, Rule};
use cutover::{Share, Version};
use serde::Serialize;

use super::{print_json, print_text};
use crate::failure::Failure;
use crate::log;
use crate::rerun::{End, Rerun};
use crate::summary::Grouped;
use crate::time::duration;

/// Put a recorded log through the guard: would it have rolled back, and when
///
/// In:  {"timestamp","suggestionId","action","apiVersion","data","result",
///      "durationMs"}; times are RFC 3339 or milliseconds since 1970, versions
///      "v1" or "v2", actions submitted, validation_failed, server_error
///      (errors) and duplicate_detected, rate_limited (none)
/// Out: with --json {"lines","v1":{"requests","errors"},"v2":{…},
///      "log_wealth","verdict","rolled_back_at_line"}; without it the same
///      in words
///
/// Each request is taken as decided by the share, which has to be the one that
/// was in force: cut a log where it was changed. The guard looks after every
/// error and every second of the log. Its thresholds count.
///
/// Counts and wealth are of the whole log, also where it goes on after the line
/// at which v2 would have been rolled back; the verdict is roll_back then.
/// log_wealth is null when nothing is evidence: at 0 % and 100 %.
///
/// Lines that cannot be read are named on stderr and passed over; the exit code
/// is 1 then.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Replay {
    /// The log, one request a line; `-` is standard input
    log: PathBuf,

    /// The share of v2 while the log was written: `12.5%` or `125000ppm`
    #[arg(long, default_value = "10%")]
    share: Share,

    /// The chance that a v2 no worse than tolerated is rolled back, in (0, 1)
    #[arg(long, default_value = "0.001")]
    alpha: f64,

    /// How many times as many errors as v1's v2 may make, from 1 on
    #[arg(long, default_value = "1")]
    tolerance: f64,

    /// No error is evidence for so long after the log's beginning, such as 30s: give the longest a request takes if the
    /// log begins where the share was changed
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    request_timeout: Duration,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    lines: u64,
    v1: Served,
    v2: Served,
    log_wealth: Option<f64>,
    verdict: Action,
    rolled_back_at_line: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Served {
    requests: u64,
    errors: u64,
}

impl Replay {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let guard = Guard::builder()
            .alpha(self.alpha)
            .tolerance(self.tolerance)
            .request_timeout(self.request_timeout);
        let mut rerun = Rerun::new(self.share, guard)?;
        let count = log::read(&self.log, |line, entry| rerun.record(line, entry))?;
        let end = rerun.end(count.lines);
        let served = |version| Served {
            requests: end.seen.requests(version),
            errors: end.seen.errors(version),
        };
        let answer = Answer {
            lines: count.lines,
            v1: served(Version::V1),
            v2: served(Version::V2),
            log_wealth: end
                .at_end
                .check(Rule::Evidence)
                .and_then(|check| check.figure),
            verdict: end.verdict().action,
            rolled_back_at_line: end.rolled_back.as_ref().map(|(line, _)| *line),
        };
        if self.json {
            print_json(&answer)?;
        } else {
            print_text(|out| tell(&answer, &end, out))?;
        }
        Ok(count.exit_code())
    }
}

fn tell(answer: &Answer, end: &End, out: &mut Vec<u8>) -> io::Result<()> {
    match answer.rolled_back_at_line {
        Some(line) => writeln!(out, "rolled back at line {}", Grouped(line))?,
        None => writeln!(out, "not rolled back in {} lines", Grouped(answer.lines))?,
    }
    writeln!(out, "{}", end.verdict())?;
    for (version, served) in [("v1", &answer.v1), ("v2", &answer.v2)] {
        let rate = 100.0 * served.errors as f64 / served.requests.max(1) as f64;
        writeln!(
            out,
            "{version}, the whole log: {} requests, {} errors ({rate:.2} %)",
            Grouped(served.requests),
            Grouped(served.errors)
        )?;
    }
    match answer.log_wealth {
        Some(wealth) => writeln!(out, "ln W at the end: {wealth:.4}"),
        None => writeln!(out, "no evidence: nothing was randomised at this share"),
    }
}
