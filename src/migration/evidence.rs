//! The test that tells a worse v2 from bad luck: pure functions of counts, without clock or storage.
//!
//! If v2 makes at most `r` times v1's errors and serves the share π, an error comes from v2 with probability at most
//! θ₀ = πr/(πr+1−π), whatever the error rate is and however it drifts. Against it stand eight alternatives, v2 being
//! `k` times worse still: θₖ = πrk/(πrk+1−π). A bet on each, settled with every error, leaves the wealth
//! `W = mean over k of (θₖ/θ₀)^S · ((1−θₖ)/(1−θ₀))^F` after S errors of v2 and F of v1. A sound v2 makes W a nonnegative
//! supermartingale that starts at 1, so by Ville's inequality it *ever* reaches 1/α with probability at most α, however
//! often one looks (after Lindon & Malek, NeurIPS 2022, arXiv 2011.03567).
//!
//! The same function tests one rate against a limit p: failures are S, the rest is F, and π = p. When both versions ran
//! on the same request (shadowing), only requests on which exactly one of them failed count and θ₀ = r/(1+r): π = ½.

mod bounds;
mod sample;

use std::ops::Add;

use serde::Serialize;

pub use bounds::{quantile_ranks, rate_at_least, rate_at_most, ratio_at_least, ratio_at_most};
pub use sample::ln_sample_ratio;

/// How much worse than tolerated v2 may be: the alternatives that are bet on, with equal stakes.
pub const MULTIPLIERS: [f64; 8] = [1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0];

/// Errors counted as evidence, by the version that made them. Exact up to 2³² of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Errors {
    /// Errors of v1 (F in the formulas).
    pub v1: u64,
    /// Errors of v2 (S in the formulas).
    pub v2: u64,
}

impl Errors {
    /// Without the first `allowance` of v2's: what is left counts against v2 even if that many were made up by clients.
    #[must_use]
    pub const fn allowing(self, allowance: u64) -> Self {
        Self {
            v1: self.v1,
            v2: self.v2.saturating_sub(allowance),
        }
    }
}

impl Add for Errors {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            v1: self.v1.saturating_add(other.v1),
            v2: self.v2.saturating_add(other.v2),
        }
    }
}

/// The log of the wealth against "v2 makes at most `tolerance` times v1's errors"; large means v2 is worse.
///
/// `share` is π in (0, 1), `tolerance` is r > 0. Outside of these nothing can be told and the answer is 0: the wealth
/// one starts with. Never NaN, never infinite.
#[must_use]
pub fn ln_wealth(errors: Errors, share: f64, tolerance: f64) -> f64 {
    ln_mean_wealth(errors, share, tolerance, MULTIPLIERS)
}

/// The log of the wealth against "v2 makes at least `tolerance` times v1's errors"; large means v2 is fine.
///
/// The mirror of [`ln_wealth`], with the alternatives 1/1.25 … 1/100.
#[must_use]
pub fn ln_wealth_go(errors: Errors, share: f64, tolerance: f64) -> f64 {
    ln_mean_wealth(errors, share, tolerance, MULTIPLIERS.map(f64::recip))
}

/// What [`ln_wealth`] has to reach in a window for the guard to roll back: ln(1/α) − ln(weight) − ln v.
///
/// `weight` is the part of `alpha` that the window's bet has, in (0, 1]; `window` is its number, from 1, over the whole
/// life of the rollout, and v = 1/(2.11·m·ln²(m + 1.72)) its part of that. The v of all windows there will ever be add
/// up to less than 1, and the weights of all bets to at most 1: so do the chances of a false alarm to at most `alpha`.
#[must_use]
pub fn ln_limit(alpha: f64, weight: f64, window: u64) -> f64 {
    -alpha.ln() - weight.ln() - ln_window(window)
}

/// How many principals without an error rule out, at the level `beta`, an error rate above `p_max`; `window` is the
/// number of the newest window, as in [`ln_limit`].
#[must_use]
pub fn clean_principals(beta: f64, window: u64, p_max: f64) -> u64 {
    // (1 − p)ⁿ ≤ exp(−np), so the bound errs on the safe side. A cast from f64 saturates.
    ((-beta.ln() - ln_window(window)) / p_max).ceil() as u64
}

/// ln v of a window.
fn ln_window(window: u64) -> f64 {
    let m = window.max(1) as f64;
    -(2.11_f64.ln() + m.ln() + 2.0 * (m + 1.72).ln().ln())
}

/// As θₖ/θ₀ = k/(1+θ₀(k−1)) and (1−θₖ)/(1−θ₀) = 1/(1+θ₀(k−1)), a bet on k needs no θₖ: S·ln k − (S+F)·ln(1+θ₀(k−1)).
/// Above θ₀ = ½ that loses digits (one in 10¹⁴ for k = 1/100), and the same bet seen from v1, with 1−θ₀ and 1/k, doesn't.
fn ln_mean_wealth(errors: Errors, share: f64, tolerance: f64, multipliers: [f64; 8]) -> f64 {
    let known = 0.0 < share && share < 1.0 && 0.0 < tolerance && tolerance.is_finite();
    if !known {
        return 0.0;
    }
    let odds = share / (1.0 - share) * tolerance;
    let (v1, v2) = (errors.v1 as f64, errors.v2 as f64);
    let bet = |theta: f64, own: f64, k: f64| own * k.ln() - (v1 + v2) * (theta * (k - 1.0)).ln_1p();
    ln_mean_exp(multipliers.map(|k| {
        if odds <= 1.0 {
            bet(odds / (1.0 + odds), v2, k)
        } else {
            bet(1.0 / (1.0 + odds), v1, 1.0 / k)
        }
    }))
}

/// ln(mean of exp(x)), by the largest first, so that it neither overflows nor vanishes.
fn ln_mean_exp<const N: usize>(logs: [f64; N]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|x| (x - largest).exp()).sum();
    largest + (sum / N as f64).ln()
}
