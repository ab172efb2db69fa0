//! The database's tables, brought up to date step by step. A step adds, and never takes away or renames: the release
//! before, which somebody may have to go back to, works on the tables of this one.

use sqlx::{AnyConnection, Executor};

use super::database::{Database, within};
use super::unix_ms;

/// All steps, in order. One that was released is never edited: the next one mends it.
const MIGRATIONS: [(&str, &str); 3] = [
    (
        "contributions",
        include_str!("../../migrations/0001_contributions.sql"),
    ),
    (
        "submission_log",
        include_str!("../../migrations/0002_submission_log.sql"),
    ),
    (
        "assumed_pointers",
        include_str!("../../migrations/0003_assumed_pointers.sql"),
    ),
];

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    number BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    at_unix_ms BIGINT NOT NULL
)";

const CLAIM: &str = "INSERT INTO migrations (number, name, at_unix_ms) VALUES ($1, $2, $3)
    ON CONFLICT (number) DO NOTHING";

/// PostgreSQL's `IF NOT EXISTS` fails when two sessions create a table at the same time.
const ATTEMPTS: usize = 5;

/// Takes the steps that this database has not had. Several services may do so at once: each step is taken by one of them.
///
/// # Errors
/// The database doesn't answer, or refuses a step. The steps before that one are taken.
pub(super) async fn run(
    database: &Database,
    connection: &mut AnyConnection,
) -> Result<(), sqlx::Error> {
    for attempt in 1.. {
        match within(connection.execute(TABLE)).await {
            Ok(_) => break,
            Err(error) if attempt == ATTEMPTS => return Err(error),
            Err(_) => {}
        }
    }
    for (number, (name, statements)) in (1_i64..).zip(MIGRATIONS) {
        within(connection.execute(database.begin())).await?;
        // Whoever writes the number first takes the step; the others wait here for its commit.
        let claim = sqlx::query(CLAIM).bind(number).bind(name).bind(unix_ms());
        let is_ours = within(claim.execute(&mut *connection))
            .await?
            .rows_affected()
            == 1;
        if is_ours {
            within(connection.execute(statements)).await?;
        }
        within(connection.execute("COMMIT")).await?;
        if is_ours {
            tracing::info!(number, name, "the database's tables are brought up to date");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files and the list agree, and a number says which comes first.
    #[test]
    fn every_file_is_in_the_list_under_its_number() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<String> = (1..)
            .zip(MIGRATIONS)
            .map(|(number, (name, _))| format!("{number:04}_{name}.sql"))
            .collect();
        assert_eq!(files, listed);
    }

    /// Old releases run on new tables: nothing that they know may go.
    #[test]
    fn steps_only_add() {
        for (name, statements) in MIGRATIONS {
            let lines = statements.lines().filter(|line| !line.starts_with("--"));
            let words = lines.collect::<String>().to_uppercase();
            for taken in ["DROP", "RENAME", "DELETE", "UPDATE "] {
                assert!(!words.contains(taken), "{name} has {taken}");
            }
        }
    }
}
