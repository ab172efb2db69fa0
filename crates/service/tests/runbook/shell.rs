//! What the shell blocks have to print.

use std::collections::BTreeMap;

use crate::checks::{Output, close, number};
use crate::ledger::Ledger;

/// Compares the output of the block of this name with what was sent.
pub(crate) fn check(name: &str, output: &Output, ledger: &Ledger) {
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
        "gate-monitoring" => {
            let alerts = crate::world::RULES.matches("- alert: ").count();
            assert_eq!(
                output.text(),
                format!("1\t{{}}\n0\t{{}}\n0.001\t{{}}\n{alerts}\n")
            );
        }
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
        "deprecation" => output.has(&["201", "x-api-version: v1"]),
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
