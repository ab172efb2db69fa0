//! Traffic for a running service, and a check that nothing it acknowledged is lost:
//! `cargo run --release -p cutover-service --example load -- send --help`.

#[path = "support/load.rs"]
mod load;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use load::{Answer, Load};
use reqwest::Client;
use tokio::task::JoinSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Readers at once in `check`: well below the service's `--concurrency`.
const READERS: usize = 32;

/// Traffic for a running service.
#[derive(Debug, Parser)]
enum Command {
    /// Send contributions until the time is over, or SIGTERM or Ctrl-C
    Send(Sending),
    /// Read back what `send --acknowledged` wrote; exits with 1 when any of it is missing or different
    Check(Checking),
}

#[derive(Debug, clap::Args)]
struct Sending {
    /// Where to
    #[arg(default_value = "http://127.0.0.1:8080")]
    url: String,

    /// Requests a second
    #[arg(long, default_value_t = 500)]
    rate: u32,

    /// For how many seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,

    /// The part of the payloads that v1 and v2 reject, 0 to 1
    #[arg(long, value_name = "PART", default_value_t = 0.0)]
    invalid: f64,

    /// Ask for a version, as testers do
    #[arg(long, value_name = "VERSION")]
    ask: Option<String>,

    /// Try again for so many seconds, under the same key, when there is no connection, or the answer is 429 or 503
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    retry: u64,

    /// Write what was answered 201 here, for `check`
    #[arg(long, value_name = "FILE")]
    acknowledged: Option<PathBuf>,

    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Checking {
    /// What `send --acknowledged` wrote
    file: PathBuf,

    /// Where it was sent to
    #[arg(default_value = "http://127.0.0.1:8080")]
    url: String,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    match Command::parse() {
        Command::Send(send) => send.run().await,
        Command::Check(check) => check.run().await,
    }
}

impl Sending {
    async fn run(self) -> Result<ExitCode, Failure> {
        let load = Load {
            url: format!("{}/api/suggest", self.url),
            per_second: self.rate,
            invalid: self.invalid,
            ask: self.ask,
            patience: Duration::from_secs(self.retry),
        };
        let over = tokio::time::sleep(Duration::from_secs(self.seconds));
        let answers = load::send(load, async {
            tokio::select! {
                () = over => {}
                () = told_to_stop() => {}
            }
        })
        .await;
        if let Some(path) = &self.acknowledged {
            write(path, &answers)?;
        }
        if self.json {
            println!("{}", serde_json::to_string(&load::counts(&answers))?);
        } else {
            print!("{}", load::table(&answers));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// SIGTERM or Ctrl-C. Without signals, only the time ends a load.
async fn told_to_stop() {
    let terminated = async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            if let Ok(mut terminate) = signal(SignalKind::terminate()) {
                terminate.recv().await;
                return;
            }
        }
        std::future::pending().await
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// A line for each 201: the id, a tab, and a part of the payload that no other has.
fn write(path: &Path, answers: &[Answer]) -> std::io::Result<()> {
    let lines: String = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| format!("{}\t{}\n", answer.id, answer.place))
        .collect();
    std::fs::write(path, lines)
}

impl Checking {
    async fn run(self) -> Result<ExitCode, Failure> {
        let text = std::fs::read_to_string(&self.file)?;
        let client = Client::new();
        let mut lines = text.lines();
        let mut readers = JoinSet::new();
        let (mut total, mut missing) = (0_u64, 0_u64);
        loop {
            for line in lines.by_ref().take(READERS - readers.len()) {
                let (id, place) = line.split_once('\t').ok_or("not a line of `send`")?;
                let url = format!("{}/api/contributions/{id}", self.url);
                readers.spawn(is_stored(client.clone(), url, place.to_owned()));
            }
            match readers.join_next().await {
                Some(stored) => {
                    total += 1;
                    missing += u64::from(!stored?);
                }
                None => break,
            }
        }
        println!("{{\"acknowledged\":{total},\"missing\":{missing}}}");
        Ok(match (total, missing) {
            (1.., 0) => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }
}

/// Whether the contribution is there, with the numbers that were sent.
async fn is_stored(client: Client, url: String, place: String) -> bool {
    let Ok(response) = client.get(&url).send().await else {
        return false;
    };
    let found = response.status() == 200;
    let body = response.text().await.unwrap_or_default();
    let stored = found && place.split(',').all(|member| body.contains(member));
    if !stored {
        eprintln!("{url}: {place} was acknowledged, and this is there: {body}");
    }
    stored
}
