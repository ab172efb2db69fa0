//! `cutover replay`: would the guard have rolled this back, and when?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use cutover::migration::{Action, Bet, BetReport, Guard, Kept, Outcome, Reason};
use cutover::{Share, Version};
use serde::Serialize;

use super::{print_json, print_text};
use crate::failure::Failure;
use crate::log;
use crate::rerun::{End, Rerun};
use crate::style::HEADING;
use crate::summary::Grouped;
use crate::time::duration;

/// Judge a recorded log by the guard: would it have rolled back, and when
///
/// In:  {"timestamp","suggestionId","action","apiVersion","data","result",
///      "durationMs"}, and optional "principal" (default: the suggestionId),
///      "share" (default: --share) and "reason" (default: "share"; lines with
///      another are no evidence); times are RFC 3339 or milliseconds since
///      1970, versions "v1" or "v2", actions submitted, validation_failed,
///      server_error (errors) and duplicate_detected, rate_limited, abandoned
/// Out: with --json {"lines","v1":{"requests","errors","failures"},"v2":{…},
///      "bets":{"error":{"windows","window","v1","v2","ln_w","limit","ratio":
///      {"lower","estimate","upper"}},…},"verdict","reasons",
///      "rolled_back_at_line"}; without it the same as tables
///
/// The whole log is read first. A request counts in the second in which it
/// started. The service learns of it when it ends, or at the request timeout,
/// when it has failed. The guard looks every second and judges what started a
/// request timeout ago. rolled_back_at_line is the last line before the look
/// that rolled back. Where a line has "share", that share is in force from the
/// first request that has it.
///
/// v1 and v2 count the whole log. Bets are as they were at the look that rolled
/// back, or at the end: of each bet, the window nearest its limit, with the
/// principals that had an error. Of "absolute", the bet at 100 %, v1 is the
/// number of v2's requests that didn't fail.
///
/// Lines that cannot be read are reported on stderr and skipped, and the exit
/// status is 1. Warnings go to stderr, too: when the log's versions don't fit
/// --share, and when 10 principals sent half of the requests or more.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Replay {
    /// The log, one request a line; `-` is standard input
    log: PathBuf,

    /// v2's share while the log was written: `12.5%` or `125000ppm`
    #[arg(long, default_value = "10%")]
    share: Share,

    /// Probability at most that a v2 no worse than tolerated is rolled back, in (0, 1)
    #[arg(long, default_value = "0.001")]
    alpha: f64,

    /// Largest tolerated ratio of v2's error rate to v1's, at least 1
    #[arg(long, default_value = "1")]
    tolerance: f64,

    /// Request timeout: what took longer has failed, in either version; 1s to 1h, in whole seconds
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    request_timeout: Duration,

    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    lines: u64,
    v1: Served,
    v2: Served,
    bets: BTreeMap<Bet, &'a BetReport>,
    verdict: Action,
    reasons: &'a [Reason],
    rolled_back_at_line: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Served {
    requests: u64,
    errors: u64,
    failures: u64,
}

impl Replay {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let guard = Guard::builder().alpha(self.alpha).tolerance(self.tolerance);
        let mut rerun = Rerun::new(self.share, guard, self.request_timeout);
        let count = log::read(&self.log, |line, entry| rerun.record(line, entry))?;
        let end = rerun.end(Kept::default())?;
        let served = |version| Served {
            requests: end.seen.requests(version),
            errors: end.seen.errors(version),
            failures: end.seen.count(version, Outcome::Failed),
        };
        let verdict = end.verdict();
        let answer = Answer {
            lines: count.lines,
            v1: served(Version::V1),
            v2: served(Version::V2),
            bets: verdict
                .bets
                .iter()
                .map(|report| (report.bet, report))
                .collect(),
            verdict: verdict.action,
            reasons: &verdict.reasons,
            rolled_back_at_line: end.rolled_back.as_ref().map(|(line, _)| *line),
        };
        if let Some(found) = end.share_doubt {
            // A closed stderr leaves nobody to tell.
            let _ = writeln!(
                io::stderr(),
                "warning: {:.4}% of the log's principals are on v2, which doesn't fit --share {}: cut the log where the share was changed, or give the share that was in force",
                100.0 * found,
                self.share
            );
        }
        if let Some(part) = end.ten_busiest {
            let _ = writeln!(
                io::stderr(),
                "warning: the 10 busiest principals sent {:.0} % of the log's requests: the guard's evidence is mostly about them",
                100.0 * part
            );
        }
        if self.json {
            print_json(&answer)?;
        } else {
            print_text(|out| tell(&answer, &end, out))?;
        }
        Ok(count.exit_code())
    }
}

fn tell(answer: &Answer<'_>, end: &End, out: &mut Vec<u8>) -> io::Result<()> {
    match answer.rolled_back_at_line {
        Some(line) => writeln!(out, "rolled back at line {}", Grouped(line))?,
        None => writeln!(out, "not rolled back in {} lines", Grouped(answer.lines))?,
    }
    writeln!(out, "{}\n", end.verdict())?;
    let both = [&answer.v1, &answer.v2];
    let heading = format!("{:16}{:>12}{:>12}", "the whole log", "v1", "v2");
    writeln!(out, "{HEADING}{heading}{HEADING:#}")?;
    let mut row = |name: &str, cell: &dyn Fn(&Served) -> String| {
        let [v1, v2] = both.map(cell);
        writeln!(out, "{name:16}{v1:>12}{v2:>12}")
    };
    row("requests", &|served| Grouped(served.requests).to_string())?;
    row("errors", &|served| Grouped(served.errors).to_string())?;
    row("  failures", &|served| Grouped(served.failures).to_string())?;
    row("error rate", &|served| match served.requests {
        0 => "-".to_owned(),
        all => format!("{:.2} %", 100.0 * served.errors as f64 / all as f64),
    })?;
    if answer.bets.is_empty() {
        return Ok(());
    }
    let heading = format!(
        "{:10}{:>8}{:>8}{:>10}{:>10}{:>11}{:>10}{:>10}{:>9}",
        "bet", "v1", "v2", "ln W", "limit", "at least", "estimate", "at most", "window"
    );
    writeln!(out, "\n{HEADING}{heading}{HEADING:#}")?;
    for (bet, report) in &answer.bets {
        let bounds = report.bounds();
        // At 100 % a bet is about v2's failure rate, else about how many times v1's errors v2 has.
        let shown = |value: f64| match bet {
            Bet::Absolute => format!("{:.2} %", 100.0 * value),
            _ => format!("{value:.2} ×"),
        };
        let or_none = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), shown);
        writeln!(
            out,
            "{:10}{:>8}{:>8}{:>10.3}{:>10.3}{:>11}{:>10}{:>10}{:>9}",
            bet.as_str(),
            Grouped(report.errors.v1).to_string(),
            Grouped(report.errors.v2).to_string(),
            report.ln_w,
            report.limit,
            shown(bounds.lower),
            or_none(bounds.estimate),
            or_none(bounds.upper),
            Grouped(report.window).to_string(),
        )?;
    }
    Ok(())
}
