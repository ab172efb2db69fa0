//! Clients that want to be served: they try again under the same key until they have their 201, and remember it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use reqwest::Client;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

#[path = "payloads.rs"]
mod payloads;

const ATTEMPT: Duration = Duration::from_secs(10);

/// Where the service is, and since when; `None` while it is down.
pub(crate) type Whereabouts = watch::Receiver<Option<(SocketAddr, Instant)>>;

/// What came of the requests.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// What was answered 201, by id, with a part of the payload that has to be stored.
    pub(crate) acknowledged: BTreeMap<String, String>,
    /// Attempts by status; 0 is a broken connection.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// The longest that a request waited for its 201 while the service was up.
    pub(crate) slowest: Duration,
    /// Answers that an honest client must never get.
    pub(crate) wrong: Vec<String>,
}

/// The book, for all clients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Book>>);

impl Ledger {
    pub(crate) fn open(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So many honest clients, half of them with a new connection for each request, and one that sends broken payloads. They
/// end when the set is dropped.
pub(crate) fn clients(count: usize, at: &Whereabouts, ledger: &Ledger) -> JoinSet<()> {
    let mut set = JoinSet::new();
    for client in 0..count {
        set.spawn(honest(client, at.clone(), ledger.clone()));
    }
    set.spawn(broken(at.clone(), ledger.clone()));
    set
}

async fn honest(client: usize, mut at: Whereabouts, ledger: Ledger) {
    let kept = Client::new();
    for n in 0_u64.. {
        let id = format!("honest-{client}-{n}");
        let part = format!(r#""name":"{id}""#);
        let body = format!(r#"{{"lat":51.5,"lng":-0.1,{part}}}"#);
        let asked = Instant::now();
        while let Some((address, up)) = service(&mut at).await {
            let http = if client.is_multiple_of(2) {
                kept.clone()
            } else {
                Client::new()
            };
            let answer = send(&http, address, &id, body.clone()).await;
            // A service that is down starves nobody: the siege has killed it.
            if at.borrow().is_some_and(|(now, _)| now == address) {
                ledger.open().waited(asked.max(up).elapsed());
            }
            if ledger.open().note(&id, &part, &answer, &[]) {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Sends payloads that are nearly JSON: each is answered, and never by a failure of the service.
async fn broken(mut at: Whereabouts, ledger: Ledger) {
    const V1: &str = r#"{"lat":51.50,"lng":-0.1,"fee":0.5,"hours":"dawn to dusk"}"#;
    let http = Client::new();
    let mut rng = Rng::with_seed(7);
    let mut sent = 0;
    while let Some((address, _)) = service(&mut at).await {
        let id = format!("broken-{sent}");
        let answer = send(&http, address, &id, payloads::broken(V1, &mut rng)).await;
        ledger.open().note(&id, "", &answer, &[400]);
        sent += 1;
        sleep(Duration::from_millis(20)).await;
    }
}

impl Book {
    fn waited(&mut self, time: Duration) {
        self.slowest = self.slowest.max(time);
    }

    /// Whether this is a 201. No connection, too many requests and a database that is away are to be tried again.
    fn note(&mut self, id: &str, part: &str, answer: &(u16, String), expected: &[u16]) -> bool {
        let (status, text) = answer;
        *self.statuses.entry(*status).or_default() += 1;
        match status {
            201 => drop(self.acknowledged.insert(id.to_owned(), part.to_owned())),
            0 | 429 | 503 => {}
            other if expected.contains(other) => {}
            other => self
                .wrong
                .push(format!("{id} was answered {other}: {text}")),
        }
        *status == 201
    }
}

/// The service, once it is up; `None` when the siege is over.
async fn service(at: &mut Whereabouts) -> Option<(SocketAddr, Instant)> {
    *at.wait_for(Option::is_some).await.ok()?
}

async fn send(
    http: &Client,
    address: SocketAddr,
    id: &str,
    body: impl Into<reqwest::Body>,
) -> (u16, String) {
    let request = http
        .post(format!("http://{address}/api/suggest"))
        .header("content-type", "application/json")
        .header("idempotency-key", id)
        .timeout(ATTEMPT)
        .body(body)
        .send();
    match request.await {
        Ok(response) => {
            let status = response.status().as_u16();
            response
                .text()
                .await
                .map_or((0, String::new()), |text| (status, text))
        }
        Err(_) => (0, String::new()),
    }
}
