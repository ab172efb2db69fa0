//! What was answered 201 is stored, whatever happens to the process: it is killed under load, 20 times.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cutover_service::principal::Principals;
use cutover_service::submission::ContributionId;
use reqwest::Client;
use reqwest::header::{HeaderMap, HeaderValue};
use sqlx::Row;

use crate::common::postgres::Cluster;
use crate::common::{self, Process};

const KEY: &str = "a key of 23 characters!";
const KILLS: usize = 20;
const CLIENTS: usize = 8;
/// Answers before each kill: the kill comes under load, not before it.
const ANSWERS: usize = 24;

/// Each client sends one contribution after another and notes which were answered 201, until the service is gone.
async fn load(address: String, round: usize, client: usize, answered: Arc<Mutex<Vec<String>>>) {
    let http = Client::new();
    for n in 0.. {
        let id = format!("{round}-{client}-{n}");
        let sent = http
            .post(format!("http://{address}/api/suggest"))
            .header("content-type", "application/json")
            .header("idempotency-key", &id)
            .body(format!(r#"{{"lat":51.5,"lng":0.{n}}}"#))
            .send()
            .await;
        match sent {
            Ok(response) if response.status() == 201 => answered.lock().unwrap().push(id),
            Ok(response) => panic!("{}", response.status()),
            Err(_) => return,
        }
    }
}

/// As the database's log has it.
fn hash(principals: &Principals, id: &str) -> String {
    let mut headers = HeaderMap::new();
    headers.insert("idempotency-key", HeaderValue::from_str(id).unwrap());
    let id = ContributionId::of(&headers).unwrap();
    principals.hash_of(&id).to_string()
}

async fn killed_under_load(database: &str) {
    let arguments = ["--share", "50%", "--database-url", database];
    let environment = [("CUTOVER_PRINCIPAL_KEY", KEY)];
    let mut all = Vec::new();
    for round in 0..KILLS {
        let service = Process::start(&arguments, &environment);
        let answered = Arc::default();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                tokio::spawn(load(
                    service.address.clone(),
                    round,
                    client,
                    Arc::clone(&answered),
                ))
            })
            .collect();
        while answered.lock().unwrap().len() < ANSWERS {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        service.kill();
        for client in clients {
            client.await.unwrap();
        }
        all.append(&mut answered.lock().unwrap());
    }
    let service = Process::start(&arguments, &environment);
    for id in &all {
        let n = id.rsplit_once('-').unwrap().1;
        let (status, body) = common::read(&service.address, id, "v1").await;
        assert_eq!(status, 200, "{id} was answered 201 and is lost");
        assert!(body.contains(&format!(r#""lng":0.{n}"#)), "{id}: {body}");
    }
    service.kill();

    // The log is written afterwards, so that its end is lost; nothing in it was not stored.
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(database).await.unwrap();
    let count = "SELECT (SELECT COUNT(*) FROM contributions) AS stored,
        (SELECT COUNT(*) FROM submissions WHERE action = 'submitted') AS logged";
    let row = sqlx::query(count).fetch_one(&pool).await.unwrap();
    let count = |name| row.get::<i64, _>(name);
    println!(
        "{} answered, {} stored, {KILLS} kills",
        all.len(),
        count("stored")
    );
    assert!(count("stored") >= i64::try_from(all.len()).unwrap());
    assert!(count("logged") <= count("stored"));
    let texts = async |statement: &'static str| {
        let rows = sqlx::query(statement).fetch_all(&pool).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    let principals = Principals::new(None, Some(KEY)).unwrap();
    let stored = texts("SELECT id FROM contributions").await;
    let stored: HashSet<String> = stored.iter().map(|id| hash(&principals, id)).collect();
    let logged = texts("SELECT suggestion_id FROM submissions").await;
    assert!(logged.iter().all(|id| stored.contains(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    killed_under_load(&format!("sqlite:{}", folder.path().join("db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    if let Some(cluster) = Cluster::start() {
        killed_under_load(&cluster.url()).await;
    }
}
