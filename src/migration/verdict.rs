//! What the figures say: every rule with its figure and its limit, and the one action that follows. No state, no clock.

use std::fmt;

use serde::Serialize;

use super::epoch::Tally;
use super::evidence::{clean_requests, ln_limit, ln_mean, ln_wealth, ln_wealth_go};
use super::outcome::Outcome;
use super::settings::Settings;
use super::snapshot::Snapshot;
use crate::routing::Share;
use crate::version::Version;

const ERROR_RATE_HOLD: f64 = 0.10;
const ERROR_RATE_ROLL_BACK: f64 = 0.15;
/// Alone, this fires in 96 % of runs in which both versions fail at 2 %; hence the second condition, twice v1's rate.
const FAILURE_RATE: f64 = 0.02;
const TIMES_V1: f64 = 2.0;
/// What the go test has to rule out: that v2 is half as bad again as v1, or worse.
const GO_TOLERANCE: f64 = 1.5;

/// What to do with the rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// v2 is shown to be sound: it may have more.
    Continue,
    /// Nothing is shown yet, or something is to be looked into: leave the share as it is.
    Hold,
    /// v2 is worse than tolerated: pull the brake.
    RollBack,
}

impl Action {
    /// The action as logs and metrics have it, e.g. `roll_back`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Hold => "hold",
            Self::RollBack => "roll_back",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A rule of the guard. Rates are of the requests that the share decided, since it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// v2's error rate is above 10 %: hold.
    ErrorRateHigh,
    /// v2's error rate is above 15 %: roll back.
    ErrorRateExcessive,
    /// v2's failure rate is above 2 % and above twice v1's, whichever is more: roll back.
    FailureRate,
    /// The log of the evidence that v2 is worse than tolerated has reached the level of its epoch: roll back.
    Evidence,
    /// The log of the evidence that v2 is less than 1.5 times as bad as v1 has reached ln(1/β): continue.
    GoEvidence,
    /// v2 has made no error in as many accepted requests as it takes to rule out an error rate of p_max: continue.
    CleanRun,
}

impl Rule {
    /// The rule as logs and metrics have it, e.g. `failure_rate`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ErrorRateHigh => "error_rate_high",
            Self::ErrorRateExcessive => "error_rate_excessive",
            Self::FailureRate => "failure_rate",
            Self::Evidence => "evidence",
            Self::GoEvidence => "go_evidence",
            Self::CleanRun => "clean_run",
        }
    }

    const fn says(self) -> Action {
        match self {
            Self::ErrorRateHigh => Action::Hold,
            Self::ErrorRateExcessive | Self::FailureRate | Self::Evidence => Action::RollBack,
            Self::GoEvidence | Self::CleanRun => Action::Continue,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One rule, held against the figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// The rule.
    pub rule: Rule,
    /// What was found: a rate from 0 to 1, the log of a wealth, or a number of requests. `None` when it can't be told yet.
    pub figure: Option<f64>,
    /// What it is held against, in the same unit.
    pub limit: f64,
    /// What the rule says when it applies.
    pub says: Action,
    /// Whether it applies: rates above the limit, the rest from the limit on.
    pub applies: bool,
}

impl Check {
    fn above(rule: Rule, figure: Option<f64>, limit: f64) -> Self {
        Self {
            rule,
            figure,
            limit,
            says: rule.says(),
            applies: figure.is_some_and(|figure| figure > limit),
        }
    }

    fn reached(rule: Rule, figure: Option<f64>, limit: f64) -> Self {
        Self {
            rule,
            figure,
            limit,
            says: rule.says(),
            applies: figure.is_some_and(|figure| figure >= limit),
        }
    }
}

/// What a version did with the requests that were judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Count {
    /// Requests that the share decided.
    pub requests: u64,
    /// Of these, rejected or failed.
    pub errors: u64,
    /// Of these, failed.
    pub failures: u64,
}

/// What a guard says, and why.
///
/// [`Display`](fmt::Display) is one line with the figures, fit to be a brake's reason and to be read at night.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// What to do.
    pub action: Action,
    /// Every rule, whether it applies or not.
    pub checks: Vec<Check>,
    /// v1's requests since the share changed.
    pub v1: Count,
    /// v2's requests since the share changed.
    pub v2: Count,
    /// The errors that count as evidence; `None` while none are counted.
    pub tally: Option<Tally>,
}

impl Verdict {
    /// A rule, with what was found.
    #[must_use]
    pub fn check(&self, rule: Rule) -> Option<&Check> {
        self.checks.iter().find(|check| check.rule == rule)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action.as_str())?;
        let mut separator = ": ";
        for check in self
            .checks
            .iter()
            .filter(|check| check.applies && check.says == self.action)
        {
            let relation = if check.rule == Rule::Evidence || check.says == Action::Continue {
                ">="
            } else {
                ">"
            };
            let figure = check.figure.unwrap_or_default();
            write!(
                f,
                "{separator}{} {figure:.4} {relation} {:.4}",
                check.rule, check.limit
            )?;
            separator = ", ";
        }
        if separator == ": " {
            f.write_str(": not enough evidence yet")?;
        }
        for (version, count) in [(Version::V2, self.v2), (Version::V1, self.v1)] {
            let Count {
                requests,
                errors,
                failures,
            } = count;
            write!(
                f,
                "; {version}: {requests} requests, {errors} errors, {failures} of them failures"
            )?;
        }
        match self.tally {
            None => f.write_str("; no errors are counted as evidence now"),
            Some(tally) => {
                let (all, failed) = (tally.all(), tally.failed);
                write!(
                    f,
                    "; epoch {} at {}: evidence of {} ids for v2",
                    tally.epoch, tally.share, all.v2
                )?;
                write!(
                    f,
                    " ({} failed), {} for v1 ({} failed)",
                    failed.v2, all.v1, failed.v1
                )
            }
        }
    }
}

/// Holds every rule against what happened to the randomised requests of an epoch, which is this one unless there is a tally.
pub(super) fn judge(settings: &Settings, seen: &Snapshot, epoch: u64) -> Verdict {
    let v2_requests = seen.requests(Version::V2);
    let enough = v2_requests >= settings.min_requests;
    // At a share of 0 or 1 nothing is randomised, and there is no telling v2's errors from bad luck.
    let tally = seen
        .tally()
        .filter(|tally| Share::ZERO < tally.share && tally.share < Share::FULL);
    let limit = ln_limit(
        settings.alpha,
        seen.tally().map_or(epoch, |tally| tally.epoch),
    );

    let error_rate = seen.error_rate(Version::V2).filter(|_| enough);
    let failure_rate = seen.failure_rate(Version::V2).filter(|_| enough);
    // A v1 that serves nobody fails nobody: at 100 % there is only the 2 %.
    let failures_allowed =
        FAILURE_RATE.max(TIMES_V1 * seen.failure_rate(Version::V1).unwrap_or(0.0));
    let evidence = tally.map(|tally| ln_evidence(&tally, settings.tolerance));
    let go_evidence = tally.map(|tally| ln_wealth_go(tally.all(), pi(tally.share), GO_TOLERANCE));
    let clean = if seen.errors(Version::V2) == 0 {
        seen.count(Version::V2, Outcome::Accepted)
    } else {
        0
    };
    let clean_needed = clean_requests(settings.beta, settings.p_max);

    let checks = vec![
        Check::above(Rule::ErrorRateHigh, error_rate, ERROR_RATE_HOLD),
        Check::above(Rule::ErrorRateExcessive, error_rate, ERROR_RATE_ROLL_BACK),
        Check::above(Rule::FailureRate, failure_rate, failures_allowed),
        Check::reached(Rule::Evidence, evidence, limit),
        Check::reached(Rule::GoEvidence, go_evidence, -settings.beta.ln()),
        Check::reached(Rule::CleanRun, Some(clean as f64), clean_needed as f64),
    ];
    let any = |action| {
        checks
            .iter()
            .any(|check| check.applies && check.says == action)
    };
    let action = if any(Action::RollBack) {
        Action::RollBack
    } else if enough && tally.is_some() && any(Action::Continue) && !any(Action::Hold) {
        Action::Continue
    } else {
        Action::Hold
    };
    let (v1, v2) = (count(seen, Version::V1), count(seen, Version::V2));
    Verdict {
        action,
        checks,
        v1,
        v2,
        tally: seen.tally(),
    }
}

/// All errors and failures alone are two bets side by side: failures are few, and drown in what users get wrong.
fn ln_evidence(tally: &Tally, tolerance: f64) -> f64 {
    let wealth = |errors| ln_wealth(errors, pi(tally.share), tolerance);
    ln_mean(wealth(tally.all()), wealth(tally.failed))
}

fn pi(share: Share) -> f64 {
    f64::from(share.as_ppm()) / f64::from(Share::FULL.as_ppm())
}

fn count(seen: &Snapshot, version: Version) -> Count {
    let failures = seen.count(version, Outcome::Failed);
    Count {
        requests: seen.requests(version),
        errors: seen.errors(version),
        failures,
    }
}
