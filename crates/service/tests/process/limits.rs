//! What one client may take: memory, time, connections, and the process's file descriptors.

use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::common::{Process, V1, begin, parts, post, start, suggest};

/// The most memory that a process has had, in KiB, where the system tells.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test]
async fn a_body_in_chunks_of_one_byte_takes_no_more_memory_than_its_bytes() {
    const CONNECTIONS: u64 = 8;
    const BYTES: usize = 60_000;
    let process = Process::start(&["--database-url", "sqlite::memory:"], &[]);
    let Some(before) = peak(process.id()) else {
        eprintln!("SKIPPED one-byte chunks: the system doesn't tell a process's memory");
        return;
    };
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = begin(&process.address, "transfer-encoding: chunked").await;
        // All but the end: the service reads it and waits for more.
        stream
            .write_all(&b"1\r\n \r\n".repeat(BYTES))
            .await
            .unwrap();
        open.push(stream);
    }
    for stream in &mut open {
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 408");
    }
    let grown = peak(process.id()).unwrap() - before;
    println!("{} KiB a connection", grown / CONNECTIONS);
    assert!(
        grown < CONNECTIONS * 600,
        "{} KiB a connection of {BYTES} bytes",
        grown / CONNECTIONS
    );
    drop(open);
    process.kill();
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_off_and_counted() {
    let service = start(|_| {}).await;
    let mut stream = TcpStream::connect(service.address).await.unwrap();
    let request = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";
    let cut = async { while stream.write_all(request).await.is_ok() {} };
    timeout(Duration::from_secs(60), cut)
        .await
        .expect("the service cuts it off");
    let url = format!("http://{}/metrics", service.address);
    let metrics = Client::new().get(url).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let counted =
        r#"cutover_service_connections_timed_out_total{listener="clients",reason="answer"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");
    service.stop().await;
}

#[tokio::test]
async fn one_peer_has_so_many_connections_where_that_is_limited() {
    let service = start(|options| options.per_peer = 2).await;
    let _held = [
        TcpStream::connect(service.address).await.unwrap(),
        TcpStream::connect(service.address).await.unwrap(),
    ];
    let mut third = TcpStream::connect(service.address).await.unwrap();
    // Closed without a word; a client that has sent something may see a reset.
    assert_eq!(third.read(&mut [0]).await.unwrap_or(0), 0);
    let url = format!("http://{}/brake", service.admin);
    let brake = Client::new()
        .post(url)
        .header("x-who", "ana")
        .header("x-why", "try");
    assert_eq!(brake.send().await.unwrap().status(), 200);
    drop(_held);
    // The places are free once the service has seen the ends.
    let again = async {
        loop {
            let request = Client::new().post(suggest(&service)).body(V1);
            let request = request.header("content-type", "application/json");
            if request
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 201)
            {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), again).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn a_slow_document_is_not_waited_for_long() {
    let service = start(|_| {}).await;
    let mut stream = TcpStream::connect(service.admin).await.unwrap();
    let head = "PUT /rollout HTTP/1.1\r\nhost: localhost\r\nx-who: ana\r\nx-why: try\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    timeout(Duration::from_secs(30), stream.read_exact(&mut answer))
        .await
        .expect("an answer")
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    service.stop().await;
}

#[tokio::test]
async fn health_needs_no_token_and_all_else_does() {
    let service = start(|options| options.admin_token = Some("0123456789abcdef".into())).await;
    let get = async |path: &str| {
        let url = format!("http://{}{path}", service.admin);
        parts(Client::new().get(url).send().await.unwrap()).await
    };
    let (status, body) = get("/healthz").await;
    assert_eq!((status, body["status"].as_str()), (200, Some("ok")));
    let (status, body) = get("/readyz").await;
    assert_eq!((status, body["status"].as_str()), (200, Some("ready")));
    for path in ["/status", "/rollout", "/nothing"] {
        assert_eq!(get(path).await.0, 401, "{path}");
    }
    service.app.drain();
    assert_eq!(get("/readyz").await.0, 503);
    service.stop().await;
}

/// Starts the service by a shell, after this; what it wrote to stderr when it has ended.
fn refused(before: &str, token: Option<&std::ffi::OsStr>) -> String {
    let service = env!("CARGO_BIN_EXE_cutover-service");
    let command = format!(
        "{before} exec {service} --listen 127.0.0.1:0 --admin 127.0.0.1:0 --database-url sqlite::memory:"
    );
    let mut shell = Command::new("timeout");
    shell
        .args(["20", "sh", "-c", &command])
        .stdin(Stdio::null());
    shell.env_remove("CUTOVER_ADMIN_TOKEN");
    if let Some(token) = token {
        shell.env("CUTOVER_ADMIN_TOKEN", token);
    }
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    text
}

#[cfg(unix)]
#[test]
fn a_token_that_is_not_utf_8_is_refused_and_not_shown() {
    let token = std::os::unix::ffi::OsStrExt::from_bytes(b"0123456789abcdef\xff".as_slice());
    let text = refused("", Some(token));
    assert!(
        text.contains("CUTOVER_ADMIN_TOKEN is not valid UTF-8"),
        "{text}"
    );
    assert!(!text.contains("0123456789"), "{text}");
}

#[cfg(unix)]
#[test]
fn too_few_descriptors_are_refused() {
    let text = refused("ulimit -n 200;", None);
    assert!(text.contains("may open 200 files"), "{text}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_limit_of_open_files_is_raised() {
    let mut command = Command::new("prlimit");
    command.args(["--nofile=300:4000", env!("CARGO_BIN_EXE_cutover-service")]);
    if Command::new("prlimit").arg("--version").output().is_err() {
        eprintln!("SKIPPED raising the limit of open files: no prlimit");
        return;
    }
    let process = Process::run(command, &["--database-url", "sqlite::memory:"], &[]);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.id())).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.unwrap().split_whitespace().nth(3);
    assert_eq!(soft, Some("4000"));
    let url = format!("http://{}/api/suggest", process.address);
    assert_eq!(post(url, None, V1).await.status(), 201);
    process.kill();
}

#[tokio::test]
async fn names_and_reasons_show_what_was_written_wherever_they_go() {
    let folder = tempfile::tempdir().unwrap();
    let (database, state) = (folder.path().join("db"), folder.path().join("state"));
    std::fs::create_dir(&state).unwrap();
    let url = format!("sqlite:{}", database.display());
    let arguments = ["--database-url", &url, "--state", state.to_str().unwrap()];
    let process = Process::start(&arguments, &[]);
    // What HTTP lets through: no C0 controls but the tab, C1 and bidirectional controls as UTF-8.
    let (who, why) = ("ana\u{202e}nimda", "a\tb \u{9b}2J\u{2066}");
    let send = async |method: reqwest::Method, path: &str| {
        let url = format!("http://{}{path}", process.admin);
        let request = Client::new().request(method, url);
        let request = request.header("x-who", who.as_bytes());
        let answer = request
            .header("x-why", why.as_bytes())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, brake) = send(reqwest::Method::POST, "/brake").await;
    assert_eq!(status, 200, "{brake}");
    let (_, changes) = send(reqwest::Method::GET, "/changes").await;
    let log = process.log.lock().unwrap().clone();
    let kept = std::fs::read_to_string(state.join("brake.json")).unwrap();
    for (place, text) in [
        ("answer", brake),
        ("database", changes),
        ("log", log),
        ("brake's file", kept),
    ] {
        assert!(text.contains("nimda"), "{place}: {text}");
        let raw = |c: char| "\t\u{202e}\u{9b}\u{2066}".contains(c);
        assert!(!text.contains(raw), "{place}: {text:?}");
        assert!(text.contains("u{202e}"), "{place}: {text}");
    }
    process.kill();
}
