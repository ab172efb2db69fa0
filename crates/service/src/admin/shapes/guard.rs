//! The shape of the guard's verdict.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What the guard says.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct Verdict {
    #[schema(pattern = "^(continue|hold|roll_back|rolled_back)$")]
    action: String,
    /// Why, such as `failure` or `sample_ratio`; empty while nothing is shown yet.
    reasons: Vec<String>,
    /// What the bets that run have found, by name: `error`, `failure`, `slow`, `absolute`.
    bets: BTreeMap<String, Bet>,
    /// How far it is to `continue`; null at 0 % and 100 %.
    go: Option<Go>,
    /// Whether v2 got its share; null at 0 % and 100 %.
    sample_ratio: Option<SampleRatio>,
    v1: Requests,
    v2: Requests,
    /// Requests that were decided and never recorded; null when the guard isn't told of decisions.
    unrecorded: Option<Unrecorded>,
    /// The probability of ever rolling back a sound v2 that the guard keeps below.
    alpha: f64,
    /// Whether the windows' numbers are kept over restarts; if not, `alpha` is a hundredth of what was set.
    kept: bool,
    /// Why they couldn't be stored the last time.
    not_stored: Option<String>,
    /// Why the guard rolled back, while its brake is pulled.
    rolled_back: Option<String>,
}

/// What a bet has found, in the window nearest its limit.
#[derive(Serialize, ToSchema)]
struct Bet {
    /// How many windows are open.
    windows: u64,
    /// The number of this one.
    window: u64,
    /// v1's principals that erred in it; of `absolute`, v2's requests that didn't fail.
    v1: u64,
    /// v2's principals that erred in it.
    v2: u64,
    /// The log of the evidence that v2 is worse than tolerated.
    ln_w: f64,
    /// The guard rolls back when `ln_w` reaches this.
    limit: f64,
    /// v2's errors as a multiple of v1's.
    ratio: Option<Bounds>,
    /// v2's failure rate, 0 to 1; of `absolute` alone.
    rate: Option<Bounds>,
    /// What is tolerated of that.
    tolerated_rate: Option<f64>,
    /// From when on a request of v1 is slow, in milliseconds; of `slow` alone.
    b_ms: Option<f64>,
}

/// From what is certain to what is not ruled out.
#[derive(Serialize, ToSchema)]
struct Bounds {
    lower: f64,
    estimate: Option<f64>,
    upper: Option<f64>,
}

/// How far v2 is from being shown sound enough for more.
#[derive(Serialize, ToSchema)]
struct Go {
    ln_w: f64,
    limit: f64,
    /// v2's principals since the share changed, as a sample of one in 64 tells.
    principals: u64,
    /// So many without any error are enough, too.
    clean_principals: u64,
    /// How long it will probably take; null when that can't be told.
    remaining: Option<Remaining>,
}

/// A time: seconds and nanoseconds.
#[derive(Serialize, ToSchema)]
struct Remaining {
    secs: u64,
    nanos: u32,
}

/// Whether v2 got its share of the principals, of a sample of one in 64.
#[derive(Serialize, ToSchema)]
struct SampleRatio {
    v1: u64,
    v2: u64,
    ln_w: f64,
    limit: f64,
}

/// Requests that were decided and never recorded.
#[derive(Serialize, ToSchema)]
struct Unrecorded {
    v1: u64,
    v2: u64,
}

/// Requests that the share decided, since it changed.
#[derive(Serialize, ToSchema)]
struct Requests {
    requests: u64,
    errors: u64,
    failures: u64,
}
