//! The database's log: every request is in it, nothing of what was sent is, and nobody waits for it.

use std::time::{Duration, Instant};

use reqwest::Client;
use sqlx::{AnyConnection, Connection, Executor, Row};

use crate::common::postgres::Cluster;
use crate::common::{Process, V2};
use crate::kit::{SOON, Sender, ends, sqlite};

const JANE: &str = r#"{"lat":51.512345,"lng":-0.1,"name":"Jane's"}"#;

async fn post(service: &Process, path: &str, key: &str, body: &str) -> u16 {
    let sent = Client::new()
        .post(format!("http://{}{path}", service.address))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .header("x-account", "jane@example.org")
        .body(body.to_owned());
    sent.send().await.unwrap().status().as_u16()
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

async fn count(connection: &mut AnyConnection, what: &'static str) -> i64 {
    let row = sqlx::query(what).fetch_one(connection).await.unwrap();
    row.get(0)
}

async fn every_request_is_in_it(url: &str) {
    let arguments = [
        "--database-url",
        url,
        "--share",
        "100%",
        "--principal-header",
        "x-account",
    ];
    let service = Process::start(&arguments, &[]);
    assert_eq!(post(&service, "/api/suggest", "jane", JANE).await, 201);
    assert_eq!(post(&service, "/api/suggest", "jane", JANE).await, 201);
    assert_eq!(post(&service, "/api/suggest", "jane", "{}").await, 422);
    let wrong = r#"{"lat":91,"jane":1,"jane":2,"fee":"jane"}"#;
    assert_eq!(post(&service, "/api/suggest", "b", wrong).await, 400);
    assert_eq!(post(&service, "/api/v2/suggest", "c", V2).await, 201);
    ends(service).await;
    let mut failing = arguments.to_vec();
    failing.extend(["--v2-fault", "1"]);
    let service = Process::start(&failing, &[]);
    assert_eq!(post(&service, "/api/suggest", "d", JANE).await, 201);
    ends(service).await;

    let mut connection = connect(url).await;
    let all = "SELECT suggestion_id, action, api_version, status, error_codes, share_ppm, revision, reason
        FROM submissions ORDER BY seq";
    let rows = sqlx::query(all).fetch_all(&mut connection).await.unwrap();
    let mut ids = Vec::new();
    let found: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row.get::<String, _>(name);
            let number = |name: &str| match row.get::<Option<i64>, _>(name) {
                Some(number) => number.to_string(),
                None => String::from("-"),
            };
            let [id, action, version] = ["suggestion_id", "action", "api_version"].map(text);
            let [status, share, revision] = ["status", "share_ppm", "revision"].map(number);
            let (codes, reason) = (text("error_codes"), text("reason"));
            assert_eq!(id.len(), 16, "{id} is no hash");
            if !ids.contains(&id) {
                ids.push(id.clone());
            }
            let id = ids.iter().position(|known| *known == id).unwrap();
            format!("{id} {action} {version} {status} {codes} {share} {revision} {reason}")
        })
        .collect();
    assert_eq!(
        found,
        [
            "0 submitted v2 201 [] 1000000 0 share",
            "0 duplicate_detected v2 201 [] 1000000 0 share",
            r#"0 duplicate_detected v2 422 ["idempotency_key_reused"] 1000000 0 share"#,
            r#"1 validation_failed v2 400 ["out_of_range lat","duplicate_member","invalid_enum fee","required lng"] 1000000 0 share"#,
            "2 submitted v2 201 [] - - direct",
            r#"3 server_error v2 500 ["injected_fault"] 1000000 0 share"#,
            "3 submitted v1 201 [] 1000000 0 fallback",
        ]
    );
    // One account, whose name is nowhere; without CUTOVER_PRINCIPAL_KEY each start has a key of its own.
    let accounts = "SELECT COUNT(DISTINCT principal) FROM submissions WHERE length(principal) = 16";
    assert_eq!(count(&mut connection, accounts).await, 2);
    let named = "SELECT COUNT(*) FROM submissions WHERE error_codes LIKE '%jane%' OR principal LIKE '%jane%'
        OR suggestion_id LIKE '%jane%'";
    assert_eq!(count(&mut connection, named).await, 0);
    let timed = "SELECT COUNT(*) FROM submissions WHERE at LIKE '20__-__-__T__:__:__.___Z' AND duration_us > 0";
    assert_eq!(count(&mut connection, timed).await, 7);
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    every_request_is_in_it(&sqlite(folder.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_on_postgresql() {
    if let Some(cluster) = Cluster::start() {
        every_request_is_in_it(&cluster.url()).await;
    }
}

/// The log's table is locked: contributions are stored as ever, and what waits is written when it is free.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_it() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let service = Process::start(&["--database-url", &cluster.url()], &[]);
    let mut sender = Sender::new();
    assert_eq!(sender.send(&service, 20).await.0, 201);

    let mut operator = connect(&cluster.url()).await;
    operator.execute("BEGIN").await.unwrap();
    operator
        .execute("LOCK TABLE submissions IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    for _ in 0..50 {
        let since = Instant::now();
        assert_eq!(sender.send(&service, 20).await.0, 201);
        // The database's own patience is 3 s: an answer that waited for the lock would take longer.
        assert!(
            since.elapsed() < Duration::from_millis(2_500),
            "{:?}",
            since.elapsed()
        );
    }
    assert_eq!(sender.ready(&service).await, (200, String::new()));
    // Long enough for the log to have failed.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(
        service
            .log
            .lock()
            .unwrap()
            .contains("the database's log can't be written")
    );
    operator.execute("COMMIT").await.unwrap();

    let since = Instant::now();
    while count(&mut operator, "SELECT COUNT(*) FROM submissions").await < 51 {
        assert!(since.elapsed() < SOON, "what waited is not written");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        sender
            .gauge(&service, "cutover_service_log_entries_lost_total")
            .await,
        0.0
    );
    operator.close().await.unwrap();
    ends(service).await;
    sender.all_stored(&cluster.url()).await;
}

async fn old_entries_go(url: &str, made_by: &str) {
    ends(Process::start(&["--database-url", url], &[])).await;
    let mut operator = connect(made_by).await;
    // 1,500 of two days ago, 10 of an hour ago, by the database's own series of numbers.
    let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1510)
        INSERT INTO submissions (seq, suggestion_id, action, api_version, at_unix_ms, duration_us)
        SELECT 'old-' || CAST(i AS TEXT), 'x', 'submitted', 'v1',
            CASE WHEN i <= 1500 THEN $1 ELSE $2 END, 1 FROM n";
    let now = cutover_service::store::unix_ms();
    let fill = sqlx::query(fill)
        .bind(now - 2 * 86_400_000)
        .bind(now - 3_600_000);
    fill.execute(&mut operator).await.unwrap();

    let service = Process::start(&["--database-url", url, "--log-days", "1"], &[]);
    let since = Instant::now();
    while count(&mut operator, "SELECT COUNT(*) FROM submissions").await > 10 {
        assert!(since.elapsed() < SOON, "old entries stay");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(
        count(&mut operator, "SELECT COUNT(*) FROM submissions").await,
        10
    );
    ends(service).await;
    operator.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn old_entries_go_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite(folder.path());
    old_entries_go(&url, &url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_entries_go_on_postgresql() {
    if let Some(cluster) = Cluster::start() {
        old_entries_go(&cluster.url(), &cluster.url()).await;
    }
}
