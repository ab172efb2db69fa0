//! Where contributions are kept: each once, and durable before anyone hears of it. What became of the requests is kept
//! beside them, as far as that delays nobody.

mod database;
mod files;
mod head;
mod health;
mod log;
mod migrations;
mod schema;
mod statements;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cutover::Version;
pub use head::HeadTable;
pub use log::LogEntry;
use serde::Serialize;
use sqlx::{AnyConnection, AnyPool, Connection, Executor};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use database::{DEADLINE, Database, within};
use health::Health;
use log::Log;
use writer::{Job, Work, Writer};

/// Contributions that may wait for the writer. Requests are bounded before this is.
const QUEUE: usize = 4_096;

/// How long anyone waits for the writer: for the transaction before theirs, and for theirs.
const WRITTEN: Duration = DEADLINE.saturating_mul(2);

/// How long closing may take. What isn't written by then is answered 503.
const CLOSED: Duration = DEADLINE.saturating_mul(2);

/// A contribution, or a document of a mapping, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The contribution id.
    pub id: String,
    /// The version that took it, and so the shape of the payload.
    pub version: Version,
    /// What v1 got, byte for byte, or what v2 got: sent as v2, or upgraded.
    pub payload: String,
    /// What the upgrade assumed; nothing without one.
    pub assumed: Assumed,
    /// What tells a repetition from another body under the same id.
    pub fingerprint: String,
    /// The body of the 201, for repetitions.
    pub answer: String,
}

/// What an upgrade assumed, for the way back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// Of a contribution: [`cutover::contribution::Assumed::bits`].
    pub bits: u16,
    /// Of a mapping's document: [`cutover::mapping::Report::assumed`], JSON pointers into what is stored.
    pub pointers: Vec<String>,
}

/// What became of a contribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is stored.
    New,
    /// There is one of this id: this one. Nothing was stored.
    Before(Contribution),
}

/// A change that a person or the guard made, with who and why.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// When, in milliseconds since 1970.
    pub at_unix_ms: i64,
    /// Who.
    pub who: String,
    /// Why, in their words.
    pub why: String,
    /// What was done, e.g. `brake`.
    pub what: String,
    /// What it was done with, as JSON text.
    pub detail: String,
}

/// Why the store could not answer. The cause is in the service's own log: a client can't do anything about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database didn't answer in time, or refused.
    #[error("the database is not available: try again, under the same Idempotency-Key")]
    Unavailable,
    /// The file of a SQLite database, or one of those beside it, isn't the one that was opened.
    #[error(
        "the database file was moved, deleted or replaced: put it back, or restart the service to use the file that is there now"
    )]
    Replaced,
    /// SQLite has found damage in its file. It stays so until the service is restarted.
    #[error("the database file is damaged: stop the service, restore the file, and start it again")]
    Corrupt,
}

impl StoreError {
    /// The code in answers; stable.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "storage_unavailable",
            Self::Replaced => "storage_replaced",
            Self::Corrupt => "storage_corrupt",
        }
    }
}

/// The store: one writer, some readers.
#[derive(Debug)]
pub struct Store {
    database: Arc<Database>,
    health: Arc<Health>,
    queue: mpsc::Sender<Job>,
    log: Log,
    readers: AnyPool,
    stop: watch::Sender<bool>,
    open: Mutex<Option<Open>>,
}

/// What is closed at the end.
#[derive(Debug)]
struct Open {
    writer: JoinHandle<()>,
    log_writer: JoinHandle<()>,
    anchor: Option<AnyConnection>,
}

impl Store {
    /// Opens the database of this URL, `sqlite:FILE`, `sqlite::memory:` or `postgres://…`, and brings its tables up to date.
    /// The log of submissions is kept for so many days.
    ///
    /// # Errors
    /// When the URL is of another database, or the database can't be reached or written to.
    pub async fn open(url: &str, log_days: u32) -> Result<Self, sqlx::Error> {
        let (database, connection) = Database::open(url).await?;
        let anchor = database.anchor().await?;
        let database = Arc::new(database);
        let health = Arc::new(Health::default());
        let writer = Writer {
            database: Arc::clone(&database),
            health: Arc::clone(&health),
            connection: Some(connection),
        };
        let readers = database.readers().await?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (stop, stopped) = watch::channel(false);
        let (log, log_writer) = Log::new(&database, log_days);
        let writer = tokio::spawn(writer.run(jobs, stopped.clone()));
        let log_writer = tokio::spawn(log_writer.run(stopped));
        Ok(Self {
            database,
            health,
            queue,
            log,
            readers,
            stop,
            open: Mutex::new(Some(Open {
                writer,
                log_writer,
                anchor,
            })),
        })
    }

    /// Stores a contribution, unless there is one of its id. When this returns it is on the disk.
    ///
    /// # Errors
    /// It could not be stored, or there was no answer in time. It may be stored all the same: ask again under its id.
    pub async fn keep(&self, contribution: Contribution) -> Result<Kept, StoreError> {
        self.write(Work::Keep(contribution)).await
    }

    /// Notes what became of a request. It is written soon, or lost and counted: this never waits.
    pub fn log(&self, entry: LogEntry) {
        self.log.add(entry);
    }

    /// Entries of the log that were lost, as they could not be written fast enough or were refused.
    #[must_use]
    pub fn log_entries_lost(&self) -> u64 {
        self.log.lost()
    }

    /// Notes a change.
    ///
    /// # Errors
    /// It could not be stored, or there was no answer in time.
    pub async fn note(&self, change: &Change) -> Result<(), StoreError> {
        self.write(Work::Note(change.clone())).await.map(drop)
    }

    async fn write(&self, work: Work) -> Result<Kept, StoreError> {
        let (job, answer) = Job::new(work);
        let written = async {
            self.queue.send(job).await.ok()?;
            answer.await.ok()
        };
        let written = tokio::time::timeout(WRITTEN, written).await;
        written
            .ok()
            .flatten()
            .unwrap_or(Err(StoreError::Unavailable))
    }

    /// The contribution of this id.
    ///
    /// # Errors
    /// The database doesn't answer, or isn't the one that was opened.
    pub async fn find(&self, id: &str) -> Result<Option<Contribution>, StoreError> {
        let found = sqlx::query(schema::FIND).bind(id);
        let row = self.read(found.fetch_optional(&self.readers)).await?;
        let contribution = row.as_ref().map(Contribution::of).transpose();
        contribution.map_err(|error| self.failed(&error))
    }

    /// The latest changes, newest first.
    ///
    /// # Errors
    /// The database doesn't answer, or isn't the one that was opened.
    pub async fn changes(&self, limit: i64) -> Result<Vec<Change>, StoreError> {
        let latest = sqlx::query(schema::CHANGES).bind(limit);
        let rows = self.read(latest.fetch_all(&self.readers)).await?;
        let changes: Result<_, _> = rows.iter().map(Change::of).collect();
        changes.map_err(|error| self.failed(&error))
    }

    /// Whether a contribution would be stored, as far as can be told without one: the last write succeeded, the files are
    /// those that were opened, and the database answers.
    ///
    /// # Errors
    /// It would not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.check_files()?;
        self.health.check()?;
        if self.queue.is_closed() {
            return Err(StoreError::Unavailable);
        }
        self.read(self.readers.execute("SELECT 1")).await.map(drop)
    }

    /// Whether the writer gets its work done, as far as is known: the last write succeeded, and the one that is under way
    /// isn't late. Asks neither disk nor database.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.health.check().is_ok()
    }

    /// Writes to the database that have failed since the last one that succeeded.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.health.failures()
    }

    async fn read<T>(
        &self,
        answer: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        let answer = within(answer).await;
        // A connection that was opened just now may be to the file that took the other's place.
        self.check_files()?;
        answer.map_err(|error| self.failed(&error))
    }

    /// Whether the files are those that were opened. When they aren't, the writer is to know at once: it has to bring what
    /// is in a deleted write-ahead log to safety.
    fn check_files(&self) -> Result<(), StoreError> {
        let checked = self.database.check_files();
        if checked.is_err() && self.health.check().is_ok() {
            // A full queue will have the writer look as well.
            drop(self.queue.try_send(Job::new(Work::Probe).0));
        }
        checked
    }

    fn failed(&self, error: &sqlx::Error) -> StoreError {
        tracing::error!(%error, "the database failed");
        let explained = self.database.explain(error);
        if explained == StoreError::Corrupt {
            self.health.found_corrupt();
        }
        explained
    }

    /// Writes what waits to be written, and closes the database. It gives up on a database that doesn't answer: this
    /// always returns, within seconds.
    pub async fn close(&self) {
        self.stop.send_replace(true);
        let open = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Open {
            mut writer,
            mut log_writer,
            anchor,
        }) = open
        else {
            return;
        };
        let closed = async {
            if let Err(error) = (&mut writer).await {
                tracing::error!(%error, "the database writer failed");
            }
            if let Err(error) = (&mut log_writer).await {
                tracing::error!(%error, "what writes the database's log failed");
            }
            self.readers.close().await;
            match anchor {
                Some(anchor) => anchor.close().await,
                None => Ok(()),
            }
        };
        match tokio::time::timeout(CLOSED, closed).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the database could not be closed"),
            Err(_) => {
                writer.abort();
                log_writer.abort();
                tracing::error!(
                    "the database doesn't answer: it is left as it is, and not waited for"
                );
            }
        }
    }
}

/// Now, in milliseconds since 1970.
#[must_use]
pub fn unix_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}
