//! What follows from what was taken in: the bets, the rules that hold, the test for more, and the one action.

mod words;

#[cfg(feature = "plan")]
pub(super) use words::Rough;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::bet::Bet;
use super::evidence::{clean_principals, ln_limit, ln_sample_ratio, ln_wealth_go};
use super::ledger::Ledger;
use super::report::BetReport;
use super::sample::{ONE_IN, Sample};
use super::settings::Settings;
use super::unrecorded::Unrecorded;
use crate::routing::Share;

/// Above these rates of v2's requests, from [`RATES_FROM`] on, somebody should look.
const ERROR_RATE: f64 = 0.10;
const FAILURE_RATE: f64 = 0.02;
const TIMES_V1: f64 = 2.0;
const RATES_FROM: u64 = 100;
/// What the test for more has to rule out: that v2 makes 1.5 times v1's errors, or more.
const GO_TOLERANCE: f64 = 1.5;
/// The share is off with a probability of a false alarm of 1 in 1,000.
const SAMPLE_RATIO: f64 = 1_000.0;

/// What to do with the rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// v2 is shown to be sound: it may have more.
    Continue,
    /// Nothing is shown yet, or something needs attention: leave the share as it is.
    Hold,
    /// v2 is worse than tolerated: pull the brake.
    RollBack,
    /// The guard has rolled back, and its brake is still pulled.
    RolledBack,
}

impl Action {
    /// The action as logs and metrics have it, e.g. `roll_back`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Hold => "hold",
            Self::RollBack => "roll_back",
            Self::RolledBack => "rolled_back",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why the guard says what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// v2 makes more errors than tolerated.
    Error,
    /// v2 fails more often than tolerated.
    Failure,
    /// v2 is slower than tolerated.
    Slow,
    /// At 100 %, v2 fails more often than tolerated.
    Absolute,
    /// Of the requests that both versions were given, more than tolerated went wrong in v2 alone.
    Shadow,
    /// v2's error rate over the last five minutes is above 10 %: look into it.
    ErrorRate,
    /// v2's failure rate over the last five minutes is above 2 % and twice v1's: look into it.
    FailureRate,
    /// v2 did not get its share of the principals: records are missing, or the share is another.
    SampleRatio,
    /// More than 1 % of a version's requests were decided and never recorded.
    Unrecorded,
    /// The windows' numbers can't be stored, so that none can begin.
    NotKept,
    /// v2 makes less than 1.5 times v1's errors.
    FewerErrors,
    /// v2 has made no error for enough principals.
    NoErrors,
}

impl Reason {
    /// All there are, in this order.
    pub const ALL: [Self; 12] = [
        Self::Error,
        Self::Failure,
        Self::Slow,
        Self::Absolute,
        Self::Shadow,
        Self::ErrorRate,
        Self::FailureRate,
        Self::SampleRatio,
        Self::Unrecorded,
        Self::NotKept,
        Self::FewerErrors,
        Self::NoErrors,
    ];

    /// The reason as logs and metrics have it, e.g. `sample_ratio`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Failure => "failure",
            Self::Slow => "slow",
            Self::Absolute => "absolute",
            Self::Shadow => "shadow",
            Self::ErrorRate => "error_rate",
            Self::FailureRate => "failure_rate",
            Self::SampleRatio => "sample_ratio",
            Self::Unrecorded => "unrecorded",
            Self::NotKept => "not_kept",
            Self::FewerErrors => "fewer_errors",
            Self::NoErrors => "no_errors",
        }
    }
}

impl From<Bet> for Reason {
    fn from(bet: Bet) -> Self {
        match bet {
            Bet::Error => Self::Error,
            Bet::Failure => Self::Failure,
            Bet::Slow => Self::Slow,
            Bet::Absolute => Self::Absolute,
            Bet::Shadow => Self::Shadow,
        }
    }
}

/// What a version did with the requests that were taken in since the share changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Count {
    /// Requests that the share decided.
    pub requests: u64,
    /// Of these, rejected or failed.
    pub errors: u64,
    /// Of these, failed.
    pub failures: u64,
}

/// How far v2 is from being shown sound enough for more. In principals: their requests are not independent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Go {
    /// The log of the evidence that v2 makes less than 1.5 times v1's errors, and what it has to reach.
    pub ln_w: f64,
    /// What it has to reach.
    pub limit: f64,
    /// v2's principals since the share changed: 64 times those of one id in 64. Too many where a principal has several ids.
    pub principals: u64,
    /// So many without any error are enough, too.
    pub clean_principals: u64,
    /// How long it will probably take at the present traffic; `None` when that can't be told.
    pub remaining: Option<Duration>,
}

/// Whether v2 got its share of the principals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SampleRatio {
    /// Principals of the sample (one in 64) that v1 has seen since the share changed.
    pub v1: u64,
    /// Those that v2 has seen.
    pub v2: u64,
    /// The log of the evidence that v2's part is not its share.
    pub ln_w: f64,
    /// What it has to reach.
    pub limit: f64,
}

/// What a guard says, and why.
///
/// [`Display`](fmt::Display) is one line with the numbers, fit to be a brake's reason and to be read at night.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// What to do.
    pub action: Action,
    /// Why; empty while nothing is shown yet.
    pub reasons: Vec<Reason>,
    /// What the bets that run have found.
    #[serde(serialize_with = "by_bet")]
    pub bets: Vec<BetReport>,
    /// How far it is to "continue"; `None` at 0 % and 100 %.
    pub go: Option<Go>,
    /// Whether v2 got its share; `None` at 0 % and 100 %.
    pub sample_ratio: Option<SampleRatio>,
    /// Requests that were decided and never recorded; `None` when the guard isn't given the
    /// [decisions](super::GuardBuilder::decisions).
    pub unrecorded: Option<Unrecorded>,
    /// v1's requests.
    pub v1: Count,
    /// v2's requests.
    pub v2: Count,
    /// The α that the guard runs at.
    pub alpha: f64,
    /// Whether the windows' numbers are kept; if not, `alpha` is a hundredth of what was set.
    pub kept: bool,
    /// Why they couldn't be stored the last time.
    pub not_stored: Option<String>,
    /// Why the guard rolled back, after it did.
    pub rolled_back: Option<String>,
}

impl Verdict {
    /// What a bet has found, if it runs.
    #[must_use]
    pub fn bet(&self, bet: Bet) -> Option<&BetReport> {
        self.bets.iter().find(|report| report.bet == bet)
    }
}

fn by_bet<S: Serializer>(bets: &[BetReport], serializer: S) -> Result<S::Ok, S::Error> {
    let by_name: BTreeMap<_, _> = bets.iter().map(|bet| (bet.bet, bet)).collect();
    by_name.serialize(serializer)
}

/// What follows from the ledger and the sample of principals, v1's first.
pub(super) fn judge(
    settings: &Settings,
    ledger: &Ledger,
    sample: [u64; 2],
    now: Duration,
) -> Verdict {
    let share = ledger.share.unwrap_or(Share::ZERO);
    let pi = f64::from(share.as_ppm()) / f64::from(Share::FULL.as_ppm());
    let mut bets = Vec::new();
    for bet in ledger.running(settings) {
        let against = match bet {
            Bet::Absolute => ledger.p0,
            // Both versions have the same requests.
            Bet::Shadow => 0.5,
            _ => pi,
        };
        let report = BetReport::of(bet, ledger.windows(bet).open(), against, settings);
        bets.extend(report.map(|mut report| {
            let slow_after = ledger.slow_after(settings).map(|[v1, _]| v1);
            report.slow_after = slow_after.filter(|_| bet == Bet::Slow);
            report
        }));
    }
    let compared = 0.0 < pi && pi < 1.0;
    let go = compared
        .then(|| go(settings, ledger, sample, pi, now))
        .flatten();
    let sample_ratio = compared.then(|| {
        let [v1, v2] = sample;
        SampleRatio {
            v1,
            v2,
            ln_w: ln_sample_ratio(v2, v1, Sample::share(share)),
            limit: SAMPLE_RATIO.ln(),
        }
    });
    let [v1, v2] = ledger.all;
    let mut verdict = Verdict {
        action: Action::Hold,
        reasons: Vec::new(),
        bets,
        go,
        sample_ratio,
        unrecorded: ledger.unrecorded(),
        v1,
        v2,
        alpha: settings.alpha,
        kept: ledger.keeper.has_a_place(),
        not_stored: ledger.keeper.error.clone(),
        rolled_back: None,
    };
    (verdict.action, verdict.reasons) = conclude(settings, ledger, &verdict);
    verdict
}

fn conclude(settings: &Settings, ledger: &Ledger, verdict: &Verdict) -> (Action, Vec<Reason>) {
    // At 0 % the brake would change nothing for anybody.
    let nobody = ledger.share.unwrap_or(Share::ZERO) == Share::ZERO;
    let holds = |bet| nobody || bet == Bet::Error && settings.on_rejections == Action::Hold;
    let won = verdict.bets.iter().filter(|report| report.is_won());
    let (holding, winning): (Vec<Bet>, Vec<Bet>) =
        won.map(|report| report.bet).partition(|&bet| holds(bet));
    if !winning.is_empty() {
        let reasons = winning.into_iter().map(Reason::from).collect();
        return (Action::RollBack, reasons);
    }
    let mut reasons: Vec<Reason> = holding.into_iter().map(Reason::from).collect();
    let [v1, v2] = ledger.recent;
    let rate = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    if v2.requests >= RATES_FROM {
        let failures = rate(v2.failures, v2.requests);
        let allowed = FAILURE_RATE.max(TIMES_V1 * rate(v1.failures, v1.requests));
        if rate(v2.errors, v2.requests) > ERROR_RATE {
            reasons.push(Reason::ErrorRate);
        }
        if failures > allowed {
            reasons.push(Reason::FailureRate);
        }
    }
    if verdict
        .sample_ratio
        .is_some_and(|ratio| ratio.ln_w >= ratio.limit)
    {
        reasons.push(Reason::SampleRatio);
    }
    if verdict.unrecorded.is_some_and(|missing| missing.is_much()) {
        reasons.push(Reason::Unrecorded);
    }
    if ledger.keeper.error.is_some() {
        reasons.push(Reason::NotKept);
    }
    let Some(go) = verdict.go.filter(|_| reasons.is_empty()) else {
        return (Action::Hold, reasons);
    };
    if go.ln_w >= go.limit {
        reasons.push(Reason::FewerErrors);
    }
    if v2_is_clean(ledger) && go.principals >= go.clean_principals {
        reasons.push(Reason::NoErrors);
    }
    if reasons.is_empty() {
        return (Action::Hold, reasons);
    }
    (Action::Continue, reasons)
}

fn v2_is_clean(ledger: &Ledger) -> bool {
    let [_, v2] = ledger.all;
    v2.errors == 0
}

/// The test for more runs over the windows of the bet on errors: without that bet there is none.
fn go(
    settings: &Settings,
    ledger: &Ledger,
    [_, sampled]: [u64; 2],
    pi: f64,
    now: Duration,
) -> Option<Go> {
    let windows = ledger.windows(Bet::Error).open();
    let newest = windows.back()?;
    let (ln_w, limit) = windows
        .iter()
        .map(|window| {
            let ln_w = ln_wealth_go(window.errors, pi, GO_TOLERANCE);
            (ln_w, ln_limit(settings.beta, 1.0, window.number))
        })
        .max_by(|(w, l), (w2, l2)| (w - l).total_cmp(&(w2 - l2)))?;
    let principals = sampled * ONE_IN;
    let clean = clean_principals(settings.beta, newest.number, settings.p_max);
    let lasted = now.saturating_sub(ledger.since);
    // Both grow with time, in the mean.
    let part = if v2_is_clean(ledger) {
        principals as f64 / clean as f64
    } else {
        ln_w / limit
    };
    let remaining = (part > 0.0 && !lasted.is_zero())
        .then(|| lasted.as_secs_f64() * (1.0 / part - 1.0).max(0.0));
    Some(Go {
        ln_w,
        limit,
        principals,
        clean_principals: clean,
        remaining: remaining.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
    })
}
