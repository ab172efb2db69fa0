//! The guard at work: looks once a second, pulls the brake, and notes why.

use std::sync::Arc;

use cutover::Error;
use cutover::migration::{Action, Guard};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::options::Options;
use crate::store::{Change, unix_ms};

/// The guard, with what it must not forget in `guard.json` in the state folder.
pub(crate) fn build(options: &Options) -> Result<Guard, Error> {
    let mut guard = Guard::builder().request_timeout(options.request_timeout);
    if let Some(folder) = &options.state {
        guard = guard.kept_in(folder.join("guard.json"));
    }
    guard.build()
}

/// Looks until `stop`.
pub(crate) async fn watch(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut looks = interval(Guard::INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        // A look may write to the disk: not on the threads that serve.
        let looking = Arc::clone(&app);
        let looked = tokio::task::spawn_blocking(move || looking.guard.step(&looking.router));
        let verdict = match looked.await {
            Ok(verdict) if verdict.action == Action::RollBack => verdict,
            Ok(_) => continue,
            Err(error) => {
                tracing::error!(%error, "a look of the guard ended badly");
                continue;
            }
        };
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
