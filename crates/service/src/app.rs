//! What every request shares: the router, the store, the limits, and whether the service is going down.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cutover::Router;
use cutover::migration::Guard;
use cutover::migration::metrics::Decisions;
use tokio::sync::Semaphore;

use crate::fault::Fault;
use crate::log::SubmissionLog;
use crate::metrics::Requests;
use crate::planned::{Planned, Seen};
use crate::store::Store;

/// The service's state.
#[derive(Debug)]
pub struct App {
    /// Who gets which version.
    pub router: Arc<Router>,
    /// Where contributions are kept.
    pub store: Store,
    /// How they were decided.
    pub decisions: Decisions,
    /// What became of the requests that the router decided on, and what judges them.
    pub guard: Arc<Guard>,
    /// The plan under way, when there is one.
    pub planned: Option<Mutex<Planned>>,
    /// The NDJSON log, when there is one.
    pub log: Option<SubmissionLog>,
    /// What makes v2 fail, in drills.
    pub fault: Fault,
    /// Whether v1 serves what v2 fails.
    pub fallback: bool,
    /// The longest that a version may take, and a body to arrive.
    pub timeout: Duration,
    /// The requests that may be served at once.
    pub places: Arc<Semaphore>,
    /// The requests that were served.
    pub requests: Requests,
    draining: AtomicBool,
}

impl App {
    /// A service that takes requests.
    #[must_use]
    pub fn new(router: Arc<Router>, store: Store, guard: Arc<Guard>, settings: Settings) -> Self {
        Self {
            router,
            store,
            decisions: Decisions::new(),
            guard,
            planned: settings.planned.map(Mutex::new),
            log: settings.log,
            fault: settings.fault,
            fallback: settings.fallback,
            timeout: settings.timeout,
            places: Arc::new(Semaphore::new(settings.concurrency)),
            requests: Requests::default(),
            draining: AtomicBool::new(false),
        }
    }

    /// What the plan's evidence is taken from.
    #[must_use]
    pub fn seen(&self) -> Seen<'_> {
        Seen {
            outcomes: self.guard.outcomes(),
            guard: &self.guard,
            router: &self.router,
        }
    }

    /// From now on nothing new is taken.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether the service is going down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}

/// What can be chosen.
#[derive(Debug)]
pub struct Settings {
    /// The plan under way.
    pub planned: Option<Planned>,
    /// The NDJSON log.
    pub log: Option<SubmissionLog>,
    /// What makes v2 fail.
    pub fault: Fault,
    /// Whether v1 serves what v2 fails.
    pub fallback: bool,
    /// The longest that a request may take.
    pub timeout: Duration,
    /// The requests that may be served at once; more are answered 429.
    pub concurrency: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            planned: None,
            log: None,
            fault: Fault::default(),
            fallback: true,
            timeout: Duration::from_secs(5),
            concurrency: 256,
        }
    }
}
