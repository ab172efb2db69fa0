//! What `cutover replay` and `cutover report` say of recorded logs.

use serde_json::{Value, json};

use crate::common::{cutover, file};

fn line(second: usize, id: &str, action: &str, version: &str, more: &str) -> String {
    format!(
        "{{\"timestamp\":{},\"suggestionId\":\"{id}\",\"action\":\"{action}\",\"apiVersion\":\"{version}\",\"data\":{{}},{more}\"durationMs\":{}}}\n",
        1_763_890_200_000_usize + 1_000 * second,
        second % 100 + 1
    )
}

/// Fifty requests a second, one of ten v2's, which goes wrong each time; one of twenty goes wrong in v1.
fn bad_v2(lines: usize) -> String {
    (0..lines)
        .map(|n| {
            let (version, fails) = match n % 10 {
                9 => ("v2", true),
                _ => ("v1", n % 20 == 3),
            };
            let action = if fails {
                "validation_failed"
            } else {
                "submitted"
            };
            line(n / 50, &format!("s-{n}"), action, version, "")
        })
        .collect()
}

fn replay(args: &[&str], log: &str) -> Value {
    let ran = cutover(&[&["replay", "-", "--json"], args].concat(), log);
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
    serde_json::from_str(&ran.out).unwrap()
}

/// A log that the contract works through look by look, as a service would have written it.
fn worked_example() -> String {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut add = |start: usize, took: usize, id: &str, action: &str, version: &str| {
        let at = 1_000 * start + took;
        let line = format!(
            "{{\"timestamp\":{at},\"suggestionId\":\"{id}\",\"action\":\"{action}\",\"apiVersion\":\"{version}\",\"durationMs\":{took}}}\n"
        );
        lines.push((at, line));
    };
    for n in 0..58 {
        add(100, 20, &format!("v1-{n}"), "validation_failed", "v1");
    }
    for n in 0..6 {
        add(100, 20, &format!("v2-{n}"), "validation_failed", "v2");
    }
    add(101, 20, "a", "server_error", "v2");
    add(101, 20, "b", "server_error", "v2");
    add(102, 30_000, "x", "submitted", "v1");
    add(103, 20, "a", "server_error", "v2");
    for id in ["a", "c", "d"] {
        add(106, 20, id, "server_error", "v2");
    }
    for id in ["e", "f", "g"] {
        add(107, 20, id, "server_error", "v2");
    }
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The evidence of the worked example to six digits, at the look that rolls back.
#[test]
fn the_worked_example() {
    let answer = replay(&[], &worked_example());
    assert_eq!(answer["lines"], 74);
    assert_eq!(
        answer["v1"],
        json!({"requests": 59, "errors": 59, "failures": 1})
    );
    assert_eq!(
        answer["v2"],
        json!({"requests": 15, "errors": 15, "failures": 9})
    );
    assert_eq!(answer["verdict"], "roll_back");
    assert_eq!(answer["reasons"], json!(["failure"]));
    // The last before second 113; what was logged later, x, is line 74.
    assert_eq!(answer["rolled_back_at_line"], 73);
    let near = |bet: &str, member: &str, want: f64| {
        let got = answer["bets"][bet][member].as_f64().unwrap();
        assert!((got - want).abs() < 5e-7, "{bet} {member}: {got}");
    };
    near("failure", "ln_w", 11.711014);
    near("failure", "limit", 8.705529);
    near("error", "ln_w", 5.196466);
    near("error", "limit", 9.943144);
    let failure = &answer["bets"]["failure"];
    assert_eq!(
        [
            &failure["v1"],
            &failure["v2"],
            &failure["window"],
            &failure["windows"]
        ],
        [&json!(1), &json!(7), &json!(1), &json!(1)]
    );
    assert!(failure["ratio"]["lower"].as_f64().unwrap() > 1.0);
    assert_eq!(failure["ratio"]["upper"], Value::Null);
    let words = cutover(&["replay", "-"], worked_example()).out;
    let begins = "rolled back at line 73\nroll back: v2 makes 63.0 × v1's failures; at least 1.70 ×, certain to 99.9%";
    assert!(words.starts_with(begins), "{words}");
    let row = words.lines().find(|line| line.starts_with("failure "));
    let cells: Vec<&str> = row.unwrap().split_whitespace().collect();
    let expected = "failure 1 7 11.711 8.706 1.70 × 63.00 × - 1";
    assert_eq!(cells.join(" "), expected);
}

#[test]
fn what_is_tolerated_or_not_evidence_rolls_nothing_back() {
    let log = bad_v2(600);
    assert_eq!(replay(&[], &log)["verdict"], "roll_back");
    let answer = replay(&["--tolerance=1000"], &log);
    assert_eq!(answer["verdict"], "hold");
    assert_eq!(answer["rolled_back_at_line"], Value::Null);
    let none = cutover(&["replay", "-", "--json", "--share=0%"], &log);
    let answer: Value = serde_json::from_str(&none.out).unwrap();
    assert_eq!(
        (&answer["verdict"], &answer["bets"]),
        (&json!("hold"), &json!({}))
    );
    // One principal's retries are one error.
    let retries: String = (0..90)
        .map(|n| line(n, "s-1", "server_error", "v2", ""))
        .collect();
    assert_eq!(replay(&[], &retries)["rolled_back_at_line"], Value::Null);
    let empty = replay(&[], "");
    assert_eq!(empty["verdict"], "hold");
    assert_eq!(
        empty["v2"],
        json!({"requests": 0, "errors": 0, "failures": 0})
    );
}

/// At 100 % failures are held against a rate, by requests of v2 alone.
#[test]
fn at_100_percent_there_is_one_bet() {
    let log = |failing: usize| -> String {
        (0..1_000)
            .map(|n| {
                let action = if n < failing {
                    "server_error"
                } else {
                    "submitted"
                };
                line(n / 50, &format!("s-{n}"), action, "v2", "")
            })
            .collect()
    };
    let answer = replay(&["--share=100%"], &log(3));
    assert_eq!(answer["verdict"], "hold");
    let absolute = &answer["bets"]["absolute"];
    assert_eq!((&absolute["v2"], &absolute["v1"]), (&json!(3), &json!(997)));
    assert!(absolute.get("ratio").is_none());
    let answer = replay(&["--share=100%"], &log(100));
    assert_eq!(answer["reasons"], json!(["absolute"]));
}

/// A share that was not in force is said to be another; lines may say their share, and their principal.
#[test]
fn a_share_that_does_not_fit_is_told() {
    let log = bad_v2(2_000);
    let ran = cutover(&["replay", "-", "--json", "--share=50%"], &log);
    assert_eq!(ran.code, Some(0));
    let warning =
        "warning: 10.0000% of the log's principals are on v2, which doesn't fit --share 50%";
    assert!(ran.err.starts_with(warning), "{}", ran.err);
    let said = log.replace("\"data\":{}", "\"share\":\"10%\",\"principal\":\"one\"");
    let ran = cutover(&["replay", "-", "--json", "--share=50%"], &said);
    assert!(!ran.err.contains("--share"), "{}", ran.err);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["rolled_back_at_line"], Value::Null);
    assert_eq!(answer["bets"]["error"]["v1"], 1);
}

/// The reference service's log: each line says the principal and the share, and why it was this version's. What the share did
/// not decide is no evidence to the guard, and says nothing about the share.
#[test]
fn what_the_share_did_not_decide_is_no_evidence() {
    let of_one = r#""reason":"share","share":"10%","revision":7,"principal":"0c5b930dc67f467a","#;
    let log = bad_v2(2_000);
    let says = |says: &str| log.replace("\"data\":{},", says);
    let judged = |log: &str| replay(&["--share=50%"], log);
    let ran = cutover(&["replay", "-", "--json"], says(of_one));
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["bets"]["error"]["v1"], 1);
    let warning = "warning: the 10 busiest principals sent 100 % of the log's requests";
    assert!(ran.err.starts_with(warning), "{}", ran.err);
    let of_many = says(&of_one.replace("principal", "p"));
    assert_eq!(judged(&of_many)["verdict"], "roll_back");
    for reason in ["fallback", "direct"] {
        let first = line(0, "first", "submitted", "v1", of_one);
        let log = first + &says(&format!("\"reason\":\"{reason}\","));
        let answer = judged(&log);
        assert_eq!(answer["v2"]["errors"], 200, "the whole log is counted");
        let error = &answer["bets"]["error"];
        assert_eq!([&error["v1"], &error["v2"]], [0, 0], "{reason}");
    }
}

#[test]
fn bad_lines_are_named_and_the_rest_counts() {
    let good = line(1, "s-1", "submitted", "v1", "");
    let log = format!("{good}not JSON\n{}{good}\n", good.replace("v1", "v3"));
    let ran = cutover(&["replay", "-", "--json"], &log);
    assert_eq!(ran.code, Some(1));
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&answer["lines"], &answer["v1"]["requests"]),
        (&json!(5), &json!(2))
    );
    let told: Vec<&str> = ran.err.lines().collect();
    assert_eq!(told.len(), 3, "{}", ran.err);
    for (told, line, code) in [
        (told[0], 2, "malformed_json"),
        (told[1], 3, "malformed_line"),
        (told[2], 5, "empty_line"),
    ] {
        let head = format!("cutover: standard input: line {line}: ");
        assert!(told.starts_with(&head), "{told}");
        assert!(told.ends_with(&format!(" ({code})")), "{told}");
    }
    assert_eq!(cutover(&["report", "-", "--json"], &log).code, Some(1));
    assert_eq!(cutover(&["replay", "/nowhere/log"], "").code, Some(1));
    assert_eq!(cutover(&["replay", "-", "--alpha=2"], "").code, Some(2));
}

/// A log in the wrong format has a million bad lines, which are one piece of news.
#[test]
fn bad_lines_that_repeat_are_counted() {
    let mut log = "nonsense\n".repeat(1_000);
    log += "{\n\n";
    log += &line(1, "s-1", "crashed\\u001b[2J", "v1", "").repeat(6);
    let path = file("repeats.ndjson", &log);
    for command in ["report", "replay"] {
        let ran = cutover(&[command, &path], "");
        assert_eq!(ran.code, Some(1));
        let told: Vec<&str> = ran.err.lines().collect();
        let of = |code: &str| told.iter().filter(|line| line.contains(code)).count();
        assert_eq!(of("(malformed_json)"), 5, "{}", ran.err);
        assert_eq!(of("(malformed_line)"), 5, "{}", ran.err);
        assert_eq!(of("(empty_line)"), 1, "{}", ran.err);
        assert_eq!(
            told[11..],
            [
                format!("cutover: {path}: 996 more lines are malformed_json"),
                format!("cutover: {path}: 1 more line is malformed_line"),
            ]
        );
        assert!(!ran.err.contains('\x1b'), "{:?}", ran.err);
    }
}

/// Lines as `cutover-service --log FILE` writes them: errors are in what was answered.
#[test]
fn the_services_own_log_has_its_top_errors() {
    let invalid = |field: &str, code: &str| {
        format!(
            r#""result":{{"success":false,"error":{{"code":"validation_failed","message":"m"}},"validation":{{"errors":[{{"field":"{field}","code":"{code}","message":"m","tier":"core"}}],"warnings":[{{"field":"x","code":"type_mismatch","message":"m","tier":null}}],"tierSummary":{{}}}}}},"#
        )
    };
    let failed = |code: &str| {
        format!(r#""result":{{"success":false,"error":{{"code":"{code}","message":"m"}}}},"#)
    };
    let fine =
        r#""result":{"success":true,"suggestionId":"a","validation":{"errors":[],"warnings":[]}},"#;
    let mut log = String::new();
    for n in 0..3 {
        log += &line(
            n,
            "a",
            "validation_failed",
            "v2",
            &invalid("lat", "out_of_range"),
        );
        log += &line(n, "b", "submitted", "v2", fine);
    }
    log += &line(4, "c", "validation_failed", "v2", &invalid("", "too_deep"));
    log += &line(4, "d", "server_error", "v2", &failed("storage_unavailable")).repeat(2);
    // Not errors: they explain nothing of the error rate.
    log += &line(4, "e", "rate_limited", "v2", &failed("too_many_requests"));
    log += &line(4, "f", "duplicate_detected", "v2", &failed("id_conflict"));
    let ran = cutover(&["report", "-", "--json"], &log);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    let error =
        |path: &str, code: &str, count: u64| json!({"path": path, "code": code, "count": count});
    assert_eq!(
        answer["v2"]["top_errors"],
        json!([
            error("lat", "out_of_range", 3),
            error("", "storage_unavailable", 2),
            error("", "too_deep", 1),
        ])
    );
    let table = cutover(&["report", "-"], &log).out;
    assert!(
        table.contains("\n         2  (the whole payload or request)  storage_unavailable\n"),
        "{table}"
    );
}

/// What a log holds does not drive the terminal of whoever reads the report.
#[test]
fn a_report_shows_control_characters_as_escapes() {
    let result = r#""result":{"errors":[{"path":"/a\u001b[2J","code":"x\u202ey"}]},"#;
    let log = line(0, "a", "validation_failed", "v1", result);
    let table = cutover(&["report", "-"], log).out;
    assert!(table.contains(r"/a\u{1b}[2J  x\u{202e}y"), "{table}");
}

fn log_to_report() -> String {
    let errors = r#""result":{"errors":[{"path":"/lat","code":"required"},{"field":"/fee","code":"out_of_range"}]},"#;
    let mut log = String::new();
    for n in 0..100 {
        let (action, result) = match n % 10 {
            0 => ("validation_failed", errors),
            1 if n < 50 => (
                "validation_failed",
                r#""result":{"errors":[{"path":"/lat","code":"required"}]},"#,
            ),
            2 => ("duplicate_detected", ""),
            _ => ("submitted", r#""result":null,"#),
        };
        log += &line(n, &format!("s-{n}"), action, "v1", result);
    }
    log += &line(3_600, "late", "server_error", "v2", r#""result":"down","#);
    log
}

#[test]
fn a_report_says_what_each_version_did() {
    let path = file("report.ndjson", log_to_report());
    let ran = cutover(&["report", &path, "--json"], "");
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        answer,
        json!({
            "lines": 101, "requests": 101, "since": null,
            "v1": {
                "submissions": 100,
                "outcomes": {"submitted": 75, "validation_failed": 15, "duplicate_detected": 10, "rate_limited": 0, "server_error": 0},
                "error_rate": 0.15, "p95_ms": 95.0,
                "top_errors": [{"path": "/lat", "code": "required", "count": 15}, {"path": "/fee", "code": "out_of_range", "count": 10}]
            },
            "v2": {
                "submissions": 1,
                "outcomes": {"submitted": 0, "validation_failed": 0, "duplicate_detected": 0, "rate_limited": 0, "server_error": 1},
                "error_rate": 1.0, "p95_ms": 1.0, "top_errors": []
            }
        })
    );
    let one = cutover(&["report", &path, "--json", "--top=1"], "");
    assert!(!one.out.contains("/fee"), "{}", one.out);
    let table = cutover(&["report", &path], "").out;
    assert!(
        table.contains("submissions                    100           1\n"),
        "{table}"
    );
    assert!(
        table.contains("error rate                 15.00 %    100.00 %\n"),
        "{table}"
    );
    assert!(
        table.contains("\ntop errors of v1\n        15  /lat  required\n"),
        "{table}"
    );
}

/// The window ends at the newest line, so its errors are those of the same requests.
#[test]
fn since_counts_back_from_the_newest_line() {
    let log = log_to_report();
    let of = |since: &str| -> Value {
        let ran = cutover(&["report", "-", "--json", "--since", since], &log);
        serde_json::from_str(&ran.out).unwrap()
    };
    let hour = of("1h");
    assert_eq!(
        (&hour["lines"], &hour["requests"]),
        (&json!(101), &json!(101))
    );
    let last = of("3540s");
    assert_eq!(last["v1"]["submissions"], 40);
    assert_eq!(last["v1"]["top_errors"][0]["count"], 4);
    assert_eq!(last["since"], 1_763_890_260_000_u64);
    assert_eq!(of("0s")["v1"]["error_rate"], Value::Null);
    assert_eq!(
        cutover(&["report", "-", "--since=yesterday"], "").code,
        Some(2)
    );
}
