//! The plan's promises: what each gate says, one phase at a time, files that tell when they were changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cutover::migration::plan::{
    Environment, Evidence, Figures, Gate, GateResult, GateStatus, Plan, Progress, Shadowed,
    Signature, Soundness,
};
use cutover::migration::shadow::Shadow;
use cutover::migration::{Guard, Outcome};
use cutover::{Error, ErrorKind, Reason, Request, Rollout, Router, Share, Version};

/// A folder of its own for each test, gone when it is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("cutover-plan-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn state(&self) -> PathBuf {
        self.0.join("plan.json")
    }

    fn log(&self) -> PathBuf {
        self.0.join("plan.json.log")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn at(hours: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + hours * 3_600)
}

fn signature() -> Signature {
    Signature::new("ana", "all quiet").unwrap()
}

/// Evidence on which every default gate says "go".
fn sound() -> Evidence {
    let figures = Figures {
        requests: 20_000,
        errors: 200,
        failures: 20,
        p95_ms: Some(100.0),
        p95_lower_ms: Some(98.0),
        p95_upper_ms: Some(102.0),
    };
    Evidence {
        v1: figures,
        v2: figures,
        shadow: Some(Shadowed {
            comparisons: 500,
            divergences: 0,
        }),
        roll_back: Some(false),
        go: Some(Soundness {
            shown: true,
            ..Soundness::default()
        }),
        verdict: None,
        braked: false,
    }
}

fn answer(plan: &Plan, phase: usize, evidence: &Evidence, gate: Gate) -> GateResult {
    let answers = plan.judge(phase, at(0), evidence, None, at(1_000));
    answers
        .into_iter()
        .find(|answer| answer.gate == gate)
        .unwrap()
}

#[test]
fn the_five_phases_are_those_of_the_contract() {
    let plan = Plan::contribution_form_v2();
    let phases: Vec<_> = plan
        .phases()
        .iter()
        .map(|p| {
            (
                &*p.name,
                p.share.to_string(),
                p.environment.as_str(),
                p.allow_requested,
                p.approval,
            )
        })
        .collect();
    assert_eq!(
        phases,
        [
            (
                "development",
                "100%".to_owned(),
                "development",
                false,
                false
            ),
            ("staging", "0%".to_owned(), "staging", true, false),
            ("canary", "10%".to_owned(), "production", false, false),
            ("production", "50%".to_owned(), "production", false, true),
            ("full", "100%".to_owned(), "production", false, true),
        ]
    );
    for phase in plan.phases() {
        let gates = &phase.gates;
        assert_eq!(
            (gates.error_rate, gates.failure_rate),
            (Some(0.05), Some(0.02))
        );
        assert_eq!((gates.p95_ms, gates.p95_times_v1), (Some(200), Some(1.10)));
        assert_eq!((gates.shadow_divergences, gates.evidence), (Some(0), true));
    }
}

#[test]
fn a_plan_is_the_same_after_json() {
    let plan = Plan::contribution_form_v2();
    assert_eq!(Plan::from_json(plan.to_json().as_bytes()).unwrap(), plan);
}

#[test]
fn documents_that_are_no_plan_are_refused_where_they_are_wrong() {
    let phase = |extra: &str| {
        format!(
            r#"{{"name":"a","share":"1%","environment":"staging","min_soak_s":1,"min_requests":1{extra}}}"#
        )
    };
    let plan = |phases: &str| format!(r#"{{"name":"p","phases":[{phases}]}}"#);
    assert!(Plan::from_json(plan(&phase("")).as_bytes()).is_ok());
    let refused = [
        (plan(""), "/phases"),
        (
            plan(&phase("").repeat(2).replace("}{", "},{")),
            "/phases/1/name",
        ),
        (
            plan(&phase(r#","gates":{"error_rate":0}"#)),
            "/phases/0/gates/error_rate",
        ),
        (
            plan(&phase(r#","gates":{"failure_rate":1.5}"#)),
            "/phases/0/gates/failure_rate",
        ),
        (
            plan(&phase(r#","gates":{"p95_times_v1":-1}"#)),
            "/phases/0/gates/p95_times_v1",
        ),
        (plan(&phase(r#","soak":1"#)), ""),
        (plan(&phase(r#","min_soak_s":2"#)), ""),
        (plan(&phase(r#","gates":{"p96_ms":1}"#)), ""),
        (plan(&phase("").replace("1%", "101%")), ""),
        (r#"{"name":"","phases":[]}"#.to_owned(), "/name"),
        ("[]".to_owned(), ""),
    ];
    for (document, path) in refused {
        let error = Plan::from_json(document.as_bytes()).unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Plan, path),
            "{document}: {error}"
        );
    }
}

#[test]
fn null_takes_a_gate_away_and_leaving_it_out_does_not() {
    let document = r#"{"name":"p","phases":[{"name":"a","share":"1%","environment":"staging","min_soak_s":0,
        "min_requests":0,"gates":{"shadow_divergences":null}}]}"#;
    let plan = Plan::from_json(document.as_bytes()).unwrap();
    let evidence = Evidence {
        shadow: None,
        ..sound()
    };
    let answers = plan.judge(0, at(0), &evidence, None, at(0));
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == GateStatus::Go && answer.gate != Gate::ShadowDivergences)
    );
    assert_eq!(answers.len(), 8);
}

/// Each gate at its limit, just beyond it, and without a figure.
#[test]
fn each_gate_says_go_hold_or_no_go_by_its_limit() {
    let plan = Plan::contribution_form_v2();
    type Edit = fn(&mut Evidence);
    let cases: [(Gate, Edit, GateStatus); 17] = [
        (Gate::Brake, |_| (), GateStatus::Go),
        (Gate::Brake, |e| e.braked = true, GateStatus::NoGo),
        (Gate::Requests, |e| e.v2.requests = 1_000, GateStatus::Go),
        (Gate::Requests, |e| e.v2.requests = 999, GateStatus::Hold),
        (Gate::ErrorRate, |e| e.v2.errors = 999, GateStatus::Go),
        (Gate::ErrorRate, |e| e.v2.errors = 1_000, GateStatus::NoGo),
        (Gate::ErrorRate, |e| e.v2.requests = 0, GateStatus::Hold),
        (Gate::FailureRate, |e| e.v2.failures = 399, GateStatus::Go),
        (Gate::FailureRate, |e| e.v2.failures = 400, GateStatus::NoGo),
        (Gate::P95, |_| (), GateStatus::Go),
        (Gate::P95TimesV1, |_| (), GateStatus::Go),
        (Gate::Go, |_| (), GateStatus::Go),
        (Gate::Go, |e| e.go = None, GateStatus::Hold),
        (
            Gate::ShadowDivergences,
            |e| {
                e.shadow = Some(Shadowed {
                    comparisons: 9,
                    divergences: 1,
                })
            },
            GateStatus::NoGo,
        ),
        (
            Gate::ShadowDivergences,
            |e| e.shadow = Some(Shadowed::default()),
            GateStatus::Hold,
        ),
        (
            Gate::Evidence,
            |e| e.roll_back = Some(true),
            GateStatus::NoGo,
        ),
        (Gate::Evidence, |e| e.roll_back = None, GateStatus::Hold),
    ];
    for (case, (gate, edit, status)) in cases.into_iter().enumerate() {
        let mut evidence = sound();
        edit(&mut evidence);
        let answer = answer(&plan, 2, &evidence, gate);
        assert_eq!(answer.status, status, "case {case}: {answer}");
    }
}

#[test]
fn a_gate_shows_its_figure_and_its_limit() {
    let mut evidence = sound();
    evidence.v2.errors = 1_260;
    let answer = answer(&Plan::contribution_form_v2(), 2, &evidence, Gate::ErrorRate);
    assert_eq!((answer.figure, answer.limit), (Some(0.063), Some(0.05)));
    assert_eq!(
        answer.to_string(),
        "error_rate no-go: 0.0630 of v2's requests, to be below 0.05"
    );
}

#[test]
fn at_a_hundred_percent_there_is_no_v1_to_be_slower_than() {
    let mut evidence = sound();
    evidence.v1 = Figures::default();
    let plan = Plan::contribution_form_v2();
    let now = SystemTime::now();
    for phase in [0, 1, 4] {
        let answers = plan.judge(phase, now, &evidence, None, now);
        let asked = |gate| answers.iter().any(|answer| answer.gate == gate);
        assert!(
            asked(Gate::P95) && !asked(Gate::P95TimesV1),
            "phase {phase}"
        );
    }
    assert_eq!(
        answer(&plan, 3, &evidence, Gate::P95TimesV1).status,
        GateStatus::Hold
    );
}

#[test]
fn soak_is_wall_clock_time_and_a_clock_set_back_shows_none() {
    let plan = Plan::contribution_form_v2();
    let soak = |began, now| {
        let answers = plan.judge(2, at(began), &sound(), None, at(now));
        let answer = answers
            .into_iter()
            .find(|answer| answer.gate == Gate::Soak)
            .unwrap();
        (answer.status, answer.figure.unwrap())
    };
    assert_eq!(soak(10, 34), (GateStatus::Go, 86_400.0));
    assert_eq!(soak(10, 33), (GateStatus::Hold, 82_800.0));
    assert_eq!(soak(10, 2), (GateStatus::Hold, 0.0));
}

fn begun(folder: &Folder) -> Progress {
    Progress::begin(
        Plan::contribution_form_v2(),
        folder.state(),
        Environment::Development,
        &signature(),
        at(0),
    )
    .unwrap()
}

fn reopened(folder: &Folder) -> Result<Progress, Error> {
    Progress::open(Plan::contribution_form_v2(), folder.state())
}

#[test]
fn a_rollout_walks_phase_by_phase_and_every_router_follows() {
    let folder = Folder::new("walk");
    let mut progress = begun(&folder);
    let first = Rollout::builder("contribution-form-v2", Share::ZERO)
        .salt("s")
        .pin("vip", Version::V2)
        .build()
        .unwrap();
    let router = Router::builder()
        .rollout(first)
        .env(|_| None)
        .build()
        .unwrap();
    let mut hours = 0;
    for (phase, share, requested) in [
        ("development", "100%", Reason::Share),
        ("staging", "0%", Reason::Requested),
        ("canary", "10%", Reason::Share),
        ("production", "50%", Reason::Share),
        ("full", "100%", Reason::Share),
    ] {
        if hours > 0 {
            let approval = Signature::new("li", "seen the numbers").unwrap();
            progress
                .advance(&signature(), &sound(), Some(&approval), at(hours))
                .unwrap();
        }
        hours += 200;
        let revision = router.status().revision.unwrap();
        router
            .apply(
                progress
                    .phase()
                    .rollout(&router.rollout().unwrap())
                    .unwrap(),
            )
            .unwrap();
        let status = router.status();
        assert_eq!(progress.phase().name, phase);
        assert_eq!(
            (status.revision, status.share.to_string()),
            (Some(revision + 1), share.to_owned())
        );
        assert_eq!((status.salt.as_str(), status.pins), ("s", 1));
        assert_eq!(
            router
                .decide(&Request::new("someone").requested("v2"))
                .reason(),
            requested,
            "{phase}"
        );
    }
    let end = progress
        .advance(&signature(), &sound(), Some(&signature()), at(2_000))
        .unwrap_err();
    assert_eq!(end.kind(), ErrorKind::Plan);
    drop(progress);
    assert_eq!(reopened(&folder).unwrap().decisions().len(), 5);
}

#[test]
fn advancing_is_refused_with_the_reason_of_every_closed_gate() {
    let folder = Folder::new("closed");
    let mut progress = begun(&folder);
    let mut evidence = sound();
    evidence.v2.errors = 2_000;
    let files = || {
        (
            fs::read(folder.state()).unwrap(),
            fs::read(folder.log()).unwrap(),
        )
    };
    let before = files();
    let error = progress
        .advance(&signature(), &evidence, None, at(0))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gate);
    assert_eq!(
        error.to_string(),
        "not yet from development to staging: soak hold: 0 s in this phase, at least 3600 are asked for; \
         error_rate no-go: 0.1000 of v2's requests, to be below 0.05"
    );
    assert_eq!(files(), before, "nothing is written");
}

#[test]
fn production_takes_an_approval_of_a_named_person() {
    let folder = Folder::new("approval");
    let mut progress = begun(&folder);
    for hours in [100, 200] {
        progress
            .advance(&signature(), &sound(), None, at(hours))
            .unwrap();
    }
    let status = progress.status(&sound(), None, at(300));
    assert_eq!(
        (&*status.phase, status.next.as_deref(), status.ready),
        ("canary", Some("production"), false)
    );
    let error = progress
        .advance(&signature(), &sound(), None, at(300))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("approval hold: production takes an approval: name who approves, and why")
    );
    assert_eq!(Signature::new("  ", "why").unwrap_err().path(), "/who");
    assert_eq!(Signature::new("li", "").unwrap_err().path(), "/why");
    let li = Signature::new("li", "numbers are fine").unwrap();
    assert!(progress.status(&sound(), Some(&li), at(300)).ready);
    progress
        .advance(&signature(), &sound(), Some(&li), at(300))
        .unwrap();
    let log = fs::read_to_string(folder.log()).unwrap();
    assert!(
        log.lines()
            .last()
            .unwrap()
            .contains(r#""approval":{"who":"li","why":"numbers are fine"}"#)
    );
}

#[test]
fn the_way_back_asks_no_gate_and_survives_a_restart_with_its_epochs() {
    let folder = Folder::new("back");
    let mut progress = begun(&folder);
    progress
        .advance(&signature(), &sound(), None, at(100))
        .unwrap();
    progress
        .advance(&signature(), &sound(), None, at(200))
        .unwrap();
    progress.note_windows(5).unwrap();
    progress.note_windows(3).unwrap();
    let broken = Evidence {
        braked: true,
        roll_back: Some(true),
        ..Evidence::default()
    };
    progress.back(&signature(), &broken, at(201)).unwrap();
    drop(progress);
    let mut progress = reopened(&folder).unwrap();
    assert_eq!(
        (&*progress.phase().name, progress.state().windows()),
        ("staging", 5)
    );
    assert_eq!(progress.state().since(), at(201));
    progress.back(&signature(), &broken, at(202)).unwrap();
    let first = progress.back(&signature(), &broken, at(203)).unwrap_err();
    assert_eq!(
        first.to_string(),
        "development is the phase that the plan began at: pull the brake to stop v2"
    );
    let decisions: Vec<_> = progress
        .decisions()
        .iter()
        .map(|d| (d.n, d.from.clone().unwrap_or_default(), &*d.to))
        .collect();
    let expected = [
        (1, "", "development"),
        (2, "development", "staging"),
        (3, "staging", "canary"),
        (4, "canary", "staging"),
        (5, "staging", "development"),
    ];
    assert_eq!(
        decisions,
        expected.map(|(n, from, to)| (n, from.to_owned(), to))
    );
}

/// Two writers would lose each other's decisions; two readers, or a reader beside a writer, see what is there.
#[test]
fn one_writes_at_a_time_and_anyone_reads() {
    let folder = Folder::new("two");
    let mut writer = begun(&folder);
    let second = reopened(&folder).unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Locked);
    assert!(second.to_string().contains("is in use by"), "{second}");

    let read = || Progress::read(Plan::contribution_form_v2(), folder.state()).unwrap();
    let mut reader = read();
    writer
        .advance(&signature(), &sound(), None, at(100))
        .unwrap();
    reader.reload().unwrap();
    assert_eq!(
        (&*reader.phase().name, &*read().phase().name),
        ("staging", "staging")
    );
    let files = || {
        (
            fs::read(folder.state()).unwrap(),
            fs::read(folder.log()).unwrap(),
        )
    };
    let before = files();
    let refused = reader.back(&signature(), &sound(), at(101)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Locked);
    assert_eq!(
        reader.note_windows(9).unwrap_err().kind(),
        ErrorKind::Locked
    );
    assert_eq!(files(), before);
    drop(writer);
    reopened(&folder)
        .unwrap()
        .back(&signature(), &sound(), at(102))
        .unwrap();
}

#[test]
fn a_plan_is_begun_once() {
    let folder = Folder::new("once");
    assert_eq!(reopened(&folder).unwrap_err().kind(), ErrorKind::State);
    begun(&folder);
    let again = Progress::begin(
        Plan::contribution_form_v2(),
        folder.state(),
        Environment::Development,
        &signature(),
        at(1),
    )
    .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::State);
    assert!(
        again
            .to_string()
            .ends_with("has a plan under way: open it, or choose another file"),
        "{again}"
    );
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_state_file_that_is_torn_foreign_or_of_the_future_is_refused_and_the_last_good_one_stays() {
    let folder = Folder::new("state");
    let mut progress = begun(&folder);
    progress
        .advance(&signature(), &sound(), None, at(100))
        .unwrap();
    let good = fs::read(folder.state()).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let cases = [
        (
            text[..text.len() / 2].to_owned(),
            ErrorKind::State,
            "not the state of a plan, or a part of one",
        ),
        (String::new(), ErrorKind::State, "not the state of a plan"),
        (
            "{\"format\":2,\"anything\":[]}".to_owned(),
            ErrorKind::State,
            "format 2, this version reads 1",
        ),
        (
            text.replace("contribution-form-v2", "another"),
            ErrorKind::State,
            "the state of another, not of",
        ),
        (
            text.replace("\"phase\": 1", "\"phase\": 2"),
            ErrorKind::State,
            "the plan has no phase staging at 2",
        ),
        (
            text.replace("\"epochs\"", "\"epoch\""),
            ErrorKind::State,
            "unknown field",
        ),
        ("x".repeat(70_000), ErrorKind::Io, "longer than 65536 bytes"),
    ];
    for (content, kind, message) in cases {
        fs::write(folder.state(), &content).unwrap();
        let error = Progress::read(Plan::contribution_form_v2(), folder.state()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(progress.reload().is_err());
        assert_eq!(
            progress.phase().name,
            "staging",
            "the last good state stays"
        );
        assert_eq!(fs::read_to_string(folder.state()).unwrap(), content);
    }
    fs::write(folder.state(), &good).unwrap();
    progress.reload().unwrap();
}

#[test]
fn a_changed_cut_or_foreign_log_is_damage_that_names_the_entry() {
    let folder = Folder::new("log");
    let mut progress = begun(&folder);
    progress
        .advance(&signature(), &sound(), None, at(100))
        .unwrap();
    progress
        .advance(&signature(), &sound(), None, at(200))
        .unwrap();
    progress.back(&signature(), &sound(), at(201)).unwrap();
    drop(progress);
    let good = fs::read_to_string(folder.log()).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let without = |n: usize| {
        let rest: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(at, _)| at + 1 != n)
            .map(|(_, line)| *line)
            .collect();
        rest.join("\n") + "\n"
    };
    let changed = |n: usize, from: &str, to: &str| {
        assert!(lines[n - 1].contains(from));
        good.replacen(lines[n - 1], &lines[n - 1].replacen(from, to, 1), 1)
    };
    let cases = [
        (changed(1, "ana", "bob"), "entry 1 "),
        (changed(2, "ana", "bob"), "entry 2 "),
        (changed(3, "20000", "20001"), "entry 3 "),
        (changed(4, "ana", "bob"), "entry 4 "),
        (changed(3, "\"prev\":\"", "\"prev\":\"0"), "entry 3 "),
        (changed(2, "{\"n\"", "{\"m\""), "entry 2 "),
        (
            without(2),
            "entry 1 was altered, or the one after it was removed",
        ),
        (without(1), "entry 1 belongs to another plan"),
        (good[..good.len() - 9].to_owned(), "the last are missing"),
        (
            without(4),
            "the log has 3 entries and the state knows 4: the last are missing",
        ),
        (String::new(), "the log has 0 entries and the state knows 4"),
        (
            good.clone() + lines[3] + "\n" + lines[3] + "\n",
            "several entries after the 4",
        ),
    ];
    for (content, message) in cases {
        fs::write(folder.log(), &content).unwrap();
        let mut progress = reopened(&folder).unwrap();
        let damage = progress.damage().unwrap().to_owned();
        assert!(damage.contains(message), "{damage} for {message}");
        let error = progress
            .advance(&signature(), &sound(), None, at(300))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Log, "{error}");
        assert!(error.to_string().contains(&damage), "{error}");
    }
    fs::write(folder.log(), &good).unwrap();
    let state = fs::read(folder.state()).unwrap();
    edit(&folder.state(), "\"sha256\": \"", "\"sha256\": \"0");
    assert!(reopened(&folder).unwrap().damage().is_some());
    fs::write(folder.state(), state).unwrap();
    assert_eq!(reopened(&folder).unwrap().damage(), None);
    fs::remove_file(folder.state()).unwrap();
    assert_eq!(
        reopened(&folder).unwrap_err().kind(),
        ErrorKind::Log,
        "a log without its state"
    );
}

/// The log is hashed by its bytes, so the hashes can be checked by any tool: each `prev` is the SHA-256 of the line before.
#[test]
fn the_first_entry_follows_from_the_plans_name() {
    let folder = Folder::new("hash");
    begun(&folder);
    let log = fs::read_to_string(folder.log()).unwrap();
    // printf 'cutover plan\ncontribution-form-v2' | sha256sum
    let expected = "f84cc6e96bf88828b08154f15c508220d8de677b3ab5cbdbd7ffb929d0425030";
    assert!(
        log.ends_with(&format!("\"prev\":\"{expected}\"}}\n")),
        "{log}"
    );
}

/// What the gates are given is what the other modules saw, all requests of it: at 0 % testers are all there is.
#[test]
fn evidence_is_what_was_seen() {
    let rollout = Rollout::builder("contribution-form-v2", Share::ZERO)
        .allow_requested(true)
        .build()
        .unwrap();
    let router = Router::builder()
        .rollout(rollout)
        .env(|_| None)
        .build()
        .unwrap();
    let guard = Guard::builder().build().unwrap();
    let outcomes = guard.outcomes();
    let tester = router.decide(&Request::new("tester").requested("v2"));
    for (outcome, times) in [
        (Outcome::Accepted, 95),
        (Outcome::Rejected, 3),
        (Outcome::Failed, 2),
    ] {
        for _ in 0..times {
            outcomes.record_ended(&tester, "tester", outcome, Duration::from_millis(150));
        }
    }
    let verdict = guard.evaluate();
    let shadow = Shadow::builder(|_, _, _| vec!["/fee".to_owned()])
        .build()
        .unwrap();
    let rollout = Rollout::builder("contribution-form-v2", Share::ZERO)
        .shadow(Share::FULL)
        .build()
        .unwrap();
    let shadowed = Router::builder()
        .rollout(rollout)
        .env(|_| None)
        .build()
        .unwrap()
        .decide(&Request::new("a"));
    let _ = shadow.run(&shadowed, "a", || Ok::<_, ()>(()), || Ok::<_, ()>(()));
    let seen = shadow.finish();
    let evidence = Evidence::of(&outcomes.snapshot(), Some(&verdict), Some(&seen), true);
    assert_eq!(
        (
            evidence.v2.requests,
            evidence.v2.errors,
            evidence.v2.failures
        ),
        (100, 5, 2)
    );
    assert!(
        (evidence.v2.p95_ms.unwrap() - 150.0).abs() < 3.0,
        "{evidence:?}"
    );
    assert_eq!(evidence.v1, Figures::default());
    assert_eq!((evidence.roll_back, evidence.braked), (Some(false), true));
    assert_eq!(
        evidence.shadow,
        Some(Shadowed {
            comparisons: 1,
            divergences: 1
        })
    );
    assert_eq!(evidence.verdict, Some(verdict.to_string()));
}
