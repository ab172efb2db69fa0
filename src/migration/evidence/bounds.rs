//! What the tests say in numbers that people use: bounds of a ratio, of a rate, of a quantile, valid at every look.

use super::{Errors, ln_wealth, ln_wealth_go};

/// Halvings of an interval: a double has no more digits.
const STEPS: usize = 60;
/// Ratios beyond these, 10⁻⁹ and 10⁹, are as good as 0 and infinity.
const LN_RATIO: f64 = 20.723_265_836_946_41;

/// The largest tolerance at which [`ln_wealth`] still reaches `limit`: v2 makes at least so many times v1's errors.
///
/// Rolling back at the tolerance r *is* this bound reaching r. 0 when nothing can be said.
#[must_use]
pub fn ratio_at_least(errors: Errors, share: f64, limit: f64) -> f64 {
    let reached = |ln_ratio: f64| ln_wealth(errors, share, ln_ratio.exp()) >= limit;
    if !reached(-LN_RATIO) {
        return 0.0;
    }
    last(-LN_RATIO, LN_RATIO, reached).exp()
}

/// The smallest tolerance at which [`ln_wealth_go`] reaches `limit`: v2 makes at most so many times v1's errors.
/// Infinite when nothing can be said.
#[must_use]
pub fn ratio_at_most(errors: Errors, share: f64, limit: f64) -> f64 {
    let below = |ln_ratio: f64| ln_wealth_go(errors, share, ln_ratio.exp()) < limit;
    if below(LN_RATIO) {
        return f64::INFINITY;
    }
    last(-LN_RATIO, LN_RATIO, below).exp()
}

/// A rate that failures certainly exceed, 0 to 1: of `failures` among `failures + rest`, at the level exp(−`limit`).
#[must_use]
pub fn rate_at_least(failures: u64, rest: u64, limit: f64) -> f64 {
    let errors = Errors {
        v1: rest,
        v2: failures,
    };
    last(0.0, 1.0, |rate| ln_wealth(errors, rate, 1.0) >= limit)
}

/// A rate that failures certainly stay below, 0 to 1: the mirror of [`rate_at_least`].
#[must_use]
pub fn rate_at_most(failures: u64, rest: u64, limit: f64) -> f64 {
    let errors = Errors {
        v1: rest,
        v2: failures,
    };
    last(0.0, 1.0, |rate| ln_wealth_go(errors, rate, 1.0) < limit)
}

/// The ranks between which the `q` quantile of a distribution lies, as fractions of `count` observations: at every count
/// at once with probability 1 − `alpha`, if observations are independent (Howard & Ramdas, Bernoulli 2022,
/// arXiv 1906.09712, theorem 1). `None` at a side where there are too few observations to say.
#[must_use]
pub fn quantile_ranks(count: u64, q: f64, alpha: f64) -> (Option<f64>, Option<f64>) {
    let t = count as f64;
    if count == 0 {
        return (None, None);
    }
    let l = (1.4 * (2.1 * t).ln().ln().max(0.0) + (10.0 / alpha).ln()) / t;
    let width = 1.5 * (q * (1.0 - q) * l).sqrt() + 0.8 * l;
    let (low, high) = (q - width, q + width);
    ((low > 0.0).then_some(low), (high < 1.0).then_some(high))
}

/// Where `holds`, true at `low`, ends before `high`.
fn last(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..STEPS {
        let middle = low + (high - low) / 2.0;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
