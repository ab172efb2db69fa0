//! `cutover simulate`: how often and how soon the guard would roll back, over many simulated rollouts.

mod answer;
mod bins;
mod model;
mod panel;
mod random;
mod run;
mod svg;

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use clap::Args;

use super::{print_json, print_text};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::summary::Grouped;

use answer::Answer;
use model::Model;
use run::{Look, RolledBack, Watcher, play};

/// Simulate rollouts under the guard: how often it rolls back, and how soon
///
/// The router and the guard are the real ones; users, latencies and the clock
/// are simulated. The request timeout is 5 s. The guard looks every second, and
/// a run ends when it rolls back. A request is judged 6 s after it started (the
/// timeout, and the second in which it started), so that is the soonest.
///
/// To see that a sound v2 stays: --v1-error and --v2-error alike, and --alpha
/// 0.05; at most 5 % of the runs may be rolled back, whatever happens to both
/// versions. To see how soon a bad v2 goes: a higher --v2-error.
///
/// With --json {"runs","rollbacks","median_v2_errors_at_rollback",
/// "median_requests_at_rollback","median_v2_principals_at_rollback",
/// "median_seconds_to_rollback","p90_seconds_to_rollback",
/// "reasons":{"failure":N,…}}; with --break-at also "rollbacks_before_break".
/// Medians are of the runs that were rolled back (after the break), null without
/// any; principals are the users of v2 with errors since the break that the guard
/// had judged; p90 is of all runs, null when fewer than 90 % were rolled back.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Simulate {
    #[command(flatten)]
    model: Model,

    /// How many rollouts to simulate
    #[arg(long, value_name = "N", default_value = "200", display_order = 0)]
    runs: u32,

    /// Seed of the random numbers: the same seed gives the same result
    #[arg(long, default_value = "1", display_order = 0)]
    seed: u64,

    /// Write JSON
    #[arg(long)]
    json: bool,

    /// Draw the median run, by how long v2 lasted, into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Simulate {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let ends = play_all(&self.model, self.seed, self.runs)?;
        if let Some(path) = &self.svg {
            let number = median_run(&ends);
            let drawing =
                svg::draw(&self.model, self.seed, number).map_err(|error| usage(&error))?;
            fs::write(path, drawing).map_err(|error| {
                Failure::Io(format!("cannot write {}: {error}", path.display()))
            })?;
        }
        let answer = Answer::of(&self.model, &ends);
        if self.json {
            print_json(&answer)
        } else {
            print_text(|out| answer.tell(out))
        }
    }
}

/// How far all runs are together, in requests and in runs.
struct Work {
    progress: Progress,
    requests: AtomicU64,
    runs: AtomicU64,
    of: u32,
}

impl Work {
    fn add(&self, requests: u64, runs: u64) {
        let done = self.requests.fetch_add(requests, Ordering::Relaxed) + requests;
        let runs = self.runs.fetch_add(runs, Ordering::Relaxed) + runs;
        self.progress.show(done, || {
            format!("{} of {} runs", Grouped(runs), Grouped(self.of.into()))
        });
    }
}

/// Counts a run's requests as they are played, and lets it end with its rollback.
struct Worker<'a> {
    work: &'a Work,
    counted: u64,
}

impl Watcher for Worker<'_> {
    fn looked(&mut self, requests: u64, _: impl FnOnce() -> Look) {
        self.work.add(requests - self.counted, 0);
        self.counted = requests;
    }

    fn goes_on(&self, _: u64, _: u64) -> bool {
        false
    }
}

/// Every run by its number, on as many threads as there are processors.
fn play_all(model: &Model, seed: u64, runs: u32) -> Result<Vec<Option<RolledBack>>, Failure> {
    let work = Work {
        progress: Progress::new(Some(u64::from(runs).saturating_mul(model.requests)), true),
        requests: AtomicU64::new(0),
        runs: AtomicU64::new(0),
        of: runs,
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let played = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                let work = &work;
                scope.spawn(move || {
                    (first..runs as usize)
                        .step_by(threads)
                        .map(|number| {
                            let mut worker = Worker { work, counted: 0 };
                            let end = play(model, seed, number as u64, &mut worker)?;
                            // A run that was rolled back is done, too.
                            work.add(model.requests - worker.counted, 1);
                            Ok((number, end))
                        })
                        .collect::<Result<Vec<_>, cutover::Error>>()
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
    let Work { mut progress, .. } = work;
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

fn usage(error: &cutover::Error) -> Failure {
    Failure::Usage(error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        model: Model,
    }

    struct Nobody;

    impl Watcher for Nobody {
        fn looked(&mut self, _: u64, _: impl FnOnce() -> Look) {}

        fn goes_on(&self, _: u64, _: u64) -> bool {
            false
        }
    }

    /// Threads share nothing but the runs' numbers.
    #[test]
    fn a_run_is_the_same_alone_and_among_others() {
        let args = "simulate --share=50% --v2-error=0.06 --requests=4000 --retries=1 --alpha=0.05 --drift=2 --bursts=3";
        let Command { model } = Command::try_parse_from(args.split(' ')).unwrap();
        let at = |end: &Option<RolledBack>| end.as_ref().map(|run| (run.requests, run.v2_errors));
        let together: Vec<_> = play_all(&model, 3, 7).unwrap().iter().map(at).collect();
        let alone: Vec<_> = (0..7)
            .map(|number| at(&play(&model, 3, number, &mut Nobody).unwrap()))
            .collect();
        assert_eq!(together, alone);
        assert!(alone.iter().any(|end| *end != alone[0]));
    }
}
