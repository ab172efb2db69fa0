//! Every block of the runbook is run, on PostgreSQL and on SQLite, against a live service that is sent known traffic, and
//! what the blocks print is compared with what was sent. Blocks named `template` are the only ones that aren't run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::cast_precision_loss)]

mod blocks;
mod checks;
#[path = "../common/mod.rs"]
mod common;
mod ledger;
mod shell;
mod times;
mod world;

use std::collections::BTreeSet;
use std::process::Command;

use blocks::{Block, blocks};
use checks::{Output, REQUIRED, check};
use common::postgres::Cluster;
use common::tools;
use cutover::Version;
use ledger::Ledger;
use world::{Database, World};

const PAGE: &str = include_str!("../../../../docs/runbooks/contributionform-v2-rollout.md");

/// What the blocks need, beside the database.
const PROGRAMS: [&str; 4] = ["bash", "curl", "jq", "prometheus"];

/// What happens to the service before a block, as it would in the weeks that a rollout takes.
async fn before(block: &str, world: &World, ledger: &mut Ledger) {
    match block {
        "setup" => world.release().await,
        "advance-production" => {
            ledger.send(world, 150).await;
            ledger.send_wrong(world, Version::V1, 2).await;
            ledger.send_wrong(world, Version::V2, 1).await;
        }
        "advance-full" => {
            ledger.send(world, 60).await;
            ledger.send_failing(world, 3).await;
        }
        "decisions" => ledger.send(world, 20).await,
        "requests" => known(world, ledger).await,
        "around-rollback" => {
            ledger.send(world, 5).await;
            world.operate("/brake", "").await;
            ledger.send(world, 4).await;
            world.release().await;
            known(world, ledger).await;
        }
        "document-file" => {
            let document = r#"{"name":"contribution-form-v2","revision":3,"share":"10%"}"#;
            std::fs::write(world.path("rollout.json"), document).unwrap();
            follows(world, |status| status.revision == Some(3)).await;
        }
        "release" => drop(world.operate("/brake", "").await),
        "deprecation" => {
            let none = r#"{"name":"contribution-form-v2","revision":7,"share":"0%"}"#;
            std::fs::write(world.path("rollout.json"), none).unwrap();
            follows(world, |status| status.revision == Some(7)).await;
        }
        "explain" => world.release().await,
        "guard-rolled-back" => {
            ledger.send_failing(world, 60).await;
            let since = std::time::Instant::now();
            while !world.service.app.router.status().braked {
                assert!(since.elapsed() < world::SOON, "the guard doesn't roll back");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
        "document-not-taken" => {
            let good = r#"{"name":"contribution-form-v2","revision":5,"share":"10%"}"#;
            std::fs::write(world.path("rollout.json"), good).unwrap();
            follows(world, |status| status.revision == Some(5)).await;
            let bad = r#"{"name":"contribution-form-v2","revision":6,"share":"ten"}"#;
            std::fs::write(world.path("rollout.json"), bad).unwrap();
            follows(world, |status| status.last_error.is_some()).await;
        }
        "sample-ratio" | "stored-by-version" => known(world, ledger).await,
        _ => {}
    }
}

async fn follows(world: &World, is: impl Fn(&cutover::routing::Status) -> bool) {
    let since = std::time::Instant::now();
    while !is(&world.follower.app.router.status()) {
        assert!(since.elapsed() < world::SOON, "the document isn't followed");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// What a block itself has sent.
fn after(block: &str, ledger: &mut Ledger) {
    match block {
        "brake-look" => ledger.note("v1", "submitted", "brake", &[]),
        "gate-v2" => {
            ledger.note("v2", "submitted", "direct", &[]);
            let missing = [
                "required lng",
                "required wheelchair",
                "required access",
                "required opening_hours",
                "required fee",
            ];
            ledger.note("v2", "validation_failed", "direct", &missing);
        }
        "gate-endpoints" => ledger.note("v1", "submitted", "share", &[]),
        "staging-tester" => ledger.note("v2", "submitted", "requested", &[]),
        "drill" => ledger.note("v1", "submitted", "brake", &[]),
        _ => {}
    }
}

/// Waits until Prometheus, the database's log and the log file have all that was sent.
async fn known(world: &World, ledger: &Ledger) {
    for version in ["v1", "v2"] {
        let sum = format!("sum(cutover_requests_total{{version=\"{version}\"}})");
        let sent = ledger.decided(version, None) as f64;
        world
            .prometheus
            .until(&sum, |found| found.len() == 1 && found[0].1 == sent)
            .await;
    }
    let since = std::time::Instant::now();
    loop {
        let rows = world
            .database
            .rows("SELECT COUNT(*) AS n FROM submissions;");
        if rows[0][0].1 == ledger.attempts.len().to_string() {
            break;
        }
        let sent = ledger.attempts.len();
        assert!(since.elapsed() < world::SOON, "{rows:?} of {sent}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let log = world.service.app.log.as_ref().unwrap();
    log.flush(world::SOON);
}

async fn every_block(database: Database) {
    let name = database.name();
    let Some(world) = World::start(database).await else {
        return;
    };
    let mut ledger = Ledger::default();
    let all = blocks(PAGE);
    let setup = all
        .iter()
        .find(|block| block.name == "setup")
        .expect("a block named setup");
    let mut ran = BTreeSet::new();
    for block in all.iter().filter(|block| !block.is_template()) {
        assert!(
            !block.name.is_empty(),
            "line {}: a block without a name",
            block.line
        );
        let other = ["postgres", "sqlite"]
            .iter()
            .any(|&other| other != name && block.is_only(other));
        if other {
            continue;
        }
        before(&block.name, &world, &mut ledger).await;
        println!("line {}: {} {}", block.line, block.language, block.name);
        let output = run(&world, setup, block).await;
        after(&block.name, &mut ledger);
        check(&block.name, &output, &ledger);
        ran.insert(block.name.as_str());
    }
    for required in REQUIRED {
        assert!(ran.contains(required), "the block {required} is gone");
    }
    world.stop().await;
}

async fn run(world: &World, setup: &Block, block: &Block) -> Output {
    // They wait for programs which ask the service in this process.
    match block.language.as_str() {
        "sh" => Output::Text(tokio::task::block_in_place(|| {
            world.run(&setup.text, block)
        })),
        "sql" => Output::Rows(tokio::task::block_in_place(|| {
            world.database.rows(&block.text)
        })),
        "promql" => Output::Samples(world.prometheus.query(&block.text).await),
        other => panic!(
            "line {}: blocks of {other} can't be run: name it template if it is one",
            block.line
        ),
    }
}

/// `cutover`, which the blocks call, beside the service.
fn build_command() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "-p", "cutover-cli"]);
    if world::programs().ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    if !tools::are_there(&PROGRAMS) || !tools::are_there(&["sqlite3"]) {
        return;
    }
    build_command();
    every_block(Database::Sqlite(tempfile::tempdir().unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    if !tools::are_there(&PROGRAMS) || !tools::are_there(&["psql"]) {
        return;
    }
    build_command();
    if let Some(cluster) = Cluster::start() {
        every_block(Database::Postgres(cluster)).await;
    }
}

/// Whoever is woken by an alert is sent to a heading that is there.
#[test]
fn every_alert_leads_to_its_symptom() {
    let anchor = |heading: &str| heading.to_lowercase().replace(' ', "-");
    let anchors: BTreeSet<String> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(anchor)
        .collect();
    let mut alerts = 0;
    for line in world::RULES.lines() {
        if let Some((_, alert)) = line.split_once("- alert: ") {
            alerts += 1;
            assert!(
                PAGE.contains(&format!("| {alert} |")),
                "{alert} is not among the alerts"
            );
        }
        if let Some((_, to)) = line.split_once("contributionform-v2-rollout.md#") {
            assert!(anchors.contains(to), "there is no symptom {to}");
        }
    }
    assert!(alerts > 10, "{alerts} alerts");
}
