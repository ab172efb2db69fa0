//! Keeps a router on a source: judges each document once, and never gives up the last good one.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_128;

use super::Source;
use crate::error::{Error, ErrorKind};
use crate::routing::rollout::Rollout;
use crate::routing::router::Router;
use crate::ticker::Ticker;

/// A router and the source that it follows: looks when it is told to, or on a thread of its own [every](Self::every) so often.
///
/// The router is behind whatever points at it: `Arc<Router>`, or the `&'static Router` of
/// [`install`](crate::routing::install).
///
/// A document is judged when its bytes change, not at every look. So one that is put into force here and then overruled by
/// the program's own [`apply`](Router::apply) stays overruled until it is edited. And so one that the router refused, for
/// its revision or because the brake's state file could not be taken away, doesn't come into force, or release a brake, by
/// itself at some later time: edit it, and it is judged again.
#[must_use = "nothing is followed until look() or every()"]
pub struct Follow<R, S> {
    router: R,
    source: S,
    name: String,
    /// Of the last document: hash, not bytes, for a document may have 256 MiB. By 128 bits no two documents ever agree.
    seen: Option<u128>,
    /// What the router said to it, to be said again when the source has been in trouble between.
    verdict: Result<(), Error>,
}

impl<R: Deref<Target = Router>, S: Source> Follow<R, S> {
    /// Lets this router follow this source. Looks at nothing yet.
    pub fn new(router: R, source: S) -> Self {
        // Its age is counted from here until it is read for the first time.
        router.note_read();
        Self {
            router,
            name: source.name(),
            source,
            seen: None,
            verdict: Ok(()),
        }
    }

    /// Loads the document and, if it is another than before, puts it into force or notes what is wrong with it. For
    /// programs with a scheduler of their own; it takes as long as the source does.
    ///
    /// Never fails: the router's status says what came of it. A document that reads as the rollout in force changes
    /// nothing, and no listener hears of it.
    pub fn look(&mut self) {
        let loaded = catch_unwind(AssertUnwindSafe(|| self.source.load()))
            .unwrap_or_else(|_| Err("it panicked".into()));
        if loaded.is_ok() {
            self.router.note_read();
        }
        match loaded {
            Err(error) => self.router.refused_from(&self.name, &own(error)),
            Ok(None) => self.judged_before(),
            Ok(Some(document)) => {
                let hash = Some(xxh3_128(&document));
                if self.seen == hash {
                    self.judged_before();
                } else {
                    // Not seen until judged: should a listener panic meanwhile, the next look judges it again.
                    self.seen = None;
                    self.judge(&document);
                    self.seen = hash;
                }
            }
        }
    }

    fn judge(&mut self, document: &[u8]) {
        self.verdict = match Rollout::from_json(document) {
            Ok(rollout) => self.router.apply_from(&self.name, rollout),
            Err(error) => {
                self.router.refused_from(&self.name, &error);
                Err(error)
            }
        };
    }

    fn judged_before(&self) {
        match &self.verdict {
            Ok(()) => self.router.settle(&self.name),
            Err(error) => self.router.refused_from(&self.name, error),
        }
    }

    /// Looks now, and then every so often on a thread of its own, for as long as the [`Following`] is kept.
    ///
    /// When this returns, the source's document is in force, or the status says why not. An interval below 1 ms is taken
    /// as 1 ms. A listener of the router that panics on that thread is let go: the change it was told of is done.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the system gives no thread.
    pub fn every(mut self, interval: Duration) -> Result<Following, Error>
    where
        R: Send + 'static,
        S: Send + 'static,
    {
        self.look();
        let look = move || self.look();
        let ticker = Ticker::start("cutover-follow", interval, interval, look).map_err(|error| {
            let message = format!(
                "can't start a thread to follow the source ({error}): raise the limit on threads, or call look from your own"
            );
            Error::new(ErrorKind::Io, "", message).with_source(error)
        })?;
        Ok(Following { _ticker: ticker })
    }
}

/// The error as the router shows it.
fn own(error: Box<dyn StdError + Send + Sync>) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => {
            let message = format!("the source gave no document: {error}");
            Error::new(ErrorKind::Io, "", message).with_source(error)
        }
    }
}

impl<R, S> fmt::Debug for Follow<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow")
            .field("source", &self.name)
            .field("verdict", &self.verdict)
            .finish_non_exhaustive()
    }
}

/// A source is followed for as long as this is kept.
///
/// Dropping it stops the following at once, not after the interval, and waits for a look that is under way, its listeners
/// included: after that the source changes nothing more. A listener that drops it doesn't wait: that look is the last. What
/// is in force stays.
#[must_use = "dropping this stops the following: keep it for as long as the router lives"]
#[derive(Debug)]
pub struct Following {
    _ticker: Ticker,
}
