//! The JSON Schemas under `docs/schemas` are what the crate writes, and say what the crate says: an independent validator
//! takes what the crate takes, and refuses what it refuses but for the rules that `docs/schemas/README.md` lists.
//! `CUTOVER_BLESS=1` writes them anew.

mod edges;
mod rollouts;

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use cutover::contribution::{self, Code, Report, Upgrader, form_schema, form_to_v1, schema};
use cutover::{Version, routing};
use cutover_testkit::forms;
use cutover_testkit::generator::{Forms, Payloads, V2Payloads};
use cutover_testkit::strategies;
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::kit;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).expect("a schema is JSON");
    assert!(
        jsonschema::meta::is_valid(&schema),
        "not a schema: {schema}"
    );
    jsonschema::draft202012::new(&schema).expect("a schema of draft 2020-12")
}

#[test]
fn the_committed_schemas_are_what_the_crate_writes() {
    let folder = root().join("docs/schemas");
    for (name, schema) in [
        ("form.json", form_schema()),
        ("v1.json", schema(Version::V1)),
        ("v2.json", schema(Version::V2)),
        ("rollout.json", routing::schema()),
    ] {
        let path = folder.join(name);
        if std::env::var_os("CUTOVER_BLESS").is_some() {
            fs::write(&path, &schema).expect("the schema can be written");
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == schema,
            "{} is out of date: run this test with CUTOVER_BLESS=1",
            path.display()
        );
    }
}

/// What the crate says of a document, and what a schema says of it.
struct Judges {
    schema: Validator,
    crate_says: fn(&[u8]) -> Report,
    tried: RefCell<Tried>,
}

#[derive(Debug, Default)]
struct Tried {
    accepted: u32,
    refused: u32,
    /// Only the crate refuses, by rules that a schema can't say.
    beyond: u32,
    /// Not for the validator: its reader takes no number beyond f64 and no member twice.
    unread: u32,
}

impl Judges {
    fn of(schema: &str, crate_says: fn(&[u8]) -> Report) -> Self {
        Self {
            schema: validator(schema),
            crate_says,
            tried: RefCell::default(),
        }
    }

    fn v1() -> Self {
        Self::of(&schema(Version::V1), |payload| {
            contribution::validate(Version::V1, payload)
        })
    }

    fn v2() -> Self {
        Self::of(&schema(Version::V2), |payload| {
            contribution::validate(Version::V2, payload)
        })
    }

    fn form() -> Self {
        Self::of(&form_schema(), |form| {
            form_to_v1(form, &mut Vec::new())
                .unwrap_or_else(|error| Report::of(&error).expect("a report").clone())
        })
    }

    /// Schema-valid exactly when accepted, but for the rules beyond a schema.
    #[track_caller]
    fn agree(&self, document: &[u8]) {
        let mut tried = self.tried.borrow_mut();
        let report = (self.crate_says)(document);
        let twice = report
            .errors()
            .any(|error| error.code() == Code::DuplicateMember);
        let value = match serde_json::from_slice::<Value>(document) {
            Ok(value) if !twice => value,
            _ => {
                tried.unread += 1;
                return;
            }
        };
        let valid = self.schema.is_valid(&value);
        let text = String::from_utf8_lossy(document);
        if report.is_valid() {
            tried.accepted += 1;
            assert!(
                valid,
                "accepted, but the schema refuses it: {:?}: {text}",
                self.schema
                    .iter_errors(&value)
                    .map(|error| error.to_string())
                    .collect::<Vec<_>>()
            );
        } else if report
            .errors()
            .all(|error| is_beyond(error.code(), error.path(), &value))
        {
            tried.beyond += 1;
        } else {
            tried.refused += 1;
            assert!(!valid, "refused, but the schema takes it: {report}: {text}");
        }
    }

    /// Asserts that both outcomes were seen, and that the exceptions are few.
    fn done(&self, name: &str, refusals: u32) {
        let tried = self.tried.borrow();
        println!("{name}: {tried:?}");
        assert!(tried.accepted > 0 && tried.refused >= refusals, "{tried:?}");
        let judged = tried.accepted + tried.refused;
        assert!(
            tried.beyond * 20 <= judged && tried.unread * 5 <= judged,
            "{tried:?}"
        );
    }
}

/// Whether a schema can't see what this error is about: the list of `docs/schemas/README.md`.
fn is_beyond(code: Code, path: &str, document: &Value) -> bool {
    let value = document.pointer(path);
    let number = value.and_then(Value::as_f64);
    match code {
        // More digits than 32, or an amount above the limit by less than an f64 can tell.
        Code::OutOfRange if path == "/fee" => number.is_some_and(|number| number <= 1e6),
        // The text of a number, where a text is asked for.
        Code::TooLong => number.is_some(),
        Code::InvalidFormat => {
            number.is_some_and(|year| (1_000.0..=9_999.0).contains(&year) && year.fract() == 0.0)
        }
        _ => false,
    }
}

fn runner() -> TestRunner {
    TestRunner::new(Config {
        cases: kit::cases(),
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..Config::default()
    })
}

fn hard(judges: &Judges, documents: impl Strategy<Value = String>) {
    let result = runner().run(&documents, |document| {
        judges.agree(document.as_bytes());
        Ok(())
    });
    assert_eq!(result.map_err(|error| error.to_string()), Ok(()));
}

#[test]
fn v1_is_what_the_schema_says() {
    let judges = Judges::v1();
    hard(&judges, strategies::v1());
    for (_, payload) in Payloads::seeded(50).take(kit::cases() as usize) {
        judges.agree(payload.as_bytes());
    }
    // Payloads for the other version and forms are close enough to be wrong in other ways.
    hard(&judges, strategies::v2());
    hard(&judges, forms::form());
    judges.done("v1", kit::cases() / 20);
}

#[test]
fn v2_is_what_the_schema_says() {
    let judges = Judges::v2();
    hard(&judges, strategies::v2());
    for payload in V2Payloads::seeded(51).take(kit::cases() as usize) {
        judges.agree(payload.as_bytes());
    }
    for (id, payload) in Payloads::seeded(52).take(kit::cases() as usize) {
        let mut v2 = Vec::new();
        contribution::upgrade(payload.as_bytes(), &id, &mut v2).expect("v1 accepts it");
        judges.agree(&v2);
    }
    hard(&judges, strategies::v1());
    judges.done("v2", kit::cases() / 20);
}

#[test]
fn forms_are_what_the_schema_says() {
    let judges = Judges::form();
    hard(&judges, forms::form());
    for form in Forms::seeded(53).take(kit::cases() as usize) {
        judges.agree(form.as_bytes());
    }
    hard(&judges, strategies::v1());
    judges.done("form", kit::cases() / 20);
}

/// Payloads of a file of contributions.
fn payloads(path: &Path) -> Option<Vec<(String, Vec<u8>)>> {
    let text = fs::read_to_string(path).ok()?;
    let lines = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        let id = line["id"].as_str().expect("an id").to_owned();
        (id, line["payload"].to_string().into_bytes())
    });
    Some(lines.collect())
}

fn real(payloads: &[(String, Vec<u8>)]) -> u32 {
    let (v1, v2) = (Judges::v1(), Judges::v2());
    let mut taken = 0;
    for (id, payload) in payloads {
        v1.agree(payload);
        let mut upgraded = Vec::new();
        if Upgrader::new().upgrade(payload, id, &mut upgraded).is_ok() {
            v2.agree(&upgraded);
            taken += 1;
        }
    }
    let (v1, v2) = (v1.tried.borrow(), v2.tried.borrow());
    println!("v1 {v1:?}, v2 {v2:?}");
    assert_eq!(v2.refused, 0);
    assert!(v2.accepted + v2.unread == taken && v2.unread <= 1, "{v2:?}");
    taken
}

#[test]
fn the_sample_is_what_the_schemas_say() {
    let sample = payloads(&root().join("examples/data/contributions.ndjson"));
    let sample = sample.expect("the sample is there");
    assert!(real(&sample) as usize * 2 >= sample.len());
}

/// 521 London toilets (© OpenStreetMap contributors, ODbL), which are not part of the project.
#[test]
fn london_is_what_the_schemas_say() {
    let path = std::env::var_os("CUTOVER_LONDON").map_or_else(
        || root().join("../shared/data/london-v1.ndjson"),
        PathBuf::from,
    );
    let Some(london) = payloads(&path) else {
        println!("SKIPPED: no file {}; set CUTOVER_LONDON", path.display());
        return;
    };
    assert!(real(&london) as usize * 100 >= london.len() * 99);
}
