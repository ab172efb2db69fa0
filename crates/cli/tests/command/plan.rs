//! `cutover plan`: phases by the gates, on disk, with exit codes a script can use.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::common::file;
use crate::plan_room::{GOOD, PLAN, Room};

#[test]
fn a_rollout_goes_forth_and_back_and_every_decision_is_logged() {
    let room = Room::new("plan-forth");
    let rollout = ["--rollout", &*room.rollout];
    let began = room.init(&[&rollout[..], &["--who=ana", "--why=let us begin"]].concat());
    assert_eq!((began.code, &*began.err), (Some(0), ""));
    assert!(
        began
            .out
            .starts_with("canary: 10% of the users in production\n"),
        "{}",
        began.out
    );
    assert_eq!(
        (&room.rollout()["share"], &room.rollout()["revision"]),
        (&"10%".into(), &1.into())
    );

    let go = [
        &rollout[..],
        &["--evidence", &*room.good, "--who=ben", "--why=good"],
    ]
    .concat();
    let refused = room.run("advance", &go);
    assert_eq!(refused.code, Some(3));
    assert!(refused.err.contains("approval hold"), "{}", refused.err);
    let last = "\ncutover: not yet from canary to full\n";
    assert!(refused.err.ends_with(last), "{}", refused.err);
    assert_eq!(room.rollout()["revision"], 1);

    let went = room.run(
        "advance",
        &[&go[..], &["--approve=cleo: I looked at it"]].concat(),
    );
    assert_eq!((went.code, &*went.err), (Some(0), ""));
    assert_eq!(room.phase(), "full");
    assert_eq!(
        (&room.rollout()["share"], &room.rollout()["revision"]),
        (&"100%".into(), &2.into())
    );
    let last = room.run("advance", &go);
    assert_eq!(last.code, Some(3));
    assert!(last.err.contains("full is the last phase"), "{}", last.err);

    let back = room.run(
        "back",
        &[&rollout[..], &["--who=dan", "--why=v2 is slow"]].concat(),
    );
    assert_eq!(back.code, Some(0), "{}", back.err);
    assert_eq!(room.phase(), "canary");
    assert_eq!(
        (&room.rollout()["share"], &room.rollout()["revision"]),
        (&"10%".into(), &3.into())
    );
    assert_eq!(room.run("back", &[]).code, Some(3));

    let log = fs::read_to_string(room.state.clone() + ".log").unwrap();
    let entries: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (&entry["who"], &entry["to"]))
        .collect();
    assert_eq!(
        told,
        [("ana", "canary"), ("ben", "full"), ("dan", "canary")]
            .map(|(who, to)| (Value::from(who), Value::from(to)))
            .iter()
            .map(|(who, to)| (who, to))
            .collect::<Vec<_>>()
    );
    assert_eq!(entries[1]["evidence"]["approval"]["who"], "cleo");
}

#[test]
fn what_is_in_the_rollout_document_stays() {
    let room = Room::new("plan-keeps");
    let document = r#"{"name":"mine","share":"1%","revision":41,"pins":{"v1":[],"v2":["user-1"]}}"#;
    fs::write(&room.rollout, document).unwrap();
    // Nobody's share is raised by a beginning that was not told to.
    let refused = room.run("init", &["--rollout", &room.rollout]);
    assert_eq!(refused.code, Some(3));
    assert!(refused.err.contains("is at 1%"), "{}", refused.err);
    assert_eq!(fs::read_to_string(&room.rollout).unwrap(), document);
    let raised = room.init(&["--rollout", &room.rollout]);
    assert_eq!(raised.code, Some(0));
    let rollout = room.rollout();
    assert_eq!(
        (&rollout["name"], &rollout["revision"]),
        (&"mine".into(), &42.into())
    );
    assert_eq!(rollout["pins"]["v2"][0], "user-1");

    // One that can't be read stops the decision.
    fs::write(&room.rollout, "{").unwrap();
    let more = [
        "--rollout",
        &*room.rollout,
        "--evidence",
        &*room.good,
        "--approve=a: b",
    ];
    assert_eq!(room.run("advance", &more).code, Some(2));
    assert_eq!(room.phase(), "canary");
    assert_eq!(fs::read_to_string(&room.rollout).unwrap(), "{");
}

#[test]
fn status_shows_every_gate_with_figure_and_limit() {
    let room = Room::new("plan-status");
    assert_eq!(room.init(&[]).code, Some(0));
    let bad = file(
        "plan-bad.json",
        GOOD.replace("\"errors\":1,", "\"errors\":20,"),
    );
    let status = room.run("status", &["--evidence", &bad]);
    assert_eq!(status.code, Some(0), "{}", status.err);
    let row = |gate: &str| {
        let row = status
            .out
            .lines()
            .find(|line| line.split_whitespace().nth(1) == Some(gate));
        row.unwrap_or_else(|| panic!("{gate} in {}", status.out))
            .split_whitespace()
            .take(4)
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(row("error_rate"), "no-go error_rate 0.2 0.05");
    assert_eq!(row("requests"), "go requests 100 100");
    assert_eq!(row("approval"), "hold approval - -");
    assert!(
        status.out.ends_with("\nnot yet ready for full\n"),
        "{}",
        status.out
    );
    let nothing = room.run("status", &["--json"]);
    let status: Value = serde_json::from_str(&nothing.out).unwrap();
    assert_eq!(
        (&status["ready"], &status["next"]),
        (&false.into(), &"full".into())
    );
}

/// The lines since the phase began are the figures; those before it are another phase's.
#[test]
fn a_log_is_evidence() {
    let room = Room::new("plan-log");
    assert_eq!(room.init(&[]).code, Some(0));
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let line = |n: u128, before: bool, action: &str| {
        let at = if before {
            now - 3_600_000
        } else {
            now + 1_000 * n
        };
        let version = if n.is_multiple_of(4) { "v2" } else { "v1" };
        format!(
            "{{\"timestamp\":{at},\"suggestionId\":\"s-{n}\",\"action\":\"{action}\",\"apiVersion\":\"{version}\",\"durationMs\":20}}\n"
        )
    };
    let mut log: String = (0..1_000).map(|n| line(n, true, "server_error")).collect();
    log += &(0..4_000)
        .map(|n| line(n, false, "submitted"))
        .collect::<String>();
    let path = file("plan.ndjson", &log);

    let status: Value =
        serde_json::from_str(&room.run("status", &["--json", "--log", &path]).out).unwrap();
    let gate = |name: &str| {
        let gates = status["gates"].as_array().unwrap();
        gates
            .iter()
            .find(|gate| gate["gate"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&gate("requests")["figure"], &gate("requests")["status"]),
        (&1_000.0.into(), &"go".into())
    );
    for p95 in ["p95", "p95_times_v1"] {
        assert_eq!(gate(p95)["status"], "go", "{status}");
    }
    assert_eq!(gate("error_rate")["figure"], 0.0);
    assert_eq!(gate("evidence")["status"], "go");
    assert_eq!(gate("shadow_divergences")["status"], "hold");

    let both = [
        "--log",
        &*path,
        "--evidence",
        &*room.good,
        "--approve=ana: good",
    ];
    let torn = file("plan-torn.ndjson", log + "{");
    let half = [
        "--log",
        &*torn,
        "--evidence",
        &*room.good,
        "--approve=ana: good",
    ];
    assert_eq!(room.run("advance", &half).code, Some(1));
    assert_eq!(room.run("status", &["--log", &torn]).code, Some(1));
    assert_eq!(room.phase(), "canary");
    assert_eq!(room.run("advance", &both).code, Some(0));
    let state: Value = serde_json::from_str(&fs::read_to_string(&room.state).unwrap()).unwrap();
    assert_eq!(state["epochs"], 1);
}

/// A log tells how far v2 is from being shown to be sound, and when it is.
#[test]
fn a_phase_that_requires_it_waits_for_the_guard_to_say_continue() {
    let room = Room::new("plan-go");
    let plan = PLAN.replacen(
        "\"name\":\"canary\"",
        "\"name\":\"canary\",\"go\":\"required\"",
        1,
    );
    fs::write(&room.plan, plan).unwrap();
    assert_eq!(room.init(&[]).code, Some(0));
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let go = |requests: u128| {
        let line = |n: u128| {
            let at = began.as_millis() + 1_000 + n * 10;
            let version = if n.is_multiple_of(10) { "v2" } else { "v1" };
            format!(
                "{{\"timestamp\":{at},\"suggestionId\":\"s-{n}\",\"action\":\"submitted\",\"apiVersion\":\"{version}\",\"durationMs\":20}}\n"
            )
        };
        let log: String = (0..requests).map(line).collect();
        let path = file(&format!("plan-go-{requests}.ndjson"), &log);
        let ran = room.run("status", &["--json", "--log", &path]);
        let status: Value = serde_json::from_str(&ran.out).unwrap();
        let gates = status["gates"].as_array().unwrap();
        gates
            .iter()
            .find(|gate| gate["gate"] == "go")
            .unwrap()
            .clone()
    };
    let few = go(10_000);
    assert_eq!(few["status"], "hold", "{few}");
    let reason = few["reason"].as_str().unwrap();
    assert!(reason.contains("3744 without an error"), "{few}");
    assert!(reason.contains("; probably in "), "{few}");
    let many = go(60_000);
    assert_eq!(many["status"], "go", "{many}");
}

#[test]
fn exit_codes_say_whose_fault_it_is() {
    let room = Room::new("plan-codes");
    let not_begun = room.run("status", &[]);
    assert_eq!(not_begun.code, Some(1));
    assert!(
        not_begun.err.contains("begin one first"),
        "{}",
        not_begun.err
    );
    assert_eq!(room.init(&["--why= "]).code, Some(2));
    assert_eq!(room.init(&[]).code, Some(0));
    assert_eq!(room.init(&[]).code, Some(1));
    assert_eq!(room.run("advance", &["--approve=ana"]).code, Some(2));
    let typo = file("plan-typo.json", r#"{"v3":{}}"#);
    assert_eq!(room.run("status", &["--evidence", &typo]).code, Some(2));
    assert_eq!(
        room.run("status", &["--evidence", "/nowhere"]).code,
        Some(1)
    );

    let state = fs::read(&room.state).unwrap();
    fs::write(&room.state, &state[..state.len() / 2]).unwrap();
    let torn = room.run("back", &[]);
    assert_eq!(torn.code, Some(1));
    assert!(
        torn.err
            .contains("not the state of a plan, or a part of one"),
        "{}",
        torn.err
    );
    assert_eq!(fs::read(&room.state).unwrap(), &state[..state.len() / 2]);

    fs::write(&room.plan, r#"{"name":"x","phases":[]}"#).unwrap();
    assert_eq!(room.run("status", &[]).code, Some(2));
}
