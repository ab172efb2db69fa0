//! The service under attack: does it keep what it acknowledged, and do operators and honest clients get in?
//!
//! Starts the service on this machine, with SQLite in a temporary folder, and then for `--seconds`: 1,200 hostile
//! connections to clients' listener and 100 to the operators', broken payloads, honest clients that try until they have
//! their 201, a brake a second, and `kill -9` now and then. Then a disk that is full and gets larger. At the end every
//! 201 has to be in the database file. Prints a summary as JSON; the exit code is 1 when a contribution is lost, a brake
//! takes longer than a second or is forgotten, or an honest client waits longer than ten.
//!
//! `cargo build -p cutover-service && cargo run -p cutover-service --example siege -- --seconds 30`

#[path = "support/disk.rs"]
mod disk;
#[path = "support/honest.rs"]
mod honest;
#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/process.rs"]
mod process;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Parser;
use cutover_service::store::Store;
use disk::Disk;
use honest::Ledger;
use hostile::Crowd;
use process::Process;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const HOSTILE_CLIENTS: usize = 1_200;
const HOSTILE_OPERATORS: usize = 100;
const HONEST: usize = 10;
/// Between two kills.
const REIGN: Duration = Duration::from_secs(8);
const BRAKE_LIMIT: Duration = Duration::from_secs(1);
const HONEST_LIMIT: Duration = Duration::from_secs(10);
/// How long the service may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// Attacks the reference service on this machine and checks what it promises.
#[derive(Debug, Parser)]
struct Options {
    /// How long the attack lasts; the full disk and the count take some seconds more.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(5..=600))]
    seconds: u64,

    /// The service's binary; by default the one that was built beside this example.
    #[arg(long, value_name = "FILE")]
    service: Option<PathBuf>,

    /// Leave out the full disk.
    #[arg(long)]
    no_full_disk: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let options = Options::parse();
    // Each hostile connection takes a descriptor here too.
    #[cfg(unix)]
    rlimit::increase_nofile_limit(u64::MAX)?;
    let service = match options.service {
        Some(path) => path,
        // target/debug/examples/siege, target/debug/cutover-service
        None => std::env::current_exe()?
            .ancestors()
            .nth(2)
            .unwrap_or(Path::new("."))
            .join("cutover-service"),
    };
    if !service.is_file() {
        return Err(format!(
            "{} is missing: build it first, by cargo build -p cutover-service",
            service.display()
        )
        .into());
    }
    let mut failures = Vec::new();
    let limit = Duration::from_secs(options.seconds) + Duration::from_secs(120);
    let attack = timeout(limit, attack(&service, options.seconds, &mut failures)).await??;
    let full_disk = if options.no_full_disk {
        json!("left out")
    } else {
        timeout(limit, fill_the_disk(&service, &mut failures)).await??
    };
    let summary = json!({"attack": attack, "full_disk": full_disk, "failures": failures});
    println!("{}", serde_json::to_string_pretty(&summary)?);
    Ok(if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn attack(
    service: &Path,
    seconds: u64,
    failures: &mut Vec<String>,
) -> Result<Value, Failure> {
    let folder = tempfile::tempdir()?;
    let database = format!("sqlite:{}", folder.path().join("siege.db").display());
    let state = folder
        .path()
        .to_str()
        .ok_or("the temporary folder is not UTF-8")?;
    let arguments = [
        "--database-url",
        &database,
        "--state",
        state,
        "--share",
        "50%",
    ];

    let ledger = Ledger::default();
    let (up, at) = watch::channel(None);
    let clients = honest::clients(HONEST, &at, &ledger);
    let (mut opened, mut closed, mut kills) = (0, 0, 0);
    let mut brakes = Brakes::default();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut process = Process::start(service, &arguments)?;
    loop {
        let started = Instant::now();
        up.send_replace(Some((process.address, started)));
        if kills > 0 && !brakes.in_force(process.admin).await {
            failures.push(String::from(
                "a brake that was acknowledged is not in force after a restart",
            ));
        }
        let crowds = [
            Crowd::gather(
                process.address,
                HOSTILE_CLIENTS,
                "/api/suggest",
                "/openapi.json",
            ),
            Crowd::gather(
                process.admin,
                HOSTILE_OPERATORS,
                "/brake/release",
                "/status",
            ),
        ];
        while Instant::now() < end.min(started + REIGN) {
            brakes.pull_anew(process.admin).await;
            sleep(Duration::from_secs(1)).await;
        }
        for crowd in &crowds {
            opened += crowd.counts.opened.load(Ordering::Relaxed);
            closed += crowd.counts.closed.load(Ordering::Relaxed);
        }
        if Instant::now() >= end {
            break;
        }
        drop(crowds);
        process.kill();
        up.send_replace(None);
        kills += 1;
        process = Process::start(service, &arguments)?;
    }
    // The crowd has gone by now; whoever honest is still under way is answered or cut off.
    drop(clients);
    if !process.stop(STOP_LIMIT)? {
        failures.push(format!("the service did not stop within {STOP_LIMIT:?}"));
    }

    let lost = lost(&database, &ledger).await?;
    let book = ledger.open();
    brakes.judge(failures);
    if lost > 0 {
        failures.push(format!(
            "{lost} contributions were answered 201 and are lost"
        ));
    }
    if book.slowest > HONEST_LIMIT {
        failures.push(format!("an honest client waited for {:?}", book.slowest));
    }
    if book.acknowledged.is_empty() {
        failures.push(String::from("no honest client was served"));
    }
    failures.extend(book.wrong.iter().take(10).cloned());
    Ok(json!({
        "seconds": seconds,
        "acknowledged": book.acknowledged.len(),
        "lost": lost,
        "attempts_by_status": book.statuses,
        "longest_wait_ms": book.slowest.as_millis(),
        "hostile_connections": opened,
        "hostile_connections_closed": closed,
        "brakes": brakes.pulled,
        "slowest_brake_ms": brakes.slowest.as_millis(),
        "kills": kills,
    }))
}

/// The operator, who pulls the brake and lets it go.
#[derive(Debug, Default)]
struct Brakes {
    number: Option<u64>,
    pulled: u64,
    slowest: Duration,
    unanswered: u64,
}

impl Brakes {
    async fn pull_anew(&mut self, admin: SocketAddr) {
        if let Some(number) = self.number.take() {
            let body = json!({"number": number}).to_string();
            ask(admin, "POST", "/brake/release", body).await;
        }
        let since = Instant::now();
        let answer = ask(admin, "POST", "/brake", String::new()).await;
        self.slowest = self.slowest.max(since.elapsed());
        self.pulled += 1;
        self.number = answer.and_then(|answer| answer["number"].as_u64());
        self.unanswered += u64::from(self.number.is_none());
    }

    /// Whether the last brake that was acknowledged still holds.
    async fn in_force(&self, admin: SocketAddr) -> bool {
        let status = ask(admin, "GET", "/status", String::new()).await;
        self.number.is_none() || status.is_some_and(|status| status["braked"] == true)
    }

    fn judge(&self, failures: &mut Vec<String>) {
        if self.slowest > BRAKE_LIMIT {
            failures.push(format!("a brake took {:?}", self.slowest));
        }
        if self.unanswered > 0 {
            failures.push(format!("{} brakes had no answer", self.unanswered));
        }
    }
}

/// The answer of 200 to an operator's request, over a connection of its own.
async fn ask(admin: SocketAddr, method: &str, path: &str, body: String) -> Option<Value> {
    let request = Client::new()
        .request(method.parse().ok()?, format!("http://{admin}{path}"))
        .header("x-who", "siege")
        .header("x-why", "to see whether it holds")
        .timeout(Duration::from_secs(10))
        .body(body);
    let response = request.send().await.ok()?.error_for_status().ok()?;
    response.json().await.ok()
}

/// Fills a small disk, enlarges it, and reads back all that was acknowledged.
async fn fill_the_disk(service: &Path, failures: &mut Vec<String>) -> Result<Value, Failure> {
    let folder = tempfile::tempdir()?;
    let Some(disk) = Disk::mount(folder.path(), "2m") else {
        eprintln!("SKIPPED the full disk: mounting a tmpfs takes root");
        let required = std::env::var("CUTOVER_REQUIRE").unwrap_or_default();
        if required.split(',').any(|tool| tool == "mount") {
            failures.push(String::from(
                "CUTOVER_REQUIRE lets the full disk not be skipped",
            ));
        }
        return Ok(json!("SKIPPED: mounting a tmpfs takes root"));
    };
    let database = format!("sqlite:{}", folder.path().join("siege.db").display());
    let mut process = Process::start(service, &["--database-url", &database])?;
    let ledger = Ledger::default();
    let (_up, at) = watch::channel(Some((process.address, Instant::now())));
    let clients = honest::clients(HONEST, &at, &ledger);
    let refused = || {
        ledger
            .open()
            .statuses
            .get(&503)
            .copied()
            .unwrap_or_default()
    };
    let full = Instant::now();
    while refused() < 20 && full.elapsed() < Duration::from_secs(40) {
        sleep(Duration::from_millis(100)).await;
    }
    let filled = refused() > 0;
    let before = ledger.open().acknowledged.len();
    let enlarged = disk.enlarge("32m");
    // It may find out by itself only after a while.
    let since = Instant::now();
    while enlarged
        && ledger.open().acknowledged.len() < before + 100
        && since.elapsed() < Duration::from_secs(30)
    {
        sleep(Duration::from_millis(100)).await;
    }
    let after = ledger.open().acknowledged.len() - before;
    drop(clients);
    if !process.stop(STOP_LIMIT)? {
        failures.push(format!(
            "with a full disk the service did not stop within {STOP_LIMIT:?}"
        ));
    }
    let lost = lost(&database, &ledger).await?;
    if lost > 0 {
        failures.push(format!(
            "{lost} contributions were answered 201 and are lost after a full disk"
        ));
    }
    if filled && enlarged && after < 100 {
        failures.push(String::from(
            "the service did not recover when the disk got larger",
        ));
    }
    failures.extend(ledger.open().wrong.iter().take(10).cloned());
    Ok(
        json!({"acknowledged": before + after, "lost": lost, "refused": refused(), "after_enlarging": after}),
    )
}

/// Contributions that were answered 201 and that the database, opened anew, doesn't have as they were sent.
async fn lost(database: &str, ledger: &Ledger) -> Result<usize, Failure> {
    let acknowledged = ledger.open().acknowledged.clone();
    let store = Store::open(database, 30).await?;
    let mut lost = 0;
    for (id, part) in &acknowledged {
        let found = store.find(id).await?;
        lost += usize::from(!found.is_some_and(|found| found.payload.contains(part)));
    }
    store.close().await;
    Ok(lost)
}
