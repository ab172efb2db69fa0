//! The one writer: whatever waits is written in one transaction, so that a disk's sync is paid for once.
//!
//! It has one connection and doesn't trust it. After a write that failed, in whichever step, the connection is closed and
//! the next write has a new one. What a failed transaction leaves behind is known to the database alone: a full disk makes
//! SQLite roll back by itself, and whoever counts transactions on this side (sqlx does) goes on inside one that is never
//! committed. For the same reason BEGIN and COMMIT are plain statements here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection, Executor};
use tokio::sync::{mpsc, oneshot, watch};

use super::database::{DEADLINE, Database, within};
use super::health::Health;
use super::statements::{keep, note, probe};
use super::{Change, Contribution, Kept, StoreError};

/// Contributions in one transaction. A sync took 5 ms where this was measured: one contribution a sync is 190 a second,
/// and 128 are more than a disk and a processor of that kind can take in otherwise.
const TOGETHER: usize = 128;

/// How long a transaction takes more in: with a database that is far away, 128 would keep the first waiting for seconds.
const TAKES_MORE: Duration = Duration::from_millis(500);

/// What is to be written.
pub(super) enum Work {
    /// A contribution.
    Keep(Contribution),
    /// A change.
    Note(Change),
    /// Whether anything can be written at all: reading can't tell, as a full disk can be read.
    Probe,
}

/// Something to write, and who waits for it. Of what isn't a contribution, the answer is [`Kept::New`].
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) done: oneshot::Sender<Result<Kept, StoreError>>,
}

impl Job {
    pub(super) fn new(work: Work) -> (Self, oneshot::Receiver<Result<Kept, StoreError>>) {
        let (done, answer) = oneshot::channel();
        (Self { work, done }, answer)
    }
}

/// The writer and what it writes with.
pub(super) struct Writer {
    pub(super) database: Arc<Database>,
    pub(super) health: Arc<Health>,
    /// `None` after a failure, until the next write.
    pub(super) connection: Option<AnyConnection>,
}

impl Writer {
    /// Writes until it is told to stop and the queue is empty.
    pub(super) async fn run(
        mut self,
        mut queue: mpsc::Receiver<Job>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut batch = Vec::with_capacity(TOGETHER);
        loop {
            let mut idle = false;
            tokio::select! {
                taken = queue.recv_many(&mut batch, TOGETHER) => {
                    if taken == 0 {
                        break;
                    }
                }
                () = tokio::time::sleep(self.health.pause()) => idle = true,
                _ = stop.wait_for(|stop| *stop), if !queue.is_closed() => queue.close(),
            }
            if idle && !self.is_sound().await {
                batch.push(Job::new(Work::Probe).0);
            }
            while !batch.is_empty() {
                self.write(&mut batch).await;
            }
        }
        if let Some(connection) = self.connection {
            close(connection).await;
        }
    }

    /// Whether the last write succeeded and the connection is alive, so that there is nothing to try.
    async fn is_sound(&mut self) -> bool {
        if self.health.check().is_err() || self.database.check_files().is_err() {
            return false;
        }
        // Taken out, so that a connection that doesn't answer is gone.
        let Some(mut connection) = self.connection.take() else {
            return false;
        };
        let alive = within(connection.ping()).await.is_ok();
        if alive {
            self.connection = Some(connection);
        }
        alive
    }

    /// Writes the first jobs of the batch, at least one of them, and answers those.
    ///
    /// A transaction that fails fails for the whole batch: nobody in it is answered 201, and each can be sent again under
    /// its key.
    async fn write(&mut self, batch: &mut Vec<Job>) {
        self.health.begin();
        let written = self.commit(batch).await;
        self.health.end(written.as_ref().map(drop).map_err(|&e| e));
        match written {
            Ok(kept) => {
                for (job, kept) in batch.drain(..kept.len()).zip(kept) {
                    // Whoever hung up meanwhile finds the contribution stored when they ask again.
                    drop(job.done.send(Ok(kept)));
                }
            }
            Err(error) => {
                tracing::error!(
                    %error,
                    jobs = batch.len(),
                    failures = self.health.failures(),
                    "could not write to the database"
                );
                for job in batch.drain(..) {
                    drop(job.done.send(Err(error)));
                }
            }
        }
    }

    async fn commit(&mut self, batch: &[Job]) -> Result<Vec<Kept>, StoreError> {
        if self.health.check() == Err(StoreError::Corrupt) {
            return Err(StoreError::Corrupt);
        }
        self.check_files().await?;
        let database = Arc::clone(&self.database);
        let failed = |error: sqlx::Error| {
            tracing::error!(%error, "the database failed");
            database.explain(&error)
        };
        let mut connection = self.begin().await.map_err(failed)?;
        match transact(&mut connection, batch).await {
            Ok(kept) => {
                self.connection = Some(connection);
                // The files may have been replaced while it was written.
                self.check_files().await?;
                Ok(kept)
            }
            Err(error) => {
                tokio::spawn(close(connection));
                Err(failed(error))
            }
        }
    }

    /// A connection with a transaction. It is taken out, and comes back only after a success.
    async fn begin(&mut self) -> Result<AnyConnection, sqlx::Error> {
        let begin = self.database.begin();
        if let Some(mut connection) = self.connection.take() {
            match within(connection.execute(begin)).await {
                Ok(_) => return Ok(connection),
                // A server that was restarted has ended the sessions of all who were idle. Nothing is written yet, so that
                // a new connection may try.
                Err(error) => {
                    tokio::spawn(close(connection));
                    if !self.database.is_remote() {
                        return Err(error);
                    }
                    tracing::warn!(%error, "the connection was lost: connecting again");
                }
            }
        }
        let mut connection = self.database.connect().await?;
        within(connection.execute(begin)).await?;
        Ok(connection)
    }

    async fn check_files(&mut self) -> Result<(), StoreError> {
        let checked = self.database.check_files();
        if checked.is_err() {
            if self.health.check() != checked {
                self.database.log_changed_file();
            }
            if let Some(connection) = &mut self.connection {
                self.database.rescue(connection).await;
            }
        }
        checked
    }
}

/// Closes it, and waits for that only so long: the other side may be gone.
pub(super) async fn close(connection: AnyConnection) {
    if let Ok(Err(error)) = tokio::time::timeout(DEADLINE, connection.close()).await {
        tracing::debug!(%error, "closing a connection failed");
    }
}

/// What became of the first jobs of the batch, once the transaction that has begun is committed.
async fn transact(connection: &mut AnyConnection, batch: &[Job]) -> Result<Vec<Kept>, sqlx::Error> {
    let began = Instant::now();
    let mut kept = Vec::with_capacity(batch.len());
    for job in batch {
        kept.push(match &job.work {
            Work::Keep(contribution) => keep(connection, contribution).await?,
            Work::Note(change) => note(connection, change).await?,
            Work::Probe => probe(connection).await?,
        });
        if began.elapsed() > TAKES_MORE {
            break;
        }
    }
    within(connection.execute("COMMIT")).await?;
    Ok(kept)
}
