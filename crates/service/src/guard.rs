//! The guard at work: looks once a second, pulls the brake, and notes why.

use std::sync::{Arc, PoisonError};

use cutover::migration::{Action, Guard};
use cutover::{Clock, SystemClock};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::store::{Change, unix_ms};

/// Looks until `stop`.
pub(crate) async fn watch(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let clock = SystemClock::new();
    let mut looks = interval(Guard::INTERVAL);
    let mut epochs = app.guard.epoch();
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let verdict = app.guard.step(&app.router, clock.now());
        if app.guard.epoch() != epochs {
            epochs = app.guard.epoch();
            keep(&app, epochs).await;
        }
        if verdict.action != Action::RollBack {
            continue;
        }
        // All is at v1 already: a database that is away delays the next look, and nothing else.
        let change = Change {
            at_unix_ms: unix_ms(),
            who: String::from("guard"),
            why: verdict.to_string(),
            what: String::from("brake"),
            detail: serde_json::to_string(&verdict).unwrap_or_else(|_| String::from("null")),
        };
        if let Err(error) = app.store.note(&change).await {
            tracing::error!(%error, why = change.why, "the guard's brake could not be noted");
        }
    }
}

/// Keeps the number of epochs with the plan, off the threads that serve.
async fn keep(app: &Arc<App>, epochs: u64) {
    let app = Arc::clone(app);
    let kept = tokio::task::spawn_blocking(move || {
        let planned = app.planned.as_ref()?;
        let mut planned = planned.lock().unwrap_or_else(PoisonError::into_inner);
        planned.note_epochs(epochs).err()
    });
    if let Ok(Some(error)) = kept.await {
        tracing::error!(%error, "the number of the guard's epochs could not be kept");
    }
}
