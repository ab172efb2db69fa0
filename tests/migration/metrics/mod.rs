//! The metrics' promises: one table, held together with the documentation and the text, and a text that Prometheus reads.

mod router;
mod start;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cutover::migration::metrics::{Decisions, Kind, METRICS, Metrics};
use cutover::migration::shadow::Shadow;
use cutover::migration::{Guard, Kept, Outcome, Outcomes, Verdict};
use cutover::{Clock, ManualClock, Request, Rollout, Router, Share, Version};

/// A rollout at 10 % whose v2 fails at 1 in 4 ids, with a guard and a shadow that have seen a thousand requests.
struct Scene {
    router: Router,
    decisions: Decisions,
    outcomes: Arc<Outcomes>,
    verdict: Verdict,
    shadow: cutover::migration::shadow::Snapshot,
}

fn scene() -> Scene {
    let share: Share = "10%".parse().unwrap();
    let rollout = Rollout::builder("contribution-form-v2", share)
        .shadow("5%".parse().unwrap())
        .revision(7)
        .build()
        .unwrap();
    let router = Router::builder()
        .rollout(rollout)
        .env(|_| None)
        .build()
        .unwrap();
    let clock = Arc::new(ManualClock::new());
    let guard = Guard::builder()
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .kept(Kept::default(), |_| Ok(()))
        .build()
        .unwrap();
    guard.observe(share);
    let outcomes = Arc::clone(guard.outcomes());
    let decisions = Decisions::new();
    let shadow = Shadow::builder(|_, _, _| vec!["/fee".to_owned()])
        .queue(1_000)
        .build()
        .unwrap();
    for n in 0..1_000 {
        let id = format!("user-{n}");
        let decision = router.decide(&Request::new(&id));
        decisions.count(&decision);
        let fails = decision.version() == Version::V2 && n % 4 == 0;
        let outcome = if fails {
            Outcome::Failed
        } else {
            Outcome::Accepted
        };
        outcomes.record_ended(&decision, &id, outcome, Duration::from_millis(20));
        let _ = shadow.run(&decision, &id, || Ok::<_, ()>(1), || Ok::<_, ()>(2));
    }
    clock.advance(Duration::from_secs(6));
    let verdict = guard.evaluate();
    Scene {
        router,
        decisions,
        outcomes,
        verdict,
        shadow: shadow.finish(),
    }
}

fn metrics(scene: &Scene) -> Metrics {
    Metrics::new()
        .router(&scene.router.status(), SystemTime::now())
        .decisions(&scene.decisions)
        .outcomes(&scene.outcomes.snapshot())
        .verdict(&scene.verdict)
        .shadow(&scene.shadow)
}

/// The value of one sample of the text.
fn sample(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| {
        line.strip_prefix(name)
            .and_then(|rest| rest.strip_prefix(' '))
    });
    line.unwrap_or_else(|| panic!("no {name} in\n{text}"))
        .parse()
        .unwrap()
}

/// The rows of the documentation's table are those of the code's, in order, word for word.
#[test]
fn the_documentation_has_the_table() {
    let page = include_str!("../../../docs/metrics.md");
    let documented: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `cutover_") && !line.starts_with("| `cutover_service_"))
        .collect();
    let table: Vec<String> = METRICS
        .iter()
        .map(|metric| {
            let labels: Vec<String> = metric
                .labels
                .iter()
                .map(|label| format!("`{label}`"))
                .collect();
            let labels = if labels.is_empty() {
                "–".to_owned()
            } else {
                labels.join(", ")
            };
            format!(
                "| `{}` | {} | {labels} | {} |",
                metric.name,
                metric.kind.as_str(),
                metric.help
            )
        })
        .collect();
    assert_eq!(documented, table);
}

/// Everything in the table is in the text, with its help, its type and just its labels; nothing else is.
#[test]
fn the_text_has_the_table() {
    let text = metrics(&scene()).to_string();
    let mut lines = text.lines().peekable();
    for metric in METRICS {
        assert_eq!(
            lines.next().unwrap(),
            format!("# HELP {} {}", metric.name, metric.help)
        );
        assert_eq!(
            lines.next().unwrap(),
            format!("# TYPE {} {}", metric.name, metric.kind.as_str())
        );
        let mut samples = BTreeSet::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let suffix = name.strip_prefix(metric.name).unwrap();
            let parts: &[&str] = match metric.kind {
                Kind::Histogram => &["_bucket", "_sum", "_count"],
                Kind::Summary => &["", "_count"],
                _ => &[""],
            };
            assert!(parts.contains(&suffix), "{line}");
            let without = match suffix {
                "_sum" | "_count" => ["le", "quantile"].as_slice(),
                _ => &[],
            };
            let labels: Vec<&str> = labels
                .trim_end_matches('}')
                .split(',')
                .filter_map(|label| label.split_once('=').map(|(label, _)| label))
                .collect();
            let expected: Vec<&str> = metric
                .labels
                .iter()
                .copied()
                .filter(|label| !without.contains(label))
                .collect();
            assert_eq!(labels, expected, "{line}");
            assert!(samples.insert(series.to_owned()), "twice: {line}");
        }
        assert!(!samples.is_empty(), "{} has no sample", metric.name);
    }
    assert_eq!(lines.next(), None);
}

/// The naming rules of Prometheus: a prefix, base units, `_total` for counters and only for them.
#[test]
fn names_follow_the_rules_of_prometheus() {
    let mut names = BTreeSet::new();
    for metric in METRICS {
        assert!(names.insert(metric.name), "{} is there twice", metric.name);
        let plain = metric
            .name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(
            plain && metric.name.starts_with("cutover_"),
            "{}",
            metric.name
        );
        assert_eq!(
            metric.name.ends_with("_total"),
            metric.kind == Kind::Counter,
            "{}",
            metric.name
        );
        for unit in ["_ms", "_millis", "_percent", "_ppm"] {
            assert!(!metric.name.contains(unit), "{}", metric.name);
        }
        assert!(!metric.help.contains(['\n', '\\', '|']), "{}", metric.help);
    }
}

#[test]
fn the_figures_are_those_of_the_snapshots() {
    let scene = scene();
    let text = metrics(&scene).to_string();
    let seen = scene.outcomes.snapshot();
    let (all, failed) = (
        seen.requests(Version::V2) as f64,
        seen.errors(Version::V2) as f64,
    );
    assert!(failed > 10.0, "{text}");
    assert_eq!(
        sample(
            &text,
            "cutover_decisions_total{version=\"v2\",reason=\"share\"}"
        ),
        all
    );
    assert_eq!(
        sample(
            &text,
            "cutover_decisions_total{version=\"v1\",reason=\"share\"}"
        ),
        1_000.0 - all
    );
    assert_eq!(
        sample(
            &text,
            "cutover_requests_total{version=\"v2\",outcome=\"failed\"}"
        ),
        failed
    );
    assert_eq!(
        sample(
            &text,
            "cutover_requests_total{version=\"v2\",outcome=\"accepted\"}"
        ),
        all - failed
    );
    assert_eq!(
        sample(
            &text,
            "cutover_request_duration_seconds_count{version=\"v2\"}"
        ),
        all
    );
    let p95 = sample(
        &text,
        "cutover_request_duration_quantiles_seconds{version=\"v1\",quantile=\"0.95\"}",
    );
    assert!((p95 - 0.02).abs() < 0.02 * 0.02, "{p95}");
    assert_eq!(sample(&text, "cutover_share_ratio"), 0.1);
    assert_eq!(sample(&text, "cutover_shadow_sample_ratio"), 0.05);
    assert_eq!(sample(&text, "cutover_rollout_revision"), 7.0);
    assert_eq!(sample(&text, "cutover_brake_pulled"), 0.0);
    assert_eq!(
        sample(&text, "cutover_guard_verdict{action=\"roll_back\"}"),
        1.0
    );
    assert_eq!(sample(&text, "cutover_guard_verdict{action=\"hold\"}"), 0.0);
    let (evidence, limit) = (
        sample(&text, "cutover_guard_evidence{bet=\"failure\"}"),
        sample(&text, "cutover_guard_evidence_limit{bet=\"failure\"}"),
    );
    assert!(
        evidence >= limit && (limit - 8.705_529).abs() < 1e-6,
        "{evidence} {limit}"
    );
    let lower = sample(
        &text,
        "cutover_guard_ratio{bet=\"failure\",bound=\"lower\"}",
    );
    assert!(lower >= 1.0, "{lower}");
    let rate = sample(&text, "cutover_guard_rate_lower{version=\"v2\"}");
    assert!((0.05..0.25).contains(&rate), "{rate}");
    assert_eq!(sample(&text, "cutover_guard_alpha"), 0.001);
    assert_eq!(sample(&text, "cutover_guard_kept"), 1.0);
    let shadowed = scene.shadow.comparisons as f64;
    assert!(shadowed > 20.0);
    assert_eq!(
        sample(
            &text,
            "cutover_shadow_comparisons_total{result=\"different\"}"
        ),
        shadowed
    );
    assert_eq!(sample(&text, "cutover_shadow_divergences"), shadowed);
}

/// The buckets of the histogram are cumulative, hold what was recorded, and end with all of it.
#[test]
fn the_histogram_has_each_latency_in_the_buckets_above_it() {
    let scene = scene();
    let text = metrics(&scene).to_string();
    for version in [Version::V1, Version::V2] {
        let all = scene.outcomes.snapshot().requests(version) as f64;
        let name = "cutover_request_duration_seconds";
        let bucket = format!("{name}_bucket{{version=\"{version}\",le=\"");
        let buckets: Vec<(f64, f64)> = text
            .lines()
            .filter_map(|line| line.strip_prefix(&bucket)?.split_once("\"} "))
            .map(|(bound, count)| (bound.parse().unwrap(), count.parse().unwrap()))
            .collect();
        assert!(buckets.len() > 15 && buckets.is_sorted(), "{buckets:?}");
        // Each took 20 ms.
        for &(bound, count) in &buckets {
            let expected = if bound >= 0.03 { all } else { 0.0 };
            assert!(bound == 0.02 || count == expected, "{bound}: {count}");
        }
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, all)));
        let label = format!("{{version=\"{version}\"}}");
        assert_eq!(sample(&text, &format!("{name}_count{label}")), all);
        let sum = sample(&text, &format!("{name}_sum{label}"));
        assert!((sum - 0.02 * all).abs() < 0.016 * 0.02 * all, "{sum}");
    }
}

#[test]
fn the_brake_a_refusal_and_the_age_show() {
    let scene = scene();
    scene.router.brake("by hand");
    assert!(scene.router.apply_json(b"{}").is_err());
    let status = scene.router.status();
    let text = Metrics::new()
        .router(&status, status.since + Duration::from_millis(2_500))
        .to_string();
    assert_eq!(sample(&text, "cutover_brake_pulled"), 1.0);
    assert_eq!(sample(&text, "cutover_rollout_refused"), 1.0);
    assert_eq!(sample(&text, "cutover_rollout_age_seconds"), 2.5);
}

#[test]
fn what_is_not_given_is_not_in_the_text() {
    assert_eq!(Metrics::new().to_string(), "");
    let empty = Router::builder()
        .name("none")
        .env(|_| None)
        .build()
        .unwrap();
    let text = Metrics::new()
        .router(&empty.status(), SystemTime::now())
        .to_string();
    assert!(
        !text.contains("cutover_requests_total") && !text.contains("cutover_guard_evidence"),
        "{text}"
    );
}

#[test]
fn promtool_reads_the_text_and_has_nothing_to_say() {
    let checking = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = checking else {
        let required = std::env::var("CUTOVER_REQUIRE").unwrap_or_default();
        assert!(
            !required.split(',').any(|what| what == "promtool"),
            "CUTOVER_REQUIRE=promtool, and there is none: install Debian's prometheus"
        );
        eprintln!("SKIPPED: promtool is not installed (Debian package prometheus)");
        return;
    };
    let text = metrics(&scene()).to_string();
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let said = promtool.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.status.success(), "{words}");
    assert_eq!(words, "");
}
