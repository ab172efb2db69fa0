//! What a guard is told once: how sure to be, what to tolerate, how long a request can take.

use std::sync::Arc;
use std::time::Duration;

use super::guard::Guard;
use super::outcome::Outcomes;
use crate::error::{Error, ErrorKind};

/// Sets up a [`Guard`]; made by [`Guard::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct GuardBuilder(Settings);

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) alpha: f64,
    pub(super) tolerance: f64,
    pub(super) beta: f64,
    pub(super) p_max: f64,
    pub(super) request_timeout: Duration,
    pub(super) min_requests: u64,
    pub(super) epochs_before: u64,
}

impl GuardBuilder {
    pub(super) fn new() -> Self {
        Self(Settings {
            alpha: 0.001,
            tolerance: 1.0,
            beta: 0.05,
            p_max: 0.01,
            request_timeout: Duration::from_secs(30),
            min_requests: 100,
            epochs_before: 0,
        })
    }

    /// The chance that evidence ever rolls back a v2 that is no worse than tolerated; in (0, 1), 0.001 unless set.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.0.alpha = alpha;
        self
    }

    /// How many times as many errors as v1's v2 may make; at least 1, which is also the default.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.tolerance = tolerance;
        self
    }

    /// The chance that a v2 half as bad again as v1 passes for sound; in (0, 1), 0.05 unless set.
    pub fn beta(mut self, beta: f64) -> Self {
        self.0.beta = beta;
        self
    }

    /// The error rate that a run of requests without an error has to rule out; in (0, 1), 0.01 unless set.
    pub fn p_max(mut self, p_max: f64) -> Self {
        self.0.p_max = p_max;
        self
    }

    /// The longest that a request can take, in either version; 30 s unless set. No error is evidence for so long after a
    /// change of the share: a v2 that fails fast beside a v1 that times out slowly looks worse than it is just then
    /// (up to 100 % false rollbacks).
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.0.request_timeout = timeout;
        self
    }

    /// Requests of v2 before its rates are judged and before the guard says "continue"; 100 unless set.
    pub fn min_requests(mut self, requests: u64) -> Self {
        self.0.min_requests = requests;
        self
    }

    /// The epochs that the rollout has had, in processes before this one: [`Guard::epoch`], from where it was stored.
    /// 0 unless set. A restart that forgets them spends α anew.
    pub fn epochs_before(mut self, epochs: u64) -> Self {
        self.0.epochs_before = epochs;
        self
    }

    /// A guard over these outcomes. The errors of an `Outcomes` are counted for one guard, the last that was told a share.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] when a setting is outside its range; the path names it.
    pub fn build(self, outcomes: Arc<Outcomes>) -> Result<Guard, Error> {
        let settings = self.0;
        for (path, value) in [
            ("/alpha", settings.alpha),
            ("/beta", settings.beta),
            ("/p_max", settings.p_max),
        ] {
            if !(0.0 < value && value < 1.0) {
                let message = format!(
                    "{value} is out of range: give {} a number between 0 and 1",
                    &path[1..]
                );
                return Err(Error::new(ErrorKind::Setting, path, message));
            }
        }
        if !(1.0 <= settings.tolerance && settings.tolerance.is_finite()) {
            let message = format!(
                "{} is out of range: give tolerance a number from 1 on",
                settings.tolerance
            );
            return Err(Error::new(ErrorKind::Setting, "/tolerance", message));
        }
        Ok(Guard::new(settings, outcomes))
    }
}
