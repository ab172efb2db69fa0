//! What each block of the runbook has to print, given what was sent.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ledger::Ledger;

/// What came of a block.
pub(crate) enum Output {
    Text(String),
    /// Each row's columns, by name.
    Rows(Vec<Vec<(String, String)>>),
    /// Labels and value.
    Samples(Vec<(Value, f64)>),
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
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => panic!("not a shell block"),
        }
    }

    fn has(&self, parts: &[&str]) {
        let text = self.text();
        for part in parts {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    /// The JSON values, one after another.
    fn json(&self) -> Vec<Value> {
        let values = serde_json::Deserializer::from_str(self.text()).into_iter();
        values
            .map(|value| value.unwrap_or_else(|error| panic!("{error}\n{}", self.text())))
            .collect()
    }

    fn rows(&self) -> Vec<BTreeMap<&str, &str>> {
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
            .map(|(labels, value)| (labels["version"].as_str().unwrap(), *value))
            .collect()
    }

    fn samples(&self) -> &[(Value, f64)] {
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

fn number(text: &str) -> f64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text:?} is not a number"))
}

fn close(found: f64, expected: f64) {
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
                    .all(|(labels, value)| labels["bet"].is_string() && *value < 1.0)
            );
        }
        "service" | "log-lost" | "divergences" => close(output.only_value(), 0.0),
        _ => shell(name, output, ledger),
    }
}

fn shell(name: &str, output: &Output, ledger: &Ledger) {
    match name {
        "brake" => {
            let answer = &output.json()[0];
            assert_eq!(answer["durable"], true);
            assert_eq!(answer["status"]["braked"], true);
            assert!(
                answer["status"]["brake"]["reasons"][0]
                    .as_str()
                    .unwrap()
                    .starts_with("ana: v2 looks wrong")
            );
        }
        "brake-look" => output.has(&[
            "\"braked\": true",
            "HTTP/1.1 201",
            "x-api-version: v1",
            "x-cutover-reason: brake",
        ]),
        "setup" => assert_eq!(output.text(), ""),
        "in-force" => output.has(&[
            r#""status": "ready""#,
            r#""share": "0%""#,
            r#""phase": "staging""#,
            r#""next": "canary""#,
        ]),
        "gate-transformer" => {
            let lines = output.json();
            assert_eq!(lines.len(), 2);
            assert!(lines.iter().all(|line| line["valid"] == true), "{lines:?}");
        }
        "gate-flag" => {
            assert_eq!(output.json()[0]["version"], "v1");
            assert_eq!(output.json()[1], true);
        }
        "gate-v2" => {
            assert_eq!(output.json()[0]["success"], true);
            let codes = output.json()[1].to_string();
            assert!(
                codes.contains("required lng") && codes.contains("required opening_hours"),
                "{codes}"
            );
        }
        "gate-endpoints" => {
            let [kept, v1, v2] = &output.json()[..] else {
                panic!("{}", output.text())
            };
            assert_eq!(kept["success"], true);
            assert_eq!(v1["fee"], 0.5);
            assert_eq!(
                (&v2["fee"], &v2["charge"]),
                (&true.into(), &"0.50 GBP".into())
            );
        }
        "gate-monitoring" => assert_eq!(output.text(), "1\t{}\n0\t{}\n0.001\t{}\n"),
        "staging-tester" => output.has(&["x-api-version: v2", "x-cutover-reason: requested"]),
        "checkpoint" => output.has(&["staging -> canary, ready: true", "go\tbrake\t"]),
        "checkpoint-files" => output.has(&["staging: 0% of the users", "canary"]),
        "advance-canary" => output.has(&[
            r#""phase": "canary""#,
            r#""next": "production""#,
            r#""share": "10%""#,
        ]),
        "advance-production" => output.has(&[r#""phase": "production""#, r#""share": "50%""#]),
        "advance-full" => output.has(&[r#""phase": "full""#, r#""share": "100%""#]),
        "decisions" => output.has(&[
            "began at staging",
            "canary, by ana",
            "\tana\tbrake\tv2 looks wrong",
        ]),
        "verdict" | "guard-holds" => output.has(&["\"action\": \""]),
        "report" => {
            for action in ["submitted", "validation_failed", "server_error"] {
                let count = |version: &str| {
                    ledger
                        .count(|attempt| attempt.version == version && attempt.action == action)
                        .to_string()
                };
                let line = output
                    .text()
                    .lines()
                    .find(|line| line.trim_start().starts_with(action))
                    .unwrap();
                let cells: Vec<&str> = line.split_whitespace().skip(1).collect();
                assert_eq!(cells, [count("v1"), count("v2")], "{line}");
            }
        }
        "replay" => {
            let answer = &output.json()[0];
            assert_eq!(answer["lines"], ledger.attempts.len());
            assert!(answer["verdict"].is_string());
        }
        "log-errors" => {
            let found: BTreeMap<(String, String), usize> = output
                .text()
                .lines()
                .map(|line| {
                    let (times, what) = line.split_once('\t').unwrap();
                    let (version, code) = what.split_once(' ').unwrap();
                    (
                        (version.to_owned(), code.to_owned()),
                        times.parse().unwrap(),
                    )
                })
                .collect();
            let mut expected = ledger.codes();
            // Failures have no finding.
            expected.retain(|(_, code), _| code.contains(' '));
            assert_eq!(found, expected);
        }
        "live-tail" => {
            let lines = output.json();
            assert_eq!(lines.len(), 5);
            assert!(lines.iter().all(|line| line[3].as_f64().unwrap() >= 0.0));
        }
        "back" => output.has(&[r#""phase": "production""#, r#""share": "50%""#]),
        "document-put" => output.has(&[
            r#""applied": true"#,
            r#""durable": true"#,
            r#""share": "0%""#,
        ]),
        "document-file" => output.has(&[
            r#""share": "0%""#,
            r#""revision": 4"#,
            r#""last_error": null"#,
        ]),
        "release" | "drill" => {
            output.has(&[r#""braked": false"#]);
            if name == "drill" {
                output.has(&[
                    "x-api-version: v1",
                    "x-cutover-reason: brake",
                    "back on v1 in ",
                ]);
            }
        }
        "look-first" => output.has(&[r#""status":"ready""#, r#""braked":false"#]),
        "missing-field" => output.has(&["required lat"]),
        "missing-field-reproduce" => {
            output.has(&[r#""opening_hours":"unknown""#, r#""findings":[]"#])
        }
        "type-conversion" => output.has(&[r#"["error","invalid_type","/wheelchair"]"#]),
        "guard-rolled-back" => output.has(&[r#""braked": true"#, "v2"]),
        "document-not-taken" => output.has(&[
            r#""share": "10%""#,
            r#""path": "/share""#,
            "refused, exit code 2",
        ]),
        "disk-full" => output.has(&["%", "ready"]),
        "database-away" => output.has(&["answers", "1", "0\t{}"]),
        "explain" => output.has(&[r#""bucket":"#, "bucket "]),
        "would-be" => output.has(&["v1", "v2"]),
        "metrics" => output.has(&[
            "cutover_requests_total{",
            "cutover_service_log_entries_lost_total 0",
        ]),
        "p95-by-hour" => {
            let rows = output.rows();
            for version in ["v1", "v2"] {
                let of = rows.iter().filter(|row| row["api_version"] == version);
                let requests: f64 = of.clone().map(|row| number(row["requests"])).sum();
                close(
                    requests,
                    ledger.count(|attempt| attempt.version == version) as f64,
                );
                assert!(
                    of.clone().all(|row| number(row["p95_ms"]) > 0.0),
                    "{rows:?}"
                );
            }
        }
        _ => panic!("nothing is known of the block {name}: say in checks.rs what it has to print"),
    }
}
