//! What became of each listener's connections, for `/metrics`.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a connection took too long for, so that it was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeout {
    /// The head of a request: it was idle, or sent it too slowly.
    Head,
    /// Reading its answer.
    Answer,
    /// Finishing a request after the end of the connection's lifetime.
    Lifetime,
}

const TIMEOUTS: [(Timeout, &str); 3] = [
    (Timeout::Head, "head"),
    (Timeout::Answer, "answer"),
    (Timeout::Lifetime, "lifetime"),
];

/// Both listeners' connections.
#[derive(Debug, Default)]
pub struct Connections {
    pub(crate) clients: Arc<Tally>,
    pub(crate) admin: Arc<Tally>,
}

/// One listener's connections.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    open: AtomicU64,
    refused: AtomicU64,
    timed_out: [AtomicU64; TIMEOUTS.len()],
}

/// A connection that counts as open until this is dropped.
#[derive(Debug)]
pub(crate) struct Open(Arc<Tally>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Tally {
    pub(crate) fn open(self: &Arc<Self>) -> Open {
        self.open.fetch_add(1, Ordering::Relaxed);
        Open(Arc::clone(self))
    }

    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn time_out(&self, reason: Timeout) {
        for ((timeout, _), count) in TIMEOUTS.iter().zip(&self.timed_out) {
            if *timeout == reason {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Connections {
    /// As Prometheus text.
    pub(crate) fn write(&self, out: &mut String) {
        let listeners = [("clients", &self.clients), ("admin", &self.admin)];
        let mut family = |name: &str, kind: &str, help: &str| {
            let name = format!("cutover_service_connections{name}");
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (listener, tally) in listeners {
                let mut sample = |labels: &str, count: &AtomicU64| {
                    let count = count.load(Ordering::Relaxed);
                    let _ = writeln!(out, "{name}{{listener=\"{listener}\"{labels}}} {count}");
                };
                match kind {
                    "gauge" => sample("", &tally.open),
                    _ if name.ends_with("refused_total") => sample("", &tally.refused),
                    _ => {
                        for ((_, reason), count) in TIMEOUTS.iter().zip(&tally.timed_out) {
                            sample(&format!(",reason=\"{reason}\""), count);
                        }
                    }
                }
            }
        };
        family("", "gauge", "Open connections.");
        family(
            "_refused_total",
            "counter",
            "Connections closed at once because their peer had too many (--per-peer).",
        );
        family(
            "_timed_out_total",
            "counter",
            "Connections that were closed because their client was too slow: head is a request's head or an idle connection, answer one that was not read, lifetime a request that outlived its connection.",
        );
    }
}
