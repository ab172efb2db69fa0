//! The guard at work: looks once a second, pulls the brake, and notes why.

use std::sync::Arc;

use cutover::Error;
use cutover::migration::metrics::Decisions;
use cutover::migration::{Action, Guard};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::options::Options;
use crate::store::{Change, unix_ms};

/// The guard, with what it must not forget in `guard.json` in the state folder. The plan's state knows of the windows that
/// there were before that file was. It is told of requests that are decided and never recorded.
pub(crate) fn build(
    options: &Options,
    windows_before: u64,
    decisions: &Arc<Decisions>,
) -> Result<Guard, Error> {
    let mut guard = Guard::builder()
        .decisions(Arc::clone(decisions))
        .request_timeout(options.request_timeout)
        .windows_before(windows_before);
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
        // A brake that it pulls is in force at once and then waits for the disk.
        let look = async {
            looks.tick().await;
            let app = Arc::clone(&app);
            tokio::task::spawn_blocking(move || app.guard.step(&app.router)).await
        };
        let verdict = tokio::select! {
            verdict = look => verdict,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let verdict = match verdict {
            Ok(verdict) if verdict.action == Action::RollBack => verdict,
            Ok(_) => continue,
            Err(error) => {
                tracing::error!(%error, "the guard's check failed");
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
