//! The head of a plan's decision log, in a table of the database: a second place, beside the files of the log itself.

use std::error::Error as StdError;
use std::sync::Arc;

use cutover::migration::plan::{HeadStore, Heads};
use sqlx::{AnyConnection, Connection, Executor, Row};
use tokio::runtime::Handle;

use super::Store;
use super::database::{Database, within};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS plan_heads (
    plan TEXT PRIMARY KEY,
    heads TEXT NOT NULL
)";

const LOAD: &str = "SELECT heads FROM plan_heads WHERE plan = $1";

const STORE: &str = "INSERT INTO plan_heads (plan, heads) VALUES ($1, $2)
    ON CONFLICT (plan) DO UPDATE SET heads = excluded.heads";

type AnyError = Box<dyn StdError + Send + Sync>;

/// The heads of one plan. Its calls wait for the database, a few seconds at most: make them where a thread may wait.
#[derive(Clone, Debug)]
pub struct HeadTable {
    database: Arc<Database>,
    plan: String,
    runtime: Handle,
}

impl Store {
    /// Where the head of this plan's decision log is kept; makes the table. `None` for a database in memory, which is no
    /// second place: every restart would look like a forgery.
    ///
    /// # Errors
    /// The database doesn't answer, or can't be written to.
    pub async fn heads(&self, plan: &str) -> Result<Option<HeadTable>, sqlx::Error> {
        if self.database.is_in_memory() {
            return Ok(None);
        }
        let mut connection = self.database.connect().await?;
        within(connection.execute(TABLE)).await?;
        within(connection.close()).await?;
        Ok(Some(HeadTable {
            database: Arc::clone(&self.database),
            plan: plan.to_owned(),
            runtime: Handle::current(),
        }))
    }
}

impl HeadTable {
    /// What this does with a connection of its own: decisions are rare, and wait for nobody's contributions.
    fn wait<T>(
        &self,
        query: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, AnyError> {
        self.database.check_files()?;
        self.runtime.block_on(async {
            let mut connection = self.database.connect().await?;
            let answer = within(query(&mut connection)).await?;
            within(connection.close()).await?;
            Ok(answer)
        })
    }
}

impl HeadStore for HeadTable {
    fn load(&mut self) -> Result<Option<Heads>, AnyError> {
        let row = self.wait(async |connection| {
            sqlx::query(LOAD)
                .bind(&self.plan)
                .fetch_optional(connection)
                .await
        })?;
        let heads = row
            .map(|row| row.try_get::<String, _>("heads"))
            .transpose()?;
        Ok(heads
            .map(|heads| serde_json::from_str(&heads))
            .transpose()?)
    }

    fn store(&mut self, heads: &Heads) -> Result<(), AnyError> {
        let json = serde_json::to_string(heads)?;
        self.wait(async |connection| {
            let store = sqlx::query(STORE).bind(&self.plan).bind(&json);
            store.execute(connection).await.map(drop)
        })
    }
}
