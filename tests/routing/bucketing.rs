//! The bucketing is frozen: golden vectors, the published recipe in other languages, and law L8.

use std::collections::HashSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use cutover::routing::Seed;
use cutover::{Rollout, Router, Share, Version};
use proptest::prelude::*;
use serde_json::Value;

const VECTORS: &str = include_str!("../vectors/bucketing.ndjson");
const RECIPE: &str = include_str!("../../docs/bucketing.md");

fn vectors() -> impl Iterator<Item = Value> {
    let mut lines = VECTORS
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let first = lines.next().unwrap();
    assert!(first["do_not_change"].is_string());
    lines
}

fn id_of(vector: &Value) -> String {
    match &vector["id"] {
        Value::String(id) => id.clone(),
        long => {
            let times = long["times"].as_u64().unwrap();
            long["repeat"].as_str().unwrap().repeat(times as usize)
        }
    }
}

/// DO NOT CHANGE this test or its vectors: other numbers re-bucket everyone, which is a major version.
#[test]
fn golden_vectors_do_not_change() {
    let (mut checked, mut lengths, mut salts) = (0, HashSet::new(), HashSet::new());
    for vector in vectors() {
        let (salt, id) = (vector["salt"].as_str().unwrap(), id_of(&vector));
        let seed = Seed::new(salt);
        let got = (seed.bucket(&id).get(), seed.shadow().bucket(&id).get());
        let want = (&vector["bucket"], &vector["shadow_bucket"]);
        assert_eq!((&Value::from(got.0), &Value::from(got.1)), want, "{vector}");
        lengths.insert(id.len());
        salts.insert(salt.to_owned());
        checked += 1;
    }
    assert!(checked >= 400, "{checked} vectors");
    assert!((0..=300).all(|length| lengths.contains(&length)) && lengths.contains(&1_000_000));
    assert!(salts.len() >= 5 && salts.contains(""));
}

#[test]
fn the_router_buckets_as_the_vectors_say() {
    for vector in vectors().filter(|vector| vector["salt"] == "contribution-form-v2") {
        let bucket = vector["bucket"].as_u64().unwrap() as u32;
        let id = id_of(&vector);
        for (ppm, version) in [(bucket, Version::V1), (bucket + 1, Version::V2)] {
            let share = Share::ppm(ppm).unwrap();
            let rollout = Rollout::builder("contribution-form-v2", share)
                .build()
                .unwrap();
            let router = Router::builder()
                .env(|_| None)
                .rollout(rollout)
                .build()
                .unwrap();
            assert_eq!(router.route(&id), version, "{vector}");
            assert_eq!(router.route_bytes(id.as_bytes()), version, "{vector}");
        }
    }
}

/// The code block of this language on the page.
fn code(language: &str) -> &str {
    let fence = format!("```{language}\n");
    let start = RECIPE.find(&fence).expect("the page has the block") + fence.len();
    &RECIPE[start..start + RECIPE[start..].find("```").unwrap()]
}

/// Runs the page's program over the vectors; it prints how many agreed. `None` when its interpreter or package isn't here.
fn agreeing(interpreter: &str, has_package: &str, program: &str) -> Option<String> {
    let dir = env!("CARGO_MANIFEST_DIR");
    let mut probe = Command::new(interpreter);
    probe
        .args([flag(interpreter), has_package])
        .current_dir(dir);
    probe.stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        println!("SKIPPED: no {interpreter} with the package of docs/bucketing.md ({has_package})");
        return None;
    }
    let mut child = Command::new(interpreter)
        .arg("-")
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(program.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{interpreter} failed");
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

fn flag(interpreter: &str) -> &'static str {
    if interpreter == "node" { "-e" } else { "-c" }
}

#[test]
fn the_recipe_in_python_agrees() {
    let program = code("python").to_owned()
        + r#"
import json
agreed = 0
for line in list(open("tests/vectors/bucketing.ndjson", encoding="utf-8"))[1:]:
    vector = json.loads(line)
    id = vector["id"]
    id = (id if isinstance(id, str) else id["repeat"] * id["times"]).encode()
    assert bucket(vector["salt"], id) == vector["bucket"], line[:200]
    assert shadow_bucket(vector["salt"], id) == vector["shadow_bucket"], line[:200]
    agreed += 1
print(agreed)
"#;
    if let Some(agreed) = agreeing("python3", "import xxhash", &program) {
        assert_eq!(agreed, vectors().count().to_string());
    }
}

#[test]
fn the_recipe_in_javascript_agrees() {
    let program = code("javascript").to_owned()
        + r#"
const assert = require("assert");
const lines = require("fs").readFileSync("tests/vectors/bucketing.ndjson", "utf8").trim().split("\n").slice(1);
for (const line of lines) {
  const vector = JSON.parse(line);
  const id = Buffer.from(typeof vector.id === "string" ? vector.id : vector.id.repeat.repeat(vector.id.times));
  assert.strictEqual(bucket(vector.salt, id), vector.bucket, line.slice(0, 200));
  assert.strictEqual(shadowBucket(vector.salt, id), vector.shadow_bucket, line.slice(0, 200));
}
console.log(lines.length);
"#;
    if let Some(agreed) = agreeing("node", "require('@node-rs/xxhash')", &program) {
        assert_eq!(agreed, vectors().count().to_string());
    }
}

#[test]
fn the_table_of_the_page_is_of_the_vectors() {
    let rows = RECIPE.lines().filter(|line| line.starts_with("| `"));
    let mut checked = 0;
    for row in rows {
        let cells: Vec<&str> = row
            .split('|')
            .map(|cell| cell.trim().trim_matches('`'))
            .collect();
        let seed = Seed::new(cells[1]);
        assert_eq!(seed.bucket(cells[2]).get().to_string(), cells[3], "{row}");
        assert_eq!(
            seed.shadow().bucket(cells[2]).get().to_string(),
            cells[4],
            "{row}"
        );
        checked += 1;
    }
    assert_eq!(checked, 3);
}

proptest! {
    /// L8, stickiness: raising a share never moves an id from v2 to v1; lowering it back restores exactly the earlier set.
    #[test]
    fn raising_a_share_takes_nobody_back(
        salt in ".{0,20}",
        ids in prop::collection::vec(".{0,40}", 1..200),
        low in 0..=1_000_000u32,
        high in 0..=1_000_000u32,
    ) {
        let (low, high) = (low.min(high), low.max(high));
        let rollout = |ppm, revision| {
            let share = Share::ppm(ppm).unwrap();
            Rollout::builder("n", share).salt(&*salt).revision(revision).build().unwrap()
        };
        let router = Router::builder().env(|_| None).rollout(rollout(low, 1)).build().unwrap();
        let routed = || ids.iter().map(|id| router.route(id)).collect::<Vec<_>>();
        let before = routed();
        router.apply(rollout(high, 2)).unwrap();
        let raised = routed();
        for (id, (before, raised)) in ids.iter().zip(before.iter().zip(&raised)) {
            prop_assert!(*before == Version::V1 || *raised == Version::V2, "{id:?} was taken back");
        }
        router.apply(rollout(low, 3)).unwrap();
        prop_assert_eq!(routed(), before);
    }

    /// L8, the ends: at 0 % nobody is at v2, at 100 % everybody.
    #[test]
    fn the_ends_of_the_share_are_nobody_and_everybody(salt in ".{0,20}", id in ".{0,40}") {
        let bucket = Seed::new(&salt).bucket(&id);
        prop_assert!(bucket.get() < 1_000_000);
        prop_assert!(!Share::ZERO.contains(bucket) && Share::FULL.contains(bucket));
    }
}

/// Pearson's statistic of a table of counts against independence of its rows and columns.
fn chi_squared(table: &[[f64; 10]; 10]) -> f64 {
    let rows: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
    let columns: Vec<f64> = (0..10)
        .map(|c| table.iter().map(|row| row[c]).sum())
        .collect();
    let all: f64 = rows.iter().sum();
    let cell = |r: usize, c: usize| {
        let expected = rows[r] * columns[c] / all;
        (table[r][c] - expected).powi(2) / expected
    };
    (0..10)
        .flat_map(|r| (0..10).map(move |c| (r, c)))
        .map(|(r, c)| cell(r, c))
        .sum()
}

/// L8, independence: what bucket an id has under one salt says nothing about its bucket under another, nor about its place
/// in the shadow sample. 100,000 ids, deciles against deciles: 81 degrees of freedom, where 1 in 10⁶ is above 151.
#[test]
fn different_salts_are_independent() {
    let salts = [
        "contribution-form-v2",
        "contribution-form-v3",
        "",
        "a",
        "b",
        "checkout",
    ];
    let mut pairs: Vec<(String, Seed, Seed)> = Vec::new();
    for (at, one) in salts.iter().enumerate() {
        for other in &salts[at + 1..] {
            pairs.push((
                format!("{one:?} {other:?}"),
                Seed::new(one),
                Seed::new(other),
            ));
        }
        pairs.push((
            format!("{one:?} shadow"),
            Seed::new(one),
            Seed::new(one).shadow(),
        ));
    }
    for (name, one, other) in pairs {
        let mut table = [[0.0; 10]; 10];
        for number in 0..100_000u32 {
            let id = format!("node/{number}");
            let decile = |seed: Seed| (seed.bucket(&id).get() / 100_000) as usize;
            table[decile(one)][decile(other)] += 1.0;
        }
        let statistic = chi_squared(&table);
        assert!(
            (20.0..151.0).contains(&statistic),
            "{name}: chi-squared {statistic}"
        );
    }
}
