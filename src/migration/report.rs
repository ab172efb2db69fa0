//! What one bet has found: its evidence, its limit, and what that says of v2 in numbers that people use.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::bet::Bet;
use super::evidence::{
    Errors, ln_limit, ln_wealth, rate_at_least, rate_at_most, ratio_at_least, ratio_at_most,
};
use super::settings::Settings;
use super::windows::Window;

/// What a bet has found. Of its open windows, the evidence is that of the one nearest its limit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BetReport {
    /// Which bet.
    pub bet: Bet,
    /// How many windows are open.
    pub open_windows: usize,
    /// The number of the window nearest its limit, over the life of the rollout.
    pub window: u64,
    /// What counted in this window: the principals that erred, by version. At 100 %, v2's that failed, and as v1's the
    /// requests of v2 that didn't fail.
    pub errors: Errors,
    /// The log of the evidence that v2 is worse than tolerated, in this window.
    pub ln_w: f64,
    /// What it has to reach for the bet to be won.
    pub limit: f64,
    /// How long a request of v1 may take before it is slow; of the bet on slowness alone.
    pub slow_after: Option<Duration>,
    /// How often v2 may fail at 100 %; of the bet on that alone.
    pub tolerated_rate: Option<f64>,
    setting: Setting,
    windows: Vec<(Errors, f64)>,
}

/// What a bet's windows are held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Setting {
    /// v2's share, or the tolerated rate.
    share: f64,
    tolerance: f64,
    allowance: u64,
}

/// What v2 does, from what is certain to what is not ruled out: times v1's errors, or at 100 % its failure rate, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Bounds {
    /// It is at least this.
    pub lower: f64,
    /// The likeliest value; `None` when v1 has no errors.
    pub estimate: Option<f64>,
    /// It is at most this; `None` when nothing is ruled out.
    pub upper: Option<f64>,
}

impl BetReport {
    /// `None` when no window is open.
    pub(super) fn of(
        bet: Bet,
        windows: &VecDeque<Window>,
        share: f64,
        settings: &Settings,
    ) -> Option<Self> {
        let setting = Setting {
            share,
            tolerance: match bet {
                Bet::Error | Bet::Failure | Bet::Shadow => settings.tolerance,
                Bet::Slow | Bet::Absolute => 1.0,
            },
            allowance: match bet {
                // Clients can cause these.
                Bet::Error | Bet::Slow => settings.allowance,
                Bet::Failure | Bet::Absolute | Bet::Shadow => 0,
            },
        };
        let weight = settings.weights[bet as usize];
        let mut limits = Vec::with_capacity(windows.len());
        let mut nearest: Option<(&Window, f64, f64)> = None;
        for window in windows {
            let counted = window.errors.allowing(setting.allowance);
            let ln_w = ln_wealth(counted, share, setting.tolerance);
            let limit = ln_limit(settings.alpha, weight, window.number);
            limits.push((window.errors, limit));
            if nearest.is_none_or(|(_, w, l)| ln_w - limit > w - l) {
                nearest = Some((window, ln_w, limit));
            }
        }
        let (window, ln_w, limit) = nearest?;
        Some(Self {
            bet,
            open_windows: windows.len(),
            window: window.number,
            errors: window.errors,
            ln_w,
            limit,
            slow_after: None,
            tolerated_rate: (bet == Bet::Absolute).then_some(share),
            setting,
            windows: limits,
        })
    }

    /// Whether the evidence has reached its limit.
    #[must_use]
    pub fn is_won(&self) -> bool {
        self.ln_w >= self.limit
    }

    /// What v2 does, certain to 1 − α all bets and windows together: how many times v1's errors (the bet is won exactly if
    /// the lower bound is at least the tolerance), or at 100 % its failure rate.
    ///
    /// Costs some hundred evaluations of the evidence: for people and metrics.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let Setting {
            share, allowance, ..
        } = self.setting;
        let Errors { v1, v2 } = self.errors;
        if self.bet == Bet::Absolute {
            let at_least =
                |&(errors, limit): &(Errors, f64)| rate_at_least(errors.v2, errors.v1, limit);
            let whole = v1 + v2;
            return Bounds {
                lower: self.windows.iter().map(at_least).fold(0.0, f64::max),
                estimate: (whole > 0).then(|| v2 as f64 / whole as f64),
                upper: Some(rate_at_most(v2, v1, self.limit)),
            };
        }
        let counted = self.errors.allowing(allowance);
        let mut lower = ratio_at_least(counted, share, self.limit);
        for &(errors, limit) in &self.windows {
            let errors = errors.allowing(allowance);
            // Most windows say less than the best so far, which one evaluation shows.
            if lower == 0.0 || ln_wealth(errors, share, lower) >= limit {
                lower = lower.max(ratio_at_least(errors, share, limit));
            }
        }
        let upper = ratio_at_most(self.errors, share, self.limit);
        Bounds {
            lower,
            estimate: (v1 > 0).then(|| v2 as f64 / v1 as f64 * (1.0 - share) / share),
            upper: upper.is_finite().then_some(upper),
        }
    }
}

impl Serialize for BetReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown {
            windows: usize,
            window: u64,
            v1: u64,
            v2: u64,
            ln_w: f64,
            limit: f64,
            #[serde(skip_serializing_if = "Option::is_none")]
            ratio: Option<Bounds>,
            #[serde(skip_serializing_if = "Option::is_none")]
            rate: Option<Bounds>,
            #[serde(skip_serializing_if = "Option::is_none")]
            tolerated_rate: Option<f64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            b_ms: Option<f64>,
        }
        let absolute = self.bet == Bet::Absolute;
        Shown {
            windows: self.open_windows,
            window: self.window,
            v1: self.errors.v1,
            v2: self.errors.v2,
            ln_w: self.ln_w,
            limit: self.limit,
            ratio: (!absolute).then(|| self.bounds()),
            rate: absolute.then(|| self.bounds()),
            tolerated_rate: self.tolerated_rate,
            b_ms: self.slow_after.map(|slow| slow.as_secs_f64() * 1e3),
        }
        .serialize(serializer)
    }
}
