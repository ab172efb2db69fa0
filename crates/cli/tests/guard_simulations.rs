//! The guard's promise and its power, in simulations with fixed seeds: the commands of docs/guard.md with fewer runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::cutover;
use serde_json::Value;

fn simulate(args: &str) -> Value {
    let mut all = vec!["simulate", "--json"];
    all.extend(args.split_whitespace());
    let ran = cutover(&all, "");
    assert_eq!(ran.code, Some(0), "{args}: {}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// At most α = 5 % of 20 runs roll back, and three standard deviations more: 4.
fn sound(args: &str) {
    sound_in(20, 4, args);
}

fn sound_in(runs: u64, at_most: u64, args: &str) {
    let answer = simulate(&format!("--runs={runs} --alpha=0.05 {args}"));
    assert!(
        answer["rollbacks"].as_u64().unwrap() <= at_most,
        "{args}: {answer}"
    );
}

const RAMP: &str = "--share=1%,5%,10%,25%,50%,100%";

/// One budget: with fixed rates that roll back, 98 % of the runs with 2 % failures go.
#[test]
fn a_ramp_up_to_everyone() {
    sound(&format!("{RAMP} --requests=120000"));
    sound(&format!("{RAMP} --requests=120000 --failed"));
}

/// Both versions err more often and less often together.
#[test]
fn common_drift_and_bursts() {
    let bursts = "--v1-error=0.002 --v2-error=0.002 --drift=3 --bursts=50";
    sound(&format!("--share=10% --requests=30000 {bursts}"));
    sound(&format!("--share=50% --requests=30000 --failed {bursts}"));
}

#[test]
fn retries_and_clustered_users() {
    sound("--share=10%,50% --requests=40000 --retries=10");
    sound(
        "--share=50% --requests=30000 --failed --sticky=300 --clustered --v1-error=0.1 --v2-error=0.1",
    );
    sound("--share=10%,50% --requests=40000 --failed --sticky=5000 --pareto=1.05 --clustered");
}

/// v2 fails at once where v1 takes its timeout: by the second in which a request ends, every such run rolls back.
#[test]
fn an_outage_of_both_versions() {
    let outage = "--share=10% --requests=20000 --failed --outage=60s --v1-delay=30s";
    sound(outage);
    sound(&format!("{outage} --outage-part=0.1"));
    sound(&format!("{outage} --outage-part=0.5"));
}

/// Both hang for as long: were v1 recorded when it ends and not at the timeout, v2 would look worse in every run.
#[test]
fn hangs_in_both_versions() {
    for rate in ["0.01", "0.05", "0.2"] {
        sound(&format!(
            "--share=10% --requests=30000 --failed --v1-error={rate} --v2-error={rate} --v1-delay=1h --v2-delay=1h"
        ));
    }
}

/// v1's delay is nearly the timeout, and the share changes: nothing has to wait.
#[test]
fn a_slow_v1_while_the_share_changes() {
    sound("--share=1%,10%,50% --requests=30000 --failed --v1-delay=4900ms");
}

/// A v2 that makes fewer errors, with users who come again and again: v1's users are used up first. With one set of firsts
/// for all windows, 98 % of these runs roll back.
#[test]
fn a_more_lenient_v2() {
    sound("--share=10% --requests=60000 --sticky=1500 --v1-error=0.2 --v2-error=0.02");
}

/// A v2 that rejects less and fails as often: were failures hidden by earlier rejections, 97 % of these runs would roll
/// back, as v1's users are rejected first.
#[test]
fn fewer_rejections_and_as_many_failures() {
    let answer = simulate(
        "--runs=20 --alpha=0.05 --share=10% --requests=100000 --sticky=5000 --v1-rejected=0.2 --v2-rejected=0.02 --failed --v1-error=0.005 --v2-error=0.005",
    );
    assert!(answer["rollbacks"].as_u64().unwrap() <= 4, "{answer}");
}

/// And users who have been rejected once are no less evidence when v2 fails.
#[test]
fn rejections_blind_nobody() {
    let answer = simulate(
        "--runs=11 --share=10% --rate=5 --sticky=2000 --clustered --v1-rejected=0.05 --v2-rejected=0.05 --failed --v1-error=0 --v2-error=1 --break-at=20000 --requests=30000",
    );
    assert_eq!(answer["reasons"], serde_json::json!({"failure": 11}));
    assert_eq!(answer["rollbacks_before_break"], 0);
    let principals = &answer["median_v2_principals_at_rollback"];
    assert!(principals.as_u64().unwrap() <= 10, "{answer}");
}

/// Every start takes a number of its own: with the numbers forgotten, 97 % of these runs roll back.
#[test]
fn restarts() {
    let answer = simulate(
        "--runs=30 --alpha=0.5 --share=50% --requests=200000 --failed --v1-error=0.1 --v2-error=0.1 --restart-every=100",
    );
    assert!(answer["rollbacks"].as_u64().unwrap() <= 8, "{answer}");
}

/// Each window has its own part of α: with the whole of it in each, 20 % of these runs roll back.
#[test]
fn many_errors_at_one_share() {
    let args = "--requests=200000 --failed --v1-error=0.1 --v2-error=0.1";
    sound_in(60, 8, args);
}

#[test]
fn fifty_requests_a_day() {
    let answer = simulate("--runs=3 --alpha=0.05 --share=50% --rate=50/day --requests=1500");
    assert_eq!(answer["rollbacks"], 0, "{answer}");
}

/// 1.25 times v1's latency is tolerated; three times is found.
#[test]
fn a_slower_v2() {
    let correct = "--share=10% --v1-error=0 --v2-error=0";
    sound(&format!(
        "{correct} --requests=40000 --v2-slower=1.25 --sticky=2000"
    ));
    sound(&format!(
        "{correct} --requests=40000 --v2-slower=1.1 --sigma=0.1"
    ));
    let slow = simulate(&format!(
        "{correct} --runs=21 --requests=20000 --v2-slower=3 --break-at=3000"
    ));
    assert_eq!(slow["reasons"], serde_json::json!({"slow": 21}));
    // 6 s for the timeout and the second in which the request started.
    assert!(
        slow["median_seconds_to_rollback"].as_u64().unwrap() <= 6 + 5,
        "{slow}"
    );
}

/// A few hostile clients don't roll back v2; more do. With no allowance, five do.
#[test]
fn hostile_clients() {
    let quiet = "--share=10% --requests=5000 --runs=20 --v1-error=0 --v2-error=0";
    let rollbacks = |args: &str| simulate(&format!("{quiet} {args}"))["rollbacks"].clone();
    assert_eq!(rollbacks("--attack=5"), 0);
    assert_eq!(rollbacks("--attack=8"), 20);
    assert_eq!(rollbacks("--attack=3 --attack-by=abandoned"), 0);
}

/// The median of v2's principals whose errors had been judged at the rollback: `target` and 15 %.
fn found_after(args: &str, target: u64) {
    let answer = simulate(&format!("--runs=41 --failed --v1-error=0.001 {args}"));
    let principals = &answer["median_v2_principals_at_rollback"];
    let most = target + (target * 15).div_ceil(100);
    assert!(principals.as_u64().unwrap() <= most, "{args}: {answer}");
    assert!(
        answer["rollbacks"].as_u64().unwrap() >= 39,
        "{args}: {answer}"
    );
}

#[test]
fn a_bad_v2_is_found_soon() {
    found_after("--share=10% --v2-error=0.005 --requests=100000", 15);
    found_after("--share=10% --v2-error=0.02 --requests=30000", 7);
    found_after("--share=50% --v2-error=0.02 --requests=30000", 19);
    found_after("--share=1% --v2-error=0.02 --requests=150000", 6);
}

/// A long healthy stretch hides no break: windows of their own see it.
#[test]
fn a_late_break_is_found() {
    let answer = simulate(
        "--runs=5 --failed --share=10% --v1-error=0.02 --v2-error=1 --requests=180000 --break-at=175000",
    );
    assert_eq!(answer["rollbacks"], 5, "{answer}");
    assert_eq!(answer["rollbacks_before_break"], 0);
    let seconds = answer["median_seconds_to_rollback"].as_u64().unwrap();
    assert!(seconds <= 6 + 4, "{answer}");
}

/// At 100 % a break is found against what v1 was last known to fail.
#[test]
fn a_break_at_100_percent_is_found() {
    let healthy =
        "--runs=7 --failed --share=100% --v1-error=0.001 --requests=210000 --break-at=200000";
    for (rate, requests) in [("1", 1_000), ("0.1", 1_800), ("0.05", 4_000)] {
        let answer = simulate(&format!("{healthy} --v2-error={rate}"));
        assert_eq!(answer["reasons"], serde_json::json!({"absolute": 7}));
        let at = answer["median_requests_at_rollback"].as_u64().unwrap();
        assert!(at - 200_000 <= requests, "{rate}: {answer}");
    }
}
