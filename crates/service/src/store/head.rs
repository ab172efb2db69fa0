//! The head of a plan's decision log, in a table of the database: a second place, beside the files of the log itself.

use std::error::Error as StdError;
use std::time::Duration;

use cutover::migration::plan::{HeadStore, Heads};
use sqlx::{AnyPool, Executor, Row};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::Store;

/// How long a database that doesn't answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

const TABLE: &str = "CREATE TABLE IF NOT EXISTS plan_heads (
    plan TEXT PRIMARY KEY,
    heads TEXT NOT NULL
)";

const LOAD: &str = "SELECT heads FROM plan_heads WHERE plan = $1";

const STORE: &str = "INSERT INTO plan_heads (plan, heads) VALUES ($1, $2)
    ON CONFLICT (plan) DO UPDATE SET heads = excluded.heads";

type AnyError = Box<dyn StdError + Send + Sync>;

/// The heads of one plan. Its calls wait for the database: make them where a thread may wait.
#[derive(Clone, Debug)]
pub struct HeadTable {
    pool: AnyPool,
    plan: String,
    runtime: Handle,
}

impl Store {
    /// Where the head of this plan's decision log is kept; makes the table.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn heads(&self, plan: &str) -> Result<HeadTable, sqlx::Error> {
        self.write.execute(TABLE).await?;
        Ok(HeadTable {
            pool: self.write.clone(),
            plan: plan.to_owned(),
            runtime: Handle::current(),
        })
    }
}

impl HeadTable {
    fn wait<T>(&self, query: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, AnyError> {
        match self.runtime.block_on(timeout(PATIENCE, query)) {
            Ok(done) => Ok(done?),
            Err(_) => Err("the database does not answer".into()),
        }
    }
}

impl HeadStore for HeadTable {
    fn load(&mut self) -> Result<Option<Heads>, AnyError> {
        let row = self.wait(
            sqlx::query(LOAD)
                .bind(&self.plan)
                .fetch_optional(&self.pool),
        )?;
        let heads = row
            .map(|row| row.try_get::<String, _>("heads"))
            .transpose()?;
        Ok(heads
            .map(|heads| serde_json::from_str(&heads))
            .transpose()?)
    }

    fn store(&mut self, heads: &Heads) -> Result<(), AnyError> {
        let json = serde_json::to_string(heads)?;
        let store = sqlx::query(STORE).bind(&self.plan).bind(json);
        self.wait(store.execute(&self.pool))?;
        Ok(())
    }
}
