//! The one writer: whatever waits is written in one transaction, so that a disk's sync is paid for once.

use std::time::Instant;

use sqlx::{Any, AnyPool, Row, Transaction};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{Contribution, Kept, StoreError, schema, unix_ms};

/// Contributions in one transaction. A sync took 5 ms where this was measured: one contribution a sync is 190 a second,
/// and 128 are more than a disk and a processor of that kind can take in otherwise.
const TOGETHER: usize = 128;

/// One contribution on its way to the disk.
pub(super) struct Job {
    pub(super) contribution: Contribution,
    /// When its request came in: the log says how long it took until it was stored.
    pub(super) since: Instant,
    pub(super) done: oneshot::Sender<Result<Kept, StoreError>>,
}

/// Writes until every sender is gone and the queue is empty.
///
/// A transaction that fails fails for all who are in it: none of them is answered 201, and each can be sent again under
/// its key.
pub(super) async fn write(pool: AnyPool, mut queue: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while queue.recv_many(&mut batch, TOGETHER).await > 0 {
        match commit(&pool, &batch).await {
            Ok(kept) => {
                for (job, kept) in batch.drain(..).zip(kept) {
                    // Whoever hung up meanwhile finds the contribution stored when they ask again.
                    drop(job.done.send(Ok(kept)));
                }
            }
            Err(error) => {
                tracing::error!(%error, contributions = batch.len(), "could not store");
                for job in batch.drain(..) {
                    drop(job.done.send(Err(StoreError::Unavailable)));
                }
            }
        }
    }
}

async fn commit(pool: &AnyPool, batch: &[Job]) -> Result<Vec<Kept>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let mut kept = Vec::with_capacity(batch.len());
    for job in batch {
        kept.push(keep(&mut transaction, job).await?);
    }
    transaction.commit().await?;
    Ok(kept)
}

/// The contribution and its log entry, unless there is one of this id.
async fn keep(transaction: &mut Transaction<'_, Any>, job: &Job) -> Result<Kept, sqlx::Error> {
    let new = &job.contribution;
    let inserted = sqlx::query(schema::KEEP)
        .bind(&new.id)
        .bind(new.version.as_str())
        .bind(&new.payload)
        .bind(i64::from(new.assumed))
        .bind(&new.fingerprint)
        .bind(&new.answer)
        .bind(unix_ms())
        .execute(&mut **transaction)
        .await?
        .rows_affected();
    let (action, kept) = if inserted == 1 {
        ("submitted", Kept::New)
    } else {
        let row = sqlx::query(schema::FIND)
            .bind(&new.id)
            .fetch_one(&mut **transaction)
            .await?;
        ("duplicate_detected", Kept::Before(Contribution::of(&row)?))
    };
    let version = match &kept {
        Kept::New => new.version,
        Kept::Before(before) => before.version,
    };
    sqlx::query(schema::LOG)
        .bind(Uuid::now_v7().to_string())
        .bind(&new.id)
        .bind(action)
        .bind(version.as_str())
        .bind(unix_ms())
        .bind(i64::try_from(job.since.elapsed().as_micros()).unwrap_or(i64::MAX))
        .execute(&mut **transaction)
        .await?;
    Ok(kept)
}

impl Contribution {
    pub(super) fn of(row: &sqlx::any::AnyRow) -> Result<Self, sqlx::Error> {
        let version: String = row.try_get("api_version")?;
        let version = version
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let assumed: i64 = row.try_get("assumed")?;
        Ok(Self {
            id: row.try_get("id")?,
            version,
            payload: row.try_get("payload")?,
            assumed: u16::try_from(assumed)
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            fingerprint: row.try_get("fingerprint")?,
            answer: row.try_get("answer")?,
        })
    }
}
