//! What the gates are given: a document with what is known, a log of what happened, or both.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Args;
use cutover::migration::plan::{Evidence, Progress};
use cutover::migration::{Guard, Kept};

use super::read;
use crate::failure::Failure;
use crate::log::{self, Count};
use crate::rerun::Rerun;

/// A request that took longer has failed.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Args, Debug)]
pub(super) struct Figures {
    /// What is known, as JSON
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,

    /// What happened, as a log; `-` is standard input
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

/// What the gates are given.
#[derive(Default)]
pub(super) struct Known {
    pub(super) evidence: Evidence,
    /// The last window of evidence that the log has seen.
    pub(super) windows: u64,
    pub(super) count: Count,
}

impl Figures {
    pub(super) fn read(&self, progress: &Progress) -> Result<Known, Failure> {
        let mut known = Known::default();
        if let Some(path) = &self.evidence {
            known.evidence = serde_json::from_slice(&read(path)?)
                .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        }
        if let Some(path) = &self.log {
            let began = progress
                .state()
                .since()
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default();
            let mut rerun = Rerun::new(progress.phase().share, Guard::builder(), TIMEOUT);
            known.count = log::read(path, |line, entry| {
                if entry.timestamp.0 >= began {
                    rerun.record(line, entry);
                }
            })?;
            let end = rerun.end(Kept::after(progress.state().windows()))?;
            let Evidence { shadow, braked, .. } = known.evidence;
            known.evidence = Evidence {
                shadow,
                ..Evidence::of(&end.seen, Some(end.verdict()), None, braked)
            };
            known.windows = end.kept.windows();
        }
        Ok(known)
    }
}
