//! What `cutover simulate` promises: a sound v2 stays, a bad one goes soon, a seed means one answer.

use serde_json::Value;

use crate::common::{cutover, scratch};

fn simulate(args: &[&str]) -> Value {
    let mut all = vec!["simulate", "--json"];
    all.extend(args);
    let ran = cutover(&all, "");
    assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{args:?}");
    serde_json::from_str(&ran.out).unwrap()
}

/// A sound v2 is rolled back in at most α of the runs, retries or not: 5 % of 100, and three standard deviations.
#[test]
fn equal_error_rates_stay() {
    let equal = [
        "--runs=100",
        "--requests=5000",
        "--alpha=0.05",
        "--share=50%",
    ];
    for more in [
        &["--retries=0"][..],
        &["--retries=3"],
        &[
            "--retries=3",
            "--failed",
            "--v1-error=0.2",
            "--v2-error=0.2",
        ],
    ] {
        let answer = simulate(&[&equal, more].concat());
        assert!(answer["rollbacks"].as_u64().unwrap() <= 11, "{answer}");
    }
}

#[test]
fn a_worse_v2_goes_in_nearly_every_run() {
    let answer = simulate(&[
        "--runs=40",
        "--requests=30000",
        "--alpha=0.05",
        "--v2-error=0.05",
    ]);
    assert_eq!(answer["rollbacks"], 40);
    let errors = answer["median_v2_errors_at_rollback"].as_u64().unwrap();
    let requests = answer["median_requests_at_rollback"].as_u64().unwrap();
    assert!((5..100).contains(&errors), "{answer}");
    assert!((500..15_000).contains(&requests), "{answer}");
}

#[test]
fn a_seed_is_one_answer_and_no_rollback_has_no_median() {
    let few = ["--runs=9", "--requests=8000", "--v2-error=0.08"];
    let of_seed = |seed: &str| simulate(&[&few[..], &["--seed", seed]].concat()).to_string();
    assert_eq!(of_seed("7"), of_seed("7"));
    assert_ne!(of_seed("7"), of_seed("8"));

    let none = simulate(&["--runs=2", "--requests=1000", "--v2-error=0"]);
    assert_eq!(
        none,
        serde_json::json!({
            "runs": 2,
            "rollbacks": 0,
            "median_v2_errors_at_rollback": null,
            "median_requests_at_rollback": null,
            "median_v2_principals_at_rollback": null,
            "median_seconds_to_rollback": null,
            "p90_seconds_to_rollback": null,
        })
    );
    assert_eq!(simulate(&["--runs=0"])["runs"], 0);
}

#[test]
fn the_drawing_shows_the_median_run() {
    let path = scratch("simulate.svg");
    let draw = |v2_error: &str| {
        let svg = path.to_str().unwrap();
        let all = [
            "simulate",
            "--runs=3",
            "--requests=20000",
            "--v2-error",
            v2_error,
            "--svg",
            svg,
        ];
        let ran = cutover(&all, "");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        (ran.out, std::fs::read_to_string(&path).unwrap())
    };
    let (words, drawing) = draw("0.1");
    assert!(
        words.starts_with("3 of 3 runs were rolled back (100.0 %): error 3\n"),
        "{words}"
    );
    assert!(drawing.contains(">rolled back: all on v1</text>"));
    assert!(drawing.ends_with("</svg>\n"));
    let (_, drawing) = draw("0.02");
    assert!(drawing.contains(">Not rolled back in 20,000 requests</text>"));
    assert!(!drawing.contains("all on v1"));
}

/// Where v2 breaks in the middle, times count from there; what both versions do is no reason.
#[test]
fn a_break_is_timed_from_where_it_is() {
    let answer = simulate(&[
        "--runs=5",
        "--requests=20000",
        "--failed",
        "--v1-error=0",
        "--v2-error=1",
        "--break-at=10000",
    ]);
    assert_eq!(answer["rollbacks"], 5);
    assert_eq!(answer["rollbacks_before_break"], 0);
    // 6 s until the first second is judged, and 10 errors in each.
    for seconds in ["median_seconds_to_rollback", "p90_seconds_to_rollback"] {
        assert!(
            (6..=9).contains(&answer[seconds].as_u64().unwrap()),
            "{answer}"
        );
    }
    assert!(answer["median_v2_principals_at_rollback"].as_u64().unwrap() <= 30);
}

/// With few requests a day, the guard judges each all the same.
#[test]
fn a_rate_may_be_that_of_a_day() {
    let answer = simulate(&[
        "--runs=3",
        "--rate=500/day",
        "--share=50%",
        "--requests=500",
        "--failed",
        "--v1-error=0",
        "--v2-error=1",
    ]);
    assert_eq!(answer["reasons"], serde_json::json!({"failure": 3}));
    assert!(
        answer["median_requests_at_rollback"].as_u64().unwrap() < 60,
        "{answer}"
    );
}

#[test]
fn what_cannot_be_simulated_is_wrong_usage() {
    for (args, says) in [
        (["--v1-error", "2"], "must be a number from 0 to 1"),
        (["--alpha", "0"], "must be between 0 and 1"),
        (["--share", "110%"], "--share"),
        (["--pareto", "1.05"], "--sticky"),
        (["--rate", "50/week"], "must be a number above 0"),
    ] {
        let ran = cutover(&[&["simulate"][..], &args].concat(), "");
        assert_eq!(ran.code, Some(2), "{args:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}
