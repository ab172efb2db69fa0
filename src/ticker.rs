//! A thread that does something at an interval, until its handle is dropped.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, Builder, JoinHandle};
use std::time::Duration;

/// The shortest interval: one of zero would keep a core busy.
const SHORTEST: Duration = Duration::from_millis(1);

/// Ticks for as long as it is kept.
///
/// Dropping it stops the thread at once, not after the interval, and waits for a tick that is under way. Only a drop by the
/// tick itself, say in a listener that it calls, doesn't wait: a thread can't join itself. That tick is the last.
#[derive(Debug)]
pub(crate) struct Ticker {
    /// Nothing is ever sent: the thread ends when this is gone.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Ticks after `first`, and then at this interval, at least 1 ms. A tick that panics is over; the next one comes.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(
        name: &str,
        first: Duration,
        interval: Duration,
        mut tick: impl FnMut() + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, stopped) = channel::<()>();
        let ticks = move || {
            let mut pause = first;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let _ = catch_unwind(AssertUnwindSafe(&mut tick));
                pause = interval.max(SHORTEST);
            }
        };
        let thread = Builder::new().name(name.to_owned()).spawn(ticks)?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop = None;
        let elsewhere = |thread: &JoinHandle<()>| thread.thread().id() != thread::current().id();
        if let Some(thread) = self.thread.take().filter(elsewhere) {
            // Every panic is caught on the thread: there is none to pass on.
            let _ = thread.join();
        }
    }
}
