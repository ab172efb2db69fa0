//! The service as a whole: started, running, stopped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cutover::Share;
use cutover::migration::metrics::{Decisions, trace_changes};
use cutover::routing::source::Following;
use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::{self, Access};
use crate::app::{App, Settings};
use crate::descriptors::{self, Shares};
use crate::disks::{self, Disks};
use crate::fault::Fault;
use crate::listen::{self, Limits};
use crate::log::SubmissionLog;
use crate::options::Options;
#[cfg(feature = "otel")]
use crate::otel::Telemetry;
use crate::payload::Payload;
use crate::planned::Planned;
use crate::principal::{Principals, ShortKey};
use crate::rollout::{self, Routing};
use crate::store::Store;
use crate::{guard, http, keeper};

/// How long the end waits for the submission log.
const FLUSHED: Duration = Duration::from_secs(2);

/// How long the end waits for the thread that follows the rollout's file.
const UNFOLLOWED: Duration = Duration::from_secs(2);

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address can't be listened on.
    #[error("can't listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The process may open too few files to serve anyone.
    #[error(
        "the process may open {0} files at once, which is too few: allow it at least {fewest}, as with ulimit -n 4096",
        fewest = descriptors::FEWEST
    )]
    Descriptors(u64),
    /// The admin listener would be open to anyone, or its token is short.
    #[error(
        "the admin listener on {0} needs a better CUTOVER_ADMIN_TOKEN: set one of at least 16 characters, or unset it and use a loopback address (--admin 127.0.0.1:8081)"
    )]
    Open(SocketAddr),
    /// The key that principals are hashed with is short.
    #[error(transparent)]
    PrincipalKey(#[from] ShortKey),
    /// The state folder isn't there.
    #[error("--state {0} is not a folder: create it, or mount the disk that has it")]
    NoFolder(PathBuf),
    /// The database can't be opened. The URL stays out of it: it may have a password.
    #[error("can't open the database: {0}")]
    Database(#[from] sqlx::Error),
    /// A file can't be read or written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// The mapping's definition has flaws, a line each, or what is said with each document doesn't suit it.
    #[error("{0}")]
    Mapping(String),
    /// A new plan would begin with v2 for somebody.
    #[error(
        "the plan is new and would begin at {phase} with {share} of v2: add --raise if that is meant, or begin at a phase of 0 %"
    )]
    Raise {
        /// Its first phase.
        phase: String,
        /// The share of that.
        share: Share,
    },
    /// The rollout, or another setting, is refused.
    #[error("{0}")]
    Refused(#[from] cutover::Error),
    /// Traces and metrics can't be exported as configured.
    #[cfg(feature = "otel")]
    #[error("{0}")]
    Telemetry(#[from] crate::otel::TelemetryError),
}

/// A running service.
#[derive(Debug)]
pub struct Service {
    /// Where clients are listened to.
    pub address: SocketAddr,
    /// Where operators are listened to.
    pub admin: SocketAddr,
    /// Its state.
    pub app: Arc<App>,
    database: String,
    drain: Duration,
    stop: watch::Sender<bool>,
    listeners: [JoinHandle<()>; 2],
    guard: JoinHandle<()>,
    keeper: JoinHandle<()>,
    following: Option<Following>,
    #[cfg(feature = "otel")]
    telemetry: Option<Telemetry>,
}

impl Service {
    /// Starts it: when this returns, it answers.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let access = Access::new(options.admin, options.admin_token.as_deref())
            .ok_or(StartError::Open(options.admin))?;
        let principals = Principals::new(
            options.principal_header.clone(),
            options.principal_key.as_deref(),
        )?;
        let payload = Payload::open(&options)?;
        let descriptors = descriptors::limit();
        let shares = Shares::of(descriptors).ok_or(StartError::Descriptors(descriptors))?;
        let clients = bind(options.listen)?;
        let operators = bind(options.admin)?;
        let (address, admin) = (local(&clients)?, local(&operators)?);

        let store = Store::open(&options.database_url, options.log_days).await?;
        let Routing {
            router,
            planned,
            document,
            following,
        } = rollout::open(options.clone(), payload.rollout(), admin, &store).await?;
        trace_changes(&router);
        let log = options.log.as_deref().map(|path| {
            SubmissionLog::open(path)
                .map_err(|error| StartError::File(path.display().to_string(), error))
        });
        let windows = planned.as_ref().map_or(0, Planned::windows_before);
        let decisions = Arc::new(Decisions::new());
        let settings = Settings {
            payload,
            decisions: Arc::clone(&decisions),
            planned,
            document,
            has_state: options.state.is_some(),
            log: log.transpose()?,
            fault: Fault::new(options.v2_fault),
            fallback: !options.no_fallback,
            timeout: options.request_timeout,
            principals,
            deprecation: options.deprecation()?,
            disks: Disks::of(&options),
            concurrency: usize::try_from(options.concurrency).unwrap_or(1),
        };
        let judge = guard::build(&options, windows, &decisions)?;
        let app = Arc::new(App::new(router, store, Arc::new(judge), settings)?);

        let routes = http::routes(&app);
        #[cfg(feature = "otel")]
        let telemetry = Telemetry::start(&app)?;
        #[cfg(feature = "otel")]
        let routes = match &telemetry {
            Some(telemetry) => telemetry.trace(&app, routes),
            None => routes,
        };

        let (stop, stopped) = watch::channel(false);
        let guard = tokio::spawn(guard::watch(Arc::clone(&app), stopped.clone()));
        tokio::spawn(disks::watch(Arc::clone(&app.disks), stopped.clone()));
        let keeper = tokio::spawn(keeper::keep(Arc::clone(&app), stopped.clone()));
        let listeners = [
            tokio::spawn(listen::serve(
                clients,
                routes,
                Limits::clients(shares, options.per_peer),
                Arc::clone(&app.connections.clients),
                stopped.clone(),
            )),
            tokio::spawn(listen::serve(
                operators,
                admin::routes(&app, access),
                Limits::admin(shares),
                Arc::clone(&app.connections.admin),
                stopped,
            )),
        ];
        Ok(Self {
            address,
            admin,
            app,
            database: described(&options.database_url),
            drain: options.drain,
            stop,
            listeners,
            guard,
            keeper,
            following,
            #[cfg(feature = "otel")]
            telemetry,
        })
    }

    /// Says where it is and what is in force, for whoever reads the log after a restart at night.
    pub fn announce(&self) {
        let status = self.app.router.status();
        let phase = self.app.planned.as_ref().map(|plan| &*plan.phase().name);
        let brake = match (&status.brake, status.env.brake) {
            (Some(brake), _) => format!("{} pulled: {}", brake.number, brake.reasons.join("; ")),
            (None, true) => String::from("pulled by CUTOVER_BRAKE"),
            (None, false) => String::from("off"),
        };
        if status.braked {
            tracing::warn!(brake, "the brake is pulled: everyone is sent to v1");
        }
        tracing::info!(
            address = %self.address,
            admin = %self.admin,
            database = self.database,
            rollout = status.name,
            revision = status.revision,
            share = %status.share,
            phase = phase.unwrap_or("none"),
            brake,
            "ready"
        );
    }

    /// Ends it: new requests are answered 503 for a while, those under way are answered, and what is on its way to the
    /// database is written.
    pub async fn stop(self) {
        self.app.drain();
        tokio::time::sleep(self.drain).await;
        // It waits for a look that is under way, and that for the file's disk.
        let following = tokio::task::spawn_blocking(|| drop(self.following));
        if tokio::time::timeout(UNFOLLOWED, following).await.is_err() {
            tracing::warn!("the disk of the rollout's file takes too long: it is not waited for");
        }
        self.app.keeper.finish().await;
        // It may wait for a disk that will not answer.
        self.keeper.abort();
        // The receivers are in the tasks that are waited for next.
        let _ = self.stop.send(true);
        for task in self.listeners.into_iter().chain([self.guard]) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task failed");
            }
        }
        #[cfg(feature = "otel")]
        if let Some(telemetry) = self.telemetry {
            telemetry.stop().await;
        }
        self.app.store.close().await;
        let app = self.app;
        let flushed = tokio::task::spawn_blocking(move || {
            if let Some(log) = &app.log {
                log.flush(FLUSHED);
            }
        });
        drop(flushed.await);
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    listen::bind(address).map_err(|error| StartError::Listen(address, error))
}

fn local(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
    listener
        .local_addr()
        .map_err(|error| StartError::Listen(unknown, error))
}

/// The database, without what its URL may have of user, password and options.
fn described(url: &str) -> String {
    if let Some(file) = url.strip_prefix("sqlite:") {
        return format!("sqlite:{}", file.split('?').next().unwrap_or_default());
    }
    match url.parse::<PgConnectOptions>() {
        Ok(postgres) => format!(
            "postgres://{}:{}/{}",
            postgres.get_host(),
            postgres.get_port(),
            postgres.get_database().unwrap_or_default()
        ),
        Err(_) => String::from("postgres"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_named_without_its_secrets() {
        for (url, said) in [
            ("sqlite:/var/db?mode=rwc", "sqlite:/var/db"),
            ("sqlite::memory:", "sqlite::memory:"),
            (
                "postgres://ana:hunter2@db.example:6432/toilets?password=hunter3&sslmode=disable",
                "postgres://db.example:6432/toilets",
            ),
        ] {
            assert_eq!(described(url), said);
        }
        assert!(!described("postgres://u:hunter2@[::/x").contains("hunter2"));
    }
}
