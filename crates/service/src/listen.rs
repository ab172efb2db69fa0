//! A listener: so many connections at once, none of which can hold it up, and an end that lets answers finish.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// Connections at once; more wait to be accepted. With 128 KiB for a body and 16 for a head, 1,024 are 150 MB at worst.
const CONNECTIONS: usize = 1_024;
/// The largest head of a request.
const HEAD: usize = 16 * 1_024;
/// How long a connection may take to send a head, or idle before the next.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// How long answers may take that are under way when the listener ends. More than a request may take.
const END: Duration = Duration::from_secs(10);

/// Serves until `stop` says true or its sender is gone; then answers what is under way, and returns.
pub(crate) async fn serve(listener: TcpListener, routes: Router, mut stop: watch::Receiver<bool>) {
    let under_way = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Mostly: no more file descriptors. They come back as connections end.
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE)
            .max_buf_size(HEAD)
            .serve_connection(
                TokioIo::new(stream),
                TowerToHyperService::new(routes.clone()),
            );
        let connection = under_way.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(END, under_way.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("connections were cut off that took too long to end");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    // Answers are small and whole: waiting for more to send with them only delays them.
    stream.set_nodelay(true)?;
    Ok((stream, place))
}
