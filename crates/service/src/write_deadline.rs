//! A stream whose peer has to read what is written to it: hyper waits for as long as the peer pleases.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long the peer may take nothing at all.
const STALLED: Duration = Duration::from_secs(5);
/// How long it may be behind with reading, however little it takes at a time.
const BEHIND: Duration = Duration::from_secs(20);

/// Fails a write with [`io::ErrorKind::TimedOut`] when the peer doesn't read. While it does, no timer is set.
#[derive(Debug)]
pub(crate) struct WriteDeadline<S> {
    stream: S,
    /// Since when there has been something that the peer has not taken yet.
    behind_since: Option<Instant>,
    /// Runs while the peer takes nothing.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> WriteDeadline<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            behind_since: None,
            timer: None,
        }
    }

    /// What became of a write, or that it has waited for too long.
    fn or_deadline<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.timer = None;
            return written;
        }
        let now = Instant::now();
        let behind = *self.behind_since.get_or_insert(now) + BEHIND;
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(behind.min(now + STALLED))));
        ready!(timer.as_mut().poll(cx));
        let message = "the client did not read the answer in time";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteDeadline<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteDeadline<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.or_deadline(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.or_deadline(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when it has written all it had.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() {
            self.behind_since = None;
        }
        self.or_deadline(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.or_deadline(cx, ended)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_nothing_is_given_up() {
        let (ours, _theirs) = duplex(16);
        let since = Instant::now();
        let error = WriteDeadline::new(ours)
            .write_all(&[0; 64])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!((STALLED..STALLED * 2).contains(&since.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_a_little_now_and_then_is_given_up_later() {
        let (ours, mut theirs) = duplex(16);
        let since = Instant::now();
        tokio::spawn(async move {
            while theirs.read_exact(&mut [0]).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        });
        let error = WriteDeadline::new(ours)
            .write_all(&[0; 64])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!((BEHIND..BEHIND * 2).contains(&since.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_catches_up_has_all_the_time_again() {
        let (ours, mut theirs) = duplex(16);
        let mut ours = WriteDeadline::new(ours);
        let reader = tokio::spawn(async move {
            let mut read = [0; 32];
            for _ in 0..10 {
                tokio::time::sleep(STALLED - Duration::from_secs(1)).await;
                theirs.read_exact(&mut read).await.unwrap();
            }
            theirs
        });
        for _ in 0..10 {
            ours.write_all(&[0; 32]).await.unwrap();
            ours.flush().await.unwrap();
        }
        drop(reader.await.unwrap());
    }
}
