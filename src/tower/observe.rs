//! Who is told what became of a request, and that it is told once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::migration::{Outcome, Outcomes};
use crate::routing::Decision;

/// Is told what became of each request: once, when the head of the answer is there, when the request timeout has passed, or
/// when the client is gone before.
///
/// [`Outcomes`] is one, as is an `Arc` of one: `.observe(Arc::clone(guard.outcomes()))` is what a guard needs. One of your
/// own can pass on to it, and log or trace besides.
///
/// Called in the task that serves the request: it must be quick, and must not panic.
pub trait Observe: Send + Sync {
    /// A request that was given to a version by this decision. `principal` is who sent it: the id, unless the layer
    /// [finds another](super::CutoverLayer::principal). `latency` is from the call to the head of the version's answer, its
    /// panic, or the timeout; a fallback to v1 after it isn't in it.
    fn observe(&self, decision: &Decision, principal: &[u8], outcome: Outcome, latency: Duration);

    /// A request begins that this decision gives to a version. Count it, so that a guard notices requests that are never
    /// recorded ([`GuardBuilder::decisions`](crate::migration::GuardBuilder::decisions)).
    fn decided(&self, decision: &Decision) {
        let _ = decision;
    }

    /// A request without an id, which v1 served. It is no evidence about the share; count it to see that ids get lost.
    fn observe_unidentified(&self, outcome: Outcome, latency: Duration) {
        let _ = (outcome, latency);
    }
}

/// Requests without an id aren't recorded: no decision was made on them.
impl Observe for Outcomes {
    fn observe(&self, decision: &Decision, principal: &[u8], outcome: Outcome, latency: Duration) {
        self.record_ended(decision, principal, outcome, latency);
    }
}

impl<T: Observe + ?Sized> Observe for Arc<T> {
    fn observe(&self, decision: &Decision, principal: &[u8], outcome: Outcome, latency: Duration) {
        (**self).observe(decision, principal, outcome, latency);
    }

    fn decided(&self, decision: &Decision) {
        (**self).decided(decision);
    }

    fn observe_unidentified(&self, outcome: Outcome, latency: Duration) {
        (**self).observe_unidentified(outcome, latency);
    }
}

/// One request's record: written at its end, at the timeout or when it is dropped, and never twice.
pub(super) struct Record<I> {
    /// Taken when the record is written.
    observer: Option<Arc<dyn Observe>>,
    subject: Option<(Decision, I)>,
    principal: fn(&I) -> &[u8],
    began: Instant,
    timeout: Duration,
}

impl<I> Record<I> {
    pub(super) fn begin(
        observer: Option<Arc<dyn Observe>>,
        subject: Option<(Decision, I)>,
        principal: fn(&I) -> &[u8],
        timeout: Duration,
    ) -> Self {
        if let (Some(observer), Some((decision, _))) = (&observer, &subject) {
            observer.decided(decision);
        }
        Self {
            observer,
            subject,
            principal,
            began: Instant::now(),
            timeout,
        }
    }

    pub(super) fn is_observed(&self) -> bool {
        self.observer.is_some()
    }

    pub(super) fn end(&mut self, outcome: Outcome) {
        let Some(observer) = self.observer.take() else {
            return;
        };
        let latency = self.began.elapsed();
        // One deadline for both versions, also when the timer is late.
        let outcome = if latency < self.timeout {
            outcome
        } else {
            Outcome::Failed
        };
        match &self.subject {
            Some((decision, id)) => {
                observer.observe(decision, (self.principal)(id), outcome, latency);
            }
            None => observer.observe_unidentified(outcome, latency),
        }
    }
}

impl<I> Drop for Record<I> {
    /// Dropped without an end: the client is gone.
    fn drop(&mut self) {
        self.end(Outcome::Abandoned);
    }
}
