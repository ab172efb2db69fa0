//! Every alert, by the fault that it is for: all are silent before it, and then those fire that should, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use cutover::migration::Outcome;
use cutover::{Request, Share, Version};
use sqlx::{Connection, Executor};

use crate::common::prometheus::{INTERVAL, Prometheus};
use crate::common::small_disk::SmallDisk;
use crate::common::{V1, post, suggest};
use crate::fleet::{INVALID, Member, document};
use crate::rules::{RULES, alerts};

/// Longer than anything should take, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a fault makes fire: what it has to, and what it may besides.
struct Case {
    member: Member,
    fires: &'static [&'static str],
    may_fire: &'static [&'static str],
}

/// The alerts that have fired in the last minutes, by job.
async fn fired(prometheus: &Prometheus) -> BTreeMap<String, BTreeSet<String>> {
    let mut fired: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let ever = r#"last_over_time(ALERTS{alertstate="firing"}[10m])"#;
    for (labels, _) in prometheus.query(ever).await {
        let alert = labels["alertname"].clone();
        fired
            .entry(labels["job"].clone())
            .or_default()
            .insert(alert);
    }
    fired
}

/// The rules as they are, but that nobody has to wait.
fn impatient() -> String {
    let line = |line: &str| match line.split_once("for: ") {
        Some((indent, _)) if indent.trim().is_empty() => format!("{indent}for: 1s\n"),
        _ => format!("{line}\n"),
    };
    RULES.lines().map(line).collect()
}

async fn cases(disk: Option<&SmallDisk>) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |member, fires, may_fire| {
        cases.push(Case {
            member,
            fires,
            may_fire,
        });
    };
    let file = |options: &mut cutover_service::Options, folder: std::path::PathBuf| {
        let file = folder.join("rollout.json");
        fs::write(&file, document("50%", "0%")).unwrap();
        options.share = Share::ZERO;
        options.rollout = Some(file);
    };
    // The slowest first.
    case(
        Member::start("stale", file).await,
        &["CutoverDocumentStale", "CutoverDocumentRefused"],
        &[],
    );
    case(Member::start("healthy", |_, _| ()).await, &[], &[]);
    case(
        Member::start("failing", |_, _| ()).await,
        &[
            "CutoverV2Errors",
            "CutoverV2Failures",
            "CutoverGuardRolledBack",
            "CutoverBraked",
        ],
        &["CutoverGuardNearLimit", "CutoverGuardHolds"],
    );
    case(
        Member::start("slow", |_, _| ()).await,
        &["CutoverV2Slow"],
        &[],
    );
    let tenth = |options: &mut cutover_service::Options, _| options.share = "10%".parse().unwrap();
    case(
        Member::start("near", tenth).await,
        &["CutoverGuardNearLimit"],
        &[],
    );
    case(
        Member::start("holding", |_, _| ()).await,
        &["CutoverGuardHolds"],
        &[],
    );
    case(
        Member::start("lossy", |_, _| ()).await,
        &["CutoverSampleRatio"],
        &[],
    );
    case(
        Member::start("braked", |_, _| ()).await,
        &["CutoverBraked"],
        &[],
    );
    case(
        Member::start("refused", file).await,
        &["CutoverDocumentRefused"],
        &[],
    );
    let shadowed = Member::start("diverging", |_, _| ()).await;
    shadowed.apply("0%", "100%");
    case(shadowed, &["CutoverShadowDivergence"], &[]);
    // Where the machine's own disk is almost full, those that use it say so.
    const DISK: &[&str] = &["CutoverDiskFull"];
    let database = |options: &mut cutover_service::Options, folder: std::path::PathBuf| {
        options.database_url = format!("sqlite:{}", folder.join("db").display());
    };
    case(
        Member::start("database", database).await,
        &["CutoverWriterUnhealthy"],
        DISK,
    );
    case(
        Member::start("unlogged", database).await,
        &["CutoverLogEntriesLost"],
        DISK,
    );
    let state = |options: &mut cutover_service::Options, folder| options.state = Some(folder);
    case(
        Member::start("unstored", state).await,
        &["CutoverServiceWarnings", "CutoverBraked"],
        DISK,
    );
    if let Some(disk) = disk {
        let folder = disk.path().to_owned();
        case(
            Member::start("disk", |options, _| options.state = Some(folder)).await,
            DISK,
            &[],
        );
    }
    cases
}

/// What everybody sends while all is well.
async fn ordinary(member: &Member) {
    match member.job {
        "near" => member.serve(100, 400).await,
        "diverging" => member.serve(20, 0).await,
        "healthy" | "failing" => member.serve(100, 100).await,
        _ => member.serve(20, 20).await,
    }
}

/// The fault. Each is what the alert is for, in a service that is at work.
async fn fault(member: &Member, disk: Option<&SmallDisk>) {
    let app = &member.service.app;
    match member.job {
        "healthy" => member.send(member.ids(Version::V2, "on", 100), V1).await,
        "failing" => {
            app.fault.set(Share::FULL);
            member
                .send(member.ids(Version::V2, "failing", 150), V1)
                .await;
        }
        "slow" => {
            app.fault.set_delay(Duration::from_millis(700));
            member.send(member.ids(Version::V2, "slow", 120), V1).await;
        }
        // By six failures of six principals the evidence is at 87 % of its limit.
        "near" => {
            app.fault.set(Share::FULL);
            member.send(member.ids(Version::V2, "near", 6), V1).await;
            app.fault.set(Share::ZERO);
        }
        // What neither version takes is no reason to roll back, but to look.
        "holding" => {
            let mut ids = member.ids(Version::V1, "holding", 150);
            ids.extend(member.ids(Version::V2, "holding", 150));
            member.send(ids, INVALID).await;
        }
        // A service that forgets to record what v2 serves.
        "lossy" => {
            for n in 0..30_000 {
                let id = format!("lossy-{n}");
                let decision = app.router.decide(&Request::new(&id));
                if decision.version() == Version::V1 {
                    let request = app.guard.outcomes().begin(&decision, &id);
                    request.end(Outcome::Accepted);
                }
            }
        }
        "braked" => member.operate("/brake", String::new()).await,
        "refused" => {
            let file = member.folder.path().join("rollout.json");
            fs::write(file, "{}").unwrap();
        }
        "stale" => fs::remove_file(member.folder.path().join("rollout.json")).unwrap(),
        "diverging" => {
            app.fault.set(Share::FULL);
            member
                .send(member.ids(Version::V1, "diverging", 5), V1)
                .await;
        }
        "database" => {
            let database = member.folder.path().join("db");
            fs::rename(&database, database.with_extension("moved")).unwrap();
            let answer = post(suggest(&member.service), Some("database"), V1).await;
            assert_eq!(answer.status(), 503);
        }
        "unlogged" => {
            sqlx::any::install_default_drivers();
            let database = format!("sqlite:{}", member.folder.path().join("db").display());
            let mut operator = sqlx::AnyConnection::connect(&database).await.unwrap();
            let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON submissions BEGIN SELECT RAISE(ABORT, 'no'); END";
            operator.execute(refuse).await.unwrap();
            operator.close().await.unwrap();
            member
                .send(member.ids(Version::V1, "unlogged", 5), V1)
                .await;
        }
        // Nothing can be put in the place of a folder that isn't empty.
        "unstored" => {
            let brake = member.folder.path().join("brake.json");
            fs::create_dir_all(brake.join("in the way")).unwrap();
            member.operate("/brake", String::new()).await;
        }
        "disk" => {
            let disk = disk.unwrap().path().join("large");
            fs::write(disk, vec![7; 3_900_000]).unwrap();
        }
        job => panic!("{job} has no fault"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_alert_is_silent_until_its_fault_and_fires_then() {
    let disk = SmallDisk::mount("4m");
    let cases = cases(disk.as_ref()).await;
    let jobs: Vec<_> = cases.iter().map(|case| case.member.target()).collect();
    let Some(prometheus) = Prometheus::start(&jobs, Some(&impatient())).await else {
        stop(cases).await;
        return;
    };
    for case in &cases {
        ordinary(&case.member).await;
    }
    // By now every rule has seen every service.
    let seen =
        "count_over_time(cutover_requests_total{version=\"v1\",outcome=\"accepted\"}[1m]) >= 6";
    let all = |found: &[_]| found.len() == jobs.len();
    prometheus.until(seen, all).await;
    tokio::time::sleep(3 * INTERVAL).await;
    let before = prometheus.query("last_over_time(ALERTS[10m])").await;
    let disk_was_full = |alert: &&(BTreeMap<String, String>, f64)| {
        let job = ["database", "unstored"].contains(&&*alert.0["job"]);
        job && alert.0["alertname"] == "CutoverDiskFull"
    };
    let before: Vec<_> = before
        .iter()
        .filter(|alert| !disk_was_full(alert))
        .collect();
    assert!(before.is_empty(), "before any fault: {before:?}");

    for case in &cases {
        fault(&case.member, disk.as_ref()).await;
    }
    let since = Instant::now();
    let missing = |fired: &BTreeMap<String, BTreeSet<String>>| {
        let mut missing = Vec::new();
        for case in &cases {
            let here = fired.get(case.member.job).cloned().unwrap_or_default();
            let not_yet = case.fires.iter().filter(|alert| !here.contains(**alert));
            missing.extend(not_yet.map(|alert| format!("{}: {alert}", case.member.job)));
        }
        missing
    };
    let fired = loop {
        let fired = fired(&prometheus).await;
        let missing = missing(&fired);
        if missing.is_empty() {
            break fired;
        }
        assert!(
            since.elapsed() < PATIENCE,
            "{missing:?} never fired; {fired:?}"
        );
        tokio::time::sleep(INTERVAL).await;
    };

    for case in &cases {
        let here = fired.get(case.member.job).into_iter().flatten();
        for alert in here {
            let allowed = case.fires.iter().chain(case.may_fire);
            let allowed: Vec<_> = allowed.collect();
            assert!(
                allowed.iter().any(|name| *name == alert),
                "{} made {alert} fire, too",
                case.member.job
            );
        }
    }
    let tested: BTreeSet<&str> = cases.iter().flat_map(|case| case.fires).copied().collect();
    let not_tested = alerts().into_iter().filter(|alert| !tested.contains(alert));
    let expected: &[&str] = if disk.is_some() {
        &[]
    } else {
        &["CutoverDiskFull"]
    };
    assert_eq!(
        not_tested.collect::<Vec<_>>(),
        expected,
        "alerts without a fault"
    );
    are_explained(&prometheus.rules().await);
    stop(cases).await;
}

/// Each alert says what is wrong and what to do, and names a section of the runbook.
fn are_explained(rules: &[serde_json::Value]) {
    const SECTIONS: [&str; 10] = [
        "v2-errors",
        "guard-rolled-back",
        "guard-holds",
        "document-not-taken",
        "divergences",
        "sample-ratio",
        "disk-full",
        "database-away",
        "log-entries-lost",
        "slower-v2",
    ];
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/runbooks/contributionform-v2-rollout.md"
    );
    let runbook_page = fs::read_to_string(page).unwrap().to_lowercase();
    let mut named = BTreeSet::new();
    for alert in rules.iter().filter(|rule| rule["type"] == "alerting") {
        let annotation = |name: &str| alert["annotations"][name].as_str().unwrap_or_default();
        assert!(annotation("summary").len() > 10, "{alert}");
        assert!(annotation("description").len() > 40, "{alert}");
        let runbook = annotation("runbook_url");
        let (page, section) = runbook.split_once('#').unwrap();
        assert!(
            page.ends_with("/docs/runbooks/contributionform-v2-rollout.md"),
            "{alert}"
        );
        assert!(SECTIONS.contains(&section), "{alert}");
        let heading = format!("{}\n", section.replace('-', " "));
        let is_there = runbook_page.contains(&format!("# {heading}"));
        assert!(is_there, "the runbook has no section {section}");
        named.insert(section);
        let severity = alert["labels"]["severity"].as_str().unwrap();
        assert!(["warning", "critical"].contains(&severity), "{alert}");
    }
    assert_eq!(named.len(), SECTIONS.len(), "{named:?}");
}

async fn stop(cases: Vec<Case>) {
    for case in cases {
        case.member.service.stop().await;
    }
}
