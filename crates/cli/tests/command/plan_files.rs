//! `cutover plan`: where it begins, who may write, what it makes of a log that others have written to.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Ran, cutover};
use crate::plan_room::{GOOD, Room};

/// The template is a plan that `--plan` takes, with the phases that there are without it.
#[test]
fn the_template_is_the_plan_that_there_is_without_one() {
    let room = Room::new("plan-template");
    let template = cutover(&["plan", "template"], "");
    assert_eq!((template.code, &*template.err), (Some(0), ""));
    fs::write(&room.plan, &template.out).unwrap();
    let raised = ["--environment", "development", "--rollout", &room.rollout];
    let began = room.init(&raised);
    assert_eq!(began.code, Some(0), "{}", began.err);
    assert_eq!(
        (room.phase(), room.rollout()["share"].clone()),
        ("development".into(), "100%".into())
    );
}

/// Without a plan of one's own it is the five phases. It begins where nobody is on v2, unless it is told otherwise.
#[test]
fn the_five_phases_begin_at_staging() {
    let room = Room::new("plan-five");
    let init = |args: &[&str]| {
        let base = [
            "plan",
            "init",
            "--state",
            &room.state,
            "--rollout",
            &room.rollout,
        ];
        cutover(&[&base[..], args].concat(), "")
    };
    let development = init(&["--environment", "development"]);
    assert_eq!(development.code, Some(3));
    assert!(
        development
            .err
            .contains("without a rollout document the share is 0%"),
        "{}",
        development.err
    );
    assert!(!fs::exists(&room.state).unwrap() && !fs::exists(&room.rollout).unwrap());
    assert_eq!(init(&["--environment", "moon"]).code, Some(2));
    assert_eq!(init(&[]).code, Some(0));
    assert_eq!(room.rollout()["share"], "0%");
    let status = cutover(&["plan", "status", "--state", &room.state], "");
    assert!(
        status
            .out
            .starts_with("staging: 0% of the users in staging")
            && status.out.contains("not yet ready for canary"),
        "{}",
        status.out
    );

    let room = Room::new("plan-five-development");
    let args = [
        "plan",
        "init",
        "--state",
        &room.state,
        "--environment",
        "development",
        "--raise",
    ];
    let began = cutover(&args, "");
    assert!(began.out.starts_with("development: 100%"), "{}", began.out);
}

/// A plan that begins above 0 % takes a word for it, whether there is a document or not.
#[test]
fn a_beginning_above_0_takes_raise() {
    let room = Room::new("plan-raise");
    for args in [&[][..], &["--rollout", &*room.rollout]] {
        let refused = room.run("init", args);
        assert_eq!(refused.code, Some(3), "{}", refused.err);
        assert!(
            refused.err.contains("would make that 10%"),
            "{}",
            refused.err
        );
        assert!(!fs::exists(&room.state).unwrap() && !fs::exists(&room.rollout).unwrap());
    }
    assert_eq!(room.init(&["--rollout", &room.rollout]).code, Some(0));
    assert_eq!(room.rollout()["share"], "10%");
}

#[test]
fn the_state_remembers_its_plan() {
    let room = Room::new("plan-remembers");
    assert_eq!(room.init(&[]).code, Some(0));
    let status = cutover(&["plan", "status", "--state", &room.state], "");
    assert_eq!((status.code, &*status.err), (Some(0), ""));
    assert!(status.out.starts_with("canary: 10%"), "{}", status.out);
    let moved = room.plan.replace("plan.json", "moved.json");
    fs::rename(&room.plan, &moved).unwrap();
    let gone = cutover(&["plan", "status", "--state", &room.state], "");
    assert_eq!(gone.code, Some(1));
    let told = cutover(
        &["plan", "back", "--state", &room.state, "--plan", &moved],
        "",
    );
    assert!(told.err.contains("this plan was read from"), "{}", told.err);
    let status = cutover(&["plan", "status", "--state", &room.state], "");
    assert_eq!((status.code, &*status.err), (Some(0), ""));
}

#[test]
fn status_has_exit_codes_for_scripts() {
    let room = Room::new("plan-exit");
    assert_eq!(room.init(&[]).code, Some(0));
    let status = |evidence: &str, args: &[&str]| {
        let path = room.good.replace("good", "known");
        fs::write(&path, evidence).unwrap();
        room.run("status", &[&["--evidence", &*path], args].concat())
            .code
    };
    let bad = GOOD.replace("\"errors\":1,", "\"errors\":50,");
    assert_eq!(status(GOOD, &["--exit-code"]), Some(3), "approval");
    assert_eq!(status(&bad, &["--exit-code"]), Some(4));
    assert_eq!(status(&bad, &[]), Some(0));
    // The last phase asks for no approval.
    let plan = fs::read_to_string(&room.plan).unwrap();
    fs::write(&room.plan, plan.replace(",\"approval\":true", "")).unwrap();
    assert_eq!(status(GOOD, &["--exit-code"]), Some(0));
    let log = room.state.clone() + ".log";
    fs::write(
        &log,
        fs::read_to_string(&log).unwrap().replacen("why", "Why", 1),
    )
    .unwrap();
    assert_eq!(status(GOOD, &["--exit-code"]), Some(4), "damage");
}

/// Older files put back are noticed by the head; advance waits for somebody to accept them, back doesn't.
#[test]
fn the_head_shows_older_files() {
    let room = Room::new("plan-head");
    let head = room.state.replace("state.json", "head.json");
    let with = |step: &str, args: &[&str]| {
        room.run(
            step,
            &[&["--head", &*head, "--rollout", &*room.rollout], args].concat(),
        )
    };
    let look = |step: &str| room.run(step, &["--head", &head]);
    assert_eq!(with("init", &["--raise", "--who=ana"]).code, Some(0));
    let log = room.state.clone() + ".log";
    let older = [fs::read(&room.state).unwrap(), fs::read(&log).unwrap()];
    let go = ["--evidence", &*room.good, "--approve=li: fine", "--who=ana"];
    assert_eq!(with("advance", &go).code, Some(0));
    assert_eq!(with("back", &["--who=ana"]).code, Some(0));
    fs::write(&room.state, &older[0]).unwrap();
    fs::write(&log, &older[1]).unwrap();

    let status = look("status");
    assert!(
        status.out.contains("older files were put back"),
        "{}",
        status.out
    );
    let refused = with("advance", &go);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.err.contains("older files were put back"),
        "{}",
        refused.err
    );
    assert_eq!(room.rollout()["share"], "10%");
    assert_eq!(
        room.run("accept", &["--head", &head]).code,
        Some(2),
        "a reason is needed"
    );
    let accepted = room.run(
        "accept",
        &["--head", &head, "--who=li", "--why=a disk was restored"],
    );
    assert_eq!(accepted.code, Some(0), "{}", accepted.err);
    assert!(!look("status").out.contains("put back"));
    let log = look("log");
    assert!(
        log.out.contains("began at canary, by ana: no reason given")
            && log
                .out
                .contains("accepted the log at canary, by li: a disk was restored"),
        "{}",
        log.out
    );
    assert_eq!(log.code, Some(0));
    assert!(
        log.out.starts_with("   1* ") && log.out.contains("\n   2  "),
        "{}",
        log.out
    );
    assert!(
        log.out.ends_with("in a damaged log: see 2\n"),
        "{}",
        log.out
    );
    let entries: Value = serde_json::from_str(&room.run("log", &["--json"]).out).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 2);
    assert_eq!(with("advance", &go).code, Some(0));
    // Without the head no further step is taken.
    assert_eq!(room.run("back", &[]).code, Some(0));
    let refused = room.run("advance", &go);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("head store"), "{}", refused.err);
}

/// At night the log is damaged and v2 has to go down: the document is written, the damage told, the decision kept.
#[test]
fn back_works_with_a_damaged_log() {
    let room = Room::new("plan-damaged");
    let rollout = ["--rollout", &*room.rollout];
    assert_eq!(room.init(&rollout).code, Some(0));
    let go = ["--evidence", &*room.good, "--approve=li: fine"];
    assert_eq!(
        room.run("advance", &[&rollout[..], &go].concat()).code,
        Some(0)
    );
    let log = room.state.clone() + ".log";
    fs::write(&log, "\u{1b}[31m not a log").unwrap();
    let back = room.run(
        "back",
        &[&rollout[..], &["--who=ana", "--why=5xx"]].concat(),
    );
    assert_eq!(back.code, Some(0), "{}", back.err);
    assert!(back.err.contains("can't be relied on"), "{}", back.err);
    assert_eq!(
        (room.phase(), &room.rollout()["share"]),
        ("canary".into(), &"10%".into())
    );
    let kept = fs::read_to_string(&log).unwrap();
    assert!(
        kept.starts_with("\u{1b}[31m not a log\n{") && kept.contains("5xx"),
        "{kept}"
    );
}

/// A command that was killed while it had the plan open, here while it waits for its log, locks nobody out.
#[test]
fn the_lock_of_a_killed_command_is_free_at_once() {
    let room = Room::new("plan-killed");
    assert_eq!(room.init(&[]).code, Some(0));
    let lock = room.state.clone() + ".lock";
    fs::remove_file(&lock).unwrap();
    let args = ["plan", "advance", "--state", &room.state, "--log", "-"];
    let mut held = Command::new(env!("CARGO_BIN_EXE_cutover"))
        .env("USER", "tester")
        .args(args)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let named = format!("\"pid\":{},", held.id());
    while !fs::read_to_string(&lock).is_ok_and(|holder| holder.contains(&named)) {
        assert!(held.try_wait().unwrap().is_none(), "it waits for its log");
        thread::sleep(Duration::from_millis(10));
    }
    let left = room.state.replace("state.json", ".state.json.4711-0.tmp");
    fs::write(&left, "half").unwrap();
    assert_eq!(room.phase(), "canary", "it can be read meanwhile");
    held.kill().unwrap();
    held.wait().unwrap();
    let began = Instant::now();
    let next = room.run("advance", &["--evidence", &room.good, "--approve=li: fine"]);
    assert_eq!((next.code, &*next.err), (Some(0), ""));
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "it waited for nobody"
    );
    assert!(
        !fs::exists(&left).unwrap(),
        "what the killed one was writing is gone"
    );
}

/// Of several who advance at once one goes to the next phase; the others see that the phase has only begun. Whatever was
/// answered "done" is in the log, and the log stays whole.
#[test]
fn several_at_once_lose_no_decision() {
    for round in 0..5 {
        let room = Room::new(&format!("plan-several-{round}"));
        let phase = |n: u32| {
            format!(
                r#"{{"name":"p{n}","share":"{n}%","environment":"production","min_soak_s":0,"min_requests":0}}"#
            )
        };
        let phases: Vec<String> = (0..10).map(phase).collect();
        let plan = format!(r#"{{"name":"quick","phases":[{}]}}"#, phases.join(","));
        fs::write(&room.plan, plan).unwrap();
        assert_eq!(room.init(&[]).code, Some(0));
        let go = ["--evidence", &*room.good, "--rollout", &*room.rollout];
        let ran: Vec<Ran> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..5)
                .map(|_| scope.spawn(|| room.run("advance", &go)))
                .collect();
            racers.into_iter().map(|ran| ran.join().unwrap()).collect()
        });
        for ran in &ran {
            assert_eq!((ran.code, &*ran.err), (Some(0), ""));
        }
        assert_eq!(room.phase(), "p5");
        assert_eq!(
            (&room.rollout()["share"], &room.rollout()["revision"]),
            (&"5%".into(), &5.into())
        );
    }
}

/// Who decides is known, but for going back, which nothing keeps from anybody.
#[test]
fn a_decision_has_a_name() {
    let room = Room::new("plan-who");
    assert_eq!(room.init(&[]).code, Some(0));
    let nobody = |step: &str| {
        let args = ["plan", step, "--state", &room.state, "--plan", &room.plan];
        let command = Command::new(env!("CARGO_BIN_EXE_cutover"))
            .args(args)
            .env_remove("USER")
            .output()
            .unwrap();
        (
            command.status.code(),
            String::from_utf8(command.stderr).unwrap(),
        )
    };
    let (code, err) = nobody("advance");
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("--who: name who decides"), "{err}");
    let (code, err) = nobody("back");
    assert!(!err.contains("--who"), "{code:?} {err}");
}
