//! A PostgreSQL behind a network that stops carrying bytes, which no side is told of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use sqlx::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::common::Process;
use crate::common::postgres::Cluster;
use crate::kit::{Sender, ends};

/// Longer than every deadline of the service together; what waits for ever is far above it.
const DEADLINE: Duration = Duration::from_secs(20);

const SOUND: u8 = 0;
/// The commit doesn't arrive, and nothing that follows: the server is left with a transaction and its locks.
const IN_TRANSACTION: u8 = 1;
/// The commit arrives; its answer, and all that follows, doesn't.
const AT_COMMIT: u8 = 2;
/// No connection carries anything.
const ALL: u8 = 3;

/// A proxy on a port of its own. Connections that it has stopped carrying stay open and dead, also when it is sound again.
struct Proxy {
    url: String,
    mode: Arc<AtomicU8>,
}

impl Proxy {
    async fn before(cluster: &Cluster) -> Self {
        let url = cluster.url();
        let (_, server) = url.split_once('@').unwrap();
        let (server, _) = server.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mode = Arc::new(AtomicU8::new(SOUND));
        let proxy = Self {
            url: url.replace(server, &format!("127.0.0.1:{port}")),
            mode: Arc::clone(&mode),
        };
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(upstream) = TcpStream::connect(&server).await else {
                    continue;
                };
                tokio::spawn(carry(client, upstream, Arc::clone(&mode)));
            }
        });
        proxy
    }

    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }
}

async fn carry(client: TcpStream, server: TcpStream, mode: Arc<AtomicU8>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (dead, is_dead) = watch::channel(false);
    let inner = Arc::clone(&mode);
    let up = async move {
        let mut buffer = [0; 65_536];
        while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
            let has = |what: &str| {
                buffer[..n]
                    .windows(what.len())
                    .any(|at| at == what.as_bytes())
            };
            match inner.load(Ordering::SeqCst) {
                IN_TRANSACTION if has("COMMIT") => {
                    dead.send_replace(true);
                }
                ALL => {
                    dead.send_replace(true);
                }
                AT_COMMIT if has("COMMIT") => {
                    dead.send_replace(true);
                    drop(to_server.write_all(&buffer[..n]).await);
                }
                _ => {}
            }
            if !*dead.borrow() && to_server.write_all(&buffer[..n]).await.is_err() {
                break;
            }
        }
        // The server isn't told that the client has gone, once nothing is carried.
        if *dead.borrow() {
            std::future::pending::<()>().await;
        }
        drop(to_server);
    };
    let down = async move {
        let mut buffer = [0; 65_536];
        while let Ok(n @ 1..) = from_server.read(&mut buffer).await {
            let swallowed = *is_dead.borrow() || mode.load(Ordering::SeqCst) == ALL;
            if !swallowed && to_client.write_all(&buffer[..n]).await.is_err() {
                break;
            }
        }
        if *is_dead.borrow() {
            std::future::pending::<()>().await;
        }
        drop(to_client);
    };
    tokio::join!(up, down);
}

async fn setup() -> Option<(Cluster, Proxy, Process, Sender)> {
    let cluster = Cluster::start()?;
    let proxy = Proxy::before(&cluster).await;
    let service = Process::start(&["--database-url", &proxy.url], &[]);
    let mut sender = Sender::new();
    for _ in 0..5 {
        assert_eq!(sender.send(&service, 20).await.0, 201);
    }
    Some((cluster, proxy, service, sender))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_dies_in_a_transaction() {
    let Some((cluster, proxy, service, mut sender)) = setup().await else {
        return;
    };
    proxy.set(IN_TRANSACTION);
    let since = Instant::now();
    let (status, body) = sender.send_as(&service, "again", 20).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &"storage_unavailable".into()),
        "{body}"
    );
    assert!(since.elapsed() < DEADLINE, "{:?}", since.elapsed());
    // Reading works: it is the writer that /readyz speaks of, and no write succeeds until the network is sound.
    assert_eq!(
        sender.ready(&service).await,
        (503, "storage_unavailable".into())
    );
    let failures = sender.gauge(&service, "cutover_service_storage_failures");
    assert!(failures.await >= 1.0);

    proxy.set(SOUND);
    sender.wait_until_ready_is(&service, 200, "").await;
    // The server may hold the lock on this key for as long as it waits for the transaction that will never end.
    let since = Instant::now();
    while sender.send_as(&service, "again", 20).await.0 != 201 {
        assert!(since.elapsed() < DEADLINE, "the key stays locked");
    }
    assert_eq!(sender.send(&service, 20).await.0, 201);
    ends(service).await;
    sender.all_stored(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_carried_and_then_everything() {
    let Some((cluster, proxy, service, mut sender)) = setup().await else {
        return;
    };
    proxy.set(ALL);
    let since = Instant::now();
    assert_eq!(sender.send(&service, 20).await.0, 503);
    assert!(since.elapsed() < DEADLINE, "{:?}", since.elapsed());
    sender
        .wait_until_ready_is(&service, 503, "storage_unavailable")
        .await;

    proxy.set(SOUND);
    sender.wait_until_ready_is(&service, 200, "").await;
    assert_eq!(sender.send(&service, 20).await.0, 201);
    ends(service).await;
    sender.all_stored(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_while_the_database_is_silent() {
    for mode in [IN_TRANSACTION, ALL] {
        let Some((_cluster, proxy, service, mut sender)) = setup().await else {
            return;
        };
        proxy.set(mode);
        assert_eq!(sender.send(&service, 20).await.0, 503);
        ends(service).await;
    }
}

/// A commit whose answer is lost is answered 503: it may be stored or not. The same key finds out, and stores it once.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_an_answer() {
    let Some((cluster, proxy, service, mut sender)) = setup().await else {
        return;
    };
    proxy.set(AT_COMMIT);
    let (status, body) = sender.send_as(&service, "in-doubt", 20).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &"storage_unavailable".into()),
        "{body}"
    );
    proxy.set(SOUND);
    sender.wait_until_ready_is(&service, 200, "").await;
    let (status, body) = sender.send_as(&service, "in-doubt", 20).await;
    assert_eq!((status, &body["suggestionId"]), (201, &"in-doubt".into()));
    ends(service).await;

    sender.all_stored(&cluster.url()).await;
    let pool = sqlx::AnyPool::connect(&cluster.url()).await.unwrap();
    // The log has what was answered.
    let times = "SELECT action FROM submissions WHERE suggestion_id IN
        (SELECT MAX(suggestion_id) FROM submissions WHERE action = 'duplicate_detected') ORDER BY seq";
    let actions: Vec<(String,)> = sqlx::query_as(times).fetch_all(&pool).await.unwrap();
    let actions: Vec<_> = actions.iter().map(|(action,)| action.as_str()).collect();
    assert_eq!(actions, ["server_error", "duplicate_detected"]);
    pool.close().await;
}

/// Statements are cancelled and sessions ended at the server, under load: what was answered 201 is stored, and nothing
/// stays broken.
#[tokio::test(flavor = "multi_thread")]
async fn statements_and_sessions_that_the_server_ends() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let url = cluster.url();
    let service = Process::start(&["--database-url", &url], &[]);
    let mut sender = Sender::new();
    assert_eq!(sender.send(&service, 20).await.0, 201);
    sqlx::any::install_default_drivers();
    let mut operator = sqlx::AnyConnection::connect(&url).await.unwrap();
    let others =
        "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let ends = [
        format!("SELECT COUNT(pg_cancel_backend(pid)) {others}"),
        format!("SELECT COUNT(pg_terminate_backend(pid)) {others}"),
    ];
    let done = Arc::new(AtomicU8::new(0));
    let interrupting = tokio::spawn({
        let done = Arc::clone(&done);
        async move {
            while done.load(Ordering::SeqCst) == 0 {
                for end in &ends {
                    let end = sqlx::query(sqlx::AssertSqlSafe(end.clone()));
                    end.execute(&mut operator).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(7)).await;
                }
            }
        }
    });
    let mut refused = 0;
    for _ in 0..300 {
        let (status, body) = sender.send(&service, 20).await;
        assert!(status == 201 || status == 503, "{status} {body}");
        refused += usize::from(status == 503);
    }
    done.store(1, Ordering::SeqCst);
    interrupting.await.unwrap();
    println!("{refused} of 300 refused");
    assert!(refused > 0, "nothing was interrupted");
    sender.wait_until_ready_is(&service, 200, "").await;
    assert_eq!(sender.send(&service, 20).await.0, 201);
    // A server that is restarted ends the sessions of those who are idle, which isn't anybody's failure.
    for _ in 0..5 {
        let mut operator = sqlx::AnyConnection::connect(&url).await.unwrap();
        // Waits until they have ended.
        let terminate = format!("SELECT COUNT(pg_terminate_backend(pid, 10000)) {others}");
        let end = sqlx::query(sqlx::AssertSqlSafe(terminate));
        end.execute(&mut operator).await.unwrap();
        assert_eq!(sender.send(&service, 20).await.0, 201);
        operator.close().await.unwrap();
    }
    crate::kit::ends(service).await;
    sender.all_stored(&url).await;
}
