//! Whether v2 got the share of principals that it should have: if not, records of one version are missing.

/// How sharply the share is taken to be known: larger finds small differences, later.
const PRIOR: f64 = 1_000.0;

/// The log of the evidence that v2's part of the principals seen is not `share`, which is in (0, 1); else 0.
///
/// A mixture of all other shares against this one, weighted by a beta distribution around it: it reaches ln 1000 with
/// probability at most 0.001, ever, when nothing is missing.
#[must_use]
pub fn ln_sample_ratio(v2: u64, v1: u64, share: f64) -> f64 {
    if !(0.0 < share && share < 1.0) {
        return 0.0;
    }
    let (n2, n1) = (v2 as f64, v1 as f64);
    let (a, b) = (PRIOR * share, PRIOR * (1.0 - share));
    // ln Γ(x + n) − ln Γ(x)
    let rise = |x: f64, n: f64| libm::lgamma(x + n) - libm::lgamma(x);
    rise(a, n2) + rise(b, n1) - rise(PRIOR, n1 + n2) - n2 * share.ln() - n1 * (-share).ln_1p()
}
