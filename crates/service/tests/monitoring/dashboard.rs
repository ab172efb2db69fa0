//! The dashboard: well-formed, and every expression in it has a value where a service is at work.

use std::collections::BTreeSet;
use std::time::Duration;

use cutover_service::Options;
use serde_json::Value;

use crate::common::prometheus::Prometheus;
use crate::fleet::{Member, document};

fn dashboard() -> Value {
    serde_json::from_str(include_str!("../../../../docs/monitoring/dashboard.json")).unwrap()
}

fn array<'a>(value: &'a Value, member: &str) -> &'a Vec<Value> {
    value[member]
        .as_array()
        .unwrap_or_else(|| panic!("no {member} in {value}"))
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    let text = value[member].as_str().unwrap_or_default();
    assert!(!text.is_empty(), "no {member} in {value}");
    text
}

/// The panels that show something.
fn panels(dashboard: &Value) -> Vec<&Value> {
    let panels = array(dashboard, "panels").iter();
    panels.filter(|panel| panel["type"] != "row").collect()
}

/// All expressions, with where they are.
fn expressions(dashboard: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for panel in panels(dashboard) {
        for target in array(panel, "targets") {
            let at = format!("{} {}", text(panel, "title"), text(target, "refId"));
            found.push((at, text(target, "expr").to_owned()));
        }
    }
    for annotation in array(&dashboard["annotations"], "list") {
        found.push((
            text(annotation, "name").to_owned(),
            text(annotation, "expr").to_owned(),
        ));
    }
    found
}

#[test]
fn the_dashboard_is_well_formed() {
    let dashboard = dashboard();
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39);
    text(&dashboard, "title");
    text(&dashboard, "uid");
    assert!(dashboard.get("id").is_none(), "an id is of one Grafana");

    let variables = array(&dashboard["templating"], "list");
    let names: Vec<&str> = variables
        .iter()
        .map(|variable| text(variable, "name"))
        .collect();
    assert_eq!(names, ["datasource", "job", "instance"]);
    assert_eq!(variables[0]["type"], "datasource");
    assert_eq!(variables[0]["query"], "prometheus");

    let mut ids = BTreeSet::new();
    let mut taken = BTreeSet::new();
    let mut rows = Vec::new();
    for panel in array(&dashboard, "panels") {
        let title = text(panel, "title");
        assert!(
            ids.insert(panel["id"].as_u64().unwrap()),
            "{title}: its id is there twice"
        );
        let at = |member: &str| panel["gridPos"][member].as_u64().unwrap();
        assert!(
            at("w") > 0 && at("h") > 0 && at("x") + at("w") <= 24,
            "{title}"
        );
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(
                    taken.insert((x, y)),
                    "{title} covers another panel at {x}, {y}"
                );
            }
        }
        if panel["type"] == "row" {
            rows.push(title);
            continue;
        }
        text(panel, "description");
        text(&panel["fieldConfig"]["defaults"], "unit");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        let mut targets = BTreeSet::new();
        for target in array(panel, "targets") {
            assert!(targets.insert(text(target, "refId")), "{title}");
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
        }
        assert!(!targets.is_empty(), "{title}");
    }
    assert_eq!(
        rows,
        [
            "Now",
            "Traffic by version",
            "Errors",
            "Guard: evidence and limit",
            "Latency",
            "Shadow",
            "Store",
            "Document"
        ]
    );
    for (at, expression) in expressions(&dashboard) {
        let open = expression.matches('{').count();
        let chosen = expression
            .matches(r#"job="$job",instance=~"$instance""#)
            .count();
        assert_eq!(
            open, chosen,
            "{at}: every metric is of the chosen instances"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_expression_has_a_value() {
    let member = Member::start("toilets", |options: &mut Options, folder| {
        let file = folder.join("rollout.json");
        std::fs::write(&file, document("50%", "100%")).unwrap();
        options.share = cutover::Share::ZERO;
        options.rollout = Some(file);
        options.database_url = format!("sqlite:{}", folder.join("db").display());
    })
    .await;
    let Some(prometheus) = Prometheus::start(&[member.target()], None).await else {
        member.service.stop().await;
        return;
    };
    // The dashboard marks when the brake is pulled and released.
    member.operate("/brake", String::new()).await;
    prometheus
        .until("cutover_brake_pulled == 1", |found| !found.is_empty())
        .await;
    member
        .operate("/brake/release", String::from(r#"{"number":1}"#))
        .await;
    prometheus
        .until("cutover_brake_pulled == 0", |found| !found.is_empty())
        .await;
    // The guard's windows begin in the whole second after it has seen the release.
    let running = r#"cutover_guard_evidence_limit{bet="error"} < Inf"#;
    prometheus.until(running, |found| !found.is_empty()).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    // Some of v1's and v2's requests are rejected, so that there is a ratio to estimate.
    let mut invalid = member.ids(cutover::Version::V1, "invalid", 20);
    invalid.extend(member.ids(cutover::Version::V2, "invalid", 20));
    member.send(invalid, crate::fleet::INVALID).await;
    member.serve(50, 50).await;
    let taken_in = r#"cutover_guard_ratio{bet="error",bound="estimate"} > 0"#;
    prometheus.until(taken_in, |found| !found.is_empty()).await;

    let mut empty = Vec::new();
    let all = expressions(&dashboard());
    for (at, expression) in &all {
        let filled = expression
            .replace("$__rate_interval", "30s")
            .replace("$job", "toilets")
            .replace("$instance", ".*");
        assert!(!filled.contains('$'), "{at}: {expression}");
        let found = prometheus.query(&filled).await;
        if !found.iter().any(|(_, value)| !value.is_nan()) {
            empty.push(format!("{at}: {filled}: {found:?}"));
        }
    }
    assert!(empty.is_empty(), "without a value:\n{}", empty.join("\n"));
    assert!(all.len() > 30);
    member.service.stop().await;
}
