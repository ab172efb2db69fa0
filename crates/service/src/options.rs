//! What can be said on the command line, and in the environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use axum::http::HeaderName;
use clap::Parser;
use cutover::migration::plan::Environment;
use cutover::tower::Deprecation;
use cutover::{Error, Share};

/// The reference service: v1 and v2 side by side, and the way between and back.
///
/// Secrets come from the environment, where `ps` doesn't show them: DATABASE_URL, CUTOVER_ADMIN_TOKEN,
/// CUTOVER_PRINCIPAL_KEY.
#[derive(Clone, Debug, Parser)]
#[command(name = "cutover-service", version)]
pub struct Options {
    /// Address for clients.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Address for operators. Anything but loopback needs CUTOVER_ADMIN_TOKEN.
    #[arg(long, default_value = "127.0.0.1:8081")]
    pub admin: SocketAddr,

    /// sqlite:FILE, sqlite::memory: or postgres://USER:PASSWORD@HOST/NAME.
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite:cutover-service.db"
    )]
    pub database_url: String,

    /// What operators have to send as `Authorization: Bearer …`.
    #[arg(skip)]
    pub admin_token: Option<String>,

    /// Serve documents of this mapping definition (TOML or JSON) instead of contributions: v1 is its `from`, v2 its `to`.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,

    /// The folder in which the definition's schema paths start, instead of its own.
    #[arg(long, value_name = "FOLDER", requires = "mapping")]
    pub schemas: Option<PathBuf>,

    /// The definition's policy for what is absent, instead of its first one.
    #[arg(long, value_name = "NAME", requires = "mapping")]
    pub policy: Option<String>,

    /// A value that the definition asks for in `context`; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", requires = "mapping", value_parser = pair)]
    pub context: Vec<(String, String)>,

    /// The rollout document; its file is followed while the service runs. Without it there is --share.
    #[arg(long, value_name = "FILE")]
    pub rollout: Option<PathBuf>,

    /// The share of v2, when there is no --rollout, and operators have put no rollout that --state has kept.
    #[arg(long, default_value = "0%", conflicts_with = "rollout")]
    pub share: Share,

    /// Where the brake, the guard's state, the rollout that operators put and the plan are kept, so that they survive a
    /// restart: a folder that exists, for this process alone.
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,

    /// Let a plan say the share: the five phases, or those of this file. Operators advance it.
    #[arg(long, value_name = "FILE", num_args = 0..=1, requires = "state", conflicts_with_all = ["rollout", "share"])]
    #[allow(clippy::option_option)]
    pub plan: Option<Option<PathBuf>>,

    /// Where this service runs: development, staging or production. A new plan begins at its first phase in development,
    /// and at the first phase after that elsewhere.
    #[arg(long, value_name = "NAME", default_value = "production")]
    pub environment: Environment,

    /// Let a new plan begin above 0 % of v2.
    #[arg(long, requires = "plan")]
    pub raise: bool,

    /// Also write the submission log as NDJSON, for `cutover report` and `cutover replay`. It has what people sent in it.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Keep the database's log of submissions for so many days.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub log_days: u32,

    /// The header that names who sends a request, such as an account, an API key or a network: the guard counts each once,
    /// and logs have it hashed with CUTOVER_PRINCIPAL_KEY. Your gateway must set it and drop the one that clients send.
    /// Without it, and for requests that lack it, that is the contribution id.
    #[arg(long, value_name = "NAME")]
    pub principal_header: Option<HeaderName>,

    /// The secret that principals are hashed with in logs; made up at each start when it isn't set.
    #[arg(skip)]
    pub principal_key: Option<String>,

    /// Since when v1 is deprecated, or when it will be: a date (2027-01-31) or an RFC 3339 time. Its answers say so, in the
    /// header `Deprecation`.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub deprecated: Option<SystemTime>,

    /// When v1 will be switched off, in the header `Sunset` of its answers.
    #[arg(long, value_name = "DATE", value_parser = date, requires = "deprecated")]
    pub sunset: Option<SystemTime>,

    /// Where clients read what to do about it, in a `Link` header of v1's answers.
    #[arg(long, value_name = "URL", requires = "deprecated")]
    pub deprecation_link: Option<String>,

    /// Let v2 fail this part of its requests, 0 to 1: for drills.
    #[arg(long, value_name = "PART", default_value = "0", value_parser = part)]
    pub v2_fault: Share,

    /// Let clients see what v2 fails, instead of serving it by v1.
    #[arg(long)]
    pub no_fallback: bool,

    /// Requests served at once; more are answered 429.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub concurrency: u32,

    /// Connections at once from one address (for IPv6, one /64 network); more are closed at once. 0 is no limit, and the
    /// default: behind a load balancer every client has its address, so set this only where clients connect directly.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub per_peer: u32,

    /// The longest that a request may take, in seconds: what has no answer by then has failed, as the guard counts.
    #[arg(long, value_name = "S", default_value = "5", value_parser = seconds)]
    pub request_timeout: Duration,

    /// How long, after a signal to stop, new requests are still answered 503 before the listener closes, in seconds: give
    /// load balancers the time to see /readyz.
    #[arg(long, value_name = "S", default_value = "0.5", value_parser = seconds)]
    pub drain: Duration,

    /// Log lines as JSON.
    #[arg(long)]
    pub json: bool,
}

impl Options {
    /// The defaults, on free ports and with this database: for tests and drills.
    #[must_use]
    pub fn anywhere(database_url: impl Into<String>) -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: free,
            admin: free,
            database_url: database_url.into(),
            admin_token: None,
            mapping: None,
            schemas: None,
            policy: None,
            context: Vec::new(),
            rollout: None,
            share: Share::ZERO,
            state: None,
            plan: None,
            environment: Environment::Production,
            raise: false,
            log: None,
            log_days: 30,
            principal_header: None,
            principal_key: None,
            deprecated: None,
            sunset: None,
            deprecation_link: None,
            v2_fault: Share::ZERO,
            no_fallback: false,
            concurrency: 256,
            per_peer: 0,
            request_timeout: Duration::from_secs(5),
            drain: Duration::ZERO,
            json: false,
        }
    }

    /// What v1's answers say of its end.
    pub(crate) fn deprecation(&self) -> Result<Option<Deprecation>, Error> {
        let Some(since) = self.deprecated else {
            return Ok(None);
        };
        let mut deprecation = Deprecation::since(since)?;
        if let Some(at) = self.sunset {
            deprecation = deprecation.sunset(at)?;
        }
        if let Some(link) = &self.deprecation_link {
            deprecation = deprecation.link(link)?;
        }
        Ok(Some(deprecation))
    }
}

/// A day, which begins at midnight UTC, or a time.
fn date(text: &str) -> Result<SystemTime, String> {
    let time = match text.len() {
        10 => humantime::parse_rfc3339(&format!("{text}T00:00:00Z")),
        _ => humantime::parse_rfc3339(text),
    };
    time.map_err(|_| {
        format!("{text} is neither a date as 2027-01-31 nor a time as 2027-01-31T12:00:00Z")
    })
}

/// `name=value`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("no value: write NAME=VALUE".to_owned()),
    }
}

/// A part from 0 to 1, such as `0.2`.
fn part(text: &str) -> Result<Share, String> {
    let refused = || format!("{text} is not a number from 0 to 1");
    let part: f64 = text.parse().map_err(|_| refused())?;
    if !(0.0..=1.0).contains(&part) {
        return Err(refused());
    }
    // In 0..=1,000,000, so the cast is exact.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let ppm = (part * 1e6).round() as u32;
    Share::ppm(ppm).ok_or_else(refused)
}

/// Seconds, such as `0.5`; at most an hour.
fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.0..=3_600.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("{text} is not a number of seconds from 0 to 3600"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent_and_the_parts_are_checked() {
        Options::command().debug_assert();
        assert_eq!(part("0.2").unwrap(), "20%".parse().unwrap());
        assert_eq!(part("1").unwrap(), Share::FULL);
        for bad in ["-0.1", "1.1", "NaN", "20%", ""] {
            assert!(part(bad).is_err(), "{bad}");
        }
        for day in ["2027-01-31", "2027-01-31T00:00:00Z"] {
            let since = date(day).unwrap().duration_since(SystemTime::UNIX_EPOCH);
            assert_eq!(since.unwrap().as_secs(), 1_801_353_600, "{day}");
        }
        for bad in ["2027-02-31", "tomorrow", "31.01.2027", ""] {
            assert!(date(bad).is_err(), "{bad}");
        }
        for bad in ["-1", "inf", "x", "3601"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
