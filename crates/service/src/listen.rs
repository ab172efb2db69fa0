//! A listener: how many connections it serves at once, who gets one, and a shutdown that lets answers finish.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::connection::{self, GRACE};
use crate::connections::Tally;
use crate::descriptors::Shares;
use crate::peers::Peers;

/// Connections that the kernel holds until there is room. They are served first come, first served, and no connection
/// may keep its place for long without using it: a client that waits gets its turn, one that is turned away would have to
/// race the others for the next free place.
const BACKLOG: u32 = 1_024;
/// What the kernel buffers of an answer for a client that doesn't read. Left alone it takes megabytes, and the client
/// could ask for answers for minutes before anyone noticed.
const SEND_BUFFER: u32 = 64 * 1_024;

/// What a listener allows its clients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// Connections at once from one address; 0 for no limit.
    pub(crate) per_peer: u32,
    /// How long a connection may take to send the head of a request, counted from its first moment, and then from the
    /// end of the last answer.
    pub(crate) head: Duration,
}

impl Limits {
    pub(crate) fn clients(shares: Shares, per_peer: u32) -> Self {
        Self {
            connections: shares.clients,
            per_peer,
            head: Duration::from_secs(5),
        }
    }

    /// Operators' programs send a request as soon as they are connected, and must never have to wait for a place.
    pub(crate) fn admin(shares: Shares) -> Self {
        Self {
            connections: shares.admin,
            per_peer: 0,
            head: Duration::from_secs(2),
        }
    }
}

/// Listens on this address.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // Elsewhere it would let two processes listen on one port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` says true or its sender is gone; then answers what is under way, and returns.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    tally: Arc<Tally>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let peers = Peers::new(limits.per_peer);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (place, stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_clients(&error) => continue,
            Err(error) => {
                // Mostly: no more file descriptors. They come back as connections end.
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(peer) = peers.admit(address.ip()) else {
            tally.refuse();
            continue;
        };
        let (routes, tally, stop) = (routes.clone(), Arc::clone(&tally), stop.clone());
        tokio::spawn(async move {
            let open = tally.open();
            // Answers are small and written whole: waiting for more to send with them only delays them. If it can't be
            // set, they still arrive.
            let _ = stream.set_nodelay(true);
            if let Err(reason) = connection::serve(stream, routes, limits.head, stop).await {
                tally.time_out(reason);
            }
            drop((open, peer, place));
        });
    }
    drop(listener);
    // All places are free when all connections have ended.
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(GRACE, places.acquire_many(all))
        .await
        .is_err()
    {
        tracing::warn!("closed connections that were still busy at the end of the grace period");
    }
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, address) = listener.accept().await?;
    Ok((place, stream, address))
}

/// Whether only this connection failed: its client was gone before it was accepted.
fn is_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}
