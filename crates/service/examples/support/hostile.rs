//! Clients that hold connections without letting a service get on with its work, one kind after another.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// What a hostile client does with its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Sends requests and never reads an answer.
    NeverReads,
    /// Sends a head, a header a second, for ever.
    SlowHead,
    /// Sends a body, a byte at a time.
    SlowBody,
    /// Connects and sends nothing.
    OnlyConnects,
    /// Sends a body in chunks of one byte and never ends it.
    OneByteChunks,
}

pub(crate) const KINDS: [Kind; 5] = [
    Kind::NeverReads,
    Kind::SlowHead,
    Kind::SlowBody,
    Kind::OnlyConnects,
    Kind::OneByteChunks,
];

/// What became of the hostile connections.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Connections that were opened.
    pub(crate) opened: AtomicUsize,
    /// Connections that the service closed.
    pub(crate) closed: AtomicUsize,
}

/// So many clients, of each kind as many as of any other. Each connects anew as soon as it is cut off; they end when this
/// is dropped.
pub(crate) struct Crowd {
    pub(crate) counts: Arc<Counts>,
    _clients: JoinSet<()>,
}

impl Crowd {
    /// `post` and `get` are paths that the service answers.
    pub(crate) fn gather(address: SocketAddr, clients: usize, post: &str, get: &str) -> Self {
        let counts = Arc::new(Counts::default());
        let mut tasks = JoinSet::new();
        for kind in KINDS.into_iter().cycle().take(clients) {
            let (counts, post, get) = (Arc::clone(&counts), post.to_owned(), get.to_owned());
            tasks.spawn(async move {
                loop {
                    if let Ok(stream) = connect(address, kind).await {
                        counts.opened.fetch_add(1, Ordering::Relaxed);
                        misbehave(stream, kind, &post, &get).await;
                        counts.closed.fetch_add(1, Ordering::Relaxed);
                    }
                    // Refused, or cut off at once: no faster than that.
                    sleep(Duration::from_millis(20)).await;
                }
            });
        }
        Self {
            counts,
            _clients: tasks,
        }
    }
}

async fn connect(address: SocketAddr, kind: Kind) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if matches!(kind, Kind::NeverReads) {
        socket.set_recv_buffer_size(4_096)?;
    }
    socket.connect(address).await
}

/// Ends when the service has closed the connection.
async fn misbehave(mut stream: TcpStream, kind: Kind, post: &str, get: &str) {
    let head = |framing: &str| {
        format!(
            "POST {post} HTTP/1.1\r\nhost: localhost\r\nx-who: mallory\r\nx-why: hostile\r\n\
             content-type: application/json\r\n{framing}\r\n\r\n"
        )
    };
    match kind {
        Kind::NeverReads => {
            let request = format!("GET {get} HTTP/1.1\r\nhost: localhost\r\n\r\n");
            while stream.write_all(request.as_bytes()).await.is_ok() {
                sleep(Duration::from_millis(20)).await;
            }
        }
        Kind::SlowHead => {
            let request = format!("GET {get} HTTP/1.1\r\nhost: localhost\r\n");
            let _ = stream.write_all(request.as_bytes()).await;
            drip(&mut stream, b"x-slow: 1\r\n", Duration::from_secs(1)).await;
        }
        Kind::SlowBody => {
            let _ = stream
                .write_all(head("content-length: 60000").as_bytes())
                .await;
            drip(&mut stream, b" ", Duration::from_millis(500)).await;
        }
        Kind::OnlyConnects => until_closed(&mut stream).await,
        Kind::OneByteChunks => {
            let mut bytes = head("transfer-encoding: chunked").into_bytes();
            bytes.extend(b"1\r\n \r\n".repeat(1_000));
            let _ = stream.write_all(&bytes).await;
            until_closed(&mut stream).await;
        }
    }
}

/// Sends this again and again until the service has closed the connection.
async fn drip(stream: &mut TcpStream, bytes: &[u8], pause: Duration) {
    while timeout(pause, until_closed(stream)).await.is_err() {
        if stream.write_all(bytes).await.is_err() {
            return;
        }
    }
}

/// Reads until the end.
async fn until_closed(stream: &mut TcpStream) {
    let mut answer = [0; 1_024];
    while stream.read(&mut answer).await.is_ok_and(|read| read > 0) {}
}
