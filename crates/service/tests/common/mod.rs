//! Starts the service, in this process or as its own, and asks it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

mod command;
pub(crate) mod postgres;
pub(crate) mod prometheus;
pub(crate) mod slow;
pub(crate) mod small_disk;
pub(crate) mod tools;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};

use cutover_service::{Options, Service};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const V1: &str = r#"{"lat":51.50,"lng":-0.1,"fee":0.5,"hours":"dawn to dusk"}"#;
pub(crate) const V2: &str = r#"{"@id":"way/1","amenity":"toilets","lat":51.5,"lng":-0.1,"wheelchair":"yes","access":"yes","opening_hours":"24/7","fee":false}"#;

/// The service in this process, in memory unless the options say otherwise.
pub(crate) async fn start(change: impl FnOnce(&mut Options)) -> Service {
    let mut options = Options::anywhere("sqlite::memory:");
    change(&mut options);
    Service::start(options).await.unwrap()
}

/// A plan in this folder whose two phases, 1 % and 10 %, ask for nothing.
pub(crate) fn open_plan(folder: &Path) -> PathBuf {
    let plan = folder.join("my-plan.json");
    let gates = json!({"error_rate": null, "failure_rate": null, "p95_ms": null, "p95_times_v1": null, "shadow_divergences": null, "evidence": false});
    let phase = |name: &str, share: &str| json!({"name": name, "share": share, "environment": "production", "min_soak_s": 0, "min_requests": 0, "gates": gates});
    let phases = json!({"name": "contribution-form-v2", "phases": [phase("one", "1%"), phase("ten", "10%")]});
    std::fs::write(&plan, phases.to_string()).unwrap();
    plan
}

/// The JSON at this address.
pub(crate) async fn json_at(url: &str) -> Value {
    Client::new()
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

/// A POST of this body as JSON.
pub(crate) async fn post(url: String, key: Option<&str>, body: &str) -> Response {
    let mut request = Client::new()
        .post(url)
        .header("content-type", "application/json")
        .body(body.to_owned());
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    request.send().await.unwrap()
}

pub(crate) fn suggest(service: &Service) -> String {
    format!("http://{}/api/suggest", service.address)
}

pub(crate) fn suggest_v2(service: &Service) -> String {
    format!("http://{}/api/v2/suggest", service.address)
}

/// A submission whose head has been read and whose body has not been sent, over a connection of its own.
pub(crate) async fn begin(address: impl std::fmt::Display, framing: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address.to_string()).await.unwrap();
    let head = format!(
        "POST /api/suggest HTTP/1.1\r\nhost: x\r\nidempotency-key: slow\r\ncontent-type: application/json\r\n\
         expect: 100-continue\r\n{framing}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Sent when the service begins to read the body.
    let mut answer = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 100"));
    stream
}

/// A contribution, as readers of this version get it.
pub(crate) async fn read(
    address: impl std::fmt::Display,
    id: &str,
    version: &str,
) -> (u16, String) {
    let url = format!("http://{address}/api/contributions/{id}");
    let response = Client::new()
        .get(url)
        .header("accept-version", version)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// Status and JSON body of a response.
pub(crate) async fn parts(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/json");
    (status, response.json().await.unwrap())
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// The service as a process of its own.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
    pub(crate) admin: String,
    /// What it has written to stderr.
    pub(crate) log: Arc<Mutex<String>>,
}

impl Process {
    /// Starts it on free ports, with these arguments and nothing in its environment that would route, but these.
    pub(crate) fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::run(
            Command::new(env!("CARGO_BIN_EXE_cutover-service")),
            arguments,
            environment,
        )
    }

    /// Starts it by a command of the test's own, which runs the service with the arguments that it is given.
    pub(crate) fn run(command: Command, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Self::command(command, arguments, environment)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut before = String::new();
        let ready = lines
            .by_ref()
            .map(Result::unwrap)
            .inspect(|line| before.extend([line, "\n"]))
            .find(|line| line.contains(" ready "))
            .expect("the service starts");
        // The rest is read on, as a full pipe would stop the service.
        let log = Arc::new(Mutex::new(before));
        let written = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut written = written.lock().unwrap();
                written.push_str(&line);
                written.push('\n');
            }
        });
        let field = |name: &str| {
            let (_, rest) = ready.split_once(name).expect("the line has the address");
            rest.split_whitespace().next().unwrap().to_owned()
        };
        Self {
            address: field(" address="),
            admin: field(" admin="),
            log,
            child,
        }
    }

    fn command(command: Command, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = command::on_free_ports(command, arguments);
        command.envs(environment.iter().copied());
        command
    }

    /// What it says before it gives up: for a start that has to be refused.
    pub(crate) fn refused(arguments: &[&str]) -> String {
        let service = Command::new(env!("CARGO_BIN_EXE_cutover-service"));
        let mut child = Self::command(service, arguments, &[]).spawn().unwrap();
        let mut said = String::new();
        for line in BufReader::new(child.stderr.take().unwrap()).lines() {
            said.extend([&line.unwrap(), "\n"]);
            if said.contains(" ready ") {
                child.kill().unwrap();
                panic!("it started: {said}");
            }
        }
        assert!(!child.wait().unwrap().success());
        said
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
    }

    /// The exit code, once it has ended.
    pub(crate) fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended, or the test has failed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
