//! The router: a gate word that readers load, a snapshot behind it for what doesn't fit, and writers that take turns.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::brake::{BrakeNumber, Latch};
use super::braked_by::BrakedBy;
use super::braking::if_still;
use super::bucket::Seed;
use super::builder::RouterBuilder;
use super::change::Change;
use super::control::{Control, Identity, Snapshot};
use super::decision::{Decision, Reason, Request};
use super::env::{self, EnvReader};
use super::explain::Explanation;
use super::front::Front;
use super::gate::{Asked, Gate};
use super::rollout::Rollout;
use super::status::{Refused, Status};
use crate::error::Error;
use crate::sync::{Mutex, MutexGuard, Swap, lock};
use crate::version::Version;

/// Answers who gets which version, by the rollout in force. Share it: by reference, in an `Arc`, or with
/// [`install`](super::install).
///
/// A router is named once: the name and the salt of its first rollout fix for its lifetime who is in which bucket, and it
/// takes no rollout with others. Deciding never fails and never waits, whatever writers do meanwhile; each decision comes
/// from one rollout and one state of brake and environment. A change is seen by every decision that begins after the call
/// that made it has returned.
///
/// ```
/// use cutover::{Rollout, Router, Version};
/// let rollout = Rollout::from_json(br#"{"name": "contribution-form-v2", "revision": 1, "share": "10%"}"#)?;
/// let router = Router::new(rollout);
/// match router.route("user-1") {
///     Version::V1 => { /* the old handler */ }
///     Version::V2 => { /* upgrade the payload, then the new handler */ }
/// }
/// let brake = router.brake("5xx after the deploy of noon");
/// assert_eq!(router.route("user-1"), Version::V1);
/// router.release(brake)?;
/// # Ok::<(), cutover::Error>(())
/// ```
pub struct Router {
    front: Front,
    /// For what the front has no room for: pins and the shadow sample. Holds its own gate, so that a decision which reads it
    /// takes everything from it, and so never mixes two documents or the brake of another moment.
    snapshot: Swap<Snapshot>,
    seed: Seed,
    shadow_seed: Seed,
    /// The truth that word and snapshot are made from; writers take turns on it, and readers never touch it.
    pub(super) control: Mutex<Control>,
    env: Mutex<EnvReader>,
}

impl Router {
    /// A router with this rollout in force, and the process's environment.
    #[must_use]
    pub fn new(rollout: Rollout) -> Self {
        let env = EnvReader::new(Box::new(env::process), env::VERSION_VARIABLE.to_owned());
        Self::assemble(Identity::of(&rollout), Some(rollout), env, Latch::default())
    }

    /// Builds a router with another environment, or without a rollout yet.
    pub fn builder() -> RouterBuilder {
        RouterBuilder::default()
    }

    /// A router that gives everyone this version, whatever the environment says: for tests.
    #[must_use]
    pub fn fixed(version: Version) -> Self {
        let rollout = Rollout::fixed(version);
        let env = EnvReader::new(Box::new(|_| None), env::VERSION_VARIABLE.to_owned());
        Self::assemble(Identity::of(&rollout), Some(rollout), env, Latch::default())
    }

    pub(crate) fn assemble(
        identity: Identity,
        rollout: Option<Rollout>,
        env: EnvReader,
        latch: Latch,
    ) -> Self {
        let seed = Seed::new(&identity.salt);
        let control = Control::new(identity, rollout, env.read(), latch);
        Self {
            front: Front::new(control.gate(), control.pins()),
            snapshot: Swap::from_pointee(control.snapshot()),
            seed,
            shadow_seed: seed.shadow(),
            control: Mutex::new(control),
            env: Mutex::new(env),
        }
    }

    /// The version for this id: all rules but the caller's wish. Takes the time to hash the id; never fails, waits, locks or
    /// allocates (the first time that a thread meets a rollout with pins aside: arc-swap then sets up its thread's record).
    ///
    /// The id is its UTF-8 bytes, nothing else: the 36 characters of a UUID are another id than its 16 raw bytes. Choose
    /// one and use it everywhere; for raw bytes there is [`route_bytes`](Self::route_bytes).
    #[inline]
    pub fn route(&self, id: impl AsRef<str>) -> Version {
        self.route_bytes(id.as_ref().as_bytes())
    }

    /// The version for an id of raw bytes. The same as [`route`](Self::route) when the bytes are the same.
    #[inline]
    pub fn route_bytes(&self, id: &[u8]) -> Version {
        let gate = self.front.gate();
        if gate.is_share_alone() {
            return gate.by_share(self.seed.hash(id));
        }
        self.route_by_rules(gate, id)
    }

    #[inline(never)]
    fn route_by_rules(&self, gate: Gate, id: &[u8]) -> Version {
        let hash = self.seed.hash(id);
        let asked = |rollout| Asked {
            id,
            hash,
            wish: None,
            rollout,
        };
        if !gate.has_pins() {
            return gate.decide(&asked(None)).0;
        }
        if let Some(gate) = self.front.without_pin(hash) {
            return match gate.is_share_alone() {
                true => gate.by_share(hash),
                false => gate.decide(&asked(None)).0,
            };
        }
        let now = self.snapshot.load();
        now.gate.decide(&asked(now.rollout.as_deref())).0
    }

    /// The version for a request, with the rule that decided, and bucket, revision and share. Costs as little as
    /// [`route`](Self::route), and a second hash when the rollout has a shadow sample.
    #[inline]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let gate = self.front.gate();
        if gate.is_share_alone() && !gate.has_shadow() && request.wish().is_none() {
            let hash = self.seed.hash(request.id());
            return gate.decision(hash, (gate.by_share(hash), Reason::Share), false);
        }
        self.decide_by_rules(gate, request)
    }

    #[inline(never)]
    fn decide_by_rules(&self, gate: Gate, request: &Request<'_>) -> Decision {
        let hash = self.seed.hash(request.id());
        let alone = match (gate.has_shadow(), gate.has_pins()) {
            (true, _) => None,
            (false, true) => self.front.without_pin(hash).filter(|g| !g.has_shadow()),
            (false, false) => Some(gate),
        };
        if let Some(gate) = alone {
            return self.decision(gate, None, hash, request);
        }
        let now = self.snapshot.load();
        self.decision(now.gate, now.rollout.as_deref(), hash, request)
    }

    fn decision(
        &self,
        gate: Gate,
        rollout: Option<&Rollout>,
        hash: u64,
        request: &Request<'_>,
    ) -> Decision {
        let id = request.id();
        let decided = gate.decide(&Asked {
            id,
            hash,
            wish: request.wish(),
            rollout,
        });
        let in_shadow = gate.has_shadow()
            && rollout.is_some_and(|r| r.shadow().contains(self.shadow_seed.bucket(id)));
        gate.decision(hash, decided, in_shadow)
    }

    /// The decision on a request, with every rule and what it said. For people: it takes the writers' lock and allocates.
    pub fn explain(&self, request: &Request<'_>) -> Explanation {
        let control = lock(&self.control);
        let (gate, rollout) = (control.gate(), control.rollout.as_deref());
        let hash = self.seed.hash(request.id());
        let decision = self.decision(gate, rollout, hash, request);
        let asked = Asked {
            id: request.id(),
            hash,
            wish: request.wish(),
            rollout,
        };
        Explanation {
            decision,
            rules: control.consider(&decision, &asked),
        }
    }

    /// Puts a rollout into force.
    ///
    /// An equal revision replaces the rollout in force. A lower one does so only when no id moves to v2 by it: the way back
    /// is always open. With `releases_brake` and a higher revision than that number, it releases the brake of that number.
    /// Takes time in proportion to the pins when the revision is lower.
    ///
    /// # Errors
    /// [`ErrorKind::Identity`](crate::ErrorKind::Identity): another name or salt than the router's. [`ErrorKind::Revision`](crate::ErrorKind::Revision): a lower revision that
    /// moves someone to v2. [`ErrorKind::Io`](crate::ErrorKind::Io): the brake that it releases could not be taken from its
    /// state file. The rollout and the brake stay as they are, and [`status`](Self::status) shows the error.
    pub fn apply(&self, rollout: Rollout) -> Result<(), Error> {
        self.put(rollout, None, || true)
    }

    /// Puts a rollout into force as [`apply`](Self::apply) does if, once a brake that it releases is off the disk, `still`
    /// says so; it is asked at most once, immediately before the rollout takes effect.
    ///
    /// See [`release_if`](Self::release_if). `still` must not call the router.
    ///
    /// # Errors
    /// As [`apply`](Self::apply), and [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) when `still` says no.
    pub fn apply_if(&self, rollout: Rollout, still: impl FnOnce() -> bool) -> Result<(), Error> {
        self.put(rollout, None, still)
    }

    pub(super) fn put(
        &self,
        rollout: Rollout,
        source: Option<&str>,
        still: impl FnOnce() -> bool,
    ) -> Result<(), Error> {
        let rollout = Arc::new(rollout);
        match self.accept(&rollout, still) {
            Ok((control, released)) => {
                self.enforce(control, rollout, released);
                Ok(())
            }
            Err(error) => {
                self.refuse(lock(&self.control), &error, source);
                Err(error)
            }
        }
    }

    /// The writers' lock if the rollout may take effect now, and the brake that it has released.
    fn accept(
        &self,
        rollout: &Rollout,
        still: impl FnOnce() -> bool,
    ) -> Result<(MutexGuard<'_, Control>, Option<BrakeNumber>), Error> {
        let control = lock(&self.control);
        let Some(number) = control.accept(rollout)? else {
            return if_still(still).map(|()| (control, None));
        };
        drop(control);
        // Judged again once the disk is done: another document may have come meanwhile.
        let again = |control: &Control| control.accept(rollout).and_then(|_| if_still(still));
        let control = self.unlatch(number, again)?;
        Ok((control, Some(number)))
    }

    fn enforce(
        &self,
        mut control: MutexGuard<'_, Control>,
        rollout: Arc<Rollout>,
        released: Option<BrakeNumber>,
    ) {
        let mut changes = vec![Change::Applied {
            revision: rollout.revision(),
            share: rollout.share(),
        }];
        changes.extend(released.map(|number| Change::Released { number }));
        // Kept until the lock is free: dropping a million pins takes a while.
        let _before = control.rollout.replace(rollout);
        control.since = SystemTime::now();
        control.refused = None;
        self.publish(control, &changes);
    }

    /// Reads a rollout document and puts it into force.
    ///
    /// # Errors
    /// Those of [`Rollout::from_json`] and of [`apply`](Self::apply); all are shown by [`status`](Self::status).
    pub fn apply_json(&self, document: &[u8]) -> Result<(), Error> {
        match Rollout::from_json(document) {
            Ok(rollout) => self.apply(rollout),
            Err(error) => {
                self.refused(&error);
                Err(error)
            }
        }
    }

    /// Notes that there was a rollout document that could not be read. The rollout in force stays.
    pub fn refused(&self, error: &Error) {
        self.refuse(lock(&self.control), error, None);
    }

    pub(super) fn refuse(
        &self,
        mut control: MutexGuard<'_, Control>,
        error: &Error,
        source: Option<&str>,
    ) {
        let refused = Refused::new(error, source);
        let change = Change::Refused(refused.aged());
        control.refused = Some(refused);
        announce(control, &[change]);
    }

    /// Reads the environment again.
    pub fn refresh(&self) {
        // Held until the state is changed, so that of two refreshes the later reading stays.
        let env = lock(&self.env);
        let found = env.read();
        let mut control = lock(&self.control);
        if control.env == found {
            return;
        }
        if found.brake && !control.env.brake {
            control.latch.brakings.count(BrakedBy::Environment);
        }
        control.env = found.clone();
        self.store(&control);
        drop(env);
        announce(control, &[Change::Env(found)]);
    }

    /// What is in force.
    #[must_use]
    pub fn status(&self) -> Status {
        lock(&self.control).status()
    }

    /// The rollout in force.
    #[must_use]
    pub fn rollout(&self) -> Option<Arc<Rollout>> {
        lock(&self.control).rollout.clone()
    }

    /// Calls this for every change from now on, after it has taken effect, in the thread that made it.
    ///
    /// The listener may call the router. When several threads change a router at once, their calls may come in either
    /// order: [`status`](Self::status) says what is in force. A listener that panics does so in the thread of the change,
    /// which is done by then.
    pub fn on_change(&self, listener: impl Fn(&Change) + Send + Sync + 'static) {
        lock(&self.control).listeners.push(Arc::new(listener));
    }

    pub(super) fn publish(&self, control: MutexGuard<'_, Control>, changes: &[Change]) {
        self.store(&control);
        announce(control, changes);
    }

    /// Shows readers the new state. Snapshot first: whoever sees the new word finds it.
    fn store(&self, control: &Control) {
        let edit = self.front.edit();
        self.snapshot.store(Arc::new(control.snapshot()));
        edit.show(control.gate(), control.pins());
    }
}

/// Gives the lock back, then tells the listeners, who may call the router.
pub(super) fn announce(control: MutexGuard<'_, Control>, changes: &[Change]) {
    let listeners = control.listeners.clone();
    drop(control);
    for change in changes {
        for listener in &listeners {
            listener(change);
        }
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
