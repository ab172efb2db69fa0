//! The service as a whole: started, running, stopped.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cutover::migration::metrics::trace_changes;
use cutover::migration::plan::Plan;
use cutover::routing::source::{File, Follow, Following};
use cutover::{Rollout, Router, Share};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::{self, Access};
use crate::app::{App, Settings};
use crate::fault::Fault;
use crate::log::SubmissionLog;
use crate::options::Options;
use crate::planned::Planned;
use crate::store::Store;
use crate::{guard, http, listen};

/// The rollout's name when there is no document.
const NAME: &str = "contribution-form-v2";

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address can't be listened on.
    #[error("can't listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// Operators could be listened to by anyone.
    #[error(
        "the admin listener is on {0}, which others can reach: set CUTOVER_ADMIN_TOKEN to at least 16 characters, or use --admin 127.0.0.1:8081"
    )]
    Open(SocketAddr),
    /// The database can't be opened. The URL stays out of it: it may have a password.
    #[error("can't open the database: {0}")]
    Database(#[from] sqlx::Error),
    /// A file can't be read or written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// The rollout, or another setting, is refused.
    #[error("{0}")]
    Refused(#[from] cutover::Error),
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
    drain: Duration,
    stop: watch::Sender<bool>,
    listeners: [JoinHandle<()>; 2],
    guard: JoinHandle<()>,
    following: Option<Following>,
}

impl Service {
    /// Starts it: when this returns, it answers.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let access = Access::new(options.admin, options.admin_token.as_deref())
            .ok_or(StartError::Open(options.admin))?;
        let clients = bind(options.listen).await?;
        let operators = bind(options.admin).await?;
        let (address, admin) = (local(&clients)?, local(&operators)?);

        let Routing {
            router,
            planned,
            following,
        } = routing(&options)?;
        trace_changes(&router);
        let log = options.log.as_deref().map(|path| {
            SubmissionLog::open(path)
                .map_err(|error| StartError::File(path.display().to_string(), error))
        });
        let settings = Settings {
            planned,
            log: log.transpose()?,
            fault: Fault::new(options.v2_fault),
            fallback: !options.no_fallback,
            timeout: options.request_timeout,
            concurrency: usize::try_from(options.concurrency).unwrap_or(1),
        };
        let judge = guard::build(&options)?;
        let store = Store::open(&options.database_url).await?;
        let app = Arc::new(App::new(router, store, Arc::new(judge), settings));

        let (stop, stopped) = watch::channel(false);
        let guard = tokio::spawn(guard::watch(Arc::clone(&app), stopped.clone()));
        let listeners = [
            tokio::spawn(listen::serve(clients, http::routes(&app), stopped.clone())),
            tokio::spawn(listen::serve(
                operators,
                admin::routes(&app, access),
                stopped,
            )),
        ];
        Ok(Self {
            address,
            admin,
            app,
            drain: options.drain,
            stop,
            listeners,
            guard,
            following,
        })
    }

    /// Ends it: new requests are answered 503 for a while, those under way are answered, and what is on its way to the
    /// database is written.
    pub async fn stop(self) {
        self.app.drain();
        tokio::time::sleep(self.drain).await;
        drop(self.following);
        // The receivers are in the tasks that are waited for next.
        let _ = self.stop.send(true);
        for task in self.listeners.into_iter().chain([self.guard]) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task ended badly");
            }
        }
        self.app.store.close().await;
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| StartError::Listen(address, error))
}

fn local(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
    listener
        .local_addr()
        .map_err(|error| StartError::Listen(unknown, error))
}

/// What says the share, put together.
struct Routing {
    router: Arc<Router>,
    planned: Option<Planned>,
    /// Keeps the router at its file.
    following: Option<Following>,
}

fn routing(options: &Options) -> Result<Routing, StartError> {
    let planned = planned(options)?;
    let rollout = match (&options.rollout, &planned) {
        // Read once before it is followed: the first document fixes the name, and one that is wrong is seen at once.
        (Some(path), _) => Rollout::from_json(&read(path)?)?,
        (None, Some(planned)) => planned.rollout(&Rollout::builder(NAME, Share::ZERO).build()?)?,
        (None, None) => Rollout::builder(NAME, options.share).build()?,
    };
    let mut router = Router::builder().rollout(rollout);
    if let Some(folder) = &options.state {
        router = router.state(folder.join("brake.json"));
    }
    let router = Arc::new(router.build()?);
    let following = match &options.rollout {
        Some(path) => {
            Some(Follow::new(Arc::clone(&router), File::new(path)).every(File::INTERVAL)?)
        }
        None => None,
    };
    Ok(Routing {
        router,
        planned,
        following,
    })
}

fn planned(options: &Options) -> Result<Option<Planned>, StartError> {
    let (Some(plan), Some(folder)) = (&options.plan, &options.state) else {
        return Ok(None);
    };
    let plan = match plan {
        Some(path) => Plan::from_json(&read(path)?)?,
        None => Planned::default_plan()?,
    };
    Ok(Some(Planned::open(plan, folder)?))
}

fn read(path: &Path) -> Result<Vec<u8>, StartError> {
    std::fs::read(path).map_err(|error| StartError::File(path.display().to_string(), error))
}
