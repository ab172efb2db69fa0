//! What the tests of the tower layer share: mocked versions, and an observer that keeps what it is told.

use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cutover::migration::Outcome;
use cutover::tower::Observe;
use cutover::{Decision, Rollout, Router, Version};
use http::{Request, Response};
use tower::{BoxError, Service, service_fn};
use tower_test::mock::{self, Handle, Mock};

pub(crate) type Asked = Request<String>;
pub(crate) type Answer = Response<String>;

/// A mocked version, and the hand that answers for it.
pub(crate) fn mocked() -> (Mock<Asked, Answer>, Handle<Asked, Answer>) {
    mock::pair()
}

/// A router with this rollout, deaf to the environment of the test.
pub(crate) fn router(document: &str) -> Arc<Router> {
    let rollout = Rollout::from_json(document.as_bytes()).unwrap();
    Arc::new(
        Router::builder()
            .rollout(rollout)
            .env(|_| None)
            .build()
            .unwrap(),
    )
}

/// Everyone on v1, or everyone on v2, by the share.
pub(crate) fn all_on(version: Version) -> Arc<Router> {
    let share = if version == Version::V2 { "100%" } else { "0%" };
    router(&format!(r#"{{"name":"test","share":"{share}"}}"#))
}

pub(crate) fn id(request: &Asked) -> Option<http::HeaderValue> {
    request.headers().get("x-id").cloned()
}

pub(crate) fn request(body: &str) -> Asked {
    Request::builder()
        .header("x-id", "user-1")
        .body(body.to_owned())
        .unwrap()
}

pub(crate) fn answer(status: u16, body: &str) -> Answer {
    Response::builder()
        .status(status)
        .body(body.to_owned())
        .unwrap()
}

/// The headers that the layer sets: version and reason.
pub(crate) fn says(response: &Answer) -> (&str, &str) {
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    (header("x-api-version"), header("x-cutover-reason"))
}

/// What an observer was told of a request: the version of the decision and the id, neither without an id; and the outcome.
pub(crate) type Told = (Option<(Version, String)>, Outcome);

/// Keeps what it is told.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<Told>>>, Arc<AtomicUsize>);

impl Seen {
    pub(crate) fn all(&self) -> Vec<Told> {
        self.0.lock().unwrap().clone()
    }

    /// How many decisions it was told of.
    pub(crate) fn decided(&self) -> usize {
        self.1.load(Ordering::Relaxed)
    }
}

impl Observe for Seen {
    fn decided(&self, _: &Decision) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }

    fn observe(&self, decision: &Decision, id: &[u8], outcome: Outcome, _: Duration) {
        let id = String::from_utf8(id.to_vec()).unwrap();
        self.0
            .lock()
            .unwrap()
            .push((Some((decision.version(), id)), outcome));
    }

    fn observe_unidentified(&self, outcome: Outcome, _: Duration) {
        self.0.lock().unwrap().push((None, outcome));
    }
}

/// What is told of `user-1` when this version answered so.
pub(crate) fn told(version: Version, outcome: Outcome) -> Vec<Told> {
    vec![(Some((version, "user-1".to_owned())), outcome)]
}

/// A version that is well.
pub(crate) fn ok(
    body: &'static str,
) -> impl Service<Asked, Response = Answer, Error = BoxError, Future: Send> + Clone + Send + 'static
{
    service_fn(move |_: Asked| ready(Ok(answer(200, body))))
}

pub(crate) async fn panics(_: Asked) -> Result<Answer, BoxError> {
    panic!("the handler broke")
}

pub(crate) fn broken() -> BoxError {
    "the connection broke".into()
}
