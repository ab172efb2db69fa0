//! The database's log of submissions: one entry for each request, written after its answer by a task and a connection of
//! its own. No answer waits for it and no contribution depends on it: when it can't keep up, entries are lost and counted.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cutover::Version;
use sqlx::{AnyConnection, AssertSqlSafe, Executor};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::database::{Database, within};
use super::writer::close;
use super::{schema, unix_ms};

/// Entries that may wait to be written, 4 MB of them or so. At 1,000 requests a second that is 8 s without a database.
const WAITING: usize = 8_192;

/// Entries in one transaction, and in one statement: a SQLite database is locked for milliseconds by that.
const TOGETHER: usize = 512;
const IN_STATEMENT: usize = 64;

/// From one transaction to the next: contributions share SQLite's one lock, so that it is seldom asked for.
const PACE: Duration = Duration::from_millis(200);

/// The same when more entries wait than fit into one.
const BUSY_PACE: Duration = Duration::from_millis(20);

/// The pause after a transaction that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How often entries that have become too old are looked for, how soon again when that failed, and how many go in one step.
const PRUNED_EVERY: Duration = Duration::from_secs(600);
const PRUNED_AGAIN: Duration = Duration::from_secs(10);
const PRUNED_TOGETHER: i64 = 512;

const DAY_MS: i64 = 86_400_000;

/// What became of a request. There is nothing in it of what was sent.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// The contribution id, as a hash.
    pub suggestion_id: String,
    /// What happened, e.g. `submitted`.
    pub action: &'static str,
    /// The version that served it.
    pub api_version: Version,
    /// The status that was answered; none when the request was given up.
    pub status: Option<u16>,
    /// Why it was refused: codes, each with the field where it has one, as in `out_of_range lat`.
    pub errors: Vec<String>,
    /// Who sent it, as a hash.
    pub principal: String,
    /// The share of v2 that decided, in parts per million.
    pub share_ppm: Option<u32>,
    /// The revision that decided.
    pub revision: Option<u32>,
    /// Why it was this version.
    pub reason: &'static str,
    /// How long it took.
    pub duration: Duration,
}

/// The way to the log.
#[derive(Debug)]
pub(super) struct Log {
    entries: mpsc::Sender<Stamped>,
    lost: Arc<AtomicU64>,
}

/// An entry with its key, so that a transaction that is tried again writes it once, and with when it was made.
#[derive(Debug)]
struct Stamped {
    seq: String,
    at_unix_ms: i64,
    entry: LogEntry,
}

impl Log {
    pub(super) fn new(database: &Arc<Database>, days: u32) -> (Self, LogWriter) {
        let (entries, queue) = mpsc::channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let writer = LogWriter {
            database: Arc::clone(database),
            connection: None,
            queue,
            lost: Arc::clone(&lost),
            days,
            prune_at: Instant::now(),
            is_failing: false,
        };
        (Self { entries, lost }, writer)
    }

    /// Has it written soon. Never waits.
    pub(super) fn add(&self, entry: LogEntry) {
        let stamped = Stamped {
            seq: Uuid::now_v7().to_string(),
            at_unix_ms: unix_ms(),
            entry,
        };
        if self.entries.try_send(stamped).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// What writes the log, and deletes what has become too old.
#[derive(Debug)]
pub(super) struct LogWriter {
    database: Arc<Database>,
    connection: Option<AnyConnection>,
    queue: mpsc::Receiver<Stamped>,
    lost: Arc<AtomicU64>,
    days: u32,
    /// When to look for entries that are too old.
    prune_at: Instant,
    is_failing: bool,
}

impl LogWriter {
    /// Writes until it is told to stop and nothing waits, or what waits can't be written.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut batch = Vec::with_capacity(TOGETHER);
        let mut pause = PACE;
        loop {
            let stopping = tokio::select! {
                () = tokio::time::sleep(pause) => false,
                // Nobody is left to stop it when the sender is gone.
                _ = stop.wait_for(|stop| *stop) => true,
            };
            if stopping {
                self.queue.close();
            }
            while batch.len() < TOGETHER
                && let Ok(entry) = self.queue.try_recv()
            {
                batch.push(entry);
            }
            if stopping && batch.is_empty() {
                break;
            }
            let done = self.turn(&batch, stopping).await;
            match self.told(done) {
                Ok(()) => {
                    let is_full = batch.len() == TOGETHER;
                    pause = if is_full { BUSY_PACE } else { PACE };
                    batch.clear();
                }
                Err(()) if stopping => {
                    let lost = batch.len() + self.queue.len();
                    self.lost.fetch_add(lost as u64, Ordering::Relaxed);
                    tracing::error!(lost, "the rest of the database's log could not be written");
                    break;
                }
                Err(()) => pause = AFTER_FAILURE,
            }
        }
        if let Some(connection) = self.connection {
            close(connection).await;
        }
    }

    /// Writes the batch, and deletes what is too old; new entries don't wait until old ones can be deleted. Says whether there
    /// was anything to do.
    async fn turn(&mut self, batch: &[Stamped], stopping: bool) -> Result<bool, sqlx::Error> {
        if !batch.is_empty() {
            match self.write(batch).await {
                Err(error) if is_refusal(&error) => self.write_each(batch).await?,
                written => written?,
            }
        }
        let pruned = !stopping
            && self.prune().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "old entries of the database's log can't be deleted");
                false
            });
        Ok(pruned || !batch.is_empty())
    }

    /// Says in the service's own log when writing begins to fail, and when it works again.
    fn told(&mut self, done: Result<bool, sqlx::Error>) -> Result<(), ()> {
        match done {
            Ok(true) if self.is_failing => {
                self.is_failing = false;
                let lost = self.lost.load(Ordering::Relaxed);
                tracing::info!(lost, "the database's log is written again");
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => {
                if !std::mem::replace(&mut self.is_failing, true) {
                    tracing::warn!(%error, "the database's log can't be written: entries wait, and are lost when too many do");
                }
                Err(())
            }
        }
    }

    async fn write(&mut self, batch: &[Stamped]) -> Result<(), sqlx::Error> {
        let mut connection = self.connection().await?;
        within(connection.execute(self.database.begin())).await?;
        for entries in batch.chunks(IN_STATEMENT) {
            insert(&mut connection, entries).await?;
        }
        within(connection.execute("COMMIT")).await?;
        self.connection = Some(connection);
        Ok(())
    }

    /// Writes each entry by itself, and loses those that the database refuses: one of them must not keep back all others.
    async fn write_each(&mut self, batch: &[Stamped]) -> Result<(), sqlx::Error> {
        let mut refused = 0;
        let mut why = None;
        for entry in batch.chunks(1) {
            match self.write(entry).await {
                Err(error) if is_refusal(&error) => {
                    refused += 1;
                    why = Some(error);
                }
                // All of them are tried again: what is written stays so, and nothing has been counted.
                written => written?,
            }
        }
        if let Some(error) = why {
            self.lost.fetch_add(refused, Ordering::Relaxed);
            tracing::error!(refused, %error, "the database refuses entries of its log: they are lost");
        }
        Ok(())
    }

    /// Deletes a step's worth of what is too old; nothing, when there was nothing left a while ago, or it failed just now.
    async fn prune(&mut self) -> Result<bool, sqlx::Error> {
        if Instant::now() < self.prune_at {
            return Ok(false);
        }
        self.prune_at = Instant::now() + PRUNED_AGAIN;
        let oldest = unix_ms() - i64::from(self.days) * DAY_MS;
        let mut connection = self.connection().await?;
        let prune = sqlx::query(schema::PRUNE)
            .bind(oldest)
            .bind(PRUNED_TOGETHER);
        let pruned = within(prune.execute(&mut connection)).await?;
        self.connection = Some(connection);
        // Less than a full step: there is no more.
        let is_last = pruned.rows_affected() < PRUNED_TOGETHER.unsigned_abs();
        let pause = if is_last {
            PRUNED_EVERY
        } else {
            Duration::ZERO
        };
        self.prune_at = Instant::now() + pause;
        Ok(true)
    }

    /// The connection, taken out: it comes back only after a success, as with the other writer.
    async fn connection(&mut self) -> Result<AnyConnection, sqlx::Error> {
        self.database
            .check_files()
            .map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.database.connect_relaxed().await,
        }
    }
}

/// Whether the database refuses what it was given, and would again: not whether it is locked, full, away or read-only.
fn is_refusal(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    match error.code().as_deref() {
        // PostgreSQL: the data, or a constraint.
        Some(code) if code.len() == 5 => code.starts_with("22") || code.starts_with("23"),
        // SQLite: too large, a constraint, the wrong type. What is above the lowest byte says which.
        Some(code) => code
            .parse()
            .is_ok_and(|code: u32| matches!(code & 0xff, 18..=20)),
        None => false,
    }
}

async fn insert(connection: &mut AnyConnection, entries: &[Stamped]) -> Result<(), sqlx::Error> {
    let mut sql = String::from(schema::LOG);
    for row in 0..entries.len() {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=schema::LOG_COLUMNS {
            let comma = if column == 1 { "" } else { ", " };
            // Writing to a string doesn't fail.
            let _ = write!(sql, "{comma}${}", row * schema::LOG_COLUMNS + column);
        }
        sql.push(')');
    }
    sql.push_str(schema::LOG_ONCE);
    // Numbers of ours, and nothing else, are in the text. It differs by the number of entries: not worth remembering.
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    for Stamped {
        seq,
        at_unix_ms,
        entry,
    } in entries
    {
        query = query
            .bind(seq)
            .bind(&entry.suggestion_id)
            .bind(entry.action)
            .bind(entry.api_version.as_str())
            .bind(at_unix_ms)
            .bind(i64::try_from(entry.duration.as_micros()).unwrap_or(i64::MAX))
            .bind(rfc3339(*at_unix_ms))
            .bind(entry.status.map(i64::from))
            .bind(crate::answer::to_json(&entry.errors))
            .bind(&entry.principal)
            .bind(entry.share_ppm.map(i64::from))
            .bind(entry.revision.map(i64::from))
            .bind(entry.reason);
    }
    within(query.execute(connection)).await.map(drop)
}

/// `2026-11-24T02:15:07.123Z`.
fn rfc3339(unix_ms: i64) -> String {
    let since = Duration::from_millis(u64::try_from(unix_ms).unwrap_or_default());
    humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + since).to_string()
}

#[cfg(test)]
mod tests;
