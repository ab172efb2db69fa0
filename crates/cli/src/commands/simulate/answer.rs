//! What came of the runs: how many were rolled back, why, and how soon.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::model::Model;
use super::run::RolledBack;
use crate::summary::Grouped;

/// A median is that of the runs that were rolled back, after v2 broke if it does; of two, the lower.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    runs: usize,
    rollbacks: usize,
    /// Where v2 breaks in the middle of a run: rolled back before.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollbacks_before_break: Option<usize>,
    median_v2_errors_at_rollback: Option<u64>,
    median_requests_at_rollback: Option<u64>,
    /// v2's principals that had got an error, in requests that the guard had judged.
    median_v2_principals_at_rollback: Option<u64>,
    /// From the begin, or since v2 broke.
    median_seconds_to_rollback: Option<u64>,
    /// So soon were 90 % of all runs rolled back; `None` when fewer were.
    p90_seconds_to_rollback: Option<u64>,
    /// How many runs were rolled back for each reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    reasons: BTreeMap<&'static str, usize>,
    /// What the guard said in the run of the median.
    #[serde(skip)]
    example: Option<String>,
}

impl Answer {
    pub(super) fn of(model: &Model, ends: &[Option<RolledBack>]) -> Self {
        let broke = model.time_of(model.break_at).as_secs();
        let all: Vec<&RolledBack> = ends.iter().flatten().collect();
        let (early, found): (Vec<_>, Vec<_>) = all
            .iter()
            .copied()
            .partition(|run| run.requests <= model.break_at);
        let seconds = || found.iter().map(|run| run.second.saturating_sub(broke));
        let requests = median(found.iter().map(|run| run.requests));
        let example = found.iter().find(|run| Some(run.requests) == requests);
        Self {
            runs: ends.len(),
            rollbacks: all.len(),
            rollbacks_before_break: (model.break_at > 0).then_some(early.len()),
            median_v2_errors_at_rollback: median(found.iter().map(|run| run.v2_errors)),
            median_requests_at_rollback: requests,
            median_v2_principals_at_rollback: median(found.iter().map(|run| run.v2_principals)),
            median_seconds_to_rollback: median(seconds()),
            p90_seconds_to_rollback: of_90_percent(seconds(), ends.len() - early.len()),
            reasons: reasons(&all),
            example: example.map(|run| run.verdict.to_string()),
        }
    }

    pub(super) fn tell(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let percent = 100.0 * self.rollbacks as f64 / self.runs.max(1) as f64;
        write!(
            out,
            "{} of {} runs were rolled back ({percent:.1} %)",
            Grouped(self.rollbacks as u64),
            Grouped(self.runs as u64)
        )?;
        for (at, (reason, count)) in self.reasons.iter().enumerate() {
            let before = if at == 0 { ": " } else { ", " };
            write!(out, "{before}{reason} {}", Grouped(*count as u64))?;
        }
        writeln!(out)?;
        if let Some(early) = self.rollbacks_before_break.filter(|early| *early > 0) {
            writeln!(out, "{early} of them before v2 broke")?;
        }
        if let (Some(seconds), Some(requests), Some(errors), Some(principals)) = (
            self.median_seconds_to_rollback,
            self.median_requests_at_rollback,
            self.median_v2_errors_at_rollback,
            self.median_v2_principals_at_rollback,
        ) {
            let since = match self.rollbacks_before_break {
                Some(_) => " after v2 broke",
                None => "",
            };
            writeln!(
                out,
                "median: {} s{since}, {} requests, {} errors of v2, {} users with errors judged",
                Grouped(seconds),
                Grouped(requests),
                Grouped(errors),
                Grouped(principals)
            )?;
            if let Some(seconds) = self.p90_seconds_to_rollback {
                writeln!(out, "90 % of the runs: {} s{since}", Grouped(seconds))?;
            }
        }
        match &self.example {
            Some(verdict) => writeln!(out, "the median run: {verdict}"),
            None => Ok(()),
        }
    }
}

fn reasons(rolled_back: &[&RolledBack]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for reason in rolled_back.iter().flat_map(|run| &run.verdict.reasons) {
        *counts.entry(reason.as_str()).or_default() += 1;
    }
    counts
}

fn median(figures: impl Iterator<Item = u64>) -> Option<u64> {
    let mut figures: Vec<u64> = figures.collect();
    figures.sort_unstable();
    figures.get(figures.len().saturating_sub(1) / 2).copied()
}

/// The least that 90 % of so many figures don't exceed; those that aren't there are larger than any.
fn of_90_percent(figures: impl Iterator<Item = u64>, count: usize) -> Option<u64> {
    let mut figures: Vec<u64> = figures.collect();
    figures.sort_unstable();
    figures
        .get((count * 9).div_ceil(10).checked_sub(1)?)
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_in_the_middle_the_median_is_the_lower() {
        assert_eq!(median([].into_iter()), None);
        assert_eq!(median([9, 1, 5].into_iter()), Some(5));
        assert_eq!(median([9, 1, 5, 7].into_iter()), Some(5));
    }

    #[test]
    fn ninety_percent_are_of_all_runs() {
        assert_eq!(of_90_percent(1..=20, 20), Some(18));
        assert_eq!(of_90_percent(1..=18, 20), Some(18));
        assert_eq!(of_90_percent(1..=17, 20), None);
        assert_eq!(of_90_percent(0..0, 0), None);
    }
}
