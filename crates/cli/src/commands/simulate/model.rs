//! What is simulated: how many requests, how they end, and what goes wrong.

use std::time::Duration;

use cutover::migration::Outcome;
use cutover::{Share, Version};

use super::random::Random;

/// The request timeout.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
/// What most requests take, by the median.
const LATENCY_MS: f64 = 20.0;
/// How much latencies differ: the σ of their logarithm.
const SIGMA: f64 = 0.5;

/// What is simulated.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// v2's shares, one after the other.
    pub(crate) shares: Vec<Share>,
    pub(crate) v1_error: f64,
    pub(crate) v2_error: f64,
    /// From this request on v2 errs by its own rate; before, by v1's.
    pub(crate) break_at: u64,
    /// Requests of a run, retries among them.
    pub(crate) requests: u64,
    /// Requests a second.
    pub(crate) rate: f64,
    pub(crate) retries: u64,
    /// A user either always errs or never.
    pub(crate) clustered: bool,
    /// How many users there are, each with many requests; 0 for a new user each time.
    pub(crate) sticky: u64,
    pub(crate) alpha: f64,
    pub(crate) error: Outcome,
    /// How long a request takes that goes wrong; `None` for as long as others.
    pub(crate) delays: [Option<Duration>; 2],
    /// How many times as long v2 takes.
    pub(crate) slower: f64,
    /// In the middle of the run both versions fail this part of their requests, for so many seconds.
    pub(crate) outage: Duration,
    pub(crate) outage_part: f64,
    /// The part of the requests whose client hangs up after a second of waiting.
    pub(crate) abandon: f64,
    /// How many ids on v2 a hostile client makes up, to be rejected.
    pub(crate) attack: u64,
    /// The service restarts after so many errors; 0 for never.
    pub(crate) restart_every: u64,
}

impl Model {
    /// When a request starts, since the run began.
    pub(crate) fn time_of(&self, n: u64) -> Duration {
        Duration::from_secs_f64(n as f64 / self.rate)
    }

    /// Which of the shares is in force.
    pub(crate) fn phase_of(&self, n: u64) -> usize {
        let phases = self.shares.len().max(1) as u64;
        usize::try_from(n * phases / self.requests.max(1)).unwrap_or(0)
    }

    /// How a request ends, and when. `luck` decides whether it errs, so that a retry errs as well.
    pub(crate) fn end_of(
        &self,
        version: Version,
        luck: u64,
        n: u64,
        random: &mut Random,
    ) -> (Outcome, Duration) {
        let chance = luck as f64 / 2_f64.powi(64);
        let delay = self.delays[usize::from(version == Version::V2)];
        let rate = match version {
            Version::V2 if n >= self.break_at => self.v2_error,
            Version::V1 | Version::V2 => self.v1_error,
        };
        let outage = self.in_outage(n) && random.unit() < self.outage_part;
        let factor = match version {
            Version::V1 => 1.0,
            Version::V2 => self.slower,
        };
        let usual = LATENCY_MS * factor * (SIGMA * random.normal()).exp();
        let usual = Duration::from_secs_f64(usual / 1e3);
        if chance < rate || outage {
            let outcome = if outage { Outcome::Failed } else { self.error };
            return self.or_abandoned(outcome, delay.unwrap_or(usual), random);
        }
        self.or_abandoned(Outcome::Accepted, usual, random)
    }

    fn or_abandoned(
        &self,
        outcome: Outcome,
        latency: Duration,
        random: &mut Random,
    ) -> (Outcome, Duration) {
        let patience = Duration::from_secs(1);
        if self.abandon > 0.0 && latency > patience && random.unit() < self.abandon {
            (Outcome::Abandoned, patience)
        } else {
            (outcome, latency)
        }
    }

    fn in_outage(&self, n: u64) -> bool {
        let middle = self.time_of(self.requests / 2);
        let now = self.time_of(n);
        middle <= now && now < middle.saturating_add(self.outage)
    }
}
