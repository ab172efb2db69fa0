//! What every request shares: the router, the store, the limits, and whether the service is going down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use cutover::migration::Guard;
use cutover::migration::metrics::Decisions;
use cutover::migration::shadow::Shadow;
use cutover::tower::Deprecation;
use cutover::{Error, Router};
use tokio::sync::Semaphore;

use crate::connections::Connections;
use crate::crowd::Crowd;
use crate::disks::Disks;
use crate::document::Document;
use crate::fault::Fault;
use crate::keeper::{KeepError, Keeper};
use crate::log::{Logs, SubmissionLog};
use crate::metrics::Requests;
use crate::openapi;
use crate::payload::Payload;
use crate::planned::{Planned, Seen};
use crate::principal::Principals;
use crate::store::Store;

/// The service's state.
#[derive(Debug)]
pub struct App {
    /// Who gets which version.
    pub router: Arc<Router>,
    /// What is taken, and the way between its versions.
    pub payload: Payload,
    /// Where contributions are kept.
    pub store: Store,
    /// How they were decided.
    pub decisions: Arc<Decisions>,
    /// What became of the requests that the router decided on, and what judges them.
    pub guard: Arc<Guard>,
    /// What compares the two versions' records.
    pub shadow: Shadow<Vec<u8>>,
    /// The OpenAPI document: made once, as it takes a millisecond and anyone may ask for it.
    pub openapi: Bytes,
    /// The plan under way, when there is one.
    pub planned: Option<Planned>,
    /// Where the rollout document that operators put is kept, when there is such a place.
    pub document: Option<Arc<Document>>,
    /// Whether there is a folder that the brake and the guard's state are kept in.
    pub has_state: bool,
    /// What stores all that.
    pub keeper: Keeper,
    /// Counts the rollouts that operators put into force: of two who have seen the same one only the first changes it.
    pub edits: AtomicU64,
    /// The NDJSON log, when there is one.
    pub log: Option<SubmissionLog>,
    /// What makes v2 fail, in drills.
    pub fault: Fault,
    /// Whether v1 serves what v2 fails.
    pub fallback: bool,
    /// The longest that a version may take, and a body to arrive.
    pub timeout: Duration,
    /// Where the guard's principals are found.
    pub principals: Principals,
    /// What v1's answers say of its end.
    pub deprecation: Option<Deprecation>,
    /// The disks that it writes to.
    pub disks: Arc<Disks>,
    /// Who sent the latest requests.
    pub crowd: Crowd,
    /// The requests that may be served at once.
    pub places: Arc<Semaphore>,
    /// The requests that were served.
    pub requests: Requests,
    /// The listeners' connections.
    pub connections: Connections,
    draining: AtomicBool,
}

impl App {
    /// A service that takes requests.
    ///
    /// # Errors
    /// [`cutover::ErrorKind::Io`] when the system gives no thread for the shadow.
    pub fn new(
        router: Arc<Router>,
        store: Store,
        guard: Arc<Guard>,
        settings: Settings,
    ) -> Result<Self, Error> {
        router.attach_shadow();
        Ok(Self {
            router,
            store,
            decisions: settings.decisions,
            guard,
            shadow: settings.payload.shadow()?,
            openapi: openapi::text(&settings.payload),
            payload: settings.payload,
            planned: settings.planned,
            document: settings.document,
            has_state: settings.has_state,
            keeper: Keeper::default(),
            edits: AtomicU64::new(0),
            log: settings.log,
            fault: settings.fault,
            fallback: settings.fallback,
            timeout: settings.timeout,
            deprecation: settings.deprecation,
            crowd: Crowd::new(settings.principals.header().cloned()),
            principals: settings.principals,
            disks: Arc::new(settings.disks),
            places: Arc::new(Semaphore::new(settings.concurrency)),
            requests: Requests::default(),
            connections: Connections::default(),
            draining: AtomicBool::new(false),
        })
    }

    /// What the plan's evidence is taken from.
    #[must_use]
    pub fn seen(&self) -> Seen<'_> {
        Seen {
            outcomes: self.guard.outcomes(),
            guard: &self.guard,
            shadow: &self.shadow,
            router: &self.router,
        }
    }

    /// Stores what is in force and isn't stored. Waits for the disk; each part is tried, though another fails.
    ///
    /// # Errors
    /// The first failure.
    pub fn store(&self) -> Result<(), KeepError> {
        let brake = self.router.store_brake().map_err(KeepError::from);
        let plan = self.planned.as_ref().map(|plan| plan.store(self.seen()));
        let document = self.document.as_ref().map(|document| document.store());
        let done = [Some(brake), plan, document];
        done.into_iter().flatten().collect()
    }

    /// Where it is noted what became of a request.
    #[must_use]
    pub fn logs(&self) -> Logs<'_> {
        Logs {
            file: self.log.as_ref(),
            database: Some(&self.store),
            timeout: self.timeout,
        }
    }

    /// What operators should look at, though clients are served as ever.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let damage = self.planned.as_ref().and_then(Planned::damage);
        let damage = damage.map(|damage| format!("the plan's decision log is damaged: {damage}"));
        let brake = self.router.status().state_error.map(|error| error.message);
        let behind = self.keeper.warning();
        [damage, brake, behind].into_iter().flatten().collect()
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
    /// What is taken.
    pub payload: Payload,
    /// How requests are decided.
    pub decisions: Arc<Decisions>,
    /// The plan under way.
    pub planned: Option<Planned>,
    /// Where the rollout document that operators put is kept.
    pub document: Option<Arc<Document>>,
    /// Whether there is a folder that the brake and the guard's state are kept in.
    pub has_state: bool,
    /// The NDJSON log.
    pub log: Option<SubmissionLog>,
    /// What makes v2 fail.
    pub fault: Fault,
    /// Whether v1 serves what v2 fails.
    pub fallback: bool,
    /// The longest that a request may take.
    pub timeout: Duration,
    /// Where the guard's principals are found.
    pub principals: Principals,
    /// What v1's answers say of its end.
    pub deprecation: Option<Deprecation>,
    /// The disks that it writes to.
    pub disks: Disks,
    /// The requests that may be served at once; more are answered 429.
    pub concurrency: usize,
}
