//! Which database it is, how a connection to it is opened, and how long it may take to answer.

use std::io;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, AnyPool, Connection, Executor};
use uuid::Uuid;

use super::files::Files;
use super::{StoreError, migrations};

/// How long a statement, a commit or opening a connection may take. A commit takes milliseconds; one that takes
/// seconds is not coming back, and its request has 5 s, within which the client should hear why.
pub(super) const DEADLINE: Duration = Duration::from_secs(3);

/// How long a connection of the readers may take to show that it is alive: a round trip, before and after its use.
/// Several dead ones can be passed over within [`DEADLINE`].
const ALIVE: Duration = Duration::from_millis(500);

/// FULL: a commit is on the disk when it returns, through a power cut too. SQLite waits for its lock for less than
/// [`DEADLINE`], so that it is SQLite that says who is in the way.
const SQLITE: &str =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;";

/// The server gives up when the service does, rather than hold the locks of a transaction that nobody will end: a
/// statement that is too slow, a transaction with nothing to do, a client that doesn't acknowledge or has gone.
const POSTGRESQL: &str =
    "SET statement_timeout = 3000; SET idle_in_transaction_session_timeout = 3000;
    SET tcp_user_timeout = 10000; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;";

/// A database that has been opened once.
#[derive(Debug)]
pub(super) struct Database {
    /// Opens the database that is there, and never makes a new one.
    url: String,
    is_sqlite: bool,
    /// The files of a SQLite database, unless it is in memory.
    files: Option<Files>,
}

impl Database {
    /// Opens the database of this URL, makes it if it is a file that doesn't exist, and brings its tables up to date.
    pub(super) async fn open(url: &str) -> Result<(Self, AnyConnection), sqlx::Error> {
        sqlx::any::install_default_drivers();
        let is_sqlite = url.starts_with("sqlite:");
        if !is_sqlite && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            // Said here, as the driver's own message has the URL in it, and so its password.
            let message = "the database's URL begins with sqlite: or postgres://";
            return Err(sqlx::Error::Configuration(message.into()));
        }
        let in_memory = is_sqlite && (url.contains(":memory:") || url.contains("mode=memory"));
        let create = if in_memory {
            // Under a name of its own, so that several connections share it. Only names that begin with `file:` are shared.
            format!(
                "sqlite:file:cutover-{}?mode=memory&cache=shared",
                Uuid::now_v7()
            )
        } else if is_sqlite && !url.contains('?') {
            format!("{url}?mode=rwc")
        } else {
            url.to_owned()
        };
        let mut database = Self {
            url: create,
            is_sqlite,
            files: None,
        };
        let mut connection = database.connect().await?;
        migrations::run(&database, &mut connection).await?;
        if is_sqlite && !in_memory {
            let options: SqliteConnectOptions = database.url.parse()?;
            let file = options.get_filename();
            tracing::info!(file = %file.display(), "contributions are kept in SQLite");
            database.files = Some(Files::of(file));
            database.url = database.url.replace("mode=rwc", "mode=rw");
        }
        Ok((database, connection))
    }

    /// A new connection.
    pub(super) async fn connect(&self) -> Result<AnyConnection, sqlx::Error> {
        let options: AnyConnectOptions = self.url.parse()?;
        let mut connection = within(AnyConnection::connect_with(&options)).await?;
        within(connection.execute(settings(self.is_sqlite))).await?;
        Ok(connection)
    }

    /// A new connection whose commits don't wait for the disk, for what may be lost in a power cut. In SQLite such a commit
    /// holds the lock for moments, as everyone else's syncs it.
    pub(super) async fn connect_relaxed(&self) -> Result<AnyConnection, sqlx::Error> {
        let relaxed = match self.is_sqlite {
            true => "PRAGMA synchronous = NORMAL",
            false => "SET synchronous_commit = off",
        };
        let mut connection = self.connect().await?;
        within(connection.execute(relaxed)).await?;
        Ok(connection)
    }

    /// A connection that stays open, unused, for as long as a SQLite database is used: with its last connection SQLite
    /// deletes a database in memory, and the write-ahead log of a file, which would be another one from then on.
    pub(super) async fn anchor(&self) -> Result<Option<AnyConnection>, sqlx::Error> {
        match self.is_sqlite {
            true => self.connect().await.map(Some),
            false => Ok(None),
        }
    }

    /// Connections to read by. A connection that doesn't answer leaves the pool, whoever gave up on it.
    pub(super) async fn readers(&self) -> Result<AnyPool, sqlx::Error> {
        let settings = settings(self.is_sqlite);
        AnyPoolOptions::new()
            .max_connections(if self.is_sqlite { 4 } else { 8 })
            .acquire_timeout(DEADLINE)
            .test_before_acquire(false)
            .before_acquire(|connection, _| Box::pin(alive(connection)))
            .after_release(|connection, _| Box::pin(alive(connection)))
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(settings).await.map(drop) })
            })
            .connect(&self.url)
            .await
    }

    /// Whether it ends with this process.
    pub(super) fn is_in_memory(&self) -> bool {
        self.is_sqlite && self.files.is_none()
    }

    /// Whether a connection to it can be lost while the database is sound.
    pub(super) fn is_remote(&self) -> bool {
        !self.is_sqlite
    }

    /// The statement that begins a writing transaction. SQLite would take its lock at the first write, and fail then.
    pub(super) fn begin(&self) -> &'static str {
        if self.is_sqlite {
            "BEGIN IMMEDIATE"
        } else {
            "BEGIN"
        }
    }

    /// Whether its files are those that were opened. It is two or three `stat` calls.
    pub(super) fn check_files(&self) -> Result<(), StoreError> {
        match self.files.as_ref().and_then(Files::changed) {
            None => Ok(()),
            Some(_) => Err(StoreError::Replaced),
        }
    }

    /// Brings what is committed from the write-ahead log into the file, when it is the log that was deleted: the
    /// connections still have it, but whoever opens the file next doesn't.
    pub(super) async fn rescue(&self, connection: &mut AnyConnection) {
        if !self.files.as_ref().is_some_and(Files::main_is_there) {
            return;
        }
        let checkpoint = connection.execute("PRAGMA wal_checkpoint(FULL)");
        if let Err(error) = within(checkpoint).await {
            tracing::error!(%error, "what is in the deleted write-ahead log could not be moved into the database file");
        }
    }

    pub(super) fn log_changed_file(&self) {
        if let Some(file) = self.files.as_ref().and_then(Files::changed) {
            tracing::error!(
                file = %file.display(),
                "a database file was moved, deleted or replaced: nothing is stored until it is put back or the service is restarted"
            );
        }
    }

    /// What the store says of this error.
    pub(super) fn explain(&self, error: &sqlx::Error) -> StoreError {
        if self.is_sqlite && is_corrupt(error) {
            return StoreError::Corrupt;
        }
        StoreError::Unavailable
    }
}

fn settings(is_sqlite: bool) -> &'static str {
    if is_sqlite { SQLITE } else { POSTGRESQL }
}

async fn alive(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    bounded(ALIVE, connection.ping()).await.map(|()| true)
}

/// What the database answers within [`DEADLINE`]. Whatever hasn't answered has to be closed: the answer may still come,
/// and would be taken for the next statement's.
pub(super) async fn within<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    bounded(DEADLINE, answer).await
}

async fn bounded<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(limit, answer)
        .await
        .unwrap_or_else(|_| {
            let message = format!("no answer within {limit:?}");
            Err(sqlx::Error::Io(io::Error::new(
                io::ErrorKind::TimedOut,
                message,
            )))
        })
}

/// `SQLITE_CORRUPT` or `SQLITE_NOTADB`. The low byte of SQLite's codes is the kind, the others are details.
fn is_corrupt(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    matches!(code.map(|code| code & 0xFF), Some(11 | 26))
}
