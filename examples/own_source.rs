//! A source of one's own, here a table in memory; yours asks a database, a key-value store, a configuration service.

use std::error::Error;
use std::sync::{Arc, Mutex};

use cutover::Router;
use cutover::routing::source::{Follow, Source};

/// A row of a table, and the version of it that was loaded last.
struct Row {
    table: Arc<Mutex<(u64, String)>>,
    loaded: u64,
}

impl Source for Row {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        let row = self.table.lock().map_err(|_| "the table is locked")?;
        if row.0 == self.loaded {
            return Ok(None);
        }
        self.loaded = row.0;
        Ok(Some(row.1.clone().into_bytes()))
    }

    fn name(&self) -> String {
        "table rollout, row 1".to_owned()
    }
}

fn main() -> Result<(), cutover::Error> {
    let table = Arc::new(Mutex::new((0, String::new())));
    let write = |version: u64, document: &str| {
        if let Ok(mut row) = table.lock() {
            *row = (version, document.to_owned());
        }
    };
    let router = Router::builder().name("contribution-form-v2").build()?;
    let row = Row {
        table: Arc::clone(&table),
        loaded: 0,
    };
    // A service would say `.every(File::INTERVAL)?` and keep what that gives.
    let mut follow = Follow::new(&router, row);
    let documents = [
        r#"{"name": "contribution-form-v2", "revision": 1, "share": "10%"}"#,
        r#"{"name": "contribution-form-v2", "revision": 2, "share": "25"}"#,
        r#"{"name": "contribution-form-v2", "revision": 2, "share": "25%"}"#,
    ];
    for (version, document) in (1..).zip(documents) {
        write(version, document);
        follow.look();
        let status = router.status();
        println!("{document}\n  in force: {}", status.share);
        if let Some(error) = status.last_error {
            println!("  refused at {}: {}", error.path, error.message);
        }
    }
    Ok(())
}
