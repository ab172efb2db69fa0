//! Starts the service, and stops it on SIGTERM or Ctrl-C.

use std::env::VarError;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use cutover_service::{Options, Service};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let mut options = Options::parse();
    logging(options.json);
    options.admin_token = match admin_token() {
        Ok(token) => token,
        Err(message) => {
            tracing::error!("{message}");
            return ExitCode::FAILURE;
        }
    };
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
            tracing::error!("{error}");
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

/// What operators have to send, if anything. A token that can't be read must not mean that none is needed.
fn admin_token() -> Result<Option<String>, &'static str> {
    match std::env::var("CUTOVER_ADMIN_TOKEN") {
        Ok(token) => Ok(Some(token)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(
            "CUTOVER_ADMIN_TOKEN is not valid UTF-8: set it to at least 16 printable ASCII characters",
        ),
    }
}

/// To stderr: RUST_LOG says how much, `info` unless set; sqlx's own lines have statements in them, and stay out.
fn logging(json: bool) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=error"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(std::io::stderr);
    if json {
        lines.json().init();
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).init();
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
