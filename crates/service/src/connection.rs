//! One connection: HTTP/1.1 within limits of size and time, so that nobody keeps a place without using it.

use std::error::Error;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::connections::Timeout;
use crate::write_deadline::WriteDeadline;

/// The largest head of a request.
const HEAD: usize = 16 * 1_024;
/// The lifetime of a connection: after that it finishes the request under way and closes. Clients that reconnect now and
/// then also spread over new instances.
const LIFETIME: Duration = Duration::from_secs(60);
/// How long a request under way may still take when its connection has to end: more than the default timeouts of body and
/// versions add up to.
pub(crate) const GRACE: Duration = Duration::from_secs(20);

/// Serves a connection until its client closes it, its lifetime ends, or `stop` says true.
///
/// # Errors
/// What the client took too long for. A client that breaks a connection is no error.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    routes: Router,
    head: Duration,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Timeout> {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(HEAD)
        .serve_connection(
            TokioIo::new(WriteDeadline::new(stream)),
            TowerToHyperService::new(routes),
        );
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended.map_err(too_slow).or_else(forgive),
        _ = stop.wait_for(|stop| *stop) => {}
        () = sleep(LIFETIME) => {}
    }
    connection.as_mut().graceful_shutdown();
    match timeout(GRACE, connection).await {
        Ok(ended) => ended.map_err(too_slow).or_else(forgive),
        Err(_) => Err(Timeout::Lifetime),
    }
}

/// What the client took too long for; `None` when its client broke it or sent something that isn't HTTP.
fn too_slow(error: hyper::Error) -> Option<Timeout> {
    tracing::debug!(%error, "a connection ended early");
    if error.is_timeout() {
        return Some(Timeout::Head);
    }
    error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>())
        .is_some_and(|source| source.kind() == io::ErrorKind::TimedOut)
        .then_some(Timeout::Answer)
}

fn forgive(timeout: Option<Timeout>) -> Result<(), Timeout> {
    timeout.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    use super::*;

    const HEAD: Duration = Duration::from_secs(5);

    /// The client's end of a connection, what tells the service to stop, and what comes of the connection.
    fn connect() -> (
        DuplexStream,
        watch::Sender<bool>,
        JoinHandle<Result<(), Timeout>>,
    ) {
        let (client, ours) = duplex(1_024);
        let (stop, stopped) = watch::channel(false);
        let routes = Router::new()
            .route("/", get(async || "ok"))
            .route("/large", get(async || "x".repeat(100_000)))
            .route("/slow", get(async || sleep(GRACE / 2).await))
            .route("/never", get(std::future::pending::<()>));
        let served = tokio::spawn(serve(ours, routes, HEAD, stopped));
        (client, stop, served)
    }

    fn request(path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").into_bytes()
    }

    /// Whether there was an answer.
    async fn ask(client: &mut DuplexStream) -> bool {
        let mut answer = [0; 512];
        client.write_all(&request("/")).await.is_ok()
            && client.read(&mut answer).await.is_ok_and(|read| read > 0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_nothing_is_cut_off() {
        let (_client, _stop, served) = connect();
        let since = Instant::now();
        assert_eq!(served.await.unwrap(), Err(Timeout::Head));
        assert_eq!(since.elapsed().as_secs(), HEAD.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_is_idle_after_an_answer_is_cut_off() {
        let (mut client, _stop, served) = connect();
        sleep(HEAD / 2).await;
        assert!(ask(&mut client).await);
        let since = Instant::now();
        assert_eq!(served.await.unwrap(), Err(Timeout::Head));
        assert_eq!(since.elapsed().as_secs(), HEAD.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_ends_is_cut_off() {
        let (mut client, _stop, served) = connect();
        let since = Instant::now();
        client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        while client.write_all(b"x-slow: 1\r\n").await.is_ok() {
            sleep(Duration::from_millis(700)).await;
        }
        assert_eq!(served.await.unwrap(), Err(Timeout::Head));
        assert!(since.elapsed() < HEAD + Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_cut_off() {
        let (mut client, _stop, served) = connect();
        client.write_all(&request("/large")).await.unwrap();
        assert_eq!(served.await.unwrap(), Err(Timeout::Answer));
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_connection_ends_between_two_requests() {
        let (mut client, _stop, served) = connect();
        let since = Instant::now();
        while ask(&mut client).await {
            sleep(Duration::from_secs(3)).await;
        }
        assert_eq!(served.await.unwrap(), Ok(()));
        let lived = since.elapsed();
        assert!((LIFETIME..LIFETIME + HEAD).contains(&lived), "{lived:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_outlives_its_connection_is_cut_off() {
        let (mut client, _stop, served) = connect();
        let since = Instant::now();
        client.write_all(&request("/never")).await.unwrap();
        assert_eq!(served.await.unwrap(), Err(Timeout::Lifetime));
        assert_eq!(since.elapsed().as_secs(), (LIFETIME + GRACE).as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_under_way_is_answered_when_the_service_stops() {
        let (mut client, stop, served) = connect();
        client.write_all(&request("/slow")).await.unwrap();
        tokio::task::yield_now().await;
        stop.send(true).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(served.await.unwrap(), Ok(()));
    }
}
