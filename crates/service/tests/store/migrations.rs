//! A database of a release without migrations is brought up to date, loses nothing, and still serves that release.

use sqlx::{AnyConnection, Connection, Executor, Row};

use crate::common::postgres::Cluster;
use crate::common::{Process, read};
use crate::kit::{Sender, ends, sqlite};

const BEFORE: &str = include_str!("before_migrations.sql");

/// How that release writes a contribution's log entry.
const OLD_ENTRY: &str = "INSERT INTO submissions
    (seq, suggestion_id, action, api_version, at_unix_ms, duration_us) VALUES ('z', 'old-1', 'submitted', 'v2', 1, 1)";

async fn brought_up_to_date(url: &str, made_by: &str) {
    sqlx::any::install_default_drivers();
    let mut operator = AnyConnection::connect(made_by).await.unwrap();
    operator.execute(BEFORE).await.unwrap();

    // The old entries are of 2121, so that none is too old whenever this runs.
    let both: [Process; 2] = std::thread::scope(|scope| {
        let start = || Process::start(&["--database-url", url, "--share", "50%"], &[]);
        [scope.spawn(start), scope.spawn(start)].map(|started| started.join().unwrap())
    });
    for service in &both {
        let (status, body) = read(&service.address, "old-1", "v2").await;
        assert_eq!(status, 200);
        assert!(body.contains(r#""@id":"node/temp_old-1""#), "{body}");
    }
    let mut sender = Sender::new();
    assert_eq!(sender.send(&both[0], 20).await.0, 201);
    assert_eq!(sender.send(&both[1], 20).await.0, 201);
    for service in both {
        ends(service).await;
    }
    sender.all_stored(url).await;

    operator.execute(OLD_ENTRY).await.unwrap();
    let count = async |operator: &mut AnyConnection, what: &'static str| {
        let row = sqlx::query(what).fetch_one(operator).await.unwrap();
        row.get::<i64, _>(0)
    };
    let steps = "SELECT COUNT(*) FROM migrations";
    assert_eq!(count(&mut operator, steps).await, 3);
    let old = "SELECT COUNT(*) FROM submissions WHERE suggestion_id LIKE 'old-%' AND status IS NULL AND at IS NULL";
    assert_eq!(count(&mut operator, old).await, 5);
    let new = "SELECT COUNT(*) FROM submissions WHERE length(suggestion_id) = 16 AND status = 201 AND at LIKE '20%Z'";
    assert_eq!(count(&mut operator, new).await, 2);
    let changes = "SELECT COUNT(*) FROM changes";
    assert_eq!(count(&mut operator, changes).await, 1);

    // The next start finds nothing to do.
    ends(Process::start(&["--database-url", url], &[])).await;
    assert_eq!(count(&mut operator, steps).await, 3);
    operator.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite(folder.path());
    brought_up_to_date(&url, &format!("{url}?mode=rwc")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    if let Some(cluster) = Cluster::start() {
        brought_up_to_date(&cluster.url(), &cluster.url()).await;
    }
}
