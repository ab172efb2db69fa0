//! What is simulated, as the command line says it: how many requests, from whom, how they end, and what goes wrong.

use std::time::Duration;

use clap::{Args, ValueEnum};
use cutover::migration::Outcome;
use cutover::{Share, Version};

use super::random::Random;
use crate::time::duration;

/// The request timeout.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// The median latency.
const LATENCY_MS: f64 = 20.0;
/// A client that hangs up has waited so long.
const PATIENCE: Duration = Duration::from_secs(1);
/// Error rates drift up and down once in so many seconds.
const DRIFT_PERIOD: f64 = 600.0;
/// A burst of errors lasts so many seconds, and there is one in every other minute.
const BURST: f64 = 5.0;
const MINUTE: f64 = 60.0;

/// What is simulated.
#[derive(Args, Clone, Debug)]
pub(super) struct Model {
    /// v2's share: `12.5%` or `125000ppm`; several, such as `1%,10%,50%`, are in force for as many requests each
    #[arg(
        long,
        default_value = "10%",
        value_delimiter = ',',
        value_name = "SHARE"
    )]
    pub(super) share: Vec<Share>,

    /// Requests in a run, retries included
    #[arg(long, value_name = "N", default_value = "100000")]
    pub(super) requests: u64,

    /// Requests a second; or a day, as `50/day`
    #[arg(long, value_name = "N", default_value = "100", value_parser = per_second)]
    pub(super) rate: f64,

    /// Probability at most that the guard rolls back a v2 that is no worse than v1, in (0, 1)
    #[arg(long, default_value = "0.001")]
    pub(super) alpha: f64,

    /// Fraction of v1's requests that are rejected; with --failed, that fail
    #[arg(long, value_name = "RATE", default_value = "0.02", value_parser = fraction, help_heading = ERRORS)]
    pub(super) v1_error: f64,

    /// Fraction of v2's requests that are rejected; with --failed, that fail
    #[arg(long, value_name = "RATE", default_value = "0.02", value_parser = fraction, help_heading = ERRORS)]
    pub(super) v2_error: f64,

    /// Errors are failures (5xx, timeouts) instead of rejections (4xx)
    #[arg(long, help_heading = ERRORS)]
    pub(super) failed: bool,

    /// v2 is as good as v1 before this request, and has --v2-error and --v2-slower from it on
    #[arg(long, value_name = "N", default_value = "0", help_heading = ERRORS)]
    pub(super) break_at: u64,

    /// Fraction of v1's requests that are rejected on top of --v1-error, for a mix of both kinds
    #[arg(long, value_name = "RATE", default_value = "0", value_parser = fraction, help_heading = ERRORS)]
    pub(super) v1_rejected: f64,

    /// Fraction of v2's requests that are rejected on top of --v2-error, from the first request on
    #[arg(long, value_name = "RATE", default_value = "0", value_parser = fraction, help_heading = ERRORS)]
    pub(super) v2_rejected: f64,

    /// Each request with an error is sent again N times, with the same error
    #[arg(long, value_name = "N", default_value = "0", help_heading = USERS)]
    pub(super) retries: u64,

    /// There are N users who send requests again and again; otherwise each request is from a new user
    #[arg(long, value_name = "N", default_value = "0", help_heading = USERS)]
    pub(super) sticky: u64,

    /// With --sticky: a user gets an error at every request or at none
    #[arg(long, requires = "sticky", help_heading = USERS)]
    pub(super) clustered: bool,

    /// With --sticky: a few users send most requests, by a Pareto distribution of this shape, such as 1.05
    #[arg(long, requires = "sticky", value_name = "SHAPE", value_parser = positive, help_heading = USERS)]
    pub(super) pareto: Option<f64>,

    /// Fraction of the clients that hang up when a request takes more than 1 s
    #[arg(long, value_name = "RATE", default_value = "0", value_parser = fraction, help_heading = USERS)]
    pub(super) abandon: f64,

    /// A hostile client sends N requests in the second half of a run, each with an id chosen to be on v2
    #[arg(long, value_name = "N", default_value = "0", help_heading = USERS)]
    pub(super) attack: u64,

    /// What becomes of the hostile requests
    #[arg(long, value_enum, value_name = "HOW", default_value = "rejected", help_heading = USERS)]
    pub(super) attack_by: Attack,

    /// σ of the logarithm of the latency, whose median is 20 ms
    #[arg(long, value_name = "SIGMA", default_value = "0.5", value_parser = not_negative, help_heading = LATENCY)]
    pub(super) sigma: f64,

    /// v2 takes this many times as long as v1
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = positive, help_heading = LATENCY)]
    pub(super) v2_slower: f64,

    /// How long v1 takes to answer with an error: `30s`, `1h`; otherwise as long as for any request
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = LATENCY)]
    pub(super) v1_delay: Option<Duration>,

    /// How long v2 takes to answer with an error
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = LATENCY)]
    pub(super) v2_delay: Option<Duration>,

    /// Both versions fail for so long in the middle of a run, v1 after --v1-delay and v2 after --v2-delay
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration, help_heading = COMMON)]
    pub(super) outage: Duration,

    /// Fraction of the requests that fail in the outage
    #[arg(long, value_name = "RATE", default_value = "1", value_parser = fraction, help_heading = COMMON)]
    pub(super) outage_part: f64,

    /// Both error rates rise to this many times their value and fall to as small a part, every 10 minutes
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = positive, help_heading = COMMON)]
    pub(super) drift: f64,

    /// Both error rates are this many times as high for 5 s, in every other minute
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = positive, help_heading = COMMON)]
    pub(super) bursts: f64,

    /// The service restarts after every N errors
    #[arg(long, value_name = "N", default_value = "0", help_heading = COMMON)]
    pub(super) restart_every: u64,
}

const ERRORS: &str = "Errors";
const USERS: &str = "Users";
const LATENCY: &str = "Latency";
const COMMON: &str = "What happens to both versions";

/// What becomes of hostile requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Attack {
    /// v2 rejects them at once
    Rejected,
    /// The client hangs up after 1 s, as if v2 were slow
    Abandoned,
}

/// What decides how a request ends, and a retry of it again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Luck(pub(super) u64);

impl Model {
    /// When a request starts, since the run began.
    pub(super) fn time_of(&self, n: u64) -> Duration {
        Duration::from_secs_f64(n as f64 / self.rate)
    }

    /// Which of the shares is in force.
    pub(super) fn phase_of(&self, n: u64) -> usize {
        let phases = self.share.len().max(1) as u64;
        let phase = u128::from(n) * u128::from(phases) / u128::from(self.requests.max(1));
        usize::try_from(phase).unwrap_or(0)
    }

    /// How many times their usual value both error rates are now. `salt` is the run's.
    pub(super) fn trouble(&self, n: u64, salt: u64) -> f64 {
        if self.drift == 1.0 && self.bursts == 1.0 {
            return 1.0;
        }
        let now = n as f64 / self.rate;
        let phase = Random::of_run(salt, 0).unit();
        let swing = (std::f64::consts::TAU * (now / DRIFT_PERIOD + phase)).sin();
        let minute = (now / MINUTE).floor();
        let mut random = Random::of_run(salt, 1 + minute as u64);
        let (begin, has_burst) = (random.unit() * (MINUTE - BURST), random.unit() < 0.5);
        let in_burst = has_burst && (begin..begin + BURST).contains(&(now - minute * MINUTE));
        self.drift.powf(swing) * if in_burst { self.bursts } else { 1.0 }
    }

    /// How a request ends, and after how long.
    pub(super) fn end_of(
        &self,
        version: Version,
        luck: Luck,
        n: u64,
        trouble: f64,
        random: &mut Random,
    ) -> (Outcome, Duration) {
        let broken = version == Version::V2 && n >= self.break_at;
        let (error, factor) = if broken {
            (self.v2_error, self.v2_slower)
        } else {
            (self.v1_error, 1.0)
        };
        let (rejected, delay) = match version {
            Version::V1 => (self.v1_rejected, self.v1_delay),
            Version::V2 => (self.v2_rejected, self.v2_delay),
        };
        let outage = self.in_outage(n) && random.unit() < self.outage_part;
        let usual = LATENCY_MS * factor * (self.sigma * random.normal()).exp();
        let usual = Duration::try_from_secs_f64(usual / 1e3).unwrap_or(Duration::MAX);
        let (outcome, latency) = if outage {
            (Outcome::Failed, delay.unwrap_or(usual))
        } else if luck.0 as f64 / 2_f64.powi(64) < error * trouble {
            (self.error(), delay.unwrap_or(usual))
        } else if rejected > 0.0 && Random::of_run(luck.0, 1).unit() < rejected * trouble {
            (Outcome::Rejected, usual)
        } else {
            (Outcome::Accepted, usual)
        };
        if self.abandon > 0.0 && latency > PATIENCE && random.unit() < self.abandon {
            return (Outcome::Abandoned, PATIENCE);
        }
        (outcome, latency)
    }

    /// How a hostile request ends.
    pub(super) fn end_of_attack(&self) -> (Outcome, Duration) {
        match self.attack_by {
            Attack::Rejected => (Outcome::Rejected, Duration::from_millis(5)),
            Attack::Abandoned => (Outcome::Abandoned, PATIENCE),
        }
    }

    /// How many of the hostile requests have been sent before this one.
    pub(super) fn attacks_before(&self, n: u64) -> u64 {
        let half = self.requests / 2;
        let part = (n + 1).saturating_sub(half) as f64 / half.max(1) as f64;
        (self.attack as f64 * part.min(1.0)) as u64
    }

    /// Which of the users a request is from, of those who come again; `None` for a new one.
    pub(super) fn user(&self, random: &mut Random) -> Option<u64> {
        let users = self.sticky as f64;
        match (self.sticky, self.pareto) {
            (0, _) => None,
            (_, None) => Some(random.next() % self.sticky),
            // User x sends in proportion to x to the power of -1/shape, with x from 1 to the number of users.
            (_, Some(shape)) => {
                let power = 1.0 - 1.0 / shape;
                let luck = random.unit();
                let user = if power.abs() < 1e-9 {
                    users.powf(luck)
                } else {
                    (1.0 + luck * (users.powf(power) - 1.0)).powf(1.0 / power)
                };
                Some((user as u64 - 1).min(self.sticky - 1))
            }
        }
    }

    /// What an error of `--v1-error` and `--v2-error` is.
    pub(super) fn error(&self) -> Outcome {
        if self.failed {
            Outcome::Failed
        } else {
            Outcome::Rejected
        }
    }

    fn in_outage(&self, n: u64) -> bool {
        let middle = self.time_of(self.requests / 2);
        let now = self.time_of(n);
        middle <= now && now < middle.saturating_add(self.outage)
    }
}

fn fraction(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err("must be a number from 0 to 1: 2 % is 0.02".to_owned()),
    }
}

fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0.0..=10.0).contains(&number) => Ok(number),
        _ => Err("must be a number from 0 to 10".to_owned()),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if 0.0 < number && number <= 1e6 => Ok(number),
        _ => Err("must be a number above 0, and at most 1,000,000".to_owned()),
    }
}

fn per_second(text: &str) -> Result<f64, String> {
    match text.strip_suffix("/day") {
        Some(text) => Ok(positive(text)? / 86_400.0),
        None => positive(text),
    }
}
