//! A canary that breaks, under load: v2 begins to fail, and nobody does anything about it.
//!
//! Twice, with and without the fallback: 500 requests a second, 10 % canary, then v2 fails 20 % of its requests. The guard
//! has to bring all traffic back to v1 in under 3 s; clients may see v2's failures without the fallback and nothing with
//! it; and what was answered 201 has to be stored. `--json` prints the figures for programs. The exit code is 1 when a
//! promise is broken.

#[path = "support/load.rs"]
mod load;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cutover::Share;
use cutover_service::store::Store;
use cutover_service::{Options, Service};
use load::{Answer, Load};
use serde::Serialize;
use tokio::time::sleep;

type Failure = Box<dyn std::error::Error>;

const PER_SECOND: u32 = 500;
/// The longest that a request may take here; the guard counts no errors before.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Healthy traffic before v2 begins to fail, and traffic after the rollback.
const BEFORE: Duration = Duration::from_secs(5);
const AFTER: Duration = Duration::from_secs(2);
/// When there is no rollback by then, there will be none.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Figures {
    requests: usize,
    seconds_to_rollback: f64,
    v1_errors: usize,
    client_errors_with_fallback: usize,
    client_errors_without_fallback: usize,
    lost: usize,
}

struct Run {
    answers: Vec<Answer>,
    seconds_to_rollback: f64,
    why: String,
    lost: usize,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let json = std::env::args().any(|argument| argument == "--json");
    let (with, without) = (run(true).await?, run(false).await?);
    let both = || with.answers.iter().chain(&without.answers);
    let figures = Figures {
        requests: both().count(),
        seconds_to_rollback: with.seconds_to_rollback.max(without.seconds_to_rollback),
        v1_errors: both()
            .filter(|answer| answer.version != "v2" && answer.status != 201)
            .count(),
        client_errors_with_fallback: errors(&with),
        client_errors_without_fallback: errors(&without),
        lost: with.lost + without.lost,
    };
    if json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        print(&figures, &with, &without);
    }
    // Without the fallback every error of a client is one of v2: those of v1 are counted on their own.
    let kept = figures.seconds_to_rollback < 3.0
        && figures.v1_errors == 0
        && figures.client_errors_with_fallback == 0
        && figures.lost == 0;
    Ok(if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn errors(run: &Run) -> usize {
    run.answers
        .iter()
        .filter(|answer| answer.status != 201)
        .count()
}

async fn run(fallback: bool) -> Result<Run, Failure> {
    let folder = tempfile::tempdir()?;
    let database = format!(
        "sqlite:{}",
        Path::new(folder.path()).join("drill.db").display()
    );
    let mut options = Options::anywhere(&database);
    options.share = "10%".parse()?;
    options.no_fallback = !fallback;
    options.request_timeout = TIMEOUT;
    // A slow disk shows as latency, not as 429: that is another drill.
    options.concurrency = 1_024;
    let service = Service::start(options).await?;

    let load = Load {
        url: format!("http://{}/api/suggest", service.address),
        per_second: PER_SECOND,
        ..Load::default()
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let load = tokio::spawn(load::send(load, async { drop(stopped.await) }));
    sleep(BEFORE).await;
    let broken = Instant::now();
    service.app.fault.set("20%".parse::<Share>()?);
    while !service.app.router.status().braked && broken.elapsed() < PATIENCE {
        sleep(Duration::from_millis(5)).await;
    }
    sleep(AFTER).await;
    drop(stop);
    let answers = load.await?;

    // Not when the brake was pulled, but when the last request was sent that still went to v2.
    let last = answers
        .iter()
        .filter(|answer| answer.version == "v2" || answer.reason == "fallback")
        .map(|answer| answer.sent.saturating_duration_since(broken))
        .max();
    let brake = service.app.router.status().brake;
    let why = brake
        .map(|brake| brake.reasons.join("; "))
        .unwrap_or_default();
    service.stop().await;
    Ok(Run {
        seconds_to_rollback: last.unwrap_or_default().as_secs_f64(),
        lost: lost(&database, &answers).await?,
        why,
        answers,
    })
}

/// The contributions that were answered 201 and that the database, opened anew, does not have.
async fn lost(database: &str, answers: &[Answer]) -> Result<usize, Failure> {
    let store = Store::open(database, 30).await?;
    let mut lost = 0;
    for answer in answers.iter().filter(|answer| answer.status == 201) {
        lost += usize::from(store.find(&answer.id).await?.is_none());
    }
    store.close().await;
    Ok(lost)
}

fn print(figures: &Figures, with: &Run, without: &Run) {
    println!(
        "{PER_SECOND} requests a second, 10 % of them to v2, which began to fail 20 % of its requests\n"
    );
    for (name, run) in [("with fallback", with), ("without fallback", without)] {
        println!("{name}: back on v1 after {:.2} s", run.seconds_to_rollback);
        println!("  {}", run.why);
        for line in load::table(&run.answers).lines() {
            println!("  {line}");
        }
        println!();
    }
    println!("requests                        {}", figures.requests);
    println!(
        "seconds to rollback             {:.2}",
        figures.seconds_to_rollback
    );
    println!("errors of v1                    {}", figures.v1_errors);
    println!(
        "client errors with fallback     {}",
        figures.client_errors_with_fallback
    );
    println!(
        "client errors without fallback  {}",
        figures.client_errors_without_fallback
    );
    println!("lost                            {}", figures.lost);
}
