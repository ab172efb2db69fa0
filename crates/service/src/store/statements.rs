//! What is written within a transaction, each statement within the deadline, and how rows are read.

use sqlx::{AnyConnection, Row};
use uuid::Uuid;

use super::database::within;
use super::{Assumed, Change, Contribution, Kept, schema, unix_ms};
use crate::answer::to_json;

/// The probe's row is as large as the largest payload, v2's: when it can be written, any contribution can.
const PROBE_BYTES: usize = 131_072;

/// The contribution, unless there is one of this id.
pub(super) async fn keep(
    connection: &mut AnyConnection,
    new: &Contribution,
) -> Result<Kept, sqlx::Error> {
    let insert = sqlx::query(schema::KEEP)
        .bind(&new.id)
        .bind(new.version.as_str())
        .bind(&new.payload)
        .bind(i64::from(new.assumed.bits))
        .bind(to_json(&new.assumed.pointers))
        .bind(&new.fingerprint)
        .bind(&new.answer)
        .bind(unix_ms())
        .execute(&mut *connection);
    if within(insert).await?.rows_affected() == 1 {
        return Ok(Kept::New);
    }
    let find = sqlx::query(schema::FIND)
        .bind(&new.id)
        .fetch_one(connection);
    let before = Contribution::of(&within(find).await?)?;
    Ok(Kept::Before(before))
}

/// A change.
pub(super) async fn note(
    connection: &mut AnyConnection,
    change: &Change,
) -> Result<Kept, sqlx::Error> {
    let insert = sqlx::query(schema::CHANGE)
        .bind(Uuid::now_v7().to_string())
        .bind(change.at_unix_ms)
        .bind(&change.who)
        .bind(&change.why)
        .bind(&change.what)
        .bind(&change.detail)
        .execute(connection);
    within(insert).await?;
    Ok(Kept::New)
}

/// The probe's one row.
pub(super) async fn probe(connection: &mut AnyConnection) -> Result<Kept, sqlx::Error> {
    let upsert = sqlx::query(schema::PROBE)
        .bind(unix_ms())
        .bind(" ".repeat(PROBE_BYTES))
        .execute(connection);
    within(upsert).await?;
    Ok(Kept::New)
}

impl Contribution {
    /// The contribution in this row.
    pub(super) fn of(row: &sqlx::any::AnyRow) -> Result<Self, sqlx::Error> {
        let version: String = row.try_get("api_version")?;
        let version = version
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let bits: i64 = row.try_get("assumed")?;
        let pointers: String = row.try_get("assumed_pointers")?;
        Ok(Self {
            id: row.try_get("id")?,
            version,
            payload: row.try_get("payload")?,
            assumed: Assumed {
                bits: u16::try_from(bits).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
                pointers: serde_json::from_str(&pointers)
                    .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            },
            fingerprint: row.try_get("fingerprint")?,
            answer: row.try_get("answer")?,
        })
    }
}

impl Change {
    /// The change in this row.
    pub(super) fn of(row: &sqlx::any::AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            at_unix_ms: row.try_get("at_unix_ms")?,
            who: row.try_get("who")?,
            why: row.try_get("why")?,
            what: row.try_get("what")?,
            detail: row.try_get("detail")?,
        })
    }
}
