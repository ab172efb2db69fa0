//! What is exposed before anything has happened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use cutover::Router;
use cutover::migration::Guard;
use cutover::migration::metrics::{Decisions, Kind, METRICS, Metrics};
use cutover::migration::shadow::{Shadow, Side};

use super::sample;

/// Before anything has happened, everything is there with every value of its labels: counters at 0, so that their first
/// step up is seen, and nothing that an alert would take for a fault. The documentation lists those values.
#[test]
fn everything_is_exposed_from_the_start_with_the_documented_labels() {
    let router = Router::builder()
        .name("contribution-form-v2")
        .env(|_| None)
        .build()
        .unwrap();
    let guard = Guard::builder().build().unwrap();
    let shadow = Shadow::builder(|_, _: Side<'_, u8>, _| Vec::new())
        .build()
        .unwrap();
    let text = Metrics::new()
        .router(&router.status(), SystemTime::now())
        .decisions(&Decisions::new())
        .outcomes(&guard.outcomes().snapshot())
        .verdict(&guard.verdict())
        .shadow(&shadow.finish())
        .to_string();
    let mut values: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for metric in METRICS {
        let named = |line: &&str| {
            let name = line.split(['{', ' ']).next().unwrap();
            let rest = name.strip_prefix(metric.name);
            rest.is_some_and(|rest| matches!(rest, "" | "_bucket" | "_sum" | "_count"))
        };
        let samples: Vec<&str> = text.lines().filter(named).collect();
        assert!(!samples.is_empty(), "{} has no sample", metric.name);
        for line in samples {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let counts = matches!(metric.kind, Kind::Counter | Kind::Histogram);
            assert!(!counts || value == "0", "{line}");
            let labels = series.split_once('{').map_or("", |(_, labels)| labels);
            for label in labels.trim_end_matches('}').split_terminator(',') {
                let (label, value) = label.split_once('=').unwrap();
                let key = (metric.name.to_owned(), label.to_owned());
                values
                    .entry(key)
                    .or_default()
                    .insert(value.trim_matches('"').to_owned());
            }
        }
    }
    for at_zero in [
        "cutover_guard_brake_total{by=\"guard\"}",
        "cutover_guard_evidence{bet=\"absolute\"}",
        "cutover_guard_reason{reason=\"sample_ratio\"}",
        "cutover_guard_sample_ratio_evidence",
        "cutover_rollout_revision",
        "cutover_rollout_source_age_seconds",
        "cutover_shadow_divergences",
    ] {
        assert_eq!(sample(&text, at_zero), 0.0, "{at_zero}");
    }
    let limit = sample(&text, "cutover_guard_evidence_limit{bet=\"error\"}");
    assert_eq!(limit, f64::INFINITY, "nothing reaches it");

    let page = include_str!("../../../docs/metrics.md");
    let (_, page) = page
        .split_once("| label | of | values |\n|---|---|---|\n")
        .unwrap();
    let words = |cell: &str| -> BTreeSet<String> {
        let words = cell.split('`').skip(1).step_by(2);
        words.map(str::to_owned).collect()
    };
    let mut documented = BTreeMap::new();
    for row in page.lines().take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').collect();
        let label = words(cells[1]).into_iter().next().unwrap();
        for metric in words(cells[2]) {
            let before = documented.insert((metric, label.clone()), words(cells[3]));
            assert_eq!(before, None, "twice: {row}");
        }
    }
    assert_eq!(documented, values);
}
