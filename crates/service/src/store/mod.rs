//! Where contributions are kept: each once, with its log entry, and durable before anyone hears of it.

mod head;
mod schema;
mod writer;

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cutover::Version;
pub use head::HeadTable;
use serde::Serialize;
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Executor, Row};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;
use writer::Job;

/// How long anyone waits for a connection, or SQLite for its lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// Contributions that may wait for the writer. Requests are bounded before this is.
const QUEUE: usize = 4_096;

/// A contribution as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The contribution id.
    pub id: String,
    /// The version that took it, and so the shape of the payload.
    pub version: Version,
    /// What v1 got, byte for byte, or what v2 got: sent as v2, or upgraded.
    pub payload: String,
    /// [`cutover::contribution::Assumed::bits`] of the upgrade, 0 without one.
    pub assumed: u16,
    /// What tells a repetition from another body under the same id.
    pub fingerprint: String,
    /// The body of the 201, for repetitions.
    pub answer: String,
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
pub enum StoreError {
    /// The database didn't answer, or refused.
    #[error("the database is not available: try again")]
    Unavailable,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "the database failed");
        Self::Unavailable
    }
}

/// The store: one writer, some readers.
#[derive(Debug)]
pub struct Store {
    queue: mpsc::Sender<Job>,
    read: AnyPool,
    write: AnyPool,
}

impl Store {
    /// Opens the database of this URL, `sqlite:FILE`, `sqlite::memory:` or `postgres://…`, and makes its tables.
    ///
    /// # Errors
    /// When the URL is of another database, or the database can't be reached or written to.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let (read, write) = if url.starts_with("sqlite:") {
            sqlite(url).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // Pools of their own: however many read, the writer has its connection.
            let pool = |connections| {
                AnyPoolOptions::new()
                    .max_connections(connections)
                    .acquire_timeout(PATIENCE)
                    .connect(url)
            };
            (pool(8).await?, pool(2).await?)
        } else {
            // Said here, as the driver's own message has the URL in it, and so its password.
            let message = "the database's URL begins with sqlite: or postgres://";
            return Err(sqlx::Error::Configuration(message.into()));
        };
        for table in schema::TABLES {
            write.execute(table).await?;
        }
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(writer::write(write.clone(), jobs));
        Ok(Self { queue, read, write })
    }

    /// Stores a contribution, unless there is one of its id. When this returns it is on the disk.
    ///
    /// # Errors
    /// The database is not available. The contribution may be stored all the same: ask again under its id.
    pub async fn keep(
        &self,
        contribution: Contribution,
        since: Instant,
    ) -> Result<Kept, StoreError> {
        let (done, kept) = oneshot::channel();
        let job = Job {
            contribution,
            since,
            done,
        };
        self.queue
            .send(job)
            .await
            .map_err(|_| StoreError::Unavailable)?;
        kept.await.map_err(|_| StoreError::Unavailable)?
    }

    /// The contribution of this id.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn find(&self, id: &str) -> Result<Option<Contribution>, StoreError> {
        let row = sqlx::query(schema::FIND)
            .bind(id)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.as_ref().map(Contribution::of).transpose()?)
    }

    /// Notes a change.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn note(&self, change: &Change) -> Result<(), StoreError> {
        sqlx::query(schema::CHANGE)
            .bind(Uuid::now_v7().to_string())
            .bind(change.at_unix_ms)
            .bind(&change.who)
            .bind(&change.why)
            .bind(&change.what)
            .bind(&change.detail)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The latest changes, newest first.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn changes(&self, limit: i64) -> Result<Vec<Change>, StoreError> {
        let rows = sqlx::query(schema::CHANGES)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        let change = |row: &sqlx::any::AnyRow| {
            Ok::<_, sqlx::Error>(Change {
                at_unix_ms: row.try_get("at_unix_ms")?,
                who: row.try_get("who")?,
                why: row.try_get("why")?,
                what: row.try_get("what")?,
                detail: row.try_get("detail")?,
            })
        };
        Ok(rows.iter().map(change).collect::<Result<_, _>>()?)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It doesn't.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.read.execute("SELECT 1").await?;
        Ok(())
    }

    /// Finishes the transaction that is under way and closes the database. Whoever waits for the next hears an error.
    pub async fn close(&self) {
        self.write.close().await;
        self.read.close().await;
    }
}

/// SQLite has one writer at a time, whoever they are: one connection for it, so that nobody waits for its lock. A
/// database in memory is its connection, so there it is the only one.
async fn sqlite(url: &str) -> Result<(AnyPool, AnyPool), sqlx::Error> {
    let memory = url.contains(":memory:");
    let file = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let url = if memory || url.contains('?') {
        url.to_owned()
    } else {
        format!("{url}?mode=rwc")
    };
    let pool = |connections| {
        AnyPoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(PATIENCE)
            // FULL: a commit is on the disk when it returns, through a power cut too.
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection
                        .execute(
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;",
                        )
                        .await?;
                    Ok(())
                })
            })
            .connect(&url)
    };
    let write = pool(1).await?;
    if memory {
        return Ok((write.clone(), write));
    }
    tracing::info!(file = %Path::new(file).display(), "contributions are kept in SQLite");
    let read = pool(4).await?;
    Ok((read, write))
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
