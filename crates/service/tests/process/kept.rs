//! What operators changed is still so after the process was killed: the rollout that they put, the brake, the guard's state.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{self, Process, parts};

async fn ask(process: &Process, method: Method, path: &str, body: String) -> (u16, Value) {
    let http = Client::new();
    let url = format!("http://{}{path}", process.admin);
    let seen = http
        .get(format!("http://{}/rollout", process.admin))
        .send()
        .await
        .unwrap();
    let request = http
        .request(method, url)
        .header("x-who", "ana")
        .header("x-why", "test")
        .header("if-match", common::header(&seen, "etag"))
        .body(body);
    parts(request.send().await.unwrap()).await
}

async fn status(process: &Process) -> Value {
    let (status, body) = ask(process, Method::GET, "/status", String::new()).await;
    assert_eq!(status, 200);
    body
}

fn document(revision: u32, share: &str) -> String {
    format!(r#"{{"name":"contribution-form-v2","revision":{revision},"share":"{share}"}}"#)
}

/// A service's folder, and what it is started with.
struct Folder {
    folder: TempDir,
    arguments: Vec<String>,
}

impl Folder {
    fn new(arguments: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("state")).unwrap();
        std::fs::write(folder.path().join("rollout.json"), document(1, "1%")).unwrap();
        let mut arguments = arguments(folder.path());
        let database = format!("sqlite:{}", folder.path().join("db").display());
        arguments.extend(["--database-url".to_owned(), database]);
        Self { folder, arguments }
    }

    /// With `--state`, and these arguments.
    fn with_state(arguments: &[&str]) -> Self {
        Self::new(|folder| {
            let mut all = vec!["--state".to_owned(), path(&folder.join("state"))];
            all.extend(arguments.iter().map(|&argument| argument.to_owned()));
            all
        })
    }

    fn state(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("state").join(name)
    }

    fn start(&self) -> Process {
        Process::start(&self.arguments(), &[])
    }

    fn arguments(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test]
async fn the_rollout_that_was_put_is_in_force_after_a_kill() {
    let rollout = |folder: &Path| vec!["--rollout".to_owned(), path(&folder.join("rollout.json"))];
    let state = |folder: &Path| vec!["--state".to_owned(), path(&folder.join("state"))];
    let folders = [
        Folder::new(rollout),
        Folder::new(state),
        Folder::new(|folder| [rollout(folder), state(folder)].concat()),
        Folder::with_state(&["--share", "90%"]),
    ];
    for folder in folders {
        let with = &folder.arguments;
        // Up is stored first, down is in force first.
        for (revision, share) in [(2, "95%"), (3, "5%")] {
            let process = folder.start();
            let (code, body) =
                ask(&process, Method::PUT, "/rollout", document(revision, share)).await;
            assert_eq!(
                (code, &body["durable"]),
                (200, &json!(true)),
                "{with:?}: {body}"
            );
            process.kill();
            let process = folder.start();
            let found = status(&process).await;
            assert_eq!(
                (&found["revision"], &found["share"]),
                (&json!(revision), &json!(share)),
                "{with:?}"
            );
            process.kill();
        }
    }
}

/// Longer than the follower takes to look: it must neither undo what was put nor be deaf from then on.
#[tokio::test]
async fn the_follower_of_the_file_does_not_fight_what_was_put() {
    let folder =
        Folder::new(|folder| vec!["--rollout".to_owned(), path(&folder.join("rollout.json"))]);
    let file = folder.folder.path().join("rollout.json");
    let process = folder.start();
    for (revision, share) in [(2, "50%"), (3, "20%")] {
        let (code, body) = ask(&process, Method::PUT, "/rollout", document(revision, share)).await;
        assert_eq!(code, 200, "{body}");
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let found = status(&process).await;
        assert_eq!(
            (&found["share"], &found["last_error"]),
            (&json!(share), &Value::Null)
        );
        assert!(std::fs::read_to_string(&file).unwrap().contains(share));
    }
    std::fs::write(&file, document(4, "30%")).unwrap();
    let since = Instant::now();
    while status(&process).await["share"] != "30%" {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "the file is followed no more"
        );
    }
    process.kill();
}

#[tokio::test]
async fn without_a_place_for_it_the_answer_says_that_a_restart_loses_it() {
    let folder = Folder::new(|_| Vec::new());
    let process = folder.start();
    assert_eq!(status(&process).await["share"], "0%", "the default");
    let (code, body) = ask(&process, Method::PUT, "/rollout", document(1, "10%")).await;
    assert_eq!((code, &body["durable"]), (200, &json!(false)));
    let (code, body) = ask(&process, Method::POST, "/brake", String::new()).await;
    assert_eq!((code, &body["durable"]), (200, &json!(false)));
    process.kill();
}

#[tokio::test]
async fn a_plan_is_not_overruled_by_a_document() {
    let folder = Folder::with_state(&["--plan"]);
    let process = folder.start();
    let (code, body) = ask(&process, Method::PUT, "/rollout", document(9, "0%")).await;
    assert_eq!(
        (code, &body["error"]["code"]),
        (409, &json!("plan")),
        "{body}"
    );
    let message = body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("/plan/back") && message.contains("/brake"),
        "{message}"
    );
    process.kill();
}

/// Nobody knows what operators had put: all is v1 until one of them looks.
#[tokio::test]
async fn a_damaged_rollout_pulls_the_brake() {
    let folder = Folder::with_state(&["--share", "100%"]);
    std::fs::write(folder.state("rollout.json"), "{").unwrap();
    let process = folder.start();
    let found = status(&process).await;
    let reason = found["brake"]["reasons"][0].as_str().unwrap();
    assert!(
        reason.contains("rollout.json") && reason.contains("put one anew"),
        "{reason}"
    );
    process.kill();
}

/// Something else in a file's place, as a full disk would: what goes up is refused, what goes down is in force.
#[tokio::test]
async fn a_disk_that_refuses_raises_nothing_and_keeps_nobody_from_going_back() {
    let folder = Folder::with_state(&["--share", "50%"]);
    let process = folder.start();
    std::fs::create_dir(folder.state("rollout.json")).unwrap();
    let (code, body) = ask(&process, Method::PUT, "/rollout", document(1, "60%")).await;
    assert_eq!(
        (code, &body["error"]["code"]),
        (503, &json!("not_stored")),
        "{body}"
    );
    assert_eq!(status(&process).await["share"], "50%");
    let (code, body) = ask(&process, Method::PUT, "/rollout", document(1, "40%")).await;
    assert_eq!((code, &body["durable"]), (200, &json!(false)), "{body}");
    assert_eq!(status(&process).await["share"], "40%");
    let since = Instant::now();
    while !status(&process).await["warnings"]
        .to_string()
        .contains("rollout.json")
    {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "nobody is warned"
        );
    }
    std::fs::create_dir(folder.state("brake.json")).unwrap();
    let (code, body) = ask(&process, Method::POST, "/brake", String::new()).await;
    assert_eq!((code, &body["durable"]), (200, &json!(false)), "{body}");
    assert_eq!(status(&process).await["braked"], true);
    // Once there is room it is stored without being asked for.
    std::fs::remove_dir(folder.state("rollout.json")).unwrap();
    std::fs::remove_dir(folder.state("brake.json")).unwrap();
    while status(&process).await["warnings"] != json!([]) {
        assert!(
            since.elapsed() < Duration::from_secs(60),
            "{}",
            status(&process).await
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    process.kill();
    let process = folder.start();
    let found = status(&process).await;
    assert_eq!(
        (&found["share"], &found["braked"]),
        (&json!("40%"), &json!(true))
    );
    process.kill();
}

#[tokio::test]
async fn the_brake_and_the_guard_s_state_are_kept_with_and_without_a_plan() {
    for plan in [&["--plan"][..], &["--share", "30%"]] {
        let folder = Folder::with_state(plan);
        let process = folder.start();
        // At the plan's first phase, 0 %, nothing is compared and no window begins.
        let share = plan[0] == "--share";
        let windows = if share { windows(&folder, 0).await } else { 0 };
        let (code, body) = ask(&process, Method::POST, "/brake", String::new()).await;
        assert_eq!((code, &body["durable"]), (200, &json!(true)), "{body}");
        process.kill();

        let process = folder.start();
        assert_eq!(status(&process).await["braked"], true);
        let log = process.log.lock().unwrap().clone();
        let (_, pulled) = log.split_once("the brake is pulled").expect(&log);
        assert!(pulled.contains("ana: test"), "{log}");
        let ready = log.lines().find(|line| line.contains(" ready ")).unwrap();
        for said in [
            "address=127.0.0.1:",
            "admin=127.0.0.1:",
            "database=\"sqlite:",
            "rollout=\"contribution-form-v2\"",
            "revision=",
            "share=",
            "phase=",
            "brake=\"",
        ] {
            assert!(ready.contains(said), "{said} isn't in {ready}");
        }
        if share {
            // Never again from the beginning.
            let released = json!({"number": 1}).to_string();
            let (code, body) = ask(&process, Method::POST, "/brake/release", released).await;
            assert_eq!(code, 200, "{body}");
            assert!(self::windows(&folder, windows).await > windows);
        }
        process.kill();
    }
}

/// The number of windows that the folder knows, once it is more than this.
async fn windows(folder: &Folder, than: u64) -> u64 {
    let since = Instant::now();
    loop {
        let json = std::fs::read(folder.state("guard.json")).unwrap_or_default();
        let kept: Value = serde_json::from_slice(&json).unwrap_or_default();
        match kept["windows"][0].as_u64() {
            Some(windows) if windows > than => return windows,
            _ => assert!(since.elapsed() < Duration::from_secs(30), "{kept}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A second service would write over the first one's brake and decisions. The lock ends with its holder, however that ends.
#[tokio::test]
async fn a_state_folder_has_one_service() {
    for plan in [&["--plan"][..], &[]] {
        let folder = Folder::with_state(plan);
        let first = folder.start();
        let said = Process::refused(&folder.arguments());
        assert!(
            said.contains("in use by process") && said.contains(&format!("admin {}", first.admin)),
            "{said}"
        );
        first.kill();
        folder.start().kill();
    }
}
