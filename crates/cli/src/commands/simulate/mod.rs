//! `cutover simulate`: how often and how soon the guard would roll back, over many simulated rollouts.

mod run;
mod svg;

use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use clap::Args;
use cutover::Share;
use cutover::migration::Outcome;
use serde::Serialize;

use super::{print_json, print_text};
use crate::failure::Failure;
use crate::summary::Grouped;

use run::{Model, Nobody, REQUESTS_A_SECOND, RolledBack, play};

/// Simulate rollouts under the guard: how often it rolls back, and how soon
///
/// Out: with --json {"runs","rollbacks","median_v2_errors_at_rollback",
///      "median_requests_at_rollback"}, medians null without a rollback;
///      without it the same in words
///
/// The router, the outcomes and the guard are the real ones, the users and the
/// clock are simulated: 100 requests a second, each of a new user unless it is
/// a retry; the guard looks every second, from the second one on, and a run
/// ends when it rolls back. A median is that of the runs that were rolled back,
/// of two the lower.
///
/// Errors are rejections (4xx) unless --failed is given. The guard judges by
/// its evidence alone, whose promise is being tried: a sound v2 is rolled back
/// in at most ALPHA of the runs. Thresholds carry no such promise: with
/// --thresholds healthy runs are rolled back, too, most of all with --failed
/// or --retries.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Simulate {
    /// v2's share of the users: `12.5%` or `125000ppm`
    #[arg(long, default_value = "10%")]
    share: Share,

    /// The part of v1's users who get an error, 0 to 1
    #[arg(long, value_name = "RATE", default_value = "0.02", value_parser = rate)]
    v1_error: f64,

    /// The part of v2's users who get an error, 0 to 1
    #[arg(long, value_name = "RATE", default_value = "0.02", value_parser = rate)]
    v2_error: f64,

    /// Requests of a run, retries included
    #[arg(long, value_name = "N", default_value = "100000")]
    requests: u64,

    /// How many rollouts to simulate
    #[arg(long, value_name = "N", default_value = "200")]
    runs: u32,

    /// The chance that a v2 no worse than v1 may be rolled back, in (0, 1)
    #[arg(long, default_value = "0.001")]
    alpha: f64,

    /// What the chance of the runs comes from: the same seed, the same answer
    #[arg(long, default_value = "1")]
    seed: u64,

    /// A user who gets an error tries so many times more, and fails each time
    #[arg(long, value_name = "N", default_value = "0")]
    retries: u64,

    /// Errors are failures (5xx) instead of rejections
    #[arg(long)]
    failed: bool,

    /// Judge by the guard's thresholds on rates, too, as a service's guard does
    #[arg(long)]
    thresholds: bool,

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
}

impl Simulate {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let model = Model {
            share: self.share,
            v1_error: self.v1_error,
            v2_error: self.v2_error,
            requests: self.requests,
            retries: self.retries,
            alpha: self.alpha,
            error: if self.failed {
                Outcome::Failed
            } else {
                Outcome::Rejected
            },
            thresholds: self.thresholds,
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
                Grouped(requests.div_ceil(REQUESTS_A_SECOND)),
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

/// Every run by its number, on as many threads as there are processors.
fn play_all(model: &Model, seed: u64, runs: u32) -> Result<Vec<Option<RolledBack>>, Failure> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let played = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    (first..runs as usize)
                        .step_by(threads)
                        .map(|number| {
                            play(model, seed, number as u64, &mut Nobody).map(|end| (number, end))
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
            share: "50%".parse().unwrap(),
            v1_error: 0.02,
            v2_error: 0.06,
            requests: 4_000,
            retries: 1,
            alpha: 0.05,
            error: Outcome::Rejected,
            thresholds: false,
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
