//! The guard at work: looks once a second, pulls the brake, and notes why.

use std::sync::Arc;

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
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let verdict = app.guard.step(&app.router, clock.now());
        if verdict.action != Action::RollBack {
            continue;
        }
        // The brake is pulled already: the note must not keep the guard from looking again.
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
