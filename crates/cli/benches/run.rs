//! `cutover run`, NDJSON from file to file, with one job and with two, against the same written with typed serde structs.
//!
//! All run as processes of their own, in turn, and the outputs are compared at the end. The typed version has a part of the
//! rules only: what a `Deserialize` finds, and the members that an upgrade maps. `TMPDIR=/dev/shm` leaves the disk out.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use cutover::{Request, Rollout, Router, Version};
use cutover_testkit::generator::Payloads;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const SHARE: &str = "50%";

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match &arguments[..] {
        [_, typed, input, output] if typed == "--typed" => {
            return typed_run(Path::new(input), Path::new(output));
        }
        _ => {}
    }
    let measuring = arguments.iter().any(|argument| argument == "--bench");
    let (lines, rounds) = if measuring { (600_000, 7) } else { (1_000, 1) };
    let folder = Folder(env::temp_dir().join(format!("cutover-bench-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let folder = &folder.0;
    let input = folder.join("in.ndjson");
    let mut out = BufWriter::new(File::create(&input).unwrap());
    for (id, payload) in Payloads::seeded(7).clean().take(lines) {
        writeln!(out, r#"{{"id":"{id}","payload":{payload}}}"#).unwrap();
    }
    drop(out);

    let ours = env!("CARGO_BIN_EXE_cutover");
    let this = env::current_exe().unwrap();
    let run = |name: &str, mut command: Command| {
        let output = folder.join(name);
        // To empty the last round's file takes time that is nobody's work here.
        let _ = fs::remove_file(&output);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        for argument in command_arguments(name, &input, &output) {
            command.arg(argument);
        }
        let start = Instant::now();
        assert!(command.status().unwrap().success(), "{name}");
        start.elapsed().as_secs_f64()
    };
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        times[0].push(run("typed", Command::new(&this)));
        times[1].push(run("one", Command::new(ours)));
        times[2].push(run("two", Command::new(ours)));
    }
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(read("one") == read("two"), "two jobs keep the order");
    assert_same(&folder.join("typed"), &folder.join("one"));

    let ratio = |over: usize, under: usize| {
        let ratios = times[over].iter().zip(&times[under]).map(|(a, b)| a / b);
        median(ratios.collect())
    };
    println!("{lines} lines; seconds of one run, the median of {rounds}");
    println!("| path | other | ours | ratio | target | |\n|---|---|---|---|---|---|");
    for (path, over, under, target) in [
        ("`cutover run` against typed serde", 0, 1, 2.0),
        ("`cutover run --jobs 2` against one job", 1, 2, 1.7),
    ] {
        let ratio = ratio(over, under);
        let verdict = if ratio >= target { "met" } else { "**miss**" };
        let (other, ours) = (median(times[over].clone()), median(times[under].clone()));
        println!("| {path} | {other:.3} | {ours:.3} | {ratio:.2} | ≥ {target} | {verdict} |");
    }
}

/// Gone with all that is in it, also after a panic.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn command_arguments(name: &str, input: &Path, output: &Path) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    let (input, output) = (text(input), text(output));
    let arguments: &[&str] = match name {
        "typed" => &["--typed", &input, &output],
        "one" => &["run", "--share", SHARE, "--output", &output, &input],
        _ => &[
            "run", "--jobs", "2", "--share", SHARE, "--output", &output, &input,
        ],
    };
    arguments
        .iter()
        .map(|argument| (*argument).to_owned())
        .collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The same decisions, and the same core members, line by line.
fn assert_same(typed: &Path, ours: &Path) {
    let lines = |path: &Path| BufReader::new(File::open(path).unwrap()).lines();
    assert_eq!(lines(typed).count(), lines(ours).count());
    for (typed, ours) in lines(typed).zip(lines(ours)).take(1_000) {
        let read = |line: String| serde_json::from_str::<Value>(&line).unwrap();
        let (typed, ours) = (read(typed.unwrap()), read(ours.unwrap()));
        for name in ["id", "version", "reason", "bucket"] {
            assert_eq!(typed[name], ours[name]);
        }
        for name in [
            "@id",
            "amenity",
            "lat",
            "lng",
            "wheelchair",
            "access",
            "opening_hours",
            "fee",
            "charge",
            "name",
        ] {
            let (typed, ours) = (&typed["payload"][name], &ours["payload"][name]);
            let same = match (typed.as_f64(), ours.as_f64()) {
                // A double loses the digits that the text has.
                (Some(typed), Some(ours)) => (typed - ours).abs() < 1e-9,
                _ => typed == ours,
            };
            assert!(same, "{name}: {typed} for {ours}");
        }
    }
}

#[derive(Deserialize)]
struct Line<'t> {
    #[serde(borrow)]
    id: std::borrow::Cow<'t, str>,
    payload: V1,
}

#[derive(Deserialize, Serialize)]
struct V1 {
    #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    lat: f64,
    lng: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wheelchair: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accessible: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opening_hours: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_contactless: Option<bool>,
    #[serde(flatten)]
    tags: BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct V2 {
    #[serde(rename = "@id")]
    id: String,
    amenity: &'static str,
    lat: f64,
    lng: f64,
    wheelchair: String,
    access: String,
    opening_hours: String,
    fee: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(flatten)]
    tags: BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    version: &'static str,
    reason: &'static str,
    bucket: u32,
    payload: Payload,
    findings: [u8; 0],
}

#[derive(Serialize)]
#[serde(untagged)]
enum Payload {
    V1(V1),
    V2(V2),
}

fn typed_run(input: &Path, output: &Path) {
    let share = SHARE.parse().unwrap();
    let rollout = Rollout::builder("contribution-form-v2", share)
        .build()
        .unwrap();
    let router = Router::new(rollout);
    let mut out = BufWriter::with_capacity(1 << 16, File::create(output).unwrap());
    let mut lines = BufReader::with_capacity(1 << 20, File::open(input).unwrap());
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        let Line { id, payload } = serde_json::from_str(&line).unwrap();
        let decision = router.decide(&Request::new(&*id));
        let payload = match decision.version() {
            Version::V1 => Payload::V1(payload),
            Version::V2 => Payload::V2(upgrade(payload, &id)),
        };
        let answer = Answer {
            id: &id,
            version: decision.version().as_str(),
            reason: decision.reason().as_str(),
            bucket: decision.bucket().get(),
            payload,
            findings: [],
        };
        serde_json::to_writer(&mut out, &answer).unwrap();
        out.write_all(b"\n").unwrap();
        line.clear();
    }
}

fn upgrade(v1: V1, id: &str) -> V2 {
    let element = ["node/", "way/", "relation/"]
        .iter()
        .any(|element| id.starts_with(element));
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let unknown = || "unknown".to_owned();
    let (fee, of_fee) = match v1.fee {
        Some(Value::Number(amount)) => {
            let amount = amount.as_f64().unwrap();
            (amount > 0.0, (amount > 0.0).then(|| pounds(amount)))
        }
        Some(Value::Bool(fee)) => (fee, None),
        Some(word) => (word == "yes", None),
        None => (false, None),
    };
    let mut tags = v1.tags;
    for value in tags.values_mut() {
        if let Value::Bool(yes) = value {
            *value = yes_no(*yes).into();
        }
    }
    if let Some(yes) = v1.payment_contactless {
        tags.insert("payment:contactless".to_owned(), yes_no(yes).into());
    }
    let hours = v1.hours.map(|hours| match hours.trim() {
        "dawn to dusk" | "dawn_to_dusk" => "sunrise-sunset".to_owned(),
        "business" => "Mo-Fr 09:00-17:00".to_owned(),
        hours => hours.to_owned(),
    });
    V2 {
        id: v1.id.unwrap_or_else(|| match element {
            true => id.to_owned(),
            false => format!("node/temp_{id}"),
        }),
        amenity: "toilets",
        lat: v1.lat,
        lng: v1.lng,
        wheelchair: v1
            .wheelchair
            .or(v1.accessible.map(yes_no))
            .unwrap_or_else(unknown),
        access: v1.access.unwrap_or_else(unknown),
        opening_hours: v1.opening_hours.or(hours).unwrap_or_else(unknown),
        fee,
        charge: v1.charge.map(|charge| charge_of(&charge)).or(of_fee),
        name: v1.name.map(|name| name.trim().to_owned()),
        tags,
    }
}

/// Pounds in any spelling as `0.50 GBP`, other texts as they are.
fn charge_of(text: &str) -> String {
    let amount = text
        .strip_prefix('£')
        .or_else(|| text.strip_suffix('£'))
        .or_else(|| text.strip_suffix("GBP"))
        .and_then(|amount| amount.trim().parse().ok())
        .or_else(|| Some(text.strip_suffix('p')?.parse::<f64>().ok()? / 100.0));
    amount.map_or_else(|| text.to_owned(), pounds)
}

fn pounds(amount: f64) -> String {
    let text = amount.to_string();
    match text.split_once('.') {
        None => text + ".00 GBP",
        Some((_, decimals)) if decimals.len() < 2 => text + "0 GBP",
        Some(_) => text + " GBP",
    }
}
