//! How long requests took, in 1,024 buckets of a fixed layout: a value is known to 1.6 %, and counts are sums of buckets.
//!
//! Below 64 ns a bucket is a nanosecond; above, every power of two is cut into 32 equal parts (the layout of
//! HdrHistogram). A bucket is answered by its middle, at most 1/64 = 1.6 % from any value in it, up to 2³⁶ ns = 68.7 s;
//! what took longer counts as that. The layout being fixed, histograms add up, across threads and machines.

use std::ops::AddAssign;
use std::time::Duration;
use std::{array, fmt};

use super::evidence::quantile_ranks;
use crate::sync::{AtomicU32, Ordering};

const BUCKETS: usize = 1_024;
/// 2⁵ buckets to a power of two.
const PART_BITS: u32 = 5;
const LONGEST: u64 = (1 << 36) - 1;

/// Counters of a [`Recorder`]. Loom couldn't try all orders with so many.
const COUNTERS: usize = if cfg!(loom) { 1 } else { BUCKETS };

/// Where a latency is counted until it is [taken](Self::drain_into): 4 KiB of counters that any number of threads may add to.
pub(super) struct Recorder([AtomicU32; COUNTERS]);

impl Recorder {
    pub(super) fn new() -> Self {
        Self(array::from_fn(|_| AtomicU32::new(0)))
    }

    /// Counts a latency, and sees what whoever took before did before that.
    #[inline]
    pub(super) fn record(&self, nanos: u64) {
        if let Some(counter) = self.0.get(bucket_of(nanos) % COUNTERS) {
            counter.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Takes back what was counted; whether it had not been taken meanwhile.
    pub(super) fn take_back(&self, nanos: u64) -> bool {
        let less = |count: u32| count.checked_sub(1);
        self.0
            .get(bucket_of(nanos) % COUNTERS)
            .is_some_and(|counter| {
                counter
                    .fetch_update(Ordering::AcqRel, Ordering::Relaxed, less)
                    .is_ok()
            })
    }

    /// Moves what was counted since the last time; how much that was.
    pub(super) fn drain_into(&self, sum: &mut Latencies) -> u64 {
        let mut moved = 0;
        for (at, counter) in self.0.iter().enumerate() {
            // An exchange of zeros, too: who counts after it has to see that.
            let count = u64::from(counter.swap(0, Ordering::AcqRel));
            if count > 0 {
                moved += count;
                if let Some(sum) = sum.buckets().get_mut(at) {
                    *sum += count;
                }
            }
        }
        moved
    }

    /// Adds what was counted since the last time it was moved, and leaves it.
    pub(super) fn add_to(&self, sum: &mut Latencies) {
        for (at, counter) in self.0.iter().enumerate() {
            let count = u64::from(counter.load(Ordering::Relaxed));
            if count > 0 {
                if let Some(sum) = sum.buckets().get_mut(at) {
                    *sum += count;
                }
            }
        }
    }
}

/// The latencies of some requests: how many there were, and their quantiles to 1.6 %.
#[derive(Clone, Default)]
pub struct Latencies(Option<Box<[u64; BUCKETS]>>);

impl Latencies {
    /// How many requests were counted. Sums 1,024 counters.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, |buckets| buckets.iter().sum())
    }

    /// How many requests took at most this long; those within 1.6 % of it may be on either side. Sums up to 1,024 counters.
    #[must_use]
    pub fn at_most(&self, latency: Duration) -> u64 {
        let limit = super::frame::nanos_at_most(latency);
        self.0.as_ref().map_or(0, |buckets| {
            let counts = buckets.iter().enumerate();
            counts
                .take_while(|&(bucket, _)| middle(bucket) <= limit)
                .map(|(_, count)| count)
                .sum()
        })
    }

    /// How long the requests took together, to 1.6 %; of each at most 68.7 s.
    #[must_use]
    pub fn total(&self) -> Duration {
        let nanos = |(bucket, &count): (usize, &u64)| middle(bucket).saturating_mul(count);
        let total = self.0.as_ref().map_or(0, |buckets| {
            let each = buckets.iter().enumerate().map(nanos);
            each.fold(0, u64::saturating_add)
        });
        Duration::from_nanos(total)
    }

    /// The latency that the fraction `q` of the requests (0 to 1) did not exceed, to 1.6 % up to 68.7 s, the most it
    /// tells; `None` when there were no requests. `quantile(0.95)` is p95.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        Some(Duration::from_nanos(middle(self.bucket_at(q)?)))
    }

    /// The latencies between which the `q` quantile (0 to 1) of the service lies, of which these requests are a sample: at
    /// every number of requests at once with probability 1 − `alpha`, if requests are independent. `None` at a side where
    /// there are too few requests to say, and above 68.7 s. See [`quantile_ranks`].
    #[must_use]
    pub fn quantile_bounds(&self, q: f64, alpha: f64) -> (Option<Duration>, Option<Duration>) {
        let (low, high) = quantile_ranks(self.count(), q, alpha);
        let bucket = |q: Option<f64>| q.and_then(|q| self.bucket_at(q));
        (
            bucket(low).map(|bucket| Duration::from_nanos(least(bucket))),
            bucket(high)
                .map(|bucket| bucket + 1)
                .filter(|&next| next < BUCKETS)
                .map(|next| Duration::from_nanos(least(next))),
        )
    }

    /// The bucket of the latency that the fraction `q` did not exceed.
    fn bucket_at(&self, q: f64) -> Option<usize> {
        let buckets = self.0.as_ref()?;
        let count = self.count();
        // The rank is of a whole request: the least of n values is rank 1. A cast from f64 saturates, NaN is 0.
        let rank = ((q * count as f64).ceil() as u64).clamp(1, count.max(1));
        let mut seen = 0;
        let (bucket, _) = buckets.iter().enumerate().find(|&(_, here)| {
            seen += here;
            seen >= rank
        })?;
        Some(bucket)
    }

    /// What was counted here and not yet in `earlier`, an earlier reading of the same.
    #[must_use]
    pub fn since(mut self, earlier: &Self) -> Self {
        if let (Some(rest), Some(earlier)) = (&mut self.0, &earlier.0) {
            for (now, then) in rest.iter_mut().zip(earlier.iter()) {
                *now = now.saturating_sub(*then);
            }
        }
        self
    }

    fn buckets(&mut self) -> &mut [u64; BUCKETS] {
        self.0.get_or_insert_with(|| Box::new([0; BUCKETS]))
    }
}

impl AddAssign<&Latencies> for Latencies {
    fn add_assign(&mut self, other: &Latencies) {
        if let Some(other) = &other.0 {
            for (sum, more) in self.buckets().iter_mut().zip(other.iter()) {
                *sum = sum.saturating_add(*more);
            }
        }
    }
}

impl fmt::Debug for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latencies")
            .field("count", &self.count())
            .field("p50", &self.quantile(0.5))
            .field("p95", &self.quantile(0.95))
            .finish_non_exhaustive()
    }
}

/// The power of two is the position of the highest bit, the part of it the five bits after that.
#[inline]
fn bucket_of(nanos: u64) -> usize {
    let nanos = nanos.min(LONGEST);
    // Six bits are told as they are.
    let shift = (nanos | ((2 << PART_BITS) - 1)).ilog2() - PART_BITS;
    ((shift << PART_BITS) + (nanos >> shift) as u32) as usize
}

/// The least value of a bucket.
fn least(bucket: usize) -> u64 {
    let shift = shift_of(bucket);
    ((bucket - (shift << PART_BITS)) as u64) << shift
}

fn middle(bucket: usize) -> u64 {
    least(bucket) + ((1_u64 << shift_of(bucket)) >> 1)
}

/// The last bits that a bucket doesn't tell.
fn shift_of(bucket: usize) -> usize {
    (bucket >> PART_BITS).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        let mut last = 0;
        for bucket in 0..BUCKETS {
            let middle = middle(bucket);
            assert_eq!(bucket_of(middle), bucket);
            assert!(bucket == 0 || middle > last);
            last = middle;
        }
        assert_eq!(bucket_of(0), 0);
        assert_eq!(bucket_of(63), 63);
        assert_eq!(bucket_of(64), 64);
        assert_eq!(bucket_of(LONGEST), BUCKETS - 1);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn bounds_are_those_of_the_ranks_and_of_whole_buckets() {
        let even = |count: u64| latencies(&(1..=count).map(|n| n * 1_000_000).collect::<Vec<_>>());
        let (lower, upper) = even(10_000).quantile_bounds(0.95, 0.025);
        let (low, high) = quantile_ranks(10_000, 0.95, 0.025);
        let ms = |latency: Option<Duration>| latency.unwrap().as_secs_f64() * 1e3;
        let (low, high) = (low.unwrap() * 1e4, high.unwrap() * 1e4);
        assert!(
            0.96 * low < ms(lower) && ms(lower) <= low,
            "{lower:?}, {low}"
        );
        assert!(
            high <= ms(upper) && ms(upper) < 1.04 * high,
            "{upper:?}, {high}"
        );
        let (lower, upper) = even(100).quantile_bounds(0.95, 0.025);
        assert!(lower.is_some() && upper.is_none(), "{lower:?}, {upper:?}");
        assert_eq!(even(0).quantile_bounds(0.95, 0.025), (None, None));
        let longest = latencies(&vec![u64::MAX; 10_000]);
        assert_eq!(longest.quantile_bounds(0.95, 0.025).1, None);
    }

    #[test]
    fn what_took_at_most_so_long_and_the_total_are_those_of_the_buckets() {
        let even: Vec<u64> = (1..=1_000).map(|ms| ms * 1_000_000).collect();
        let even = latencies(&even);
        let at_most = |ms| even.at_most(Duration::from_millis(ms)) as f64;
        for ms in [10, 200, 600, 999] {
            let off = (at_most(ms) - ms as f64).abs();
            assert!(off <= (0.016 * ms as f64).max(1.0), "{ms}: {off}");
        }
        assert_eq!(at_most(1_100), 1_000.0);
        let total = even.total().as_secs_f64();
        assert!((total - 500.5).abs() < 0.016 * 500.5, "{total}");
        assert_eq!(Latencies::default().total(), Duration::ZERO);
        assert_eq!(Latencies::default().at_most(Duration::MAX), 0);
        assert_eq!(latencies(&[u64::MAX]).at_most(Duration::MAX), 1);
    }

    #[test]
    fn no_requests_have_no_quantile() {
        assert_eq!(Latencies::default().quantile(0.5), None);
        assert_eq!(Latencies::default().count(), 0);
    }

    fn latencies(nanos: &[u64]) -> Latencies {
        let recorder = Recorder::new();
        nanos.iter().for_each(|&nanos| recorder.record(nanos));
        let mut sum = Latencies::default();
        recorder.add_to(&mut sum);
        sum
    }

    fn flat(latencies: &Latencies) -> Vec<u64> {
        latencies.0.as_deref().unwrap_or(&[0; BUCKETS]).to_vec()
    }

    proptest! {
        /// A quantile is within 2 % of the value of that rank in the sorted list, for all latencies to 68.7 s.
        #[test]
        fn quantiles_are_right_to_two_percent(
            mut nanos in prop::collection::vec((0_u32..36).prop_flat_map(|bits| 0..=(2_u64 << bits) - 1), 1..200),
            q in 0.0..=1.0_f64,
        ) {
            let got = latencies(&nanos).quantile(q).unwrap().as_nanos() as f64;
            nanos.sort_unstable();
            let rank = ((q * nanos.len() as f64).ceil() as usize).max(1);
            let want = nanos[rank - 1] as f64;
            prop_assert!((got - want).abs() <= 0.02 * want, "{got} for {want}");
        }

        /// Adding two histograms is the histogram of both, and taking one away again leaves the other.
        #[test]
        fn histograms_add_up(
            one in prop::collection::vec(0..LONGEST * 2, 0..50),
            two in prop::collection::vec(0..LONGEST * 2, 0..50),
        ) {
            let mut sum = latencies(&one);
            sum += &latencies(&two);
            prop_assert_eq!(flat(&sum), flat(&latencies(&[one.clone(), two.clone()].concat())));
            prop_assert_eq!(sum.count(), (one.len() + two.len()) as u64);
            prop_assert_eq!(flat(&sum.since(&latencies(&one))), flat(&latencies(&two)));
        }
    }
}
