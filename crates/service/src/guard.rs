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
    let mut epochs = app.guard.epoch();
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // A brake that it pulls is in force at once and then waits for the disk.
        let look = async {
            looks.tick().await;
            let (app, now) = (Arc::clone(&app), clock.now());
            tokio::task::spawn_blocking(move || app.guard.step(&app.router, now)).await
        };
        let verdict = tokio::select! {
            verdict = look => verdict,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(error) => {
                tracing::error!(%error, "a look of the guard ended badly");
                continue;
            }
        };
        if app.guard.epoch() != epochs {
            epochs = app.guard.epoch();
            app.keeper.wake();
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
