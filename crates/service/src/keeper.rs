//! Stores what is in force, off the threads that serve: whatever the state's disk does, only an answer that needs it waits.
//!
//! What is in force is the truth, and the state folder is made to agree with it. A step back towards v1 comes into force at
//! once and is stored as soon as the disk allows. Everything else is stored first and then comes into force, unless whoever
//! asked for it was told meanwhile that it didn't; then the folder is set right again.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use cutover::Error;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::app::App;

/// How long the answer to a step back waits to say that the step, which is in force, is stored too.
const AT_ONCE: Duration = Duration::from_millis(500);

/// How long everything else may take to be stored.
const PATIENCE: Duration = Duration::from_secs(5);

/// From a failure to the next attempt.
const RETRY: Duration = Duration::from_secs(5);

/// A disk that is well takes milliseconds: what isn't stored for longer than this is worth a warning.
const WELL: Duration = Duration::from_secs(1);

/// Why something isn't stored, or didn't come into force.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The library refused it, or could not store it.
    #[error(transparent)]
    State(#[from] Error),
    /// A file could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The disk took longer than anyone waits. It is not in force.
    #[error(
        "the state's disk takes too long, so nothing was changed: try again, or pull the brake, which doesn't wait"
    )]
    Late,
    /// Another change came first.
    #[error("{0} came first, so nothing was changed: look, and try again")]
    Superseded(&'static str),
}

/// Who uses the state's disk, and how far it agrees with what is in force.
#[derive(Debug)]
pub struct Keeper {
    turn: Arc<Mutex<()>>,
    /// Counts the changes that are to be stored.
    wanted: watch::Sender<u64>,
    /// The last of them that is stored, with all before it.
    stored: watch::Sender<u64>,
    behind: std::sync::Mutex<Option<Behind>>,
}

/// Since when the folder lacks something, and what went wrong at the last attempt. Changed under the lock of `wanted`.
#[derive(Debug)]
struct Behind {
    since: Instant,
    why: Option<String>,
}

impl Default for Keeper {
    fn default() -> Self {
        Self {
            turn: Arc::default(),
            wanted: watch::Sender::new(0),
            stored: watch::Sender::new(0),
            behind: std::sync::Mutex::default(),
        }
    }
}

impl Keeper {
    /// Lets what is in force be stored soon; waits for nothing.
    pub fn wake(&self) -> u64 {
        let mut number = 0;
        self.wanted.send_modify(|wanted| {
            *wanted += 1;
            number = *wanted;
            self.behind().get_or_insert_with(|| Behind {
                since: Instant::now(),
                why: None,
            });
        });
        number
    }

    /// What an operator should know before restarting the service: something is in force that a restart may lose.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let behind = self.behind();
        let behind = behind
            .as_ref()
            .filter(|behind| behind.since.elapsed() > WELL)?;
        let why = behind.why.as_deref().unwrap_or("the disk takes its time");
        Some(format!(
            "what is in force is not stored yet, and a restart may lose it: {why}"
        ))
    }

    /// Everything up to this number is stored.
    fn settle(&self, number: u64) {
        self.wanted.send_if_modified(|wanted| {
            if *wanted == number {
                *self.behind() = None;
            }
            false
        });
        self.stored.send_replace(number);
    }

    fn failed(&self, why: String) {
        if let Some(behind) = &mut *self.behind() {
            behind.why = Some(why);
        }
    }

    fn behind(&self) -> std::sync::MutexGuard<'_, Option<Behind>> {
        self.behind
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Stores what is in force, and says whether that was done at once. If it wasn't, it is done later.
    pub async fn stored_soon(&self) -> bool {
        self.stored_within(AT_ONCE).await
    }

    /// Before the service ends: what is in force and isn't stored yet is stored, if the disk allows.
    pub async fn finish(&self) {
        if !self.stored_within(PATIENCE).await {
            tracing::error!(
                "the state folder lacks something that is in force: the disk takes too long, or fails"
            );
        }
    }

    async fn stored_within(&self, limit: Duration) -> bool {
        let mut stored = self.stored.subscribe();
        let number = self.wake();
        let done = stored.wait_for(|stored| *stored >= number);
        timeout(limit, done).await.is_ok_and(|done| done.is_ok())
    }

    /// Does what stores a change and then puts it into force. The job asks [`Wish::take`] immediately before that; a job that
    /// fails has changed nothing that is in force, and what it had stored is set right.
    ///
    /// # Errors
    /// Those of the job, and [`KeepError::Late`]. Nothing has come into force then.
    pub async fn stored_first<T: Send + 'static>(
        app: &Arc<App>,
        job: impl FnOnce(&App, &Wish) -> Result<T, KeepError> + Send + 'static,
    ) -> Result<T, KeepError> {
        let deadline = Instant::now() + PATIENCE;
        let turn = Arc::clone(&app.keeper.turn).lock_owned();
        let turn = timeout_at(deadline, turn)
            .await
            .map_err(|_| KeepError::Late)?;
        let wish = Arc::new(Wish::default());
        // Whoever hangs up wants it no more: nobody would note who made the change.
        let _given_up = GiveUp(Arc::clone(&wish));
        let (shared, asked) = (Arc::clone(app), Arc::clone(&wish));
        let mut job = tokio::task::spawn_blocking(move || {
            let done = job(&shared, &asked);
            drop(turn);
            if done.is_err() {
                shared.keeper.wake();
            }
            done
        });
        let done = match timeout_at(deadline, &mut job).await {
            Ok(done) => done,
            Err(_) if wish.give_up() => return Err(KeepError::Late),
            // It has come into force, and what is left of the job is in memory.
            Err(_) => job.await,
        };
        done.unwrap_or(Err(KeepError::Late))
    }
}

/// Whether somebody still waits for a change to come into force.
#[derive(Debug, Default)]
pub struct Wish(AtomicU8);

const OPEN: u8 = 0;
const TAKEN: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Wish {
    /// Whether the change may come into force; from here on it can't be given up.
    pub fn take(&self) -> bool {
        self.close(TAKEN)
    }

    /// Whether it was given up before it came into force.
    fn give_up(&self) -> bool {
        self.close(GIVEN_UP)
    }

    fn close(&self, as_what: u8) -> bool {
        let closed = self
            .0
            .compare_exchange(OPEN, as_what, Ordering::AcqRel, Ordering::Acquire);
        closed.is_ok()
    }
}

struct GiveUp(Arc<Wish>);

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

/// Stores what is in force whenever it has changed, and again and again while that fails, until `stop`.
pub(crate) async fn keep(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut wanted = app.keeper.wanted.subscribe();
    loop {
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { return },
            _ = stop.wait_for(|stop| *stop) => return,
        }
        loop {
            let number = *wanted.borrow_and_update();
            let turn = Arc::clone(&app.keeper.turn).lock_owned().await;
            let shared = Arc::clone(&app);
            let stored = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                shared.store()
            });
            match stored.await {
                Ok(Ok(())) => {
                    app.keeper.settle(number);
                    break;
                }
                Ok(Err(error)) => {
                    tracing::error!(%error, "what is in force could not be stored");
                    app.keeper.failed(error.to_string());
                }
                Err(error) => tracing::error!(%error, "storing the state failed"),
            }
            tokio::select! {
                () = sleep(RETRY) => {}
                _ = wanted.changed() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_taken_or_given_up_and_never_both() {
        let wish = Wish::default();
        assert!(wish.take() && !wish.give_up() && !wish.take());
        let wish = Wish::default();
        assert!(wish.give_up() && !wish.take());
    }
}
