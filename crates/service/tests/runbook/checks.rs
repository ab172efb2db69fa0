//! What each block of the runbook has to print, given what was sent.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::prometheus::Sample;
use crate::ledger::Ledger;
use crate::shell;

/// What came of a block.
pub(crate) enum Output {
    Text(String),
    /// Each row's columns, by name.
    Rows(Vec<Vec<(String, String)>>),
    /// Labels and value.
    Samples(Vec<Sample>),
}

/// Blocks that have to be there, in this order or another: they are what the runbook is for.
pub(crate) const REQUIRED: [&str; 24] = [
    "around-rollback",
    "back",
    "both-versions",
    "brake",
    "checkpoint",
    "document-file",
    "document-put",
    "drill",
    "error-rate",
    "gate-endpoints",
    "gate-flag",
    "gate-monitoring",
    "gate-transformer",
    "gate-v2",
    "guard-rolled-back",
    "live-tail",
    "log-errors",
    "p95-by-hour",
    "release",
    "replay",
    "report",
    "shift-by-minute",
    "top-errors",
    "version-distribution",
];

impl Output {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => panic!("not a shell block"),
        }
    }

    pub(crate) fn has(&self, parts: &[&str]) {
        let text = self.text();
        for part in parts {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    /// The JSON values, one after another.
    pub(crate) fn json(&self) -> Vec<Value> {
        let values = serde_json::Deserializer::from_str(self.text()).into_iter();
        values
            .map(|value| value.unwrap_or_else(|error| panic!("{error}\n{}", self.text())))
            .collect()
    }

    pub(crate) fn rows(&self) -> Vec<BTreeMap<&str, &str>> {
        let Self::Rows(rows) = self else {
            panic!("not SQL")
        };
        rows.iter()
            .map(|row| {
                row.iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect()
            })
            .collect()
    }

    /// The values by their label `version`.
    fn by_version(&self) -> BTreeMap<&str, f64> {
        let samples = self.samples().iter();
        samples
            .map(|(labels, value)| (labels["version"].as_str(), *value))
            .collect()
    }

    fn samples(&self) -> &[Sample] {
        let Self::Samples(samples) = self else {
            panic!("not PromQL")
        };
        samples
    }

    fn only_value(&self) -> f64 {
        let [(_, value)] = self.samples() else {
            panic!("{} samples", self.samples().len())
        };
        *value
    }
}

pub(crate) fn number(text: &str) -> f64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text:?} is not a number"))
}

pub(crate) fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-6 + expected.abs() * 1e-4,
        "{found}, not {expected}"
    );
}

fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of as f64
}

/// Compares the output of the block of this name with what was sent.
pub(crate) fn check(name: &str, output: &Output, ledger: &Ledger) {
    let of = |version: &str| ledger.count(|attempt| attempt.version == version);
    let action = |version: &str, action: &str| {
        ledger.count(|attempt| attempt.version == version && attempt.action == action)
    };
    match name {
        "version-distribution" => {
            let all = ledger.attempts.len();
            assert_eq!(output.rows().len(), 2);
            for row in output.rows() {
                let version = row["api_version"];
                close(number(row["requests"]), of(version) as f64);
                assert!(
                    (number(row["percent"]) - percent(of(version), all)).abs() <= 0.051,
                    "{row:?}"
                );
            }
        }
        "error-rate" if matches!(output, Output::Rows(_)) => {
            assert_eq!(output.rows().len(), 2);
            for row in output.rows() {
                let version = row["api_version"];
                let (rejected, failed) = (
                    action(version, "validation_failed"),
                    action(version, "server_error"),
                );
                close(number(row["requests"]), of(version) as f64);
                close(number(row["rejected"]), rejected as f64);
                close(number(row["failed"]), failed as f64);
                let rate = percent(rejected + failed, of(version));
                assert!(
                    (number(row["error_percent"]) - rate).abs() <= 0.0051,
                    "{row:?}"
                );
            }
        }
        "shift-by-minute" => {
            let sum = |column: &str| {
                output
                    .rows()
                    .iter()
                    .map(|row| number(row[column]))
                    .sum::<f64>()
            };
            close(sum("v1"), of("v1") as f64);
            close(sum("v2"), of("v2") as f64);
            let newest = &output.rows()[0];
            assert_eq!(newest["minute"].len(), "2026-11-24T02:15".len());
            close(number(newest["share_percent"]), 100.0);
        }
        "top-errors" => {
            let found: BTreeMap<(String, String), usize> = output
                .rows()
                .iter()
                .map(|row| {
                    let key = (row["api_version"].to_owned(), row["code"].to_owned());
                    (key, row["times"].parse().unwrap())
                })
                .collect();
            assert_eq!(found, ledger.codes());
        }
        "both-versions" => {
            let (principals, both) = ledger.principals();
            let row = &output.rows()[0];
            close(number(row["principals"]), principals as f64);
            close(number(row["saw_both"]), both as f64);
            assert!(both > 0, "nobody saw both");
        }
        "around-rollback" => {
            let rows = output.rows();
            let after: Vec<_> = rows.iter().filter(|row| row["part"] == "after").collect();
            // Four were sent since.
            assert_eq!(after.len(), 1, "{after:?}");
            let row = after[0];
            assert_eq!(
                [
                    row["api_version"],
                    row["action"],
                    row["reason"],
                    row["requests"]
                ],
                ["v1", "submitted", "brake", "4"]
            );
            let v2 =
                |row: &&BTreeMap<&str, &str>| row["part"] == "before" && row["api_version"] == "v2";
            let before = rows
                .iter()
                .filter(v2)
                .map(|row| number(row["requests"]))
                .sum::<f64>();
            assert!(before >= 5.0 && before <= of("v2") as f64, "{before}");
        }
        "stored-by-version" => {
            assert_eq!(output.rows().len(), 2);
            for row in output.rows() {
                let stored = action(row["api_version"], "submitted");
                close(number(row["contributions"]), stored as f64);
            }
        }
        "requests" => {
            let found = output.by_version();
            for version in ["v1", "v2"] {
                close(found[version], ledger.decided(version, None) as f64);
            }
        }
        "failures" => {
            let failed = ledger.decided("v2", Some("server_error"));
            assert!(failed > 0);
            close(output.by_version()["v2"], failed as f64);
            close(output.by_version()["v1"], 0.0);
        }
        "error-rate" => {
            let found = output.by_version();
            for version in ["v1", "v2"] {
                let errors = ledger.decided(version, Some("validation_failed"))
                    + ledger.decided(version, Some("server_error"));
                close(
                    found[version],
                    errors as f64 / ledger.decided(version, None) as f64,
                );
            }
        }
        "share" => close(output.only_value(), 1.0),
        "share-seen" => {
            let shared = |version: &str| {
                ledger.count(|attempt| attempt.version == version && attempt.reason == "share")
            };
            let (v1, v2) = (shared("v1") as f64, shared("v2") as f64);
            close(output.only_value(), v2 / (v1 + v2));
        }
        "sample-ratio" => {
            assert_eq!(output.by_version().len(), 2);
            for (version, value) in output.by_version() {
                let shared =
                    ledger.count(|attempt| attempt.version == version && attempt.reason == "share");
                close(value, shared as f64);
            }
        }
        "latency" | "slower" => {
            let found = output.by_version();
            assert_eq!(found.len(), 2);
            assert!(
                found.values().all(|&p95| p95 > 0.0 && p95 < 5.0),
                "{found:?}"
            );
        }
        "guard" => {
            assert!(!output.samples().is_empty());
            assert!(
                output
                    .samples()
                    .iter()
                    .all(|(labels, value)| labels.contains_key("bet") && *value < 1.0)
            );
        }
        "alerts" => {
            // What fires is the alerts' own test; here two of them may, or none: then the expression is 0.
            assert!(!output.samples().is_empty());
            let named = |labels: &BTreeMap<String, String>| labels.get("alertname").cloned();
            let firing = output
                .samples()
                .iter()
                .filter_map(|(labels, _)| named(labels));
            assert!(firing.clone().all(|alert| alert.starts_with("Cutover")));
        }
        "service" | "log-lost" | "divergences" => close(output.only_value(), 0.0),
        _ => shell::check(name, output, ledger),
    }
}
