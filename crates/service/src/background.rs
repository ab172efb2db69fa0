//! Lines that a thread of their own writes: whoever has one to write never waits for the disk, the pipe or the terminal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::Builder;
use std::time::Duration;

/// Bytes that may wait to be written. Whatever is written to has hung when there are more, and lines are lost.
const WAITING: usize = 4 << 20;

/// The way to the thread, which ends with the last clone of this.
#[derive(Clone, Debug)]
pub struct Background {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum Job {
    Write(Vec<u8>),
    Flush(Sender<()>),
}

impl Background {
    /// Starts the thread, of this name, that calls `write` with each line.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(name: &str, mut write: impl FnMut(Vec<u8>) + Send + 'static) -> io::Result<Self> {
        let (jobs, queue) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let room = Arc::clone(&waiting);
        Builder::new().name(name.to_owned()).spawn(move || {
            for job in queue {
                match job {
                    Job::Write(line) => {
                        let bytes = line.len();
                        write(line);
                        room.fetch_sub(bytes, Ordering::Relaxed);
                    }
                    // Whoever asked may have given up.
                    Job::Flush(done) => drop(done.send(())),
                }
            }
        })?;
        Ok(Self { jobs, waiting })
    }

    /// Has the line written soon. Says whether there was room for it; otherwise it is lost.
    #[must_use]
    pub fn send(&self, line: Vec<u8>) -> bool {
        let bytes = line.len();
        if self.waiting.fetch_add(bytes, Ordering::Relaxed) + bytes <= WAITING
            && self.jobs.send(Job::Write(line)).is_ok()
        {
            return true;
        }
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        false
    }

    /// Waits until everything sent before is written, this long at most. Says whether it is.
    pub fn flush(&self, limit: Duration) -> bool {
        let (done, written) = channel();
        self.jobs.send(Job::Flush(done)).is_ok() && written.recv_timeout(limit).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_for_a_writer_that_hangs_until_there_is_no_room() {
        let (go, gate) = channel();
        let (written, lines) = channel();
        let background = Background::start("test", move |line| {
            gate.recv().unwrap();
            written.send(line).unwrap();
        })
        .unwrap();
        let large = |byte| vec![byte; WAITING / 2];
        assert!(background.send(large(b'a')) && background.send(large(b'b')));
        assert!(!background.send(vec![b'c']), "there is no room");
        assert!(!background.flush(Duration::from_millis(10)), "it hangs");
        go.send(()).unwrap();
        go.send(()).unwrap();
        assert!(background.flush(Duration::from_secs(60)));
        assert!(background.send(vec![b'd']), "there is room again");
        go.send(()).unwrap();
        let first: Vec<u8> = lines.iter().take(3).map(|line| line[0]).collect();
        assert_eq!(first, b"abd");
    }
}
