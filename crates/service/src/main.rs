//! Starts the service, and stops it on SIGTERM or Ctrl-C.

use std::env::VarError;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Parser;
use cutover_service::background::Background;
use cutover_service::{Options, Service};
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

/// How long the end waits for threads that wait for a disk, and then for whoever reads the log.
const LEFT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let options = Options::parse();
    let started = logging(options.json).and_then(|log| Ok((log, Runtime::new()?)));
    let (log, runtime) = match started {
        Ok(started) => started,
        Err(error) => {
            eprintln!("the system gives no thread: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(run(options));
    // A disk that hangs must not keep the process: what had to be stored was waited for.
    runtime.shutdown_timeout(LEFT);
    log.flush(LEFT);
    code
}

async fn run(mut options: Options) -> ExitCode {
    for (secret, name) in [
        (&mut options.admin_token, "CUTOVER_ADMIN_TOKEN"),
        (&mut options.principal_key, "CUTOVER_PRINCIPAL_KEY"),
    ] {
        match std::env::var(name) {
            Ok(text) => *secret = Some(text),
            Err(VarError::NotPresent) => {}
            // A token that can't be read must not mean that none is needed.
            Err(VarError::NotUnicode(_)) => {
                tracing::error!(
                    "{name} is not valid UTF-8: set it to at least 16 printable ASCII characters"
                );
                return ExitCode::FAILURE;
            }
        }
    }
    // As many connections as the system allows. With fewer it still serves.
    #[cfg(unix)]
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "could not raise the limit of open files");
    }
    let drill = options.v2_fault;
    // Before it is ready: a signal that comes as soon as it is must stop it, not kill it.
    let stop = signals();
    let service = match Service::start(options).await {
        Ok(service) => service,
        Err(error) => {
            // A mapping's definition may have many flaws, a line each.
            for line in error.to_string().lines() {
                tracing::error!("{line}");
            }
            return ExitCode::FAILURE;
        }
    };
    service.announce();
    if drill.as_ppm() > 0 {
        tracing::warn!(part = %drill, "v2 fails on purpose");
    }
    stop.await;
    tracing::info!("stopping");
    service.stop().await;
    tracing::info!("stopped");
    ExitCode::SUCCESS
}

/// To stderr: RUST_LOG says how much, `info` unless set; sqlx's own lines have statements in them, and stay out.
fn logging(json: bool) -> io::Result<Background> {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=error"));
    // Nobody can be told of a failure: this is where they would be told.
    let background = Background::start("log", |line| drop(io::stderr().write_all(&line)))?;
    let log = Log {
        lines: background.clone(),
        lost: Arc::default(),
        json,
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(move || log.clone());
    if json {
        lines.json().init();
    } else {
        lines.with_ansi(io::stderr().is_terminal()).init();
    }
    Ok(background)
}

/// The service's own log. Whoever reads it may stop reading: then lines are lost, and nobody waits.
#[derive(Clone)]
struct Log {
    lines: Background,
    /// Lines lost since the last one for which there was room.
    lost: Arc<AtomicU64>,
    json: bool,
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        let mut text = match (lost, self.json) {
            (0, _) => String::new(),
            (_, true) => format!("{{\"level\":\"WARN\",\"fields\":{{\"message\":\"lines of this log were lost\",\"lost\":{lost}}}}}\n"),
            (_, false) => format!("WARN lines of this log were lost lost={lost}\n"),
        }
        .into_bytes();
        text.extend_from_slice(line);
        if !self.lines.send(text) {
            self.lost.fetch_add(lost + 1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// SIGTERM or Ctrl-C, caught from here on; the future ends with the first.
#[cfg(unix)]
fn signals() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let caught = |kind| {
        signal(kind)
            .inspect_err(|error| tracing::warn!(%error, "a signal to stop can't be caught"))
            .ok()
    };
    let (terminate, interrupt) = (
        caught(SignalKind::terminate()),
        caught(SignalKind::interrupt()),
    );
    async move {
        let told = async |signal: Option<tokio::signal::unix::Signal>| match signal {
            Some(mut signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        };
        tokio::select! {
            () = told(terminate) => {}
            () = told(interrupt) => {}
        }
    }
}

#[cfg(not(unix))]
fn signals() -> impl Future<Output = ()> {
    async { drop(tokio::signal::ctrl_c().await) }
}
