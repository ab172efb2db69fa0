//! `cutover simulate`: how often and how soon the guard would roll back, over many simulated rollouts.

mod model;
mod panel;
mod random;
mod run;
mod svg;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use clap::Args;
use cutover::Share;
use cutover::migration::Outcome;
use serde::Serialize;

use super::{print_json, print_text};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::summary::Grouped;
use crate::time::duration;

use model::Model;
use run::{Nobody, RolledBack, play};

/// Simulate rollouts under the guard: how often it rolls back, and how soon
///
/// Out: with --json {"runs","rollbacks","median_v2_errors_at_rollback",
///      "median_requests_at_rollback","reasons":{"failure":N,…}}, medians null
///      without a rollback; without it the same in words
///
/// The router and the guard are the real ones, the users and the clock are
/// simulated. The guard looks every second, and a run ends when it rolls back.
/// The request timeout is 5 s. A median is that of the runs that were rolled
/// back, of two the lower; requests and errors are those up to the look, of
/// which the guard has judged what started 5 s before.
///
/// The guard's promise is being tried: a sound v2 is rolled back in at most
/// ALPHA of the runs, whatever else goes wrong for both versions.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Simulate {
    /// v2's share of the users: `12.5%` or `125000ppm`; several, as `1%,10%,50%`, one after the other
    #[arg(long, default_value = "10%", value_delimiter = ',')]
    share: Vec<Share>,

    /// The part of v1's requests that go wrong, 0 to 1
    #[arg(long, value_name = "RATE", default_value = "0.02", value_parser = rate)]
    v1_error: f64,

    /// The part of v2's requests that go wrong, 0 to 1
    #[arg(long, value_name = "RATE", default_value = "0.02", value_parser = rate)]
    v2_error: f64,

    /// v2 errs as often as v1 until this request, and by --v2-error from there on
    #[arg(long, value_name = "N", default_value = "0")]
    break_at: u64,

    /// Requests of a run, retries included
    #[arg(long, value_name = "N", default_value = "100000")]
    requests: u64,

    /// Requests a second
    #[arg(long, value_name = "N", default_value = "100", value_parser = positive)]
    rate: f64,

    /// How many rollouts to simulate
    #[arg(long, value_name = "N", default_value = "200")]
    runs: u32,

    /// The probability that a v2 no worse than v1 is rolled back, in (0, 1)
    #[arg(long, default_value = "0.001")]
    alpha: f64,

    /// What the chance of the runs comes from: the same seed, the same answer
    #[arg(long, default_value = "1")]
    seed: u64,

    /// A request that goes wrong is sent again so many times, and goes wrong each time
    #[arg(long, value_name = "N", default_value = "0")]
    retries: u64,

    /// Requests come from so many users, again and again; without it, each from a new one
    #[arg(long, value_name = "USERS", default_value = "0")]
    sticky: u64,

    /// With --sticky: each user either always gets an error or never
    #[arg(long, requires = "sticky")]
    clustered: bool,

    /// Errors are failures (5xx) instead of rejections
    #[arg(long)]
    failed: bool,

    /// How long v1 takes for a request that goes wrong, such as 30s; 20 ms without it
    #[arg(long, value_name = "TIME", value_parser = duration)]
    v1_delay: Option<Duration>,

    /// How long v2 takes for a request that goes wrong
    #[arg(long, value_name = "TIME", value_parser = duration)]
    v2_delay: Option<Duration>,

    /// How many times as long as v1 v2 takes for all requests
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = positive)]
    v2_slower: f64,

    /// In the middle of each run both versions fail for so long, after --v1-delay and --v2-delay
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    outage: Duration,

    /// The part of the requests that fail in the outage
    #[arg(long, value_name = "RATE", default_value = "1", value_parser = rate)]
    outage_part: f64,

    /// The part of the clients who hang up when a request takes more than a second
    #[arg(long, value_name = "RATE", default_value = "0", value_parser = rate)]
    abandon: f64,

    /// So many ids on v2 are made up by a hostile client, and rejected
    #[arg(long, value_name = "N", default_value = "0")]
    attack: u64,

    /// The service is restarted whenever so many requests have gone wrong
    #[arg(long, value_name = "N", default_value = "0")]
    restart_every: u64,

    /// Answer in JSON
    #[arg(long)]
    json: bool,

    /// Draw the median run, by how long v2 lasted, into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Answer {
    runs: u32,
    rollbacks: usize,
    median_v2_errors_at_rollback: Option<u64>,
    median_requests_at_rollback: Option<u64>,
    /// How many runs were rolled back for each reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    reasons: BTreeMap<&'static str, usize>,
    #[serde(skip)]
    median_seconds: Option<u64>,
}

impl Simulate {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let model = Model {
            shares: self.share.clone(),
            v1_error: self.v1_error,
            v2_error: self.v2_error,
            break_at: self.break_at,
            requests: self.requests,
            rate: self.rate,
            retries: self.retries,
            sticky: self.sticky,
            clustered: self.clustered,
            alpha: self.alpha,
            error: if self.failed {
                Outcome::Failed
            } else {
                Outcome::Rejected
            },
            delays: [self.v1_delay, self.v2_delay],
            slower: self.v2_slower,
            outage: self.outage,
            outage_part: self.outage_part,
            abandon: self.abandon,
            attack: self.attack,
            restart_every: self.restart_every,
        };
        let ends = play_all(&model, self.seed, self.runs)?;
        if let Some(path) = &self.svg {
            let number = median_run(&ends);
            let drawing = svg::draw(&model, self.seed, number).map_err(|error| usage(&error))?;
            fs::write(path, drawing).map_err(|error| {
                Failure::Io(format!("cannot write {}: {error}", path.display()))
            })?;
        }
        let rolled_back: Vec<&RolledBack> = ends.iter().flatten().collect();
        let answer = Answer {
            runs: self.runs,
            rollbacks: rolled_back.len(),
            median_v2_errors_at_rollback: median(rolled_back.iter().map(|run| run.v2_errors)),
            median_requests_at_rollback: median(rolled_back.iter().map(|run| run.requests)),
            median_seconds: median(rolled_back.iter().map(|run| run.second)),
            reasons: reasons(&rolled_back),
        };
        if self.json {
            print_json(&answer)
        } else {
            print_text(|out| answer.tell(&rolled_back, out))
        }
    }
}

impl Answer {
    fn tell(&self, rolled_back: &[&RolledBack], out: &mut Vec<u8>) -> io::Result<()> {
        let percent = 100.0 * self.rollbacks as f64 / f64::from(self.runs.max(1));
        let runs = Grouped(self.runs.into());
        writeln!(
            out,
            "{} of {runs} runs were rolled back ({percent:.1} %)",
            self.rollbacks
        )?;
        let medians = self
            .median_requests_at_rollback
            .zip(self.median_v2_errors_at_rollback);
        if let Some((requests, errors)) = medians {
            writeln!(
                out,
                "half of these within {} requests ({} s) and {} errors of v2",
                Grouped(requests),
                Grouped(self.median_seconds.unwrap_or_default()),
                Grouped(errors)
            )?;
            let example = rolled_back.iter().find(|run| run.requests == requests);
            if let Some(example) = example {
                writeln!(out, "one of them: {}", example.verdict)?;
            }
        }
        Ok(())
    }
}

fn reasons(rolled_back: &[&RolledBack]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for reason in rolled_back.iter().flat_map(|run| &run.verdict.reasons) {
        *counts.entry(reason.as_str()).or_default() += 1;
    }
    counts
}

/// Every run by its number, on as many threads as there are processors.
fn play_all(model: &Model, seed: u64, runs: u32) -> Result<Vec<Option<RolledBack>>, Failure> {
    let progress = Progress::new(Some(runs.into()), false);
    let done = AtomicU64::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let played = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                let (progress, done) = (&progress, &done);
                scope.spawn(move || {
                    (first..runs as usize)
                        .step_by(threads)
                        .map(|number| {
                            let end = play(model, seed, number as u64, &mut Nobody);
                            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                            progress.at(done, done);
                            end.map(|end| (number, end))
                        })
                        .collect::<Result<Vec<_>, _>>()
                })
            })
            .collect();
        let mut played = Vec::with_capacity(runs as usize);
        for worker in workers {
            let part = worker
                .join()
                .map_err(|_| Failure::Io("a run of the simulation panicked".to_owned()))?;
            played.extend(part.map_err(|error| usage(&error))?);
        }
        Ok(played)
    });
    let mut progress = progress;
    progress.end();
    let mut played: Vec<(usize, Option<RolledBack>)> = played?;
    played.sort_unstable_by_key(|(number, _)| *number);
    Ok(played.into_iter().map(|(_, end)| end).collect())
}

/// The run in the middle, by how long v2 lasted; a run that wasn't rolled back lasted longest.
fn median_run(ends: &[Option<RolledBack>]) -> u64 {
    let lasted = |end: &Option<RolledBack>| end.as_ref().map_or(u64::MAX, |run| run.requests);
    let mut order: Vec<(u64, u64)> = (0..).zip(ends).map(|(n, end)| (lasted(end), n)).collect();
    order.sort_unstable();
    let middle = order.len().saturating_sub(1) / 2;
    order.get(middle).map_or(0, |(_, number)| *number)
}

fn median(figures: impl Iterator<Item = u64>) -> Option<u64> {
    let mut figures: Vec<u64> = figures.collect();
    figures.sort_unstable();
    figures.get(figures.len().saturating_sub(1) / 2).copied()
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err("give a rate from 0 to 1: 2 % is 0.02".to_owned()),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if 0.0 < number && number <= 1e6 => Ok(number),
        _ => Err("give a number above 0, up to 1,000,000".to_owned()),
    }
}

fn usage(error: &cutover::Error) -> Failure {
    Failure::Usage(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Threads share nothing but the runs' numbers.
    #[test]
    fn a_run_is_the_same_alone_and_among_others() {
        let model = Model {
            shares: vec!["50%".parse().unwrap()],
            v1_error: 0.02,
            v2_error: 0.06,
            break_at: 0,
            requests: 4_000,
            rate: 100.0,
            retries: 1,
            sticky: 0,
            clustered: false,
            alpha: 0.05,
            error: Outcome::Rejected,
            delays: [None; 2],
            slower: 1.0,
            outage: Duration::ZERO,
            outage_part: 1.0,
            abandon: 0.0,
            attack: 0,
            restart_every: 0,
        };
        let at = |end: &Option<RolledBack>| end.as_ref().map(|run| (run.requests, run.v2_errors));
        let together: Vec<_> = play_all(&model, 3, 7).unwrap().iter().map(at).collect();
        let alone: Vec<_> = (0..7)
            .map(|number| at(&play(&model, 3, number, &mut Nobody).unwrap()))
            .collect();
        assert_eq!(together, alone);
        assert!(alone.iter().any(|end| *end != alone[0]));
    }

    #[test]
    fn of_two_in_the_middle_the_median_is_the_lower() {
        assert_eq!(median([].into_iter()), None);
        assert_eq!(median([9, 1, 5].into_iter()), Some(5));
        assert_eq!(median([9, 1, 5, 7].into_iter()), Some(5));
    }
}
