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
use crate::summary::Grouped;
use crate::time::duration;

/// Put a recorded log through the guard: would it have rolled back, and when
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
///      "rolled_back_at_line"}; without it the same in words
///
/// The log is read whole. Each request counts in the second in which it started,
/// and is known when it ended or, as failed, at the request timeout. The guard
/// looks at every second; a request that started in it is judged a request
/// timeout later. rolled_back_at_line is the last line before the look that
/// rolled back. Lines with "share" change the share where the first request
/// with it starts.
///
/// v1 and v2 are of the whole log; bets are at the look that rolled back, else
/// at the end: of each bet that runs, the window nearest its limit. At 100 %
/// "absolute" has v2's requests that did not fail as "v1".
///
/// Lines that cannot be read are named on stderr and passed over; the exit code
/// is 1 then. Warnings go to stderr, too: of a share that does not fit --share,
/// and of 10 principals that sent half of the requests or more.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Replay {
    /// The log, one request a line; `-` is standard input
    log: PathBuf,

    /// The share of v2 while the log was written: `12.5%` or `125000ppm`
    #[arg(long, default_value = "10%")]
    share: Share,

    /// The probability that a v2 no worse than tolerated is rolled back, in (0, 1)
    #[arg(long, default_value = "0.001")]
    alpha: f64,

    /// The largest tolerated ratio of v2's errors to v1's, at least 1
    #[arg(long, default_value = "1")]
    tolerance: f64,

    /// A request that took longer has failed, in either version: 1s to 1h, in whole seconds
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    request_timeout: Duration,

    /// Answer in JSON
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
    writeln!(out, "{}", end.verdict())?;
    for (version, served) in [("v1", &answer.v1), ("v2", &answer.v2)] {
        let rate = 100.0 * served.errors as f64 / served.requests.max(1) as f64;
        writeln!(
            out,
            "{version}, the whole log: {} requests, {} errors ({rate:.2} %), {} of them failures",
            Grouped(served.requests),
            Grouped(served.errors),
            Grouped(served.failures)
        )?;
    }
    for (bet, report) in &answer.bets {
        writeln!(
            out,
            "{bet}: ln W {:.4}, limit {:.4}, in window {} of {} open",
            report.ln_w, report.limit, report.window, report.open_windows
        )?;
    }
    Ok(())
}
