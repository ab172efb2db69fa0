//! Starts the service, and stops it on SIGTERM or Ctrl-C.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use cutover_service::{Options, Service};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let mut options = Options::parse();
    options.admin_token = std::env::var("CUTOVER_ADMIN_TOKEN").ok();
    logging(options.json);
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
